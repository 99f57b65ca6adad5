"""Count the bytes of a token before it exists."""

from collections.abc import Mapping
from typing import Any

import orjson


def payload_bytes(claims: Mapping[str, Any]) -> bytes:
    """Return the JSON that is signed: UTF-8, no white space, members in the order of the claim set."""
    return orjson.dumps(claims)


def encoded_length(length: int) -> int:
    """Return how many base64url characters, unpadded, a number of bytes takes (RFC 4648 §5)."""
    return -(-length * 4 // 3)


def bytes_by_claim(claims: Mapping[str, Any]) -> dict[str, int]:
    """Return how many bytes of the payload each claim takes: its quoted name, colon, value and one comma.

    A byte of payload is 4/3 bytes of token, because the payload is base64url-encoded.
    """
    return {name: len(orjson.dumps({name: value})) - 1 for name, value in claims.items()}
