"""Prove the right to tokens by a refresh token (RFC 6749 §6), and replace it (RFC 9700 §4.14.2)."""

from datetime import datetime, timedelta

from claimsmith.domain.grants import Grant
from claimsmith.oauth.errors import InvalidGrant
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.proved_grants import ProvedGrant, Revoked, narrowed_audiences, narrowed_scopes

GRANT_TYPE = "refresh_token"


def prove(
    grant: Grant | None, client: LiveClient, request: FormRequest, sequence: int, now: datetime
) -> ProvedGrant | Revoked:
    """Prove the right to the tokens of a grant by its refresh token with a number.

    The one in force is to be replaced by the next one. The one before it has the same successor for the grace
    period of the environment; any other that was replaced revokes the grant. Raises `InvalidGrant`,
    `InvalidScope`, `InvalidTarget`.
    """
    view = client.view
    if grant is None or grant.client_id != view.application.id:
        raise unknown()
    if grant.revoked_at is not None:
        raise InvalidGrant(
            "The refresh token was revoked. The user has to sign in again.", reason="grant_revoked"
        )
    policy = view.environment.policies.refresh
    ends_at = grant.ends_at(policy.absolute_lifetime_seconds)
    if ends_at is not None and ends_at <= now:
        raise InvalidGrant(
            "The sign-in is too long ago for its refresh tokens. The user has to sign in again.",
            reason="refresh_lifetime_over",
        )
    is_alive = grant.refresh_expires_at is not None and grant.refresh_expires_at > now
    if sequence > grant.sequence or (sequence == grant.sequence and not is_alive):
        raise InvalidGrant(
            "The refresh token has expired. The user has to sign in again.", reason="refresh_token_expired"
        )
    if sequence < grant.sequence and not (
        is_alive and _is_in_time(grant, sequence, now, policy.grace_seconds)
    ):
        return Revoked(_reused(), grant.id, "refresh_token_reused")
    audience = [part for value in request.repeated.get("audience", ()) for part in value.split()]
    asked = [*audience, *request.repeated.get("resource", ())]
    return ProvedGrant(grant, narrowed_scopes(grant, request), narrowed_audiences(grant, asked))


def _is_in_time(grant: Grant, sequence: int, now: datetime, grace_seconds: int) -> bool:
    """Tell whether a token is the one before the one in force, and was replaced a moment ago."""
    return (
        sequence == grant.sequence - 1
        and grant.rotated_at is not None
        and now - grant.rotated_at < timedelta(seconds=grace_seconds)
    )


def _reused() -> InvalidGrant:
    return InvalidGrant(
        "The refresh token was replaced before. All tokens of this sign-in are revoked, for somebody may "
        "have copied it. The user has to sign in again.",
        reason="refresh_token_reused",
    )


def unknown() -> InvalidGrant:
    """Return the refusal of a refresh token that this environment did not make for the client."""
    return InvalidGrant(
        "The refresh token is unknown, or was issued to another client.", reason="refresh_token_unknown"
    )
