"""Decode base64url in its one canonical spelling (RFC 7515 §2, RFC 4648 §3.5)."""

import base64
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def decode(text: str) -> bytes:
    """Return the bytes of unpadded base64url.

    Raises `ValueError` for padding, a character outside the alphabet, or trailing bits that are not zero:
    each byte string has one spelling here, so a token cannot be respelt.
    """
    if not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii") != text:
        raise ValueError("not the canonical spelling")
    return data
