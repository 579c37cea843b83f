"""Run the command line: `python -m onebrush` is `onebrush`."""

from __future__ import annotations


def main() -> None:
    """The console script."""
    from onebrush.cli.main import run

    run()


if __name__ == "__main__":
    main()
