"""Check what holds for every response, whatever was asked: as a hook of an httpx client, not as a reminder.

- G1: the status is below 500.
- G2: no traceback, SQL, path of the server or secret is in the body.
- G3: a response that hands out a token or a secret forbids storing it.
- G4: `error` and `error_description` keep to the characters of RFC 6749 §5.2.
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Any

import httpx

DISCLOSURES = {
    "a traceback": re.compile(r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+"),
    "SQL": re.compile(r"\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.+\bSET\b|\bDELETE FROM\b", re.DOTALL),
    "the database library": re.compile(r"sqlalchemy|sqlite3|aiosqlite|asyncpg", re.IGNORECASE),
    "a path of the server": re.compile(r"site-packages|(?<![\w.:/])/(?:home|root|tmp|usr|var|etc|opt)/\w"),
}
TOKENS = frozenset({"access_token", "refresh_token", "id_token", "client_secret"})
PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")


def assert_general_rules(response: httpx.Response, secrets: Collection[str] = ()) -> None:
    """Check G1 to G4; `secrets` are texts that the body must not hold."""
    response.read()
    _assert_rules(response, secrets)


async def assert_general_rules_async(response: httpx.Response) -> None:
    """Check G1 to G4 as a hook of an `httpx.AsyncClient`."""
    await response.aread()
    _assert_rules(response, ())


def without(*secrets: str) -> Callable[[httpx.Response], Awaitable[None]]:
    """Return a hook of an `httpx.AsyncClient` that also refuses these texts in a body."""

    async def hook(response: httpx.Response) -> None:
        await response.aread()
        _assert_rules(response, secrets)

    return hook


def _assert_rules(response: httpx.Response, secrets: Collection[str]) -> None:
    asked = f"{response.request.method} {response.request.url.path} -> {response.status_code}"
    body = _json(response)
    # In JSON, line ends and quotes are escaped, so the texts are looked at as readers see them, too.
    text = "\n".join([response.text, *_texts(body)])
    assert response.status_code < 500, f"G1: {asked}: {response.text[:500]}"
    for what, pattern in DISCLOSURES.items():
        found = pattern.search(text)
        assert found is None, f"G2: {asked} discloses {what}: {found.group()[:200]!r}" if found else ""
    for secret in secrets:
        # The secret itself stays out of the message, which ends in logs.
        assert secret not in text, f"G2: {asked} discloses a secret"
    if _names(body) & TOKENS:
        directives = {each.strip() for each in response.headers.get("cache-control", "").lower().split(",")}
        assert "no-store" in directives, f"G3: {asked} hands out a token without Cache-Control: no-store"
    for name in ("error", "error_description"):
        value = body.get(name) if isinstance(body, dict) else None
        if isinstance(value, str):
            assert PRINTABLE.fullmatch(value), f"G4: {asked}: {name} is {value!r}"


def _json(response: httpx.Response) -> Any:
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return response.json()
    except json.JSONDecodeError:
        return None


def _texts(value: Any) -> Iterator[str]:
    """Yield every text, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _names(value: Any) -> set[str]:
    """Return the names of every member that holds a text, however deep."""
    if isinstance(value, list):
        return set().union(*(_names(each) for each in value))
    if not isinstance(value, dict):
        return set()
    own = {name for name, member in value.items() if isinstance(member, str)}
    return own.union(*(_names(each) for each in value.values()))
