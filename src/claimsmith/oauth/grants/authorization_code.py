"""Prove the right to tokens by an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""

import re
from datetime import datetime

from claimsmith.domain.grants import Grant
from claimsmith.oauth.errors import InvalidGrant
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.pkce import is_verified
from claimsmith.oauth.proved_grants import ProvedGrant, Revoked, narrowed_audiences

GRANT_TYPE = "authorization_code"
_CODE = re.compile(r"cs_ac_[A-Za-z0-9]{43}", re.ASCII)


def prove(
    grant: Grant | None, client: LiveClient, request: FormRequest, now: datetime
) -> ProvedGrant | Revoked:
    """Prove the right to the tokens of a grant by its code, which is to be spent.

    Whoever presents a code that was taken before, and passes every other check, has a copy: the grant is
    revoked with all its tokens (RFC 6749 §4.1.2, D01). Whoever fails another check changes nothing, so that
    one who saw a code cannot sign its owner out (D03). Raises `InvalidGrant`, `InvalidTarget`.
    """
    if grant is None or grant.client_id != client.view.application.id:
        raise unknown()
    _check_redirect_uri(grant, request.single.get("redirect_uri"))
    _check_verifier(grant, client, request.single.get("code_verifier"))
    # RFC 6749 §4.1.3 knows no scope, and what it does not know is ignored (§3.2); RFC 8707 knows resource.
    audiences = narrowed_audiences(grant, request.repeated.get("resource", ()))
    if grant.revoked_at is not None:
        raise InvalidGrant("What the code stands for was revoked.", reason="grant_revoked")
    if grant.code_used_at is not None:
        refusal = InvalidGrant(
            "The code was used before. All tokens that came from it are revoked.", reason="code_reused"
        )
        return Revoked(refusal, grant.id, "code_reused")
    if grant.code_expires_at is None or grant.code_expires_at <= now:
        raise InvalidGrant("The code has expired; it is good for 60 seconds.", reason="code_expired")
    return ProvedGrant(grant, grant.scopes, audiences, nonce=grant.nonce)


def is_code(text: str) -> bool:
    """Tell whether a text has the shape of a code."""
    return _CODE.fullmatch(text) is not None


def unknown() -> InvalidGrant:
    """Return the refusal of a code that this environment did not make for the client."""
    return InvalidGrant("The code is unknown, or was issued to another client.", reason="code_unknown")


def _check_redirect_uri(grant: Grant, given: str | None) -> None:
    """Compare the redirect URI with that of the authorization request; one trailing slash may differ."""
    if grant.redirect_uri is None:
        return
    if given is None or _without_slash(given) != _without_slash(grant.redirect_uri):
        raise InvalidGrant(
            "The redirect_uri is not the one of the authorization request. Send the same one.",
            reason="redirect_uri_differs",
        )


def _without_slash(uri: str) -> str:
    return uri.removesuffix("/")


def _check_verifier(grant: Grant, client: LiveClient, verifier: str | None) -> None:
    if grant.code_challenge is None:
        if verifier is not None or not client.view.application.type.is_confidential:
            raise InvalidGrant(
                "The authorization request had no code_challenge. Begin again with one.",
                reason="code_challenge_missing",
            )
        return
    if verifier is None or not is_verified(grant.code_challenge, verifier):
        raise InvalidGrant(
            "The code_verifier is missing or does not belong to the code_challenge.",
            reason="code_verifier_wrong",
        )
