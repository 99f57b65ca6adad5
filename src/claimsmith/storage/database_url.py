"""Judge and show the URLs of databases, without ever showing a password.

Kept apart from SQLAlchemy, which is much to import for reading settings.
"""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

FORM = "postgresql://user:password@host:5432/database"
SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
PARAMETERS = (
    "host",
    "port",
    "user",
    "password",
    "passfile",
    "sslmode",
    "ssl",
    "target_session_attrs",
    "prepared_statement_cache_size",
)
"""What may follow `?`: what asyncpg takes as text, and `sslmode`, which it calls `ssl`."""

_SECRET_PARAMETERS = re.compile(r"([?&](?:password|passfile)=)[^&]*", re.IGNORECASE)


def problem_of(url: str) -> str | None:
    """Return why a URL cannot be used and what to write instead; `None` for one that can be tried."""
    scheme, separator, _ = url.partition("://")
    if url.startswith("sqlite"):
        return (
            f"The database URL {shown(url)!r} names SQLite, which needs no URL: leave it away and name the "
            "directory of the database with --data or CLAIMSMITH_DATA."
        )
    if not separator or scheme not in SCHEMES:
        return f"The database URL {shown(url)!r} is none of PostgreSQL. Write it as {FORM}."
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return (
            f"The database URL {shown(url)!r} has no host and port that can be read. Write it as {FORM}, "
            "with : / ? # @ and % in the password written as %3A %2F %3F %23 %40 and %25."
        )
    return _problem_of_parameters(url, dict(parse_qsl(parts.query, keep_blank_values=True)))


def _problem_of_parameters(url: str, given: dict[str, str]) -> str | None:
    unknown = [name for name in given if name not in PARAMETERS]
    if unknown:
        return (
            f"The database URL {shown(url)!r} has the parameter {unknown[0]!r}, which has no meaning here. "
            f"Take it out; those that have are: {', '.join(PARAMETERS)}."
        )
    for name in ("sslmode", "ssl"):
        if name in given and given[name] not in SSL_MODES:
            return (
                f"The database URL {shown(url)!r} has the {name} {given[name]!r}; use one of "
                f"{', '.join(SSL_MODES)}."
            )
    return None


def place_of(url: str) -> str:
    """Return where the database of a good URL is, for a person: `PostgreSQL at db.test:5432, database x`."""
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return f"SQLite in {parts.path.removeprefix('/')}"
    given = dict(parse_qsl(parts.query))
    host = parts.hostname or given.get("host") or "localhost"
    name = unquote(parts.path.removeprefix("/")) or unquote(parts.username or "") or "of the same user"
    if host.startswith("/"):
        return f"PostgreSQL at the socket in {host}, database {name}"
    host = f"[{host}]" if ":" in host else host
    return f"PostgreSQL at {host}:{parts.port or given.get('port') or 5432}, database {name}"


def shown(url: str) -> str:
    """Return a URL, or what was given for one, without its password."""
    head, separator, rest = _SECRET_PARAMETERS.sub(r"\1***", url).partition("://")
    if not separator:
        # Whatever this is, a password in it comes after the first of these.
        word = re.split(r"[:=@\s]", head, maxsplit=1)[0]
        return word if word == head else f"{word}..."
    user, at, place = rest.rpartition("@")
    if at:
        name, colon, _ = user.partition(":")
        return f"{head}://{name}{':***' if colon else ''}@{place}"
    if not place.startswith("["):
        # What should be a port and is no number may be the password of a URL that lost its host.
        place = re.sub(r"^([^:/?]*):(?!\d+(?:[/?]|$)).*", r"\1:***", place)
    return f"{head}://{place}"
