"""The canonical ask, whatever the wire it came by, and the same ask fitted to one model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from onebrush.domain.finish import Finish
from onebrush.domain.model import AnswerForm, ModelCard
from onebrush.domain.size import FittedSize, SizeAsk
from onebrush.domain.turn import Image, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.domain.webhook import Webhook


class Operation(StrEnum):
    """What is asked: a picture from words, or from words and pictures."""

    GENERATE = "generate"
    EDIT = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """One ask. Optional values mean "the caller did not say".

    `fields` holds the families' canonical fields (see domain.field) the caller said, parsed; `spelled` is canonical
    name -> the caller's own, where that is another, for what is told of it. `mask` and `markup`
    belong to the first picture. `emulate` names fields the gateway may stand in for where a model has none.
    `provider_options` is provider -> members for its body. `link_ttl` is in seconds. An `asynchronous`
    one outlives its connection and this process; `webhook` is told of its end, `metadata` is the caller's own and
    comes back with the record. `warnings` are those found while reading the request.
    """

    model: str
    turns: tuple[Turn, ...]
    n: int = 1
    size: SizeAsk = field(default_factory=SizeAsk)
    answer_form: AnswerForm | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)
    link_ttl: int | None = None
    store: bool = True
    mask: Image | None = None
    markup: Image | None = None
    strict: bool = False
    dry_run: bool = False
    exact_size: bool = False
    emulate: frozenset[str] = frozenset()
    provider_options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    asynchronous: bool = False
    webhook: Webhook | None = None
    metadata: object = None
    warnings: tuple[RequestWarning, ...] = ()

    @property
    def prompt(self) -> str:
        """The words of the last user turn."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def images(self) -> tuple[Image, ...]:
        """Every picture of every turn, in order."""
        return tuple(image for turn in self.turns for image in turn.images)

    @property
    def operation(self) -> Operation:
        """An edit where any picture was given."""
        return Operation.EDIT if self.images else Operation.GENERATE

    @property
    def is_conversation(self) -> bool:
        """Whether there is history before the last user turn."""
        return len(self.turns) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRequest:
    """The ask shaped to one model: all a wire needs, and nothing it may not send.

    `turns` is the conversation for models that take one, else a single user turn; `prompt` and `references`
    are its flat form. `n` is what this one call asks; `send_n` whether the vendor has a field for it.
    `fields` holds canonical names with values the model takes. `answer_form` is how the vendor is asked to
    answer, where it has a choice. `mask` and `markup` are there only for models that take them; `options` are members
    for the vendor's body as the caller wrote them. `finish` is what the gateway does itself to the pictures that come.
    """

    card: ModelCard
    model: str
    turns: tuple[Turn, ...]
    prompt: str
    references: tuple[Image, ...]
    n: int
    size: FittedSize
    fields: Mapping[str, object]
    answer_form: AnswerForm
    send_n: bool = False
    mask: Image | None = None
    markup: Image | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    finish: Finish = field(default_factory=Finish)

    @property
    def operation(self) -> Operation:
        """An edit where any picture is sent."""
        return Operation.EDIT if self.references else Operation.GENERATE
