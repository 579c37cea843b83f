"""A batch's dry run: what it could cost at most, and which lines would be refused; nothing is bought or written."""

from __future__ import annotations

from onebrush.cli.batch_absence import Absence
from onebrush.cli.batch_asking import Asker
from onebrush.cli.batch_crew import Crew, interruptible
from onebrush.cli.batch_lines import BatchFile, Line
from onebrush.cli.batch_tally import Tally, shown
from onebrush.cli.client import Client, Refusal
from onebrush.cli.failures import WrongUsage


def rehearse(client: Client, file: BatchFile, of: int, crew: Crew) -> int:
    """Rehearse every line; the exit status. Raises CommandFailed."""
    tally = Tally(of=of)
    with shown(tally, "Adding up") as tell:
        asker = Asker(client=client, pause=crew.pause, look=crew.look, absence=Absence(tell))

        def one(line: Line) -> None:
            try:
                body = {**line.request(), "dry_run": True}
                own = asker.patiently(lambda: client.generate(body, path=line.path))["onebrush"]
            except (Refusal, WrongUsage) as error:
                tally.add({"status": "failed"})
                tell(f"{line.name}: {error}")
            else:
                tally.add({"status": "succeeded", "cost": own["dry_run"]["price_bound"], "test": own["test"]})

        with interruptible(crew, lambda: tell("Stopping.")):
            crew.run(file.lines(), one)
    print(f"{tally.done} of {of} lines can be asked for, {tally.failed} would be refused.")
    print(f"At most {tally.money_words()}.")
    return 0 if tally.done == of else 1
