"""Issue the tokens of a user: access, ID and refresh token (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).

A grant and its user are read in one statement, the right is proved and the claims are worked out, and only
then the code or the refresh token is spent: nothing is spent for a request that is refused. Spending is one
statement that demands what was read to be in force still. When it is no more, somebody else was faster or
has revoked the grant; then all begins again from what is true now. Signing comes last.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.errors import Unavailable
from claimsmith.domain.grants import Grant, token_id_of
from claimsmith.domain.oidc_scopes import OFFLINE, OPENID
from claimsmith.domain.subjects import FoundGrant, SessionFacts, SubjectView
from claimsmith.domain.token_profiles import TokenKind
from claimsmith.domain.views import ClientView
from claimsmith.oauth.errors import UnauthorizedClient, UnsupportedGrantType
from claimsmith.oauth.grants import authorization_code, device_code, refresh_token
from claimsmith.oauth.issue import Authorization, PreparedToken, prepare, sign
from claimsmith.oauth.issued import IssuedToken
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Grants, Issuing, Macs
from claimsmith.oauth.proved_grants import ProvedGrant, Revoked, allowed_apis, check_subject, lifetimes
from claimsmith.oauth.refresh_tokens import make_refresh_token, read_refresh_token

ALLOWED = {
    authorization_code.GRANT_TYPE: (ApplicationType.REG, ApplicationType.SPA),
    device_code.GRANT_TYPE: (ApplicationType.DEVICE,),
    refresh_token.GRANT_TYPE: (ApplicationType.REG, ApplicationType.SPA, ApplicationType.DEVICE),
}
"""The grants of users, and the types of application that may use each."""


_MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Hold a grant as it was read, and the access token it gives."""

    grant: Grant
    token: PreparedToken


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
        if grant_type == authorization_code.GRANT_TYPE:
            prepared, sequence = await self._by_code(environment, client, request)
        elif grant_type == refresh_token.GRANT_TYPE:
            prepared, sequence = await self._by_refresh_token(environment, client, request)
        else:
            prepared, sequence = await self._by_device_code(environment, client, request)
        return self._signed(environment, prepared, sequence)

    async def _by_code(
        self, environment: Issuing, client: LiveClient, request: FormRequest
    ) -> tuple[_Prepared, int]:
        code = request.required("code")
        for _ in range(_MOST_TRIES):
            found = None
            if authorization_code.is_code(code):
                found = await self._grants.find_by_code(environment.id, code)
            now = self._moment()
            proved = authorization_code.prove(found.grant if found else None, client, request, now)
            prepared = await self._decided(environment, client, proved, found)
            sequence = 0 if OFFLINE.isdisjoint(prepared.grant.scopes) else 1
            until = lifetimes(
                client.view, now, begun_at=prepared.grant.created_at, has_refresh_token=bool(sequence)
            )
            if await self._grants.take_code(
                environment.id, prepared.grant.id, now, sequence=sequence, lifetimes=until
            ):
                return prepared, sequence
        raise _never_still()

    async def _by_refresh_token(
        self, environment: Issuing, client: LiveClient, request: FormRequest
    ) -> tuple[_Prepared, int]:
        presented = read_refresh_token(self._macs, environment.id, request.required("refresh_token"))
        if presented is None:
            raise refresh_token.unknown()
        grant_id, sequence = presented
        for _ in range(_MOST_TRIES):
            found = await self._grants.find(environment.id, grant_id)
            now = self._moment()
            proved = refresh_token.prove(found.grant if found else None, client, request, sequence, now)
            prepared = await self._decided(environment, client, proved, found)
            if prepared.grant.sequence != sequence:
                return prepared, prepared.grant.sequence
            until = lifetimes(client.view, now, begun_at=prepared.grant.created_at, has_refresh_token=True)
            if await self._grants.rotate(
                environment.id, prepared.grant, now, presented=sequence, lifetimes=until
            ):
                return prepared, sequence + 1
        raise _never_still()

    async def _by_device_code(
        self, environment: Issuing, client: LiveClient, request: FormRequest
    ) -> tuple[_Prepared, int]:
        async with self._grants.opened(environment.id) as opened:
            proved = await device_code.prove(opened, client, request)
            if not isinstance(proved, Revoked):
                grant = proved.grant
                subject = await opened.subject(grant.user_id, grant.organization_code)
                allowed = await opened.allowed_scopes(grant) if _asks_people(client) else None
                return self._prepare(client, proved, subject, allowed), grant.sequence
        raise proved.refusal

    async def _decided(
        self,
        environment: Issuing,
        client: LiveClient,
        proved: ProvedGrant | Revoked,
        found: FoundGrant | None,
    ) -> _Prepared:
        """Return the access token that a grant gives, all but its signature; revoke what was copied."""
        if isinstance(proved, Revoked):
            if proved.grant_id is not None:
                await self._grants.revoke(environment.id, proved.grant_id, proved.because)
            raise proved.refusal
        allowed = None
        if _asks_people(client):
            # Roles may have brought scopes since that nobody was asked about.
            allowed = await self._grants.allowed_scopes(environment.id, proved.grant)
        return self._prepare(client, proved, found.subject if found else None, allowed)

    def _prepare(
        self,
        client: LiveClient,
        proved: ProvedGrant,
        subject: SubjectView | None,
        allowed: Mapping[str, frozenset[str]] | None,
    ) -> _Prepared:
        subject = check_subject(client.view, subject, proved.grant.organization_code)
        if allowed is not None:
            subject = replace(subject, allowed_scopes=allowed)
        authorization = authorize(client.view, subject, proved)
        issued_at, token_id = int(self._now()), _new_id(proved.grant)
        token = prepare(authorization, issued_at=issued_at, token_id=token_id, explains=False)
        return _Prepared(proved.grant, token)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

    def _signed(self, environment: Issuing, granted: _Prepared, sequence: int) -> IssuedToken:
        now = self._now()
        prepared, grant = granted.token, granted.grant
        claims = prepared.claim_set.claims
        access_token = sign(prepared, claims, environment.keys.signer(prepared.algorithm, now))
        authorization = prepared.authorization
        id_token = None
        if OPENID in authorization.scopes:
            beside = prepare(
                id_authorization(authorization, access_token),
                issued_at=claims["iat"],
                token_id=_new_id(grant),
                explains=False,
            )
            id_token = sign(beside, beside.claim_set.claims, environment.keys.signer(beside.algorithm, now))
        refresh = None
        if sequence:
            refresh = make_refresh_token(self._macs, environment.id, grant.id, sequence)
        return IssuedToken(
            access_token=access_token,
            expires_in=prepared.profile.lifetime_seconds,
            scope=prepared.scope,
            client_id=authorization.client.application.id,
            over_budget_bytes=max(0, len(access_token) - prepared.profile.size_budget_bytes),
            id_token=id_token,
            refresh_token=refresh,
            user_id=grant.user_id,
            organization_code=grant.organization_code,
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
    session = access.session
    if session is not None:
        session = SessionFacts(
            session.authenticated_at,
            session.requested_at,
            session.session_id,
            session.nonce,
            session.methods,
            access_token,
        )
    return Authorization(
        client=access.client,
        kind=TokenKind.ID,
        grant_type=access.grant_type,
        apis=(),
        scopes=access.scopes,
        subject=access.subject,
        session=session,
    )


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


def _never_still() -> Unavailable:
    """Say that what was read was another each time; whoever asks again finds it decided."""
    told = "The grant changed while it was used. Try again."
    return Unavailable(told, detail=told)


def _asks_people(client: LiveClient) -> bool:
    """Tell whether an application gets only what its users allowed it."""
    return client.view.application.options.is_consent_required


def _new_id(grant: Grant) -> str:
    return token_id_of(grant.id, os.urandom(8).hex())


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
