"""Reading the fields of a body strictly, with the vendor's own complaint for what is wrong."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from onebrush.sandbox.desk import Refusal

Complain = Callable[[str, str], Refusal]


class Fields:
    """One JSON object; null counts as not said, as in the SDKs that send every field."""

    def __init__(self, values: Mapping[str, Any], complain: Complain, prefix: str = "") -> None:
        self._values = {name: value for name, value in values.items() if value is not None}
        self._complain, self._prefix = complain, prefix

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> list[str]:
        return list(self._values)

    def path(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def wrong(self, name: str, message: str) -> Refusal:
        """Complain about one field in the vendor's words."""
        return self._complain(self.path(name), message)

    def unknown(self, known: Collection[str]) -> list[str]:
        return [name for name in self._values if name not in known]

    def any(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str, longest: int | None = None) -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(name, f"Invalid type for '{self.path(name)}': expected a string.")
        if longest is not None and len(value) > longest:
            raise self.wrong(name, f"'{self.path(name)}' is too long: at most {longest} characters.")
        return value

    def choice(self, name: str, options: Collection[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in options:
            allowed = ", ".join(f"'{option}'" for option in options)
            raise self.wrong(name, f"Invalid value: '{value}'. Supported values are: {allowed}.")
        return value

    def whole(self, name: str, low: int, high: int) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, f"Invalid type for '{self.path(name)}': expected an integer.")
        return value if low <= value <= high else self._out_of_range(name, low, high)

    def number(self, name: str, low: float, high: float) -> float | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, f"Invalid type for '{self.path(name)}': expected a number.")
        return value if low <= value <= high else self._out_of_range(name, low, high)

    def _out_of_range(self, name: str, low: float, high: float) -> Any:
        raise self.wrong(name, f"Invalid '{self.path(name)}': must be between {low:g} and {high:g}.")

    def flag(self, name: str) -> bool | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, f"Invalid type for '{self.path(name)}': expected a boolean.")
        return value

    def items(self, name: str) -> list[Any] | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, list):
            raise self.wrong(name, f"Invalid type for '{self.path(name)}': expected an array.")
        return value

    def group(self, name: str) -> "Fields | None":
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, f"Invalid type for '{self.path(name)}': expected an object.")
        return Fields(value, self._complain, f"{self.path(name)}.")
