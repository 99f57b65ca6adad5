"""Say how and when the user signed in (OpenID Connect Core §2, §3.1.3.6)."""

import base64
import hashlib
from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.token_profiles import TokenKind

NAME = "authentication"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute to ID tokens `auth_time`, `rat`, `amr`, `sid`, `nonce` and `at_hash`.

    `auth_time` and `rat` are in seconds since the epoch: when the user proved who it is, and when the
    authorization was asked for.
    """
    session = context.session
    if context.kind is not TokenKind.ID or session is None:
        return
    yield Claim("auth_time", session.authenticated_at, "When the user signed in.", session.session_id)
    yield Claim("rat", session.requested_at, "When the authorization was asked for.")
    if session.methods:
        because = "By which methods the user signed in (RFC 8176)."
        yield Claim("amr", list(session.methods), because, session.session_id)
    else:
        yield Omission("amr", "The sign-in names no method.", "Sign in again.")
    if session.session_id is not None:
        because = "The session of the browser, which back-channel logout names."
        yield Claim("sid", session.session_id, because, session.session_id)
    else:
        yield Omission("sid", "There is no session of a browser.", "Sign in with a browser.")
    if session.nonce is not None:
        yield Claim("nonce", session.nonce, "The authorization request sent it.")
    else:
        yield Omission(
            "nonce", "The request for this token sent none.", "Send nonce in the authorization request."
        )
    if session.access_token is not None:
        yield Claim("at_hash", _half_hash(session.access_token), "The access token that comes with it.")
    else:
        yield Omission("at_hash", "No access token comes with it.", "Ask for both at the token endpoint.")


def _half_hash(token: str) -> str:
    """Return the left half of the SHA-256 of a token, for ID tokens signed by RS256 (§3.1.3.6)."""
    digest = hashlib.sha256(token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode("ascii")
