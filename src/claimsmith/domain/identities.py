"""Bring what people sign in with into the one form that is compared, and check it.

Two spellings of one address must be one identity, and two addresses that look alike must not pass for one
another. So everything but ASCII is refused: no letter outside it can then fold into another (an international
domain is written in its `xn--` form).
"""

import re

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.uris import shown
from claimsmith.domain.users import IdentityType

LONGEST_EMAIL = 254
LONGEST_LOCAL_PART = 64
SHORTEST_USERNAME = 2
LONGEST_USERNAME = 64

_LOCAL_PART = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])"
)
_USERNAME = re.compile(r"[a-z0-9_-]+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_SEPARATORS = str.maketrans("", "", " -().\u00a0")


def identity_type(text: str, field: str = "type") -> IdentityType:
    """Return a type of identity by its word. Raises `InvalidInput`."""
    try:
        return IdentityType(text)
    except ValueError:
        words = ", ".join(each.value for each in IdentityType)
        raise InvalidInput(
            f"{field} is {shown(text)}; use one of {words}.", field=field, code="IDENTITY_TYPE_INVALID"
        ) from None


def identity_value(type: IdentityType, text: str, field: str | None = None) -> tuple[str, str]:
    """Return the form of an identity that is unique and compared, and the form that people are shown.

    Space at the ends is dropped. An email address and a username are compared without letter case and shown
    as they were typed; a phone number is E.164 in both. Raises `InvalidInput`, whose `field` is the word of
    the type unless given.
    """
    field = field or type.value
    typed = text.strip() if isinstance(text, str) else ""
    if not typed:
        raise _refusal(type, "REQUIRED", field, f"{field} is missing or empty; give it a value.")
    if type is IdentityType.EMAIL:
        return _email(typed, field), typed
    if type is IdentityType.USERNAME:
        return _username(typed, field), typed
    phone = _phone(typed, field)
    return phone, phone


def domain_of(email: str) -> str:
    """Return the domain of an email address in its compared form."""
    return email.rpartition("@")[2]


def _email(typed: str, field: str) -> str:
    value = _lower(typed)
    local_part, at, domain = value.rpartition("@")
    if (
        not at
        or len(value) > LONGEST_EMAIL
        or len(local_part) > LONGEST_LOCAL_PART
        or not _LOCAL_PART.fullmatch(local_part)
        or not _DOMAIN.fullmatch(domain)
    ):
        raise _refusal(
            IdentityType.EMAIL,
            "INVALID",
            field,
            f"{field} is {shown(typed)}; give an email address such as name@example.com, of at most "
            f"{LONGEST_EMAIL} ASCII characters.",
        )
    return value


def _username(typed: str, field: str) -> str:
    value = _lower(typed)
    if not SHORTEST_USERNAME <= len(value) <= LONGEST_USERNAME or not _USERNAME.fullmatch(value):
        raise _refusal(
            IdentityType.USERNAME,
            "INVALID",
            field,
            f"{field} is {shown(typed)}; use {SHORTEST_USERNAME} to {LONGEST_USERNAME} ASCII letters, "
            "digits, hyphens and underscores.",
        )
    return value


def _phone(typed: str, field: str) -> str:
    value = typed.translate(_PHONE_SEPARATORS)
    if not _PHONE.fullmatch(value):
        raise _refusal(
            IdentityType.PHONE,
            "INVALID",
            field,
            f"{field} is {shown(typed)}; give the number with its country code, such as +61 491 570 156.",
        )
    return value


def _lower(text: str) -> str:
    """Fold the letters of ASCII alone: `İ` and the Kelvin sign must not turn into one of them."""
    return text.lower() if text.isascii() else text


def _refusal(type: IdentityType, fault: str, field: str, message: str) -> InvalidInput:
    return InvalidInput(message, field=field, code=f"{type.value.upper()}_{fault}")
