import re
import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

import claimsmith
from claimsmith.texts import LANGUAGES, choose_language, texts_in

SOURCE = Path(claimsmith.__file__).parent


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ([], None, "en"),
        (["de"], None, "de"),
        (["de-AT"], "en", "de"),
        (["fr de"], None, "de"),
        ([None, ""], "fr, de;q=0.5, en;q=0.4", "de"),
        ([], "de;q=0.2, en-AU", "en"),
        ([], "de;q=0", "en"),
        ([], "de;q=high", "en"),
        ([], "*", "en"),
        (["../../etc/passwd"], None, "en"),
        ([], "," * 10_000, "en"),
    ],
)
def test_the_first_language_there_is_gets_chosen(wanted, accepted, language):
    assert choose_language(wanted, accepted) == language


def test_an_unknown_language_is_english():
    assert texts_in("xx").language == "en"
    assert texts_in("en")("Sign {what}", what="in") == "Sign in"


def used() -> set[str]:
    """Return every text that code and templates ask for."""
    found = set()
    for path in [*(SOURCE / "texts").rglob("*.py"), *(SOURCE / "edge" / "hosted").rglob("*.py")]:
        found |= {str(text) for _, text, *_ in extract_from_file("python", path, keywords={"texts": None})}
    for path in (SOURCE / "edge" / "templates" / "hosted").rglob("*.html"):
        found |= set(re.findall(r'\btexts\("((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_text_is_in_every_language(language):
    texts = texts_in(language)
    assert [text for text in sorted(used()) if text not in texts.known] == []


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_translations_name_the_same_values(language):
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    wrong = {text: told for text, told in texts_in(language).known.items() if names(text) != names(told)}
    assert wrong == {}
