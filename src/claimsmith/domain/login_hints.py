"""Read the login hints of authorization requests."""

import re

from claimsmith.domain.users import IdentityType

LONGEST_HINT = 320
_PHONE = re.compile(r"phone:\+?([0-9]{4,15})(?::[A-Za-z]{2})?", re.ASCII)


def clean_hint(text: str) -> str | None:
    """Return a hint that may be shown in a form, or `None` for one that is too long or not plain text."""
    return text if len(text) <= LONGEST_HINT and text.isprintable() else None


def hinted_identity(hint: str) -> tuple[IdentityType, str] | None:
    """Return the identity that a hint names, as a person would type it, or `None`.

    The forms are `a@b.c`, `username:joe` and `phone:+447700900000:gb`, in which the plus and the country may
    be missing.
    """
    if hint.startswith("username:"):
        name = hint.removeprefix("username:")
        return (IdentityType.USERNAME, name) if name else None
    phone = _PHONE.fullmatch(hint)
    if phone:
        return IdentityType.PHONE, f"+{phone[1]}"
    return (IdentityType.EMAIL, hint) if "@" in hint else None
