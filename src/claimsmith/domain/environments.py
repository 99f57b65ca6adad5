"""Describe environments: the wall around everything an installation holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from claimsmith.domain.businesses import DEFAULT_BUSINESS_ID
from claimsmith.domain.errors import AlreadyExists, InvalidInput

OWN_PATHS = frozenset(
    [
        ".well-known",
        "account_api",
        "api",
        "auth",
        "console",
        "device",
        "health",
        "logout",
        "oauth2",
        "portal",
        "portal_redirect",
        "static",
    ]
)
"""What the paths of an environment begin with, below its issuer."""

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
    business_id: str = DEFAULT_BUSINESS_ID

    @property
    def management_audience(self) -> str:
        """Return the audience of the management API: `{issuer}/api`."""
        return f"{self.issuer}/api"

    @property
    def is_production(self) -> bool:
        """Tell whether real people sign in here, so that no wildcard stands for a redirect URI."""
        return self.is_default or self.code == "production"


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
    if parts.path.split("/")[1:2] == ["health"]:
        return "has a path that begins with /health, where the server tells how it is"
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


def loopback_spellings(host: str) -> list[str]:
    """Return the spellings under which a host is reached: the names of loopback are one place."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name, colon, port = host, "", ""
    if name not in LOOPBACK_HOSTS:
        return [host]
    return [f"{each}{colon}{port}" for each in sorted(LOOPBACK_HOSTS)]


def check_room(issuer: str, others: Iterable[Environment]) -> None:
    """Refuse an issuer that would answer at addresses of another environment, or the other way round.

    A prefix below the other's is fine, unless it begins like a path that the other serves itself.
    """
    _, host, prefix = split_issuer(issuer)
    for other in others:
        _, other_host, other_prefix = split_issuer(other.issuer)
        if (host, prefix) == (other_host, other_prefix):
            raise AlreadyExists(
                f"The issuer {other.issuer} belongs to {other.code!r}. Give another host, port or path.",
                field="issuer",
            )
        taken = _first_below(prefix, other_prefix) or _first_below(other_prefix, prefix)
        if taken in OWN_PATHS and other_host in loopback_spellings(host):
            raise InvalidInput(
                f"The issuer {issuer} does not fit beside {other.issuer} of {other.code!r}: one would "
                f"take the addresses below /{taken} from the other. Give another path.",
                field="issuer",
                code="ISSUER_INVALID",
            )


def _first_below(outer: str, inner: str) -> str | None:
    """Return the segment with which a prefix goes on below another one, or `None`."""
    return inner[len(outer) + 1 :].partition("/")[0] if inner.startswith(f"{outer}/") else None
