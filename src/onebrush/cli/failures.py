"""What ends a command: one sentence for a person and an exit status for a script."""

from __future__ import annotations

import errno
import os


class CommandFailed(Exception):
    """What was asked did not come about; exit status 1."""

    status = 1


class WrongUsage(CommandFailed):
    """What was typed cannot mean anything; exit status 2."""

    status = 2


def os_words(error: OSError) -> str:
    """The system's reason without its number, and the file where it names one."""
    # Numbers below zero are the resolver's; what asyncio adds in brackets is left out.
    plain = (error.strerror or str(error)).partition(" (while ")[0]
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else plain
    return f"{reason}: {error.filename}" if error.filename else reason


def cannot_listen(error: OSError, host: str, port: int, advice: str) -> CommandFailed:
    """An address that cannot be listened on; `advice` says how to choose another port."""
    ports = error.errno in (errno.EADDRINUSE, errno.EACCES)
    return CommandFailed(
        f"cannot listen on {host}:{port}: {os_words(error)}. {advice if ports else 'Choose another --host.'}"
    )
