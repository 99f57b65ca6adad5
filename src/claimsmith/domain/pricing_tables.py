"""Describe pricing tables: which plans of a group people are shown to choose from, in which words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.plans import PlanGroup
from claimsmith.domain.uris import shown

MOST_PLANS = 50
MOST_LINES = 30
LONGEST_TEXT = 200
DEFAULT_LANGUAGE = "en"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlanTexts:
    """Hold what a plan is called in one language. What is not there is told by the plan itself.

    `features` need not be those that the plan includes. `highlight` is a label such as "Most popular".
    """

    display_name: str | None = None
    cta: str | None = None
    features_heading: str | None = None
    features: tuple[str, ...] = ()
    highlight: str | None = None


@dataclass(frozen=True, slots=True)
class TableEntry:
    """Hold one plan of a table, by its key, with its texts by language."""

    plan_key: str
    texts: Mapping[str, PlanTexts] = field(default_factory=dict)

    def texts_in(self, language: str) -> PlanTexts:
        """Return the texts of a language, or of English, or none."""
        return self.texts.get(language) or self.texts.get(DEFAULT_LANGUAGE) or PlanTexts()


@dataclass(frozen=True, slots=True)
class PricingTable:
    """Hold one table. `id` is `pricing_table_` and 32 hexadecimal characters; the key never changes.

    Only one that `is_live` is shown to anybody: by its key, or, of the tables for customers of a type, the
    one that is `is_default`.
    """

    id: str
    key: str
    name: str
    group: PlanGroup
    entries: tuple[TableEntry, ...] = ()
    is_live: bool = False
    is_default: bool = False


def entries_to_json(entries: Sequence[TableEntry]) -> list[dict[str, Any]]:
    """Return entries as JSON values: those of the management API, without what is not there."""
    return [
        {
            "plan_code": each.plan_key,
            "texts": {language: _texts_to_json(texts) for language, texts in sorted(each.texts.items())},
        }
        for each in entries
    ]


def entries_from_json(given: object) -> tuple[TableEntry, ...]:
    """Return the entries that JSON values describe. Raises `InvalidInput` that names the place."""
    if not isinstance(given, list) or len(given) > MOST_PLANS:
        raise _refused("plans", f"give a list of {MOST_PLANS} plans at the most")
    entries = tuple(_entry(each, f"plans[{position}]") for position, each in enumerate(given))
    keys = [each.plan_key for each in entries]
    for position, key in enumerate(keys):
        if key in keys[:position]:
            raise _refused(f"plans[{position}].plan_code", f"{key!r} is there twice")
    return entries


def _entry(given: object, place: str) -> TableEntry:
    if not isinstance(given, Mapping) or not isinstance(given.get("plan_code"), str):
        raise _refused(place, "give an object with plan_code, and texts by language")
    for name in given:
        if name not in ("plan_code", "texts"):
            raise _refused(f"{place}.{name}", "there are plan_code and texts")
    texts = given.get("texts") or {}
    if not isinstance(texts, Mapping):
        raise _refused(f"{place}.texts", "give an object of texts by language, such as en")
    return TableEntry(
        given["plan_code"],
        {_language(each, place): _texts(value, f"{place}.texts.{each}") for each, value in texts.items()},
    )


def _language(text: object, place: str) -> str:
    if not isinstance(text, str) or not _LANGUAGE.fullmatch(text):
        raise _refused(f"{place}.texts", f"{shown(text)} is no language; give one such as en or de")
    return text


def _texts(given: object, place: str) -> PlanTexts:
    if not isinstance(given, Mapping):
        raise _refused(place, f"give an object with {', '.join(each.name for each in fields(PlanTexts))}")
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name == "features":
            values[name] = _lines(value, f"{place}.features")
        elif name in {each.name for each in fields(PlanTexts)}:
            values[name] = None if value in (None, "") else _line(value, f"{place}.{name}")
        else:
            known = ", ".join(each.name for each in fields(PlanTexts))
            raise _refused(f"{place}.{name}", f"there are {known}")
    return PlanTexts(**values)


def _lines(given: object, place: str) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or len(given) > MOST_LINES:
        raise _refused(place, f"give a list of {MOST_LINES} lines at the most")
    return tuple(_line(each, f"{place}[{position}]") for position, each in enumerate(given))


def _line(given: object, place: str) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > LONGEST_TEXT:
        raise _refused(place, f"give a text of {LONGEST_TEXT} characters at the most")
    if not given.isprintable():
        raise _refused(place, "the text has characters that cannot be shown; give one line")
    return given.strip()


def _texts_to_json(texts: PlanTexts) -> dict[str, Any]:
    values = {each.name: getattr(texts, each.name) for each in fields(texts)}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value
    }


def _refused(place: str, remedy: str) -> InvalidInput:
    return InvalidInput(f"{place}: {remedy}.", field=place, code="PRICING_TABLE_INVALID")
