"""Prove the right to tokens by a refresh token (RFC 6749 §6), and replace it (RFC 9700 §4.14.2)."""

from datetime import timedelta

from claimsmith.domain.grants import Grant
from claimsmith.oauth.errors import InvalidGrant
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import OpenGrants
from claimsmith.oauth.proved_grants import (
    ProvedGrant,
    Revoked,
    lifetimes,
    narrowed_audiences,
    narrowed_scopes,
)

GRANT_TYPE = "refresh_token"


async def prove(
    opened: OpenGrants, client: LiveClient, request: FormRequest, presented: tuple[str, int] | None
) -> ProvedGrant | Revoked:
    """Replace the refresh token of a request by the next one; `presented` is what was read from it.

    The one before the one in force has the same successor for the grace period of the environment; any other
    that was replaced revokes the grant. Raises `InvalidGrant`, `InvalidScope`, `InvalidTarget`.
    """
    if presented is None:
        raise _unknown()
    grant_id, sequence = presented
    view = client.view
    rotated = await opened.rotate(
        grant_id,
        view.application.id,
        presented=sequence,
        lifetimes=lifetimes(view, opened.now, has_refresh_token=True),
    )
    if rotated is None:
        found = await opened.find(grant_id)
        if found is None or found.client_id != view.application.id:
            raise _unknown()
        if found.revoked_at is not None:
            raise InvalidGrant(
                "The refresh token was revoked. The user has to sign in again.", reason="grant_revoked"
            )
        if not _is_replayed_in_time(found, sequence, opened, view.environment.policies.refresh.grace_seconds):
            return await _refuse(opened, found, sequence)
        rotated = found
    audience = [part for value in request.repeated.get("audience", ()) for part in value.split()]
    asked = [*audience, *request.repeated.get("resource", ())]
    return ProvedGrant(rotated, narrowed_scopes(rotated, request), narrowed_audiences(rotated, asked))


def _is_replayed_in_time(grant: Grant, sequence: int, opened: OpenGrants, grace_seconds: int) -> bool:
    """Tell whether a token is the one before the one in force, and was replaced a moment ago."""
    return (
        sequence == grant.sequence - 1
        and grant.rotated_at is not None
        and opened.now - grant.rotated_at < timedelta(seconds=grace_seconds)
        and grant.refresh_expires_at is not None
        and grant.refresh_expires_at > opened.now
    )


async def _refuse(opened: OpenGrants, grant: Grant, sequence: int) -> Revoked:
    """Revoke a grant whose refresh token was replaced before and comes again; refuse one that expired."""
    if sequence >= grant.sequence:
        raise InvalidGrant(
            "The refresh token has expired. The user has to sign in again.", reason="refresh_token_expired"
        )
    await opened.revoke(grant.id, "refresh_token_reused")
    return Revoked(
        InvalidGrant(
            "The refresh token was replaced before. All tokens of this sign-in are revoked, for somebody may "
            "have copied it. The user has to sign in again.",
            reason="refresh_token_reused",
        )
    )


def _unknown() -> InvalidGrant:
    return InvalidGrant(
        "The refresh token is unknown, or was issued to another client.", reason="refresh_token_unknown"
    )
