"""Run the command line: `python -m onebrush` is `onebrush`."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script."""
    if sys.argv[1:2] == ["serve"]:
        # Before anything else is imported: a signal during the start ends it well, or is acted on once it serves.
        from onebrush.cli.signals import hold_signals

        hold_signals()
    from onebrush.cli.main import run

    run()


if __name__ == "__main__":
    main()
