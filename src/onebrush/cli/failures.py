"""What ends a command: one sentence for a person and an exit status for a script."""

from __future__ import annotations


class CommandFailed(Exception):
    """What was asked did not come about; exit status 1."""

    status = 1


class WrongUsage(CommandFailed):
    """What was typed cannot mean anything; exit status 2."""

    status = 2
