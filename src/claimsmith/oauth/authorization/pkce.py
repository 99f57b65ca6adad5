"""Check the code challenge (RFC 7636 §4.3): `S256` alone, and not without one for public clients."""

import re

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""Base64url of a SHA-256, without padding."""


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` for a method other than `S256`, a challenge that is none, or a missing one."""
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if challenge is None:
        if method is not None:
            raise InvalidRequest(
                "The parameter code_challenge_method came without a code_challenge.", reason="pkce_malformed"
            )
        if not asked.client.application.type.is_confidential:
            raise InvalidRequest(
                "This application must use PKCE. Send code_challenge and code_challenge_method=S256.",
                reason="pkce_missing",
            )
        return {}
    if method != "S256":
        raise InvalidRequest("The code_challenge_method must be S256.", reason="pkce_malformed")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest(
            "The code_challenge must be the unpadded base64url text of a SHA-256, 43 characters.",
            reason="pkce_malformed",
        )
    return {"code_challenge": challenge}
