"""Issue the tokens of a user: access, ID and refresh token (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).

The right is proved, the user read and the claims worked out in one transaction, so that nothing is spent for
a request that is refused. Signing comes after it.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.grants import Grant, token_id_of
from claimsmith.domain.oidc_scopes import OPENID
from claimsmith.domain.subjects import SessionFacts, SubjectView
from claimsmith.domain.token_profiles import TokenKind
from claimsmith.domain.views import ClientView
from claimsmith.oauth.errors import UnauthorizedClient, UnsupportedGrantType
from claimsmith.oauth.grants import authorization_code, device_code, refresh_token
from claimsmith.oauth.issue import Authorization, PreparedToken, prepare, sign
from claimsmith.oauth.issued import IssuedToken
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Grants, Issuing, Macs, OpenGrants
from claimsmith.oauth.proved_grants import ProvedGrant, Revoked, allowed_apis, check_subject
from claimsmith.oauth.refresh_tokens import make_refresh_token, read_refresh_token

ALLOWED = {
    authorization_code.GRANT_TYPE: (ApplicationType.REG, ApplicationType.SPA),
    device_code.GRANT_TYPE: (ApplicationType.DEVICE,),
    refresh_token.GRANT_TYPE: (ApplicationType.REG, ApplicationType.SPA, ApplicationType.DEVICE),
}
"""The grants of users, and the types of application that may use each."""


class UserTokens:
    """Issue tokens to applications that act for users."""

    def __init__(self, grants: Grants, macs: Macs, now: Callable[[], float]) -> None:
        """Take where grants are kept, what vouches for refresh tokens, and the clock."""
        self._grants = grants
        self._macs = macs
        self._now = now

    async def issue(
        self, environment: Issuing, client: LiveClient, request: FormRequest, grant_type: str
    ) -> IssuedToken:
        """Return the tokens of one request of a client that is known. Raises an `OAuthError`."""
        _check_grant_type(client.view, grant_type)
        async with self._grants.opened(environment.id) as opened:
            proved = await self._prove(opened, environment, client, request, grant_type)
            if not isinstance(proved, Revoked):
                grant = proved.grant
                subject = await opened.subject(grant.user_id, grant.organization_code)
                subject = check_subject(client.view, subject, grant.organization_code)
                if client.view.application.options.is_consent_required:
                    # Roles may have brought scopes since that nobody was asked about.
                    subject = replace(subject, allowed_scopes=await opened.allowed_scopes(grant))
                authorization = authorize(client.view, subject, proved)
                prepared = prepare(authorization, issued_at=int(self._now()), token_id=_new_id(grant))
        if isinstance(proved, Revoked):
            raise proved.refusal
        return self._signed(environment, prepared, proved.grant)

    async def _prove(
        self,
        opened: OpenGrants,
        environment: Issuing,
        client: LiveClient,
        request: FormRequest,
        grant_type: str,
    ) -> ProvedGrant | Revoked:
        if grant_type == authorization_code.GRANT_TYPE:
            return await authorization_code.prove(opened, client, request)
        if grant_type == device_code.GRANT_TYPE:
            return await device_code.prove(opened, client, request)
        presented = read_refresh_token(self._macs, environment.id, request.required("refresh_token"))
        return await refresh_token.prove(opened, client, request, presented)

    def _signed(self, environment: Issuing, prepared: PreparedToken, grant: Grant) -> IssuedToken:
        now = self._now()
        claims = prepared.claim_set.claims
        access_token = sign(prepared, claims, environment.keys.signer(prepared.algorithm, now))
        authorization = prepared.authorization
        id_token = None
        if OPENID in authorization.scopes:
            beside = prepare(
                id_authorization(authorization, access_token),
                issued_at=claims["iat"],
                token_id=_new_id(grant),
            )
            id_token = sign(beside, beside.claim_set.claims, environment.keys.signer(beside.algorithm, now))
        refresh = None
        if grant.sequence:
            refresh = make_refresh_token(self._macs, environment.id, grant.id, grant.sequence)
        return IssuedToken(
            access_token=access_token,
            expires_in=prepared.profile.lifetime_seconds,
            scope=prepared.scope,
            client_id=authorization.client.application.id,
            over_budget_bytes=max(0, len(access_token) - prepared.profile.size_budget_bytes),
            id_token=id_token,
            refresh_token=refresh,
        )


def authorize(client: ClientView, subject: SubjectView, proved: ProvedGrant) -> Authorization:
    """Return the right to an access token of a user that a grant gives. Raises `InvalidTarget`."""
    grant = proved.grant
    return authorize_user(
        client,
        subject,
        grant_type=grant.grant_type,
        scopes=proved.scopes,
        audiences=proved.audiences,
        session=SessionFacts(
            authenticated_at=_seconds(grant.authenticated_at),
            requested_at=_seconds(grant.requested_at or grant.created_at),
            session_id=grant.session_id,
            nonce=proved.nonce,
            methods=grant.methods,
        ),
    )


def authorize_user(
    client: ClientView,
    subject: SubjectView,
    *,
    grant_type: str,
    scopes: tuple[str, ...],
    audiences: Sequence[str],
    session: SessionFacts,
) -> Authorization:
    """Do what `authorize` does for facts already taken apart (preview)."""
    return Authorization(
        client=client,
        kind=TokenKind.ACCESS,
        grant_type=grant_type,
        apis=allowed_apis(client, audiences),
        scopes=scopes,
        subject=subject,
        session=session,
    )


def id_authorization(access: Authorization, access_token: str) -> Authorization:
    """Return the right to the ID token that goes with an access token."""
    session = replace(access.session, access_token=access_token) if access.session else None
    return replace(access, kind=TokenKind.ID, apis=(), session=session)


def _check_grant_type(client: ClientView, grant_type: str) -> None:
    allowed = ALLOWED.get(grant_type)
    if allowed is None:
        known = ", ".join(("client_credentials", *ALLOWED))
        raise UnsupportedGrantType(
            f"The grant type {grant_type} is not supported. Supported: {known}.",
            reason="grant_type_unsupported",
        )
    if client.application.type not in allowed:
        types = ", ".join(each.value for each in allowed)
        raise UnauthorizedClient(
            f"Applications of type {client.application.type.value} cannot use {grant_type}; those of type "
            f"{types} can.",
            reason="grant_not_allowed",
        )


def _new_id(grant: Grant) -> str:
    return token_id_of(grant.id, os.urandom(8).hex())


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
