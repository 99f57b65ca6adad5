"""Describe what a user's grants come to at the token endpoint, and the rules that they share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from claimsmith.domain.grants import Grant, GrantLifetimes, absolute_end
from claimsmith.domain.subjects import SubjectView
from claimsmith.domain.token_profiles import TokenKind
from claimsmith.domain.views import ApiGrant, ClientView
from claimsmith.oauth.errors import InvalidGrant, InvalidScope, InvalidTarget, OAuthError
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.scopes import parse_scope


@dataclass(frozen=True, slots=True)
class ProvedGrant:
    """Hold a grant that a request proved its right to.

    `scopes` are OIDC scopes and `audiences` those of APIs, both perhaps fewer than were granted. `nonce` is
    there when the ID token must repeat it.
    """

    grant: Grant
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Revoked:
    """Say that a request is refused, and that what it changes stays.

    A device polled, or a grant is to be revoked: its id, and a short word for the record.
    """

    refusal: OAuthError
    grant_id: str | None = None
    because: str = ""


def lifetimes(
    client: ClientView, now: datetime, *, begun_at: datetime, has_refresh_token: bool
) -> GrantLifetimes:
    """Return until when the tokens last that a client is given now, of a grant that begun at a moment."""
    access_until = now + timedelta(seconds=client.profile(TokenKind.ACCESS).lifetime_seconds)
    if not has_refresh_token:
        return GrantLifetimes(None, access_until)
    refresh_until = now + timedelta(seconds=client.application.refresh_token_lifetime_seconds)
    ends_at = absolute_end(begun_at, client.environment.policies.refresh.absolute_lifetime_seconds)
    refresh_until = min(refresh_until, ends_at or refresh_until)
    return GrantLifetimes(refresh_until, max(access_until, refresh_until))


def narrowed_scopes(grant: Grant, request: FormRequest) -> tuple[str, ...]:
    """Return the scopes of a grant, or fewer when the request asks for fewer (RFC 6749 §6).

    Raises `InvalidScope` for one that was not granted.
    """
    asked = parse_scope(request.single.get("scope", ""))
    for scope in asked:
        if scope not in grant.scopes:
            raise InvalidScope(
                f"The scope {scope} was not granted by the user. Ask for it in an authorization request.",
                reason="scope_not_granted",
            )
    return tuple(each for each in grant.scopes if each in asked) if asked else grant.scopes


def narrowed_audiences(grant: Grant, asked: Sequence[str]) -> tuple[str, ...]:
    """Return the audiences of a grant, or fewer when fewer are asked for (RFC 8707 §2.2).

    Raises `InvalidTarget` for one that was not granted.
    """
    for audience in asked:
        if audience not in grant.audiences:
            raise InvalidTarget(
                f"The audience {audience} was not granted. Ask for it in an authorization request.",
                reason="audience_not_granted",
            )
    return tuple(each for each in grant.audiences if each in asked) if asked else grant.audiences


def allowed_apis(client: ClientView, audiences: Sequence[str]) -> tuple[ApiGrant, ...]:
    """Return the APIs of audiences that the client is still authorized for.

    Raises `InvalidTarget` when there were some and none is left.
    """
    apis = tuple(client.grants[each] for each in audiences if each in client.grants)
    if audiences and not apis:
        raise InvalidTarget(
            "The application is no longer authorized for any API that was granted. Authorize it again.",
            reason="audience_not_authorized",
        )
    return apis


def check_subject(
    client: ClientView, subject: SubjectView | None, organization_code: str | None
) -> SubjectView:
    """Return a user who may be given tokens of a client now. Raises `InvalidGrant` (D09, G10)."""
    if subject is None or subject.user.is_suspended:
        raise InvalidGrant("The user is suspended or was deleted.", reason="user_not_active")
    if organization_code is not None:
        if subject.organization is None or not subject.is_member:
            raise InvalidGrant(
                "The user is no longer a member of the organization signed in to.",
                reason="membership_ended",
            )
        if subject.organization.is_suspended:
            raise InvalidGrant("The organization is suspended.", reason="organization_suspended")
    if not client.may_be_used_with(subject.role_ids):
        raise InvalidGrant(
            "None of the roles of the user may use this application.", reason="application_not_allowed"
        )
    return subject
