"""Check the texts that people and programs choose: names, keys, scopes, audiences, URIs.

Each check returns the text unchanged, or raises `InvalidInput` with the field, the value (shortened) and the
remedy. Nothing is trimmed or rewritten, so what was checked is what is stored and compared. Codes are
the field in upper case and `_REQUIRED`, `_TOO_LONG`, `_INVALID` or `_RESERVED` (`NAME_TOO_LONG`).
"""

import re
from collections.abc import Callable

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.uris import shown, uri_fault, url_fault

LONGEST_NAME = 64
LONGEST_KEY = 64
LONGEST_TEXT = 2_048
LONGEST_URI = 2_048
LONGEST_LANGUAGE = 35

RESERVED_SCOPES = frozenset({"openid", "profile", "email", "phone", "address", "offline", "offline_access"})
"""The scope names of OpenID Connect Core §5.4 and §11, with the platform's own `offline`."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_DIRECTION_MARKS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_KEY = re.compile(r"[A-Za-z0-9_.:-]+")
_SCOPE_KEY = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_AUDIENCE = re.compile(r"[\x21-\x7e]+")


def check_text(text: object, field: str, max: int = LONGEST_TEXT, *, multiline: bool = False) -> str:
    """Return a text of at most `max` characters; it may be empty.

    Refuses NUL, surrogates and control characters, which neither databases nor JSON readers keep alike.
    Line breaks and tabs are allowed only when `multiline`.
    """
    checked = _of_length(text, field, max)
    found = (_FORBIDDEN_IN_LINES if multiline else _FORBIDDEN).search(checked)
    if found:
        kept = "control characters other than line breaks and tabs" if multiline else "control characters"
        raise _refusal(
            field,
            "INVALID",
            f"{field} holds the character U+{ord(found.group()):04X} at position {found.start() + 1}; "
            f"remove {kept} and surrogates.",
        )
    return checked


def check_name(text: object, field: str, max: int = LONGEST_NAME) -> str:
    """Return a name that people read: 1 to `max` characters on one line, without space at either end.

    Characters that turn the direction of the text (U+202A to U+202E, U+2066 to U+2069) are refused,
    because with them one name can be made to look like another.
    """
    checked = check_text(_present(text, field), field, max)
    if not checked.strip():
        raise _refusal(field, "REQUIRED", f"{field} holds only spaces; give a name of 1 to {max} characters.")
    if checked != checked.strip():
        raise _refusal(field, "INVALID", f"{field} is {shown(checked)}; remove the space at its ends.")
    if _DIRECTION_MARKS.search(checked):
        raise _refusal(
            field, "INVALID", f"{field} is {shown(checked)}; remove the characters that turn the text around."
        )
    return checked


def check_key(text: object, field: str) -> str:
    """Return the key of a flag, property, role or permission: 1 to 64 of letters, digits and `_ . : -`."""
    checked = _of_length(_present(text, field), field, LONGEST_KEY)
    if not _KEY.fullmatch(checked):
        raise _refusal(
            field,
            "INVALID",
            f"{field} is {shown(checked)}; use 1 to {LONGEST_KEY} ASCII letters, digits and "
            "the characters _ . : -",
        )
    return checked


def check_scope_key(text: object, field: str = "key") -> str:
    """Return the key of an API scope: 1 to 64 characters of a scope-token (RFC 6749 §3.3).

    Refuses the scope names of OpenID Connect in any letter case, because they already have a meaning.
    """
    checked = _of_length(_present(text, field), field, LONGEST_KEY)
    if not _SCOPE_KEY.fullmatch(checked):
        raise _refusal(
            field,
            "INVALID",
            f"{field} is {shown(checked)}; a scope is 1 to {LONGEST_KEY} printable ASCII characters "
            'without spaces, " and \\ (RFC 6749 section 3.3).',
        )
    if checked.lower() in RESERVED_SCOPES:
        raise _refusal(
            field,
            "RESERVED",
            f"{field} is {shown(checked)}, a scope name of OpenID Connect; choose another, "
            f"such as read:{checked.lower()}.",
        )
    return checked


def check_audience(text: object, field: str = "audience") -> str:
    """Return the audience of an API: 1 to 64 printable ASCII characters without spaces.

    A URI is customary (RFC 8707 §2) but any such text is an audience (RFC 7519 §4.1.3). White space is
    refused because it separates several audiences in one request.
    """
    checked = _of_length(_present(text, field), field, LONGEST_KEY)
    if not _AUDIENCE.fullmatch(checked):
        raise _refusal(
            field,
            "INVALID",
            f"{field} is {shown(checked)}; use 1 to {LONGEST_KEY} printable ASCII characters without spaces, "
            "such as https://api.example.com.",
        )
    return checked


def check_redirect_uri(uri: object, field: str) -> str:
    """Return a callback or logout URL that may be registered (RFC 9700 §2.1, RFC 8252 §7).

    Allowed are `https` everywhere, `http` on loopback only, and an application's own scheme
    (`com.example.app:/callback`, `myapp://callback`). One `*`, or one `{organization.handle}`, may stand
    in the left-most label of an http(s) host. Refused are relative URIs, fragments, user names, dot
    segments, control characters, backslashes, text outside ASCII, schemes that run or read something
    (`javascript:`, `data:`, `file:`), and any URI longer than 2,048 characters.
    """
    return _checked_uri(uri, field, uri_fault)


def check_url(uri: object, field: str) -> str:
    """Return the URL of a page, such as `homepage_uri` or `login_uri`: absolute, `http` or `https`.

    A fragment is allowed, a wildcard is not; everything else is as for `check_redirect_uri`, except that
    plain `http` may name any host.
    """
    return _checked_uri(uri, field, url_fault)


def check_call_url(uri: object, field: str) -> str:
    """Return a URL that this server may be told to call: as for `check_redirect_uri`, but http(s) and one.

    Where it leads is judged when it is called, by what the operator allows.
    """
    checked = check_redirect_uri(uri, field)
    if not checked.startswith(("https:", "http:")) or "*" in checked or "{" in checked:
        raise _refusal(
            field, "INVALID", f"{field} is {shown(checked)}; give one https URL, without * or braces."
        )
    return checked


def check_language(tag: object, field: str) -> str:
    """Return a language tag such as `en` or `pt-BR`: 2 to 35 characters (RFC 5646 §2.1, §4.4.1)."""
    checked = _of_length(_present(tag, field), field, LONGEST_LANGUAGE)
    if not _LANGUAGE.fullmatch(checked):
        raise _refusal(
            field, "INVALID", f"{field} is {shown(checked)}; use a language tag such as en or pt-BR."
        )
    return checked


def check_switch(value: object, field: str) -> bool:
    """Return the position of a switch. Refuses `None`, which would otherwise pass for off."""
    if not isinstance(value, bool):
        raise _refusal(field, "INVALID", f"{field} is {shown(value)}; use true or false, or leave it out.")
    return value


def _checked_uri(uri: object, field: str, fault_of: Callable[[str], str | None]) -> str:
    checked = _of_length(_present(uri, field), field, LONGEST_URI)
    fault = fault_of(checked)
    if fault:
        raise _refusal(field, "INVALID", f"{field} is {shown(checked)}; {fault}")
    return checked


def _present(text: object, field: str) -> object:
    if text is None or text == "":
        raise _refusal(field, "REQUIRED", f"{field} is missing or empty; give it a value.")
    return text


def _of_length(text: object, field: str, most: int) -> str:
    if not isinstance(text, str):
        raise _refusal(field, "INVALID", f"{field} is {shown(text)}; give a text.")
    if len(text) > most:
        raise _refusal(
            field, "TOO_LONG", f"{field} has {len(text)} characters; shorten it to {most} at the most."
        )
    return text


def _refusal(field: str, fault: str, message: str) -> InvalidInput:
    """Build the refusal; the place in a list (`redirect_uris[0]`) stays in the field, not in the code."""
    word = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"\[\d+\]", "", field)).strip("_").upper()
    return InvalidInput(message, field=field, code=f"{word}_{fault}")
