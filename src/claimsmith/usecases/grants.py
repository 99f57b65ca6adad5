"""Begin and end grants: what a user's sign-in to an application comes to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from claimsmith.crypto.secrets import hash_secret, make_opaque_token, random_hex
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.device_codes import DeviceCode
from claimsmith.domain.grants import GRANT_ID_LENGTH, Grant, GrantLifetimes
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.domain.subjects import FoundGrant, SubjectView
from claimsmith.storage.database import Database
from claimsmith.storage.grants import IN_FORCE, ROTATE, TAKE_CODE, given_to, grant_of
from claimsmith.storage.subject_rows import OF_CODE, OF_GRANT, OF_USER
from claimsmith.storage.subjects import grant_in, subject_in
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

CODE_PREFIX = "cs_ac"
CODE_LIFETIME_SECONDS = 60
AUTHORIZATION_CODE = "authorization_code"


@dataclass(frozen=True, slots=True)
class BegunGrant:
    """Hold a new grant and its authorization code, which is shown once."""

    grant: Grant
    code: PlainSecret


async def begin_grant(
    context: Context,
    *,
    request: AuthorizationRequest,
    user_id: str,
    organization_code: str | None,
    session: SsoSession,
    grant_type: str = AUTHORIZATION_CODE,
) -> PlainSecret:
    """Keep what a user allowed an application; return the authorization code, good once for 60 seconds."""
    async with context.storing() as work:
        begun = await add_grant(
            work,
            request=request,
            user_id=user_id,
            organization_code=organization_code,
            session=session,
            grant_type=grant_type,
        )
    return begun.code


async def add_grant(
    work: Work,
    *,
    request: AuthorizationRequest,
    user_id: str,
    organization_code: str | None,
    session: SsoSession,
    grant_type: str = AUTHORIZATION_CODE,
) -> BegunGrant:
    """Do what `begin_grant` does inside a transaction that does more; only the hash of the code is kept."""
    code = make_opaque_token(CODE_PREFIX, 32)
    expires_at = work.now + timedelta(seconds=CODE_LIFETIME_SECONDS)
    grant = Grant(
        id=random_hex(GRANT_ID_LENGTH),
        grant_type=grant_type,
        user_id=user_id,
        client_id=request.client_id,
        organization_code=organization_code,
        session_id=session.id,
        scopes=request.scopes,
        audiences=request.audiences,
        requested_at=datetime.fromtimestamp(request.requested_at, UTC) if request.requested_at else work.now,
        authenticated_at=session.authenticated_at,
        created_at=work.now,
        expires_at=expires_at,
        methods=session.methods,
        nonce=request.nonce,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        code_expires_at=expires_at,
    )
    await work.grants.add(grant, code_hash=bytes(hash_secret(code.reveal())))
    return BegunGrant(grant, code)


class StoredGrants:
    """Be the protocol's `Grants`, kept in the database."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    @asynccontextmanager
    async def opened(self, environment_id: str) -> AsyncIterator["OpenStoredGrants"]:
        """Begin a transaction that may write. Raises `Unavailable`."""
        async with self._database.storing(environment_id) as work:
            yield OpenStoredGrants(work)

    async def find(self, environment_id: str, grant_id: str) -> FoundGrant | None:
        """Return one grant with its user, or `None`. Raises `Unavailable`."""
        return grant_in(await self._database.ask(OF_GRANT.question, environment_id, id=grant_id))

    async def find_by_code(self, environment_id: str, code: str) -> FoundGrant | None:
        """Return the grant that an authorization code belongs to, with its user, or `None`."""
        code_hash = bytes(hash_secret(code))
        return grant_in(await self._database.ask(OF_CODE.question, environment_id, code_hash=code_hash))

    async def allowed_scopes(self, environment_id: str, grant: Grant) -> Mapping[str, frozenset[str]]:
        """Return the scopes by audience that the user of a grant allowed its application to use."""
        async with self._database.reading(environment_id) as work:
            return await work.consents.given(grant.user_id, grant.client_id, grant.organization_code)

    async def take_code(
        self, environment_id: str, grant_id: str, now: datetime, *, sequence: int, lifetimes: GrantLifetimes
    ) -> bool:
        """Spend a code; tell whether it was there to be spent. Raises `Unavailable`."""
        values = given_to(lifetimes, grant_id, now, sequence=sequence)
        return bool(await self._database.ask(TAKE_CODE, environment_id, **values))

    async def rotate(
        self, environment_id: str, grant: Grant, now: datetime, *, presented: int, lifetimes: GrantLifetimes
    ) -> bool:
        """Replace the refresh token in force; tell whether it was. Raises `Unavailable`."""
        values = given_to(lifetimes, grant.id, now, client_id=grant.client_id, sequence=presented)
        return bool(await self._database.ask(ROTATE, environment_id, **values))

    async def revoke(self, environment_id: str, grant_id: str, because: str) -> bool:
        """Revoke a grant; tell whether it was in force. Raises `Unavailable`."""
        async with self._database.storing(environment_id) as work:
            return await work.grants.revoke(grant_id, because)

    async def find_in_force(self, environment_id: str, grant_id: str, token_id: str) -> Grant | None:
        """Return the grant of a token while the token is good. Raises `Unavailable`."""
        return grant_of(await self._database.ask(IN_FORCE, environment_id, id=grant_id, jti=token_id))

    async def subject(
        self, environment_id: str, user_id: str, organization_code: str | None
    ) -> SubjectView | None:
        """Return everything about a user that tokens depend on. Raises `Unavailable`."""
        values = {"user_id": user_id, "organization_code": organization_code}
        answer = await self._database.ask(OF_USER.question, environment_id, **values)
        return subject_in(answer, organization_code)


class OpenStoredGrants:
    """Be one transaction over the grants of an environment."""

    def __init__(self, work: Work) -> None:
        """Take the transaction."""
        self._work = work
        self.now = work.now

    async def find(self, grant_id: str) -> Grant | None:
        """Return one grant, or `None`."""
        return await self._work.grants.find(grant_id)

    async def take_code(self, grant_id: str, *, sequence: int, lifetimes: GrantLifetimes) -> Grant | None:
        """Spend a code; `None` when it is not there to be spent."""
        return await self._work.grants.take_code(grant_id, sequence=sequence, lifetimes=lifetimes)

    async def find_device(self, code: str) -> DeviceCode | None:
        """Return the request of a device code, or `None`."""
        return await self._work.device_codes.find(bytes(hash_secret(code)))

    async def device_polled(self, device: DeviceCode, *, too_fast: bool) -> None:
        """Note that a device polled."""
        await self._work.device_codes.polled(device.hash, self.now, too_fast=too_fast)

    async def revoke(self, grant_id: str, because: str) -> bool:
        """Revoke a grant; tell whether it was in force."""
        return await self._work.grants.revoke(grant_id, because)

    async def subject(self, user_id: str, organization_code: str | None) -> SubjectView | None:
        """Return everything about a user that tokens depend on."""
        return await self._work.subjects.read(user_id, organization_code)

    async def allowed_scopes(self, grant: Grant) -> Mapping[str, frozenset[str]]:
        """Return the scopes by audience that the user of a grant allowed its application to use."""
        return await self._work.consents.given(grant.user_id, grant.client_id, grant.organization_code)
