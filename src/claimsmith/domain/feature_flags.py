"""Describe feature flags and say which value applies.

A flag has a default; the environment, an organization and a user may override it as far as the flag allows,
and the more particular value wins. Values travel as text on the wire (`value_text`) and are typed here.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final, Literal, NoReturn

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.uris import shown

SMALLEST_INTEGER = -(2**31)
LARGEST_INTEGER = 2**31 - 1
LONGEST_STRING = 2_048
LARGEST_JSON_BYTES = 8_192
DEEPEST_JSON = 16
LARGEST_JSON_INTEGER = 2**53 - 1


class FlagType(StrEnum):
    """Name the types of value a flag can hold, by the words of the management API."""

    BOOL = "bool"
    STR = "str"
    INT = "int"
    JSON = "json"

    @property
    def label(self) -> str:
        """Return the word a person reads."""
        return {"bool": "Boolean", "str": "String", "int": "Integer", "json": "JSON"}[self.value]

    @property
    def code(self) -> str:
        """Return the short code that tokens carry: `b`, `s`, `i` or `j`."""
        return self.value[0]


class OverrideLevel(StrEnum):
    """Name how far down a flag may be overridden; each level includes those before it."""

    ENV = "env"
    ORG = "org"
    USR = "usr"


class Unset(Enum):
    """Mark a value that was never given, as distinct from any value a flag can hold."""

    UNSET = "unset"

    def __repr__(self) -> str:
        """Return the name by which code refers to the mark."""
        return "UNSET"


UNSET: Final = Unset.UNSET

EvaluationLevel = Literal["default", "environment", "organization", "user"]

_DEFAULT: EvaluationLevel = "default"
_DEPTH = {OverrideLevel.ENV: 0, OverrideLevel.ORG: 1, OverrideLevel.USR: 2}
_DECIMAL = re.compile(r"([+-]?)([0-9]{1,20})(?:\.[0-9]{1,40})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class FeatureFlag:
    """Hold one flag of an environment. `key` and `type` never change.

    Lowering `allow_override_level` keeps the overrides below it and ignores them until it is raised again.
    `default_value` and `environment_value` are typed values as `parse_value` returns them;
    `environment_value` is `UNSET` while the environment does not override the default.
    """

    id: str
    key: str
    name: str
    description: str | None
    type: FlagType
    default_value: object
    allow_override_level: OverrideLevel
    environment_value: object | Unset = UNSET
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EvaluatedFlag:
    """Hold the value of one flag that applies, and the level it came from."""

    key: str
    type: FlagType
    value: object
    level: EvaluationLevel


def may_override(flag: FeatureFlag, level: OverrideLevel) -> bool:
    """Tell whether a flag may be overridden at a level: `usr` allows all three, `env` only itself."""
    return _DEPTH[level] <= _DEPTH[flag.allow_override_level]


def evaluate(
    flag: FeatureFlag,
    *,
    organization_override: object | Unset = UNSET,
    user_override: object | Unset = UNSET,
) -> EvaluatedFlag:
    """Return the value that applies: user over organization over environment over default.

    An override at a level that the flag does not allow is ignored.
    """
    candidates: tuple[tuple[OverrideLevel, object, EvaluationLevel], ...] = (
        (OverrideLevel.ENV, flag.environment_value, "environment"),
        (OverrideLevel.ORG, organization_override, "organization"),
        (OverrideLevel.USR, user_override, "user"),
    )
    value, found = flag.default_value, _DEFAULT
    for where, candidate, name in candidates:
        if candidate is not UNSET and may_override(flag, where):
            value, found = candidate, name
    return EvaluatedFlag(flag.key, flag.type, value, found)


def token_member(evaluated: EvaluatedFlag) -> dict[str, object]:
    """Return what the `feature_flags` claim holds for one flag: `{"t": b|i|s|j, "v": value}`."""
    return {"t": evaluated.type.code, "v": evaluated.value}


def value_text(type: FlagType, value: object) -> str:
    """Return the wire text of a typed value: `true`, `12`, the string itself, or compact JSON."""
    if type is FlagType.BOOL:
        return "true" if value else "false"
    if type is FlagType.JSON:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return str(value)


def parse_value(type: FlagType, raw: object, *, field: str) -> object:
    """Return the typed value that a wire text or a native JSON value stands for.

    Booleans: `true` or `false`, in any letter case. Integers: 32 bits signed, decimals cut off towards
    zero; a boolean is never an integer. Strings: at most 2,048 characters without control characters.
    JSON: an object of at most 8 KiB and 16 levels, without repeated keys, and with numbers that every
    JSON reader keeps (RFC 7493 §2). Raises `InvalidInput` for everything else.
    """
    if type is FlagType.BOOL:
        return _boolean(raw, field)
    if type is FlagType.INT:
        return _integer(raw, field)
    if type is FlagType.STR:
        return _string(raw, field)
    return _json_object(raw, field)


def _boolean(raw: object, field: str) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    _refuse(field, f"{field} is {shown(raw)}; a boolean flag takes true or false.")


def _integer(raw: object, field: str) -> int:
    number: int | None = None
    if isinstance(raw, str):
        decimal = _DECIMAL.fullmatch(raw)
        number = int(decimal[1] + decimal[2]) if decimal else None
    elif isinstance(raw, float) and math.isfinite(raw):
        number = int(raw)
    elif isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    if number is None:
        _refuse(field, f"{field} is {shown(raw)}; an integer flag takes a number such as 12.")
    if not SMALLEST_INTEGER <= number <= LARGEST_INTEGER:
        _refuse(
            field,
            f"{field} is outside 32 bits; choose a number from {SMALLEST_INTEGER} to {LARGEST_INTEGER}.",
        )
    return number


def _string(raw: object, field: str) -> str:
    if not isinstance(raw, str):
        _refuse(field, f"{field} is {shown(raw)}; a string flag takes a text: put it in quotes.")
    if len(raw) > LONGEST_STRING:
        _refuse(field, f"{field} has {len(raw)} characters; shorten it to {LONGEST_STRING} at the most.")
    control = _CONTROL.search(raw)
    if control:
        _refuse(
            field,
            f"{field} holds the character U+{ord(control.group()):04X}; "
            "remove control characters and surrogates.",
        )
    return raw


def _json_object(raw: object, field: str) -> dict[str, Any]:
    value = _parse_json(raw, field) if isinstance(raw, str) else raw
    if not isinstance(value, Mapping):
        _refuse(field, f'{field} is not a JSON object; a JSON flag takes one, such as {{"limit": 5}}.')
    checked: dict[str, Any] = _checked_json(value, field, 1)
    size = len(value_text(FlagType.JSON, checked).encode())
    if size > LARGEST_JSON_BYTES:
        _refuse(field, f"{field} is {size} bytes of JSON; shorten it to {LARGEST_JSON_BYTES} at the most.")
    return checked


def _parse_json(text: str, field: str) -> object:
    if _NOT_STORABLE.search(text):
        _refuse(field, f"{field} holds NUL or a surrogate; remove it.")
    if len(text.encode()) > LARGEST_JSON_BYTES:
        _refuse(
            field, f"{field} is {len(text.encode())} bytes; shorten it to {LARGEST_JSON_BYTES} at the most."
        )

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            _refuse(field, f"{field} holds a key twice in one JSON object; keep one of them.")
        return made

    def constant(word: str) -> NoReturn:
        _refuse(field, f"{field} holds {word}, which is not JSON; use a number or null.")

    try:
        return json.loads(text, object_pairs_hook=members, parse_constant=constant)
    except json.JSONDecodeError as error:
        _refuse(field, f"{field} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.")
    except RecursionError:
        _refuse(field, f"{field} is nested deeper than {DEEPEST_JSON} levels; flatten it.")
    except ValueError:
        _refuse(field, f"{field} holds a number with too many digits; write it as a text in quotes.")


def _checked_json(value: object, field: str, level: int) -> Any:
    """Return a copy of a JSON value; `level` counts the arrays and objects around and including it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if _NOT_STORABLE.search(value):
            _refuse(field, f"{field} holds a text with NUL or a surrogate; remove it.")
        return value
    if isinstance(value, int | float):
        return _checked_number(value, field)
    if level > DEEPEST_JSON:
        _refuse(field, f"{field} is nested deeper than {DEEPEST_JSON} levels; flatten it.")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            _refuse(field, f"{field} holds a key that is not a text; put keys in quotes.")
        return {
            _checked_json(key, field, level): _checked_json(member, field, level + 1)
            for key, member in value.items()
        }
    if isinstance(value, list | tuple):
        return [_checked_json(member, field, level + 1) for member in value]
    _refuse(field, f"{field} holds a value {shown(value)}; use only what JSON has.")


def _checked_number(value: int | float, field: str) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        _refuse(field, f"{field} holds a number that is not finite; use a smaller one.")
    if isinstance(value, int) and abs(value) > LARGEST_JSON_INTEGER:
        _refuse(
            field,
            f"{field} holds an integer beyond {LARGEST_JSON_INTEGER}, which JSON readers round; "
            "write it as a text in quotes.",
        )
    return value


def _refuse(field: str, message: str) -> NoReturn:
    raise InvalidInput(message, field=field, code="FLAG_VALUE_INVALID")
