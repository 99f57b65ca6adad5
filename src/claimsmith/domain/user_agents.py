"""Say which browser and system a User-Agent header names, for people who look at their sessions.

It says what it wants: nothing is decided by it.
"""

import re

_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(?:OPR|Opera|OPT)/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Vivaldi", re.compile(r"\bVivaldi/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|Chromium|HeadlessChrome|CriOS)/")),
    ("Safari", re.compile(r"\bVersion/\S+ (?:Mobile/\S+ )?Safari/")),
)
_SYSTEMS = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac ?OS ?X\b|\bMacintosh\b")),
    ("Linux", re.compile(r"\bLinux\b|\bX11\b")),
)
"""Browsers and systems, those first that name others besides themselves."""


def read_user_agent(header: str | None) -> tuple[str | None, str | None]:
    """Return the name of the browser and of the system, each `None` if it is not known (RFC 9110 §10.1.5)."""
    text = (header or "")[:400]

    def first(known: tuple[tuple[str, re.Pattern[str]], ...]) -> str | None:
        return next((name for name, pattern in known if pattern.search(text)), None)

    return first(_BROWSERS), first(_SYSTEMS)
