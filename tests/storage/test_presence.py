"""Who lives, as the kernel knows it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from onebrush.domain.errors import StorageUnavailable
from onebrush.storage.presence import Presence

ROOT = Path(__file__).parent.parent.parent

CHILD = """
import subprocess, sys, time
from pathlib import Path
from onebrush.storage.presence import Presence

held = Presence(Path(sys.argv[1]), "proc_child")
# A program of its own, as the sandbox is: it lives on and holds no lock of ours.
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
print(helper.pid, flush=True)
time.sleep(60)
"""


@contextmanager
def child(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process with a lock, and the helper that it started."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}"}
    command = [sys.executable, "-c", CHILD, str(folder)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        helper = int(process.stdout.readline())
        try:
            yield process, helper
        finally:
            process.kill()
            os.kill(helper, signal.SIGKILL)


def test_a_process_is_alive_to_itself_and_to_others(tmp_path: Path) -> None:
    with closing(Presence(tmp_path, "proc_a")) as own, closing(Presence(tmp_path, "proc_b")) as other:
        assert own.alive("proc_a") is True
        assert own.alive("proc_b") is True
        assert other.alive("proc_a") is True
        assert own.processes() == ["proc_a", "proc_b"]


def test_a_process_that_is_killed_is_dead_at_once_though_its_helper_lives(tmp_path: Path) -> None:
    with closing(Presence(tmp_path, "proc_a")) as own, child(tmp_path) as (process, helper):
        assert own.alive("proc_child") is True
        own.forget("proc_child")
        assert own.alive("proc_child") is True
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.kill(helper, 0)
        assert own.alive("proc_child") is False
        assert own.processes() == ["proc_a", "proc_child"]
        own.forget("proc_child")
        assert own.processes() == ["proc_a"]
        assert own.alive("proc_child") is False
        own.forget("proc_child")


def test_a_stopped_process_is_alive(tmp_path: Path) -> None:
    with closing(Presence(tmp_path, "proc_a")) as own, child(tmp_path) as (process, _):
        process.send_signal(signal.SIGSTOP)
        assert own.alive("proc_child") is True


def test_who_leaves_is_gone_and_leaving_twice_is_no_error(tmp_path: Path) -> None:
    own, other = Presence(tmp_path, "proc_a"), Presence(tmp_path, "proc_b")
    other.close()
    other.close()
    assert own.alive("proc_b") is False
    assert own.processes() == ["proc_a"]
    own.close()


def test_looking_at_a_dead_one_does_not_make_it_seem_alive(tmp_path: Path) -> None:
    (tmp_path / "proc_dead.lock").touch()
    with closing(Presence(tmp_path, "proc_a")) as own, closing(Presence(tmp_path, "proc_b")) as other:
        assert [own.alive("proc_dead"), other.alive("proc_dead"), own.alive("proc_dead")] == [False] * 3


def test_who_only_looks_is_not_taken_for_the_owner(tmp_path: Path) -> None:
    (tmp_path / "proc_dead.lock").touch()
    with closing(Presence(tmp_path, "proc_a")) as own, (tmp_path / "proc_dead.lock").open() as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)
        assert own.alive("proc_dead") is False
        fcntl.flock(looked_at, fcntl.LOCK_EX)
        assert own.alive("proc_dead") is True


def test_what_the_system_does_not_tell_is_not_known(tmp_path: Path) -> None:
    with closing(Presence(tmp_path, "proc_a")) as own:
        (tmp_path / "proc_loop.lock").symlink_to("proc_loop.lock")
        assert own.alive("proc_loop") is None
        own.forget("proc_loop")
        assert (tmp_path / "proc_loop.lock").is_symlink()


@pytest.mark.parametrize("name", ["", "../proc", "a/b", "proc\n", "proc.a"])
def test_a_name_that_no_process_has_is_nobodys_and_reaches_no_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "processes"
    outside = tmp_path / "proc.lock"
    outside.touch()
    with closing(Presence(folder, "proc_a")) as own:
        assert own.alive(name) is False
        own.forget(name)
        with pytest.raises(ValueError, match="no name of a process"):
            Presence(folder, name)
    assert outside.exists()


def test_a_name_that_is_held_cannot_be_taken(tmp_path: Path) -> None:
    with closing(Presence(tmp_path, "proc_a")), pytest.raises(StorageUnavailable, match="proc_a"):
        Presence(tmp_path, "proc_a")


def test_a_folder_that_cannot_be_made_is_storage_unavailable(tmp_path: Path) -> None:
    (tmp_path / "processes").write_text("a file where a folder should be")
    with pytest.raises(StorageUnavailable):
        Presence(tmp_path / "processes", "proc_a")
