"""The page about an application's switches has each of them with its default; and each of them is heeded."""

import re
from dataclasses import fields

from claimsmith.domain.applications import SignInOptions
from tests.docs.examples import ROOT
from tests.docs.test_reference_endpoints import rows

PAGE = (ROOT / "docs/reference/application-switches.md").read_text(encoding="utf-8")
SOURCE = ROOT / "src/claimsmith"
SHOWN = SOURCE / "edge/management/applications.py"


def test_every_switch_is_there_with_its_default():
    assert [(name.strip("`"), default) for name, default, _ in rows(PAGE, "switch")] == [
        (each.name, str(each.default).lower()) for each in fields(SignInOptions)
    ]


def test_every_switch_that_can_be_set_is_read_by_more_than_what_shows_it():
    files = [each for each in SOURCE.rglob("*") if each.suffix in (".py", ".html") and each != SHOWN]
    read = set(re.findall(r"\boptions\.(\w+)", "\n".join(each.read_text("utf-8") for each in files)))
    assert {each.name for each in fields(SignInOptions) if each.init} <= read
    assert not {each.name for each in fields(SignInOptions) if not each.init} & read
