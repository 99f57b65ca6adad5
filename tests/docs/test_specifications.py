"""The table of specifications is true."""

import re

import pytest

from tests.docs.examples import ROOT

SOURCE = ROOT / "src/claimsmith"
NAME = re.compile(r"RFC \d{4}|OpenID Connect Discovery 1\.0|OpenAPI 3\.1")
LINES = (ROOT / "docs/specifications.md").read_text(encoding="utf-8").splitlines()
ROWS = [line.strip("| ").split("|") for line in LINES if NAME.match(line.strip("| "))]


def paths(cell: str) -> list[str]:
    return re.findall(r"`([a-z0-9_/]+\.py)`", cell)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: NAME.match(row[0])[0])
def test_modules_follow_and_tests_exist(row):
    name = NAME.match(row[0])[0]
    modules, tests = paths(row[1]), paths(row[2])
    assert modules
    assert tests
    for module in modules:
        assert name in (SOURCE / module).read_text(encoding="utf-8"), f"{module} does not mention {name}"
    for test in tests:
        assert "def test_" in (ROOT / test).read_text(encoding="utf-8")


def test_every_specification_that_the_code_mentions_is_there():
    mentioned = {
        name
        for path in SOURCE.rglob("*.py")
        for name in re.findall(r"RFC \d{4}", path.read_text(encoding="utf-8"))
    }
    assert sorted(mentioned - {NAME.match(row[0])[0] for row in ROWS}) == []
