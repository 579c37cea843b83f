"""Which fields of the body are objects and lists: a form has only text for them, and only theirs may be JSON."""

from __future__ import annotations

from onebrush.domain.field import FIELDS
from onebrush.kit.brackets import Names
from onebrush.wires.openai.members import MEMBERS
from onebrush.wires.openai.said import FOLDERS

_LISTS = {"emulate", "tools", *(field.name for field in FIELDS.values() if field.kind == "list")}
_OBJECTS = {
    "metadata",
    "webhook",
    "provider_options",
    "max_cost",
    *(field.name for field in FIELDS.values() if field.kind == "object"),
}
_CONVERSATION = {"contents", "parts", "content", "messages"}

# Prompts are never looked into. A provider's own members are JSON under whatever name the operator gave it.
FORM_NAMES = Names(
    structured=frozenset({*_LISTS, *_OBJECTS, *_CONVERSATION, *MEMBERS, *FOLDERS}),
    folders=frozenset({"provider_options"}),
    lists=frozenset(_LISTS),
)
