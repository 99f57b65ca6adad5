"""Read the catalogues and choose a language (RFC 4647 §3.4, BCP 47)."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

DEFAULT = "en"
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
"""Every language, by its code, with its own name."""

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*|\*")
MOST_TAGS = 20


class Texts:
    """Hold the texts of one language: `known` by their English form.

    `language` is its code, for the `lang` attribute of a page.
    """

    __slots__ = ("known", "language")

    def __init__(self, language: str, known: Mapping[str, str]) -> None:
        """Take the texts by their English form; English itself needs none."""
        self.language = language
        self.known = known

    def __call__(self, text: str, **values: object) -> str:
        """Return a text with its `{names}` filled in. A text that is not translated stays English."""
        told = self.known.get(text) or text
        return told.format(**values) if values else told


@cache
def texts_in(language: str) -> Texts:
    """Return the texts of a language; those of English for one that there is not."""
    if language == DEFAULT or language not in LANGUAGES:
        return Texts(DEFAULT, {})
    from babel.messages.pofile import read_po  # English needs none of it

    with (Path(__file__).parent / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    return Texts(language, {str(each.id): str(each.string) for each in catalogue if each.id and each.string})


def choose_language(wanted: Sequence[str | None], accepted: str | None = None) -> str:
    """Return the code of the first language there is.

    `wanted` are language tags in the order of their weight (`en-AU`, or several in one text, as
    `ui_locales` has them); `accepted` is an Accept-Language header (RFC 9110 §12.5.4). A tag is cut from its
    end until a language fits; without any, English is chosen.
    """
    tags = [tag for text in wanted if text for tag in text.replace("_", "-").split()]
    for tag in [*tags[:MOST_TAGS], *_accepted(accepted or "")]:
        parts = tag.lower().split("-")
        for length in range(len(parts), 0, -1):
            if "-".join(parts[:length]) in LANGUAGES:
                return "-".join(parts[:length])
    return DEFAULT


def _accepted(header: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in header[:400].split(",")[:MOST_TAGS]:
        tag, _, parameter = part.strip().partition(";")
        name, _, text = parameter.strip().partition("=")
        try:
            weight = float(text) if name.strip().lower() == "q" else 1.0
        except ValueError:
            continue
        if _TAG.fullmatch(tag.strip()) and 0 < weight <= 1:
            weighted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda each: -each[0])]
