"""Keep people signed in to a browser: begin, find, renew and end SSO sessions.

A session is known by an opaque token of 256 random bits, of which only the hash is stored. Its `id` is what
ID tokens call `sid`: it opens nothing, and stays the same when the token is renewed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from claimsmith.crypto.secrets import hash_secret, make_opaque_token, random_hex
from claimsmith.domain.applications import Application
from claimsmith.domain.errors import NotFound
from claimsmith.domain.organizations import Organization, SessionSettings
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sso_sessions import Browser, SsoSession, expiry
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.logout_notices import add_notices

TOKEN_PREFIX = "sso"  # noqa: S105 - a prefix
LONGEST_NOTE = 400
MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Hold who proved who they are, for what: the facts a session is begun with.

    `organization` settles how long it lasts, where it has settings of its own.
    `authenticated_at` is in seconds since the epoch; `methods` are `amr` values (RFC 8176).
    """

    user_id: str
    methods: tuple[str, ...]
    authenticated_at: int
    organization: Organization | None = None


@dataclass(frozen=True, slots=True)
class ListedSessions:
    """Hold sessions of a user, and whether there are more."""

    sessions: Sequence[SsoSession]
    has_more: bool


async def find_session(context: Context, token: str) -> SsoSession | None:
    """Return the live session of a cookie, or `None`."""
    async with context.reading() as work:
        return await find_live(work, token)


async def find_live(work: Work, token: str | None) -> SsoSession | None:
    """Return the live session of a cookie within a transaction, or `None`."""
    if not token:
        return None
    session = await work.sso_sessions.find_by_hash(bytes(hash_secret(token)))
    return session if session is not None and session.is_live(work.now) else None


async def begin_session(
    work: Work, signed_in: SignedIn, application: Application, browser: Browser
) -> tuple[SsoSession, PlainSecret]:
    """Begin a session after somebody proved who they are; return it with its new token.

    A session that the browser has of the same person is renewed: it keeps its id and gets another token, so
    that one planted or read before opens nothing (session fixation). One of somebody else is ended.
    """
    token = make_opaque_token(TOKEN_PREFIX)
    known = await find_live(work, browser.session_token)
    if known is not None and known.user_id == signed_in.user_id:
        renewed = replace(_new(work, signed_in, application, browser), id=known.id)
        renewed = replace(renewed, created_at=known.created_at)
        if await work.sso_sessions.renew(renewed, bytes(hash_secret(token.reveal())), work.now):
            return renewed, token
    elif known is not None:
        await end(work, known)
    session = _new(work, signed_in, application, browser)
    await work.sso_sessions.add(session, bytes(hash_secret(token.reveal())))
    return session, token


async def touch(work: Work, session: SsoSession, *, organization_code: str | None = None) -> SsoSession:
    """Note activity in a session, and the organization in use if one is given; return it as it is now.

    Activity within a minute after the last writes nothing.
    """
    wanted = organization_code or session.organization_code
    if wanted == session.organization_code and not session.is_due(work.now):
        return session
    seen = replace(session.seen(work.now), organization_code=wanted)
    await work.sso_sessions.mark(seen, work.now)
    return seen


async def end_session(context: Context, token: str) -> SsoSession | None:
    """End the session of a cookie and return it; `None` when it was not live."""
    async with context.storing() as work:
        session = await find_live(work, token)
        return await end(work, session) if session is not None else None


async def end(work: Work, session: SsoSession) -> SsoSession | None:
    """End a session within a transaction; `None` when somebody else ended it before.

    The grants that were made in it end too, but for those with a refresh token: who asked for one wanted to
    go on without the user (Back-Channel Logout 1.0 §2.7). Applications that want to know are told.
    """
    ended = await work.sso_sessions.end(session.id, work.now)
    if ended is not None:
        await _settle(work, [ended])
    return ended


async def end_of_user(work: Work, user_id: str) -> Sequence[SsoSession]:
    """End every live session of a user within a transaction, as `end` does; return them."""
    return await _settle(work, await work.sso_sessions.end_of_user(user_id, work.now))


async def end_others(work: Work, session: SsoSession, because: str) -> Sequence[SsoSession]:
    """End every other session of the user of one, with every grant that is not of this one; return them.

    Whoever wants that fears that somebody else is in: refresh tokens end too.
    """
    ended = await work.sso_sessions.end_of_user(session.user_id, work.now, but=session.id)
    await work.grants.revoke_where(user_id=session.user_id, keeps_session_id=session.id, because=because)
    return await _settle(work, ended)


async def confirm(work: Work, session: SsoSession) -> tuple[SsoSession, PlainSecret] | None:
    """Note that the person of a session proved again who they are; return it with its new token.

    The token it had opens nothing any more: whoever has read it gets no part in what follows. `None` when the
    session has ended meanwhile.
    """
    token = make_opaque_token(TOKEN_PREFIX)
    confirmed = replace(session.seen(work.now), confirmed_at=work.now)
    if not await work.sso_sessions.renew(confirmed, bytes(hash_secret(token.reveal())), work.now):
        return None
    return confirmed, token


async def end_in_organization(
    work: Work, organization_code: str, *, user_id: str | None = None
) -> Sequence[SsoSession]:
    """End every live session that is in an organization, or those of one member, as `end` does."""
    ended = await work.sso_sessions.end_in_organization(organization_code, work.now, user_id=user_id)
    return await _settle(work, ended)


async def list_sessions(context: Context, user_id: str) -> ListedSessions:
    """Return a user's live sessions, the newest first, 500 at most. Raises `NotFound`."""
    async with context.reading() as work:
        await _check_user(work, user_id)
        found = await work.sso_sessions.live_of_user(user_id, work.now, limit=MOST_LISTED + 1)
    return ListedSessions(found[:MOST_LISTED], has_more=len(found) > MOST_LISTED)


async def end_sessions(context: Context, user_id: str) -> Sequence[SsoSession]:
    """End every live session of a user, and every grant: whoever administers a user means all of it.

    Raises `NotFound` for an unknown user.
    """
    async with context.changing() as work:
        await _check_user(work, user_id)
        ended = await end_of_user(work, user_id)
        await work.grants.revoke_where(user_id=user_id, because="sessions_ended")
        work.record("user", user_id, "signed_out")
    return ended


async def _check_user(work: Work, user_id: str) -> None:
    if await work.users.find(user_id) is None:
        raise NotFound(f"There is no user {user_id!r}.", code="USER_NOT_FOUND")


async def _settle(work: Work, ended: Sequence[SsoSession]) -> Sequence[SsoSession]:
    for session in ended:
        await work.grants.revoke_where(session_id=session.id, because="signed_out", keeps_offline=True)
    await add_notices(work, ended)
    return ended


def _new(work: Work, signed_in: SignedIn, application: Application, browser: Browser) -> SsoSession:
    authenticated_at = datetime.fromtimestamp(signed_in.authenticated_at, UTC)
    organization = signed_in.organization
    settings = organization.sessions if organization is not None else SessionSettings()
    lifetime = settings.lifetime_over(application.session_lifetime_seconds)
    return SsoSession(
        id=random_hex(32),
        user_id=signed_in.user_id,
        authenticated_at=authenticated_at,
        created_at=work.now,
        last_seen_at=work.now,
        expires_at=expiry(work.now, authenticated_at=authenticated_at, lifetime=lifetime),
        lifetime_seconds=lifetime,
        methods=signed_in.methods,
        client_id=application.id,
        is_persistent=settings.persists_over(application.options.is_session_persistent),
        organization_code=organization.code if organization is not None else None,
        address=_note(browser.address),
        user_agent=_note(browser.user_agent),
    )


def _note(text: str | None) -> str | None:
    """Shorten what a browser says about itself, and keep what can be stored and shown."""
    if not text:
        return None
    return "".join(each if each.isprintable() else "?" for each in text[:LONGEST_NOTE])
