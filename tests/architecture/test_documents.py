"""Follow the links between the documents: each leads to a file, and to a heading when it names one."""

import re
from pathlib import Path

from tests.architecture.source import ROOT, told

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ADR = re.compile(r"(\d{4})-[a-z0-9-]+\.md")


def documents() -> list[Path]:
    """Return every document of the project."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def prose(path: Path) -> str:
    """Return a document without its blocks of code."""
    return CODE.sub("", path.read_text(encoding="utf-8"))


def anchor(heading: str) -> str:
    """Return the name that a heading is linked by: lower case, no punctuation, dashes for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_every_link_leads_somewhere():
    broken = []
    for document in documents():
        for link in LINK.findall(prose(document)):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, fragment = link.partition("#")
            target = (document.parent / name).resolve() if name else document
            if not target.exists():
                broken.append(f"{told(document)}: {link}")
            elif fragment and fragment not in map(anchor, HEADING.findall(prose(target))):
                broken.append(f"{told(document)}: {link} (no such heading)")
    assert broken == []


def test_decisions_are_numbered_without_a_gap_and_say_what_enforces_them():
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name for path in decisions if not ADR.fullmatch(path.name)] == []
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    sections = ("## Context", "## Decision", "## Consequences", "## What enforces it")
    missing = {
        path.name: absent
        for path in decisions
        if (absent := [each for each in sections if each not in path.read_text(encoding="utf-8")])
    }
    assert missing == {}
