"""Read `--set name=value` options into typed members."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from claimsmith.cli.failures import CommandFailed

Kind = Literal["text", "switch", "number", "list", "choice"]

SET_HELP = (
    "A member and its value, as name=value. Repeat it for several. Lists: a,b,c or a JSON array; empty: none."
)


def read_assignments(pairs: Sequence[str], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Return the members that `name=value` pairs give, by the kind of each.

    `choice` is `all`, `none` or a list. Raises `CommandFailed` for an unknown name or a wrong value.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise CommandFailed(f"--set {pair!r} has no value; write name=value.")
        if name not in kinds:
            raise CommandFailed(f"{name!r} is no member that can be set; those are: {', '.join(kinds)}.")
        values[name] = _read(name, text.strip(), kinds[name])
    return values


def _read(name: str, text: str, kind: Kind) -> Any:
    if kind == "switch":
        if text.lower() not in ("true", "false"):
            raise CommandFailed(f"{name} is {text!r}; use true or false.")
        return text.lower() == "true"
    if kind == "number":
        try:
            return int(text)
        except ValueError:
            raise CommandFailed(f"{name} is {text!r}; use a whole number.") from None
    if kind == "list" or (kind == "choice" and text not in ("all", "none")):
        return read_list(name, text)
    return text


def read_list(name: str, text: str) -> list[str]:
    """Return the texts of a comma-separated list or of a JSON array."""
    if not text.startswith("["):
        return [item for item in (part.strip() for part in text.split(",")) if item]
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise CommandFailed(f"{name} is {text!r}, which is no JSON array of texts.")
    return items
