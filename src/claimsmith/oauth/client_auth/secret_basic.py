"""Read client credentials from the Authorization header (RFC 6749 §2.3.1, RFC 7617)."""

import base64
import binascii
from urllib.parse import unquote_plus

from claimsmith.oauth.client_auth.credentials import Credentials
from claimsmith.oauth.errors import InvalidClient

LONGEST_HEADER = 4_096


def read(header: str) -> Credentials:
    """Return the credentials of a `Basic` header; both parts are form-encoded before base64.

    Raises `InvalidClient` with a challenge for anything else.
    """
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(header) > LONGEST_HEADER:
        raise _refused()
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        client_id, colon, secret = text.partition(":")
        client_id = unquote_plus(client_id, errors="strict")
        secret = unquote_plus(secret, errors="strict")
    except (ValueError, binascii.Error):
        raise _refused() from None
    if not colon or not client_id:
        raise _refused()
    return Credentials(client_id, secret, by_header=True)


def _refused() -> InvalidClient:
    return InvalidClient(
        "The Authorization header is not Basic base64(client_id:client_secret).",
        reason="basic_malformed",
        challenge=True,
    )
