"""Describe environments: the wall around everything an installation holds."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from claimsmith.domain.errors import InvalidInput

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Environment:
    """Hold one environment.

    `issuer` has no trailing slash and may carry a path prefix; `issuer_is_derived` is true while it merely
    follows the address the server listens on. `version` grows by one with each change of anything inside.
    """

    id: str
    code: str
    name: str
    issuer: str
    issuer_is_derived: bool = False
    is_default: bool = False
    version: int = 0
    created_at: datetime | None = None

    @property
    def management_audience(self) -> str:
        """Return the audience of the management API: `{issuer}/api`."""
        return f"{self.issuer}/api"


def check_issuer(issuer: str) -> str:
    """Return an issuer URL in the one form used everywhere: lower-case host, no trailing slash.

    https is required except on loopback; query, fragment and user name are refused (RFC 8414 §2).
    """
    text = issuer.strip().rstrip("/")
    problem = _issuer_problem(text)
    if problem:
        raise InvalidInput(
            f"The issuer {issuer!r} {problem}. Give an URL like https://id.example.com or "
            "http://127.0.0.1:8000.",
            field="issuer",
            code="ISSUER_INVALID",
        )
    scheme, host, prefix = split_issuer(text)
    return f"{scheme}://{host}{prefix}"


def _issuer_problem(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "is not an URL"
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        return "is not an http or https URL"
    if any(character.isspace() or character in "\\@?#" or not character.isascii() for character in text):
        return "holds a character that an issuer must not have"
    if port == 0:
        return "has port 0"
    if "//" in parts.path or "/." in parts.path or "%" in parts.path:
        return "has a path that is not plain"
    loopback = host in ("localhost", "127.0.0.1", "::1")
    if parts.scheme == "http" and not loopback:
        return "is http, which is only allowed on loopback"
    return None


def split_issuer(issuer: str) -> tuple[str, str, str]:
    """Return the scheme, the host with its port if that is not the scheme's own, and the path prefix."""
    parts = urlsplit(issuer)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None and parts.port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    return parts.scheme, host, parts.path.rstrip("/")
