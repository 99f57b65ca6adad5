"""Describe the stored password of a user, and say which passwords may be chosen."""

import re
import unicodedata
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from claimsmith.domain.errors import InvalidInput

OWN_METHOD = "argon2id"
SHORTEST_PASSWORD = 8
MOST_PASSWORD_BYTES = 1_024
SHORTEST_STEM = 4
MOST_ADDED = 4
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_LEET = str.maketrans("013457@$!", "oleastasi")
_AROUND = re.compile(r"^[\d\W_]*|[\d\W_]*$")


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """Hold the hash of one user's password.

    `method` is `argon2id` for what this server hashed, or the word of the management API for a hash that was
    imported (`bcrypt`, `md5` ...), which `parameters` help to verify (salt, iterations ...). `failures` are
    the wrong passwords since the last good one; until `locked_until` none is good.
    """

    user_id: str
    method: str
    hash: str = field(repr=False)
    changed_at: datetime
    parameters: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    is_temporary: bool = False
    failures: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PasswordVerdict:
    """Hold what became of a password that was tried.

    `must_change` is a good password that may only be used to set another one. `user_id` is there for a good
    one alone, `retry_after_seconds` for `locked`.
    """

    outcome: Literal["good", "wrong", "locked", "must_change"]
    user_id: str | None = None
    retry_after_seconds: int = 0


def password_bytes(text: str) -> bytes | None:
    """Return the bytes of a password that are hashed: UTF-8 of NFC (NIST SP 800-63B).

    `None` for what no stored password can be: empty, longer than 1,024 bytes, or no Unicode text. The length
    is looked at before the work of normalizing.
    """
    if not text or len(text) > MOST_PASSWORD_BYTES:
        return None
    try:
        taken = unicodedata.normalize("NFC", text).encode("utf-8")
    except UnicodeEncodeError:
        return None
    return taken if len(taken) <= MOST_PASSWORD_BYTES else None


def check_chosen(text: str, field: str, common: Container[str], unlike: Collection[str] = ()) -> None:
    """Refuse a password that is too short, too long, or among those that are tried first.

    Nothing else is demanded: any characters, and no mixture of them (NIST SP 800-63B). `common` and `unlike`
    are those of `is_guessable`. Raises `InvalidInput`.
    """
    taken = password_bytes(text)
    if len(text) <= MOST_PASSWORD_BYTES and len(unicodedata.normalize("NFC", text)) < SHORTEST_PASSWORD:
        raise InvalidInput(
            f"The password has fewer than {SHORTEST_PASSWORD} characters; choose a longer one.",
            field=field,
            code="PASSWORD_TOO_SHORT",
        )
    if taken is None:
        raise InvalidInput(
            f"The password has more than {MOST_PASSWORD_BYTES} bytes, or surrogates; choose another one.",
            field=field,
            code="PASSWORD_TOO_LONG",
        )
    if is_guessable(text, common, unlike):
        raise InvalidInput(
            "The password is one of those that are tried first: a common one, a pattern, or a name of yours. "
            "Choose another one; a few random words make a good one.",
            field=field,
            code="PASSWORD_COMMON",
        )


def is_guessable(text: str, common: Container[str], unlike: Collection[str] = ()) -> bool:
    """Tell whether a password is among those that are tried first.

    Those are the common ones, given in lower case, as they are or with up to four digits or signs around them
    or with signs for letters; one piece repeated; a row of the alphabet or the keyboard; and `unlike`, the
    user's own names and addresses.
    """
    folded = text.casefold()
    spellings = {folded, folded.translate(_LEET)}
    if any(each in common or _is_repeated(each) or _is_row(each) for each in spellings):
        return True
    stem = _AROUND.sub("", folded)
    for core in {stem, stem.translate(_LEET), *(_AROUND.sub("", each) for each in spellings)}:
        if len(core) >= SHORTEST_STEM and len(folded) - len(core) <= MOST_ADDED and core in common:
            return True
    return any(_is_like(folded, own.casefold()) for own in unlike)


def _is_repeated(text: str) -> bool:
    """Tell whether a text is one piece of at most four characters, repeated."""
    return any(
        text == (text[:size] * (len(text) // size + 1))[: len(text)]
        for size in range(1, 5)
        if size < len(text)
    )


def _is_row(text: str) -> bool:
    """Tell whether a text runs along rows, forwards or backwards, in pieces of at least four characters."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    at = 0
    while at < len(text):
        size = max(_run(text, at, row) for row in rows)
        if size < 4:
            return False
        at += size
    return True


def _run(text: str, at: int, row: str) -> int:
    start = row.find(text[at])
    if start < 0:
        return 0
    size = 0
    while at + size < len(text) and start + size < len(row) and text[at + size] == row[start + size]:
        size += 1
    return size


def _is_like(folded: str, own: str) -> bool:
    return any(
        len(part) >= SHORTEST_STEM and part in folded and len(folded) - len(part) <= MOST_ADDED
        for part in (own, own.partition("@")[0])
    )
