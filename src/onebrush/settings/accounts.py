"""The accounts that pictures are bought from, and the routes of models over them: tables of the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from onebrush.settings.mistakes import SettingsError


def http_address(value: str, *, path: bool = True) -> str:
    """An http(s) address without a slash at its end; `path`: whether it may have one. Raises ValueError."""
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must start with http:// or https:// and name a host")
    try:
        parts.hostname.encode("idna")
    except UnicodeError as error:
        raise ValueError("must name a host that can be looked up") from error
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a plain address, without user, query or fragment")
    if not path and parts.path.strip("/"):
        raise ValueError("must be an origin such as https://pictures.example.com, without a path")
    return value.strip().rstrip("/")


class AccountSettings(BaseModel):
    """What can be said of any account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: SecretStr | None = Field(default=None, description="The vendor's key; its SDK's variable wins over this.")
    base_url: str | None = Field(default=None, description="Another address than the region's own.")
    region: str | None = Field(default=None, description="Which platform or region the key belongs to.")
    timeout: float = Field(
        default=600.0, gt=0, le=86_400, allow_inf_nan=False, description="Seconds a call may take in all."
    )
    concurrency: int = Field(default=64, gt=0, description="Calls at once.")
    rate: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="Calls a minute; unset: no cap.")
    queue: int = Field(default=1000, ge=0, description="Calls that may wait for a place under either.")
    weight: int = Field(default=1, gt=0, description="Share of the calls where a route draws by weight.")
    mode: Literal["call", "task"] = Field(
        default="call", description="`task`: models that have a task form are asked by it, and polled."
    )
    poll_every: float = Field(
        default=3.0, ge=0.05, le=600, allow_inf_nan=False, description="Seconds before a task is first asked after."
    )

    @field_validator("base_url")
    @classmethod
    def _plain(cls, value: str | None) -> str | None:
        return http_address(value) if value else None


class ProviderSettings(AccountSettings):
    """The account that bears its provider's name: `[providers.<name>]`."""


class DeploymentSettings(AccountSettings):
    """A further account: `[deployments.<id>]`."""

    provider: str = Field(description="Whose models it sells.")
    api_key: SecretStr | None = Field(default=None, description="The vendor's key.")
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = Field(
        default=None, description="The variable that holds the key, in its place."
    )
    models: tuple[str, ...] = Field(default=(), description="The only models it sells; unset: all of its provider.")

    @model_validator(mode="after")
    def _one_key(self) -> DeploymentSettings:
        if (self.api_key is None) == (self.api_key_env is None):
            raise ValueError("must have either api_key or api_key_env, and not both")
        if self.api_key is not None and not self.api_key.get_secret_value().strip():
            raise ValueError("must have an api_key that is not empty")
        return self


class RouteSettings(BaseModel):
    """How a model is bought: `[routes."<model>"]`, `[routes."*"]` for all that have none of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deployments: tuple[str, ...] = Field(
        default=(), description="The only deployments it is bought at, in order; unset: all of its provider."
    )
    strategy: Literal["order", "weight", "cheapest", "fastest"] = Field(
        default="order", description="Which of them is asked first."
    )
    fallback: tuple[str, ...] = Field(
        default=(), description="Models to turn to when none of them can serve, in order."
    )
    on_refusal: bool = Field(default=False, description="Turn to them too when the vendor refuses the content.")

    @field_validator("deployments", "fallback")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("must name each only once")
        return value


def vendor_key(names: tuple[str, ...], own: AccountSettings, environ: Mapping[str, str]) -> str | None:
    """A vendor's credential: the first variable of `names` that is set, else the file's."""
    said = next((environ[name].strip() for name in names if environ.get(name, "").strip()), None)
    found = said or (own.api_key.get_secret_value().strip() if own.api_key else None)
    if found and not (found.isascii() and found.isprintable()):
        holder = " or ".join(names) or "An api_key of the file"
        raise SettingsError(f"{holder} holds characters that no key has, such as a line break.")
    return found or None


def provider_setting(provider: str, setting: str, own: str | None, environ: Mapping[str, str]) -> str | None:
    """`ONEBRUSH_<PROVIDER>_<SETTING>`, else the file's. Raises SettingsError for an address that is none."""
    variable = f"ONEBRUSH_{provider.upper()}_{setting.upper()}"
    said = environ.get(variable, "").strip()
    if not said or setting != "base_url":
        return said or own
    try:
        return http_address(said)
    except ValueError as error:
        raise SettingsError(f"Setting {variable} is {said[:60]!r}; it {error}.") from error
