"""The data folder as the command line opens it: its secret, made where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onebrush.cli.failures import CommandFailed, WrongUsage
from onebrush.storage.secret import made_secret

if TYPE_CHECKING:
    from onebrush.settings import Settings


def folder_secret(settings: Settings) -> bytes:
    """The secret that a folder's digests and links hang on; a new folder gets one. Raises CommandFailed."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        return made_secret(settings.data / "secret")
    except OSError as error:
        raise WrongUsage(f"The data folder {settings.data} cannot be used: {error.strerror}. Set --data.") from error
    except ValueError as error:
        raise CommandFailed(str(error)) from error
