"""Reference pictures given as text, the same for Ark and DashScope: data URIs, or links of this sandbox."""

from starlette.requests import Request

from onebrush.sandbox import inputs
from onebrush.sandbox.inputs import NotAPicture, NotBase64, Picture, look
from onebrush.sandbox.links import Links


class Unreadable(ValueError):
    """A reference that gives no picture; `reason` is spelling, fetch, base64 or picture."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def open_reference(text: str, request: Request, links: Links) -> tuple[str | None, Picture]:
    """Give the declared media type, if any, and the picture."""
    media_type, data = _bytes(text, request, links)
    try:
        # Unverified whether these vendors turn a picture by its EXIF: the pixels are taken as they are stored.
        return media_type, look(data)
    except NotAPicture as error:
        raise Unreadable("picture", "the bytes are no picture of a known format") from error


def _bytes(text: str, request: Request, links: Links) -> tuple[str | None, bytes]:
    split = inputs.split_data_uri(text)
    if split:
        try:
            return split[0], inputs.decode(split[1])
        except NotBase64 as error:
            raise Unreadable("base64", "the data URI holds no valid base64") from error
    if not text.startswith(("http://", "https://")):
        raise Unreadable("spelling", "it is neither a URL nor a data URI")
    own = links.own(request, text)
    if own is None:
        # The sandbox opens no connections: only its own results can be read back by link.
        raise Unreadable("fetch", "the download timed out")
    return None, own
