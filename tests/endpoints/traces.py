"""Check what a refused request leaves behind: no changed row (G8), and no secret in the log (G7)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.platform import OpenPlatform

COUNTED = frozenset({"usage_daily"})
"""Tables that a refusal may write: what is counted of it."""


def rows(opened: OpenPlatform) -> dict[str, list[str]]:
    """Return every row of every table but the counters, as text, read past the application."""
    [path] = opened.settings.data.glob("*.db")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        found = {
            name: sorted(map(repr, database.execute(f'SELECT * FROM "{name}"')))
            for (name,) in names
            if name not in COUNTED
        }
    database.close()
    return found


@contextmanager
def leaves_no_trace(
    opened: OpenPlatform, capsys: pytest.CaptureFixture[str], *secrets: str
) -> Iterator[None]:
    """Fail when what happens inside changes a row, or writes one of these texts anywhere."""
    capsys.readouterr()
    before = rows(opened)
    assert sum(map(len, before.values())) > 10, "nothing was read, so nothing would be noticed"
    yield
    after = rows(opened)
    changed = [name for name in before if before[name] != after[name]]
    assert changed == [], "G8: a refused request changed rows"
    written = capsys.readouterr()
    for secret in secrets:
        # The secret itself stays out of the message, which ends in logs.
        assert secret not in written.out + written.err, "G7: a secret was written"
