"""Show JSON with a class for each kind of token, so that a style sheet can colour it."""

from typing import Any

import orjson
from markupsafe import Markup, escape

_INDENT = "  "
_WIDEST_ON_ONE_LINE = 48


def json_markup(value: Any, depth: int = 0) -> Markup:
    """Return a JSON value as escaped HTML, indented; short arrays and objects stay on one line.

    `depth` is how deep the value stands in its document: lines after the first are indented by one more.
    """
    if isinstance(value, dict):
        members = [_member(name, each, depth + 1) for name, each in value.items()]
        return _bracketed("{", members, "}", value, depth)
    if isinstance(value, list | tuple):
        return _bracketed("[", [json_markup(each, depth + 1) for each in value], "]", value, depth)
    return _scalar(value)


def name_markup(name: str) -> Markup:
    """Return the name of a member, quoted."""
    return Markup('<span class="json-name">{}</span>').format(_text(name))


def _member(name: str, value: Any, depth: int) -> Markup:
    return Markup("{}: {}").format(name_markup(name), json_markup(value, depth))


def _bracketed(opening: str, parts: list[Markup], closing: str, value: Any, depth: int) -> Markup:
    if not parts:
        return escape(opening + closing)
    if len(orjson.dumps(value)) <= _WIDEST_ON_ONE_LINE:
        return escape(opening) + escape(", ").join(parts) + escape(closing)
    inner, outer = "\n" + _INDENT * (depth + 1), "\n" + _INDENT * depth
    return escape(opening + inner) + escape("," + inner).join(parts) + escape(outer + closing)


def _scalar(value: Any) -> Markup:
    if isinstance(value, str):
        return Markup('<span class="json-text">{}</span>').format(_text(value))
    kind = "json-word" if value is None or isinstance(value, bool) else "json-number"
    return Markup('<span class="{}">{}</span>').format(kind, _text(value))


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
