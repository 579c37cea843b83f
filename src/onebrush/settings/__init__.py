"""Every setting of the gateway, with its meaning; read once, from the environment over a TOML file over defaults.

A setting `NAME` is `ONEBRUSH_NAME` in the environment and `name` in the file. Vendor keys are read under the
names the vendors' own SDKs use; vendor addresses only from `ONEBRUSH_<PROVIDER>_BASE_URL` and
`ONEBRUSH_<PROVIDER>_REGION` or the file's `[providers.<name>]`, because an application's own variables may well
point at this gateway.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from onebrush.settings.accounts import (
    AccountSettings,
    DeploymentSettings,
    ProviderSettings,
    RouteSettings,
    http_address,
    provider_setting,
    vendor_key,
)
from onebrush.settings.mistakes import SettingsError, explained
from onebrush.settings.signing import SigningSecrets

__all__ = [
    "AccountSettings",
    "DeploymentSettings",
    "ProviderSettings",
    "RouteSettings",
    "Settings",
    "SettingsError",
    "provider_setting",
    "read_again",
    "read_settings",
    "vendor_key",
]

MEGABYTE = 1_000_000


def _comma_list(value: object) -> object:
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


Listed = Annotated[list[str], NoDecode, BeforeValidator(_comma_list)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Ports = Annotated[list[int], NoDecode, BeforeValidator(_comma_list)]


def default_data() -> Path:
    """`$XDG_DATA_HOME/onebrush`, or `~/.local/share/onebrush`."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "onebrush"


class Settings(BaseSettings):
    """The settings in force."""

    model_config = SettingsConfigDict(env_prefix="ONEBRUSH_", env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on; loopback unless told.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    data: Path = Field(default_factory=default_data, description="Folder of database, pictures and secret.")
    keys: Listed = Field(
        default_factory=list,
        description="Fixed caller keys, comma-separated: `sk-test-…` is test, any other live.",
    )
    secret: SecretStr | None = Field(None, description="Replaces the random secret in the data folder.")
    default_model: str | None = Field(None, description="Model of requests that name none.")
    envelope: Literal["plain", "wrapped"] = Field("plain", description="Answer shape unless the caller says.")
    public_url: str | None = Field(None, description="Origin of links; unset: the request's own.")
    link_ttl: int = Field(86_400, gt=0, le=7 * 86_400, description="Seconds a link to a picture lives.")
    retention: int = Field(
        30 * 86_400, ge=0, le=100 * 366 * 86_400, description="Seconds a picture is kept; 0 is for ever."
    )
    serve_retired: bool = Field(True, description="Serve retired models by their successor.")
    max_body: int = Field(256 * MEGABYTE, gt=0, description="Bytes of a request body.")
    max_reply: int = Field(256 * MEGABYTE, gt=0, description="Bytes of one answer of a vendor.")
    max_picture: int = Field(50 * MEGABYTE, gt=0, description="Bytes of one picture, in or out.")
    max_pixels: int = Field(50 * MEGABYTE, gt=0, description="Pixels of one input picture.")
    max_frames: int = Field(1_000, gt=0, description="Frames or pages of one input picture; only the first is used.")
    max_pictures: int = Field(16, gt=0, description="Input pictures of one request.")
    blob_memory: int = Field(64 * MEGABYTE, ge=0, description="Bytes of pictures held in memory at once.")
    disk_reserve: int = Field(256 * MEGABYTE, ge=0, description="Bytes that must be free before anything is bought.")
    fetch_networks: Listed = Field(
        default_factory=list, description="Networks (CIDR) that picture links may reach besides public ones."
    )
    fetch_ports: Ports = Field(default_factory=list, description="Ports that picture links may use besides 80 and 443.")
    sandbox_url: str | None = Field(None, description="A sandbox that runs already; unset: serve starts one.")
    sandbox_refuse_retired: bool = Field(False, description="The sandbox refuses what the vendors refuse.")
    sandbox_link_life: float = Field(86_400.0, gt=0, description="Seconds a sandbox vendor's link lives.")
    sandbox_mode: Literal["call", "task"] = Field("call", description="The sandbox deployments' mode.")
    deadline: float = Field(
        900.0,
        gt=0,
        le=86_400,
        allow_inf_nan=False,
        description="Seconds a request may take in all: waiting, retries and fetching included.",
    )
    task_deadline: float = Field(
        3600.0, gt=0, le=7 * 86_400, allow_inf_nan=False, description="Seconds a vendor's task may take."
    )
    drain: float = Field(
        60.0, ge=0, le=3600, description="Seconds that generations whose callers have gone get when the gateway stops."
    )
    catalogue: Path | None = Field(None, description="TOML file or folder with further models.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")
    providers: dict[str, ProviderSettings] = Field(
        default_factory=dict, description="Accounts by provider name; in the file only."
    )
    deployments: dict[Identifier, DeploymentSettings] = Field(
        default_factory=dict, description="Further accounts by id; in the file only."
    )
    routes: dict[str, RouteSettings] = Field(
        default_factory=dict, description="How models are bought, by model; in the file only."
    )
    webhook_secrets: dict[Identifier, SigningSecrets] = Field(
        default_factory=dict, description="Secrets that sign webhooks, by name: one, or two while they are changed."
    )

    _config: Path | None = PrivateAttr(None)
    _said: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @field_validator("secret")
    @classmethod
    def _no_empty_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("must have at least 16 characters; unset it to have one made")
        return value

    @field_validator("public_url", "sandbox_url")
    @classmethod
    def _origin(cls, value: str | None) -> str | None:
        return http_address(value, path=False) if value else None

    @field_validator("host")
    @classmethod
    def _somewhere(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must be an address; 0.0.0.0 is every one")
        return value

    @field_validator("fetch_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for network in value:
            ipaddress.ip_network(network)
        return value

    @field_validator("fetch_ports")
    @classmethod
    def _ports(cls, value: list[int]) -> list[int]:
        if any(not 0 < port < 65_536 for port in value):
            raise ValueError("must be ports from 1 to 65535")
        return value


def read_settings(config: Path | None = None, **said: Any) -> Settings:
    """The settings of the command line (`said`, None is "not said") over the environment over the file.

    Raises SettingsError naming the setting and what it may be.
    """
    # An empty variable counts as unset; an empty secret is somebody's mistake, and would make links forgeable.
    if os.environ.get("ONEBRUSH_SECRET") == "":
        raise SettingsError(
            "Setting secret is empty; it must have at least 16 characters (ONEBRUSH_SECRET), or be unset."
        )
    filed = _file(config)
    told = {name: value for name, value in said.items() if value is not None}
    try:
        settings = _layered(filed)(**told)
    except ValidationError as error:
        raise SettingsError(explained(error)) from error
    except UnreadableVariable as error:
        raise SettingsError("A variable for a table must hold JSON; better write the table in the file.") from error
    settings._config, settings._said = config, told
    return settings


def read_again(settings: Settings) -> Settings:
    """The settings as the same file, environment and command line say them now. Raises SettingsError."""
    return read_settings(settings._config, **settings._said)


def _layered(filed: Mapping[str, Any]) -> type[Settings]:
    """Settings whose sources are, in this order: what is handed in, the environment, and `filed`."""

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, dict(filed))

    return Layered


def _file(config: Path | None) -> dict[str, Any]:
    if config is None:
        return {}
    try:
        filed = tomllib.loads(config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {config} cannot be read: {error}") from error
    unknown = sorted(set(filed) - set(Settings.model_fields))
    if unknown:
        known = ", ".join(sorted(Settings.model_fields))
        raise SettingsError(f"{config}: unknown setting {unknown[0]!r}. Known: {known}")
    return filed
