"""Explain every refusal: each `reason` has its entry in docs/errors.md, and each entry its reason."""

import ast
import re
from functools import cache

from tests.architecture.source import ROOT, SRC, modules, told, tree

ERRORS = ROOT / "docs" / "errors.md"
HEADING = re.compile(r"^## `([^`]+)`$", re.MULTILINE)
SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def errors() -> set[str]:
    """Return the names of the classes of oauth/errors.py, whose calls carry a reason."""
    return {node.name for node in tree(SRC / "oauth" / "errors.py").body if isinstance(node, ast.ClassDef)}


@cache
def reasons() -> dict[str, str]:
    """Return each reason given to an error, with a place that gives it."""
    names = errors()
    found: dict[str, str] = {}
    for path in modules():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).rsplit(".", 1)[-1]
            if name not in names and not name.endswith("Error"):
                continue
            for keyword in node.keywords:
                if keyword.arg == "reason":
                    found |= {slug: f"{told(path)}:{node.lineno}" for slug in literals(keyword.value)}
    return found


def literals(value: ast.expr) -> set[str]:
    """Return the texts that an expression can be; both sides of a conditional count."""
    return {
        node.value
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def documented() -> list[str]:
    """Return the reasons that have an entry, in the order of the page."""
    return HEADING.findall(ERRORS.read_text(encoding="utf-8"))


def test_reasons_are_found_at_all():
    assert {"audience_missing", "client_authentication_failed"} <= reasons().keys()


def test_every_reason_is_a_slug():
    assert [slug for slug in reasons() if not SLUG.fullmatch(slug)] == []


def test_every_reason_has_an_entry():
    entries = set(documented())
    assert {slug: place for slug, place in reasons().items() if slug not in entries} == {}


def test_every_entry_has_a_reason():
    assert [slug for slug in documented() if slug not in reasons()] == []


def test_no_entry_is_repeated():
    assert len(documented()) == len(set(documented()))
