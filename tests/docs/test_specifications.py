"""The table of specifications is true."""

import re

import pytest

from tests.docs.examples import ROOT

SOURCE = ROOT / "src/claimsmith"
NAME = re.compile(r"(RFC \d{4}|OpenAPI 3\.[1x]|Swagger 2\.0|OpenID Connect (?:Core|Discovery 1\.0))")
SECTIONS = re.compile(NAME.pattern + r"((?:(?:,| and)? §[\d.]*\d)*)")
LINES = (ROOT / "docs/specifications.md").read_text(encoding="utf-8").splitlines()
ROWS = [re.split(r"\s\|(?=\s)", line[1:-1]) for line in LINES if NAME.match(line.removeprefix("| "))]


def paths(cell: str) -> list[str]:
    return re.findall(r"`([a-z0-9_/]+\.py)`", cell)


def mentions(text: str) -> set[tuple[str, str]]:
    """Return each specification with each section that a text mentions, or with an empty one."""
    text = re.sub(r"\s+", " ", text)
    return {
        (found[1], section)
        for found in SECTIONS.finditer(text)
        for section in re.findall(r"§([\d.]*\d)", found[2]) or [""]
    }


def is_within(section: str, others: set[str]) -> bool:
    """Tell whether a section is one of the others, or a part of one."""
    return any(not other or f"{section}.".startswith(f"{other}.") for other in others)


DOCUMENTED: dict[str, set[str]] = {}
for row in ROWS:
    for named, within in mentions(row[0]):
        DOCUMENTED.setdefault(named, set()).add(within)


def test_every_row_has_its_four_cells():
    assert len(ROWS) > 30
    assert [row for row in ROWS if len(row) != 4] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_modules_follow_and_tests_exist(row):
    modules, tests = paths(row[1]), paths(row[2])
    assert modules
    assert tests
    names = NAME.findall(row[0])
    for module in modules:
        text = re.sub(r"\s+", " ", (SOURCE / module).read_text(encoding="utf-8"))
        assert [name for name in names if name not in text] == [], module
    for test in tests:
        assert "def test_" in (ROOT / test).read_text(encoding="utf-8"), test


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_sections_of_a_row_are_mentioned_by_its_modules(row):
    """At least one, so that a row cannot be about something else than its modules."""
    told = mentions(row[0])
    found = set().union(
        *(mentions((SOURCE / module).read_text(encoding="utf-8")) for module in paths(row[1]))
    )
    for name in {name for name, _ in told}:
        sections = {section for each, section in told if each == name}
        assert any(each == name and (not section or is_within(section, sections)) for each, section in found)


def test_every_section_that_the_code_mentions_is_there():
    missing = {
        f"{path.relative_to(SOURCE)}: {name} §{section}"
        for path in SOURCE.rglob("*.py")
        for name, section in mentions(path.read_text(encoding="utf-8"))
        if name not in DOCUMENTED or (section and not is_within(section, DOCUMENTED[name]))
    }
    assert sorted(missing) == []


def test_what_is_missing_is_noticed():
    assert is_within("3.1", {"3"})
    assert is_within("4.4", {""})
    assert not is_within("31", {"3"})
    assert mentions("see RFC 7519 §4.1.4,\n§4.1.6 and RFC 7009") == {
        ("RFC 7519", "4.1.4"),
        ("RFC 7519", "4.1.6"),
        ("RFC 7009", ""),
    }
