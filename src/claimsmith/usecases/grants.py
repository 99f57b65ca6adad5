"""Begin and end grants: what a user's sign-in to an application comes to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from claimsmith.crypto.secrets import hash_secret, make_opaque_token, random_hex
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.grants import GRANT_ID_LENGTH, Grant
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sso_sessions import SsoSession
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
