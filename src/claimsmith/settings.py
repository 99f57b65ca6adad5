"""Read the settings of a process, once: command line over `CLAIMSMITH_*` over a TOML file over defaults.

An unknown key stops the start: a setting that was misspelt must not be silently without effect.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from claimsmith.domain.environments import check_issuer
from claimsmith.domain.errors import InvalidInput
from claimsmith.storage.database_url import problem_of

PREFIX = "CLAIMSMITH_"
_LISTS = frozenset({"trusted_proxies", "outbound_allow"})
_NOT_SETTINGS = frozenset({"CLAIMSMITH_CONFIG", "CLAIMSMITH_CLIENT_SECRET"})


class SettingsError(ValueError):
    """Say which setting is wrong and how to mend it."""


class Settings(BaseModel):
    """Hold the settings of one process. Durations are in seconds, sizes in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(Path("claimsmith-data"), description="Directory of the database and the master key.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(8000, description="Port to listen on.")
    issuer: str | None = Field(None, description="Issuer URL of the default environment.")
    database_url: SecretStr | None = Field(None, description="PostgreSQL URL; without it SQLite is used.")
    workers: Annotated[int, Field(ge=1, le=64)] = Field(1, description="Worker processes.")
    tls_cert: Path | None = Field(None, description="TLS certificate chain (PEM).")
    tls_key: Path | None = Field(None, description="TLS private key (PEM).")
    metrics_host: str = Field("127.0.0.1", description="Address of the metrics port.")
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        0, description="Port for Prometheus metrics; 0 serves none."
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level logged.")
    log_format: str = Field("auto", pattern="^(auto|json|console)$", description="Form of log lines.")
    master_key: SecretStr | None = Field(None, description="Master key: 32 bytes, base64url.")
    master_key_file: Path | None = Field(None, description="File that holds the master key.")
    trusted_proxies: tuple[str, ...] = Field((), description="Networks whose X-Forwarded-For is believed.")
    smtp_url: SecretStr | None = Field(
        None, description="Mail server: smtp://user:password@host:587, smtps://, smtp+plain:// on loopback."
    )
    mail_from: str | None = Field(None, description="Sender of mail, as Orders <no-reply@example.com>.")
    phone_gateway_url: str | None = Field(
        None, description="Gateway that is handed text messages: an https URL that takes JSON."
    )
    phone_gateway_secret: SecretStr | None = Field(
        None, description="Secret that signs what the gateway is handed: 24 bytes at least."
    )
    outbound_ca_file: Path | None = Field(
        None, description="Certificate authorities (PEM) that servers we call are trusted by."
    )
    outbound_allow: tuple[str, ...] = Field(
        (), description="Networks and hosts that may be called though they are not public."
    )
    plans_file: Path | None = Field(
        None, description="Plans of the businesses (TOML); without it everything is unlocked."
    )
    shutdown_seconds: Annotated[int, Field(ge=1, le=300)] = Field(
        20, description="How long requests in flight may take to finish at shutdown."
    )

    @property
    def derived_issuer(self) -> str:
        """Return the issuer that follows from the listening address."""
        scheme = "https" if self.tls_cert else "http"
        host = "localhost" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 - compared only
        if ":" in host:
            host = f"[{host}]"
        return f"{scheme}://{host}:{self.port}"


def read_settings(
    given: Mapping[str, Any], *, config: Path | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings from the command line, the environment and a TOML file, in this order of rank.

    Raises `SettingsError` that names the key, the value's problem and where it came from.
    """
    environ = os.environ if environ is None else environ
    values = _from_file(config or _path(environ.get("CLAIMSMITH_CONFIG")))
    values |= _from_environment(environ)
    values |= {key: value for key, value in given.items() if value is not None}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError(_told(error)) from None
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsError("tls_cert and tls_key belong together: give both or neither.")
    if (settings.phone_gateway_url is None) != (settings.phone_gateway_secret is None):
        raise SettingsError(
            "phone_gateway_url and phone_gateway_secret belong together: give both or neither."
        )
    if settings.issuer is not None:
        try:
            check_issuer(settings.issuer)
        except InvalidInput as error:
            raise SettingsError(error.message) from None
    if settings.database_url is not None:
        problem = problem_of(settings.database_url.get_secret_value())
        if problem:
            raise SettingsError(problem)
    return settings


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS:
            continue
        key = name.removeprefix(PREFIX).lower()
        if key not in Settings.model_fields:
            known = ", ".join(PREFIX + field.upper() for field in Settings.model_fields)
            raise SettingsError(f"{name} is no setting. Settings are: {known}.")
        values[key] = tuple(text.split(",")) if key in _LISTS else text
    return values


def _told(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"{key} is no setting; settings are: {', '.join(Settings.model_fields)}.")
        else:
            lines.append(f"{key} is {problem['input']!r}: {problem['msg']}.")
    return " ".join(lines)
