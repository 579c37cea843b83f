from tests.faults.test_disks import *
from tests.faults import oracle
def test_disk(world):
    with on_small_disk(world, world.data / "pictures") as (server, disk):
        print("RES", world.outcome(server, "openai").money)
        print("RES", list(oracle._files(world.seen/"pictures")))
        print("RES", world.verdict().wrong, world.seen)
