"""Let an operator into the console: a one-time link, then a session."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from claimsmith.crypto.secrets import hash_secret
from claimsmith.storage.console_sessions import StoredSession
from claimsmith.usecases.context import Context

LINK_LIFETIME_SECONDS = 600
SESSION_LIFETIME_SECONDS = 12 * 3_600


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """Hold a console session; `token` goes into the cookie, `form_token` into every form."""

    token: str
    form_token: str
    lifetime_seconds: int = SESSION_LIFETIME_SECONDS


async def make_link(context: Context) -> str:
    """Return the URL of a new one-time link to the console, good for ten minutes."""
    token = secrets.token_urlsafe(32)
    async with context.storing() as work:
        await work.console_sessions.add_link(
            bytes(hash_secret(token)),
            created_at=work.now,
            expires_at=work.now + timedelta(seconds=LINK_LIFETIME_SECONDS),
        )
    return f"{context.environment.issuer}/console/link?token={token}"


async def redeem_link(context: Context, token: str) -> ConsoleSession | None:
    """Spend a link and begin a session; `None` when the link is unknown, spent or expired. One taker wins."""
    async with context.storing() as work:
        if not await work.console_sessions.spend_link(bytes(hash_secret(token)), work.now):
            return None
        session_token = secrets.token_urlsafe(32)
        session = ConsoleSession(session_token, form_token(session_token))
        await work.console_sessions.add_session(
            StoredSession(
                hash=bytes(hash_secret(session.token)),
                created_at=work.now,
                expires_at=work.now + timedelta(seconds=SESSION_LIFETIME_SECONDS),
                last_seen_at=work.now,
            )
        )
    return session


async def find_session(context: Context, token: str) -> ConsoleSession | None:
    """Return the session of a cookie while it lasts."""
    async with context.reading() as work:
        stored = await work.console_sessions.find_session(bytes(hash_secret(token)))
        if stored is None or stored.expires_at <= work.now:
            return None
    return ConsoleSession(token, form_token(token))


async def end_session(context: Context, token: str) -> None:
    """End a session; a second time changes nothing."""
    async with context.storing() as work:
        await work.console_sessions.remove_session(bytes(hash_secret(token)))


def form_token(session_token: str) -> str:
    """Return the token that proves a form came from this session's own pages (CSRF).

    It is derived from the session token, which scripts of other sites cannot read.
    """
    return bytes(hash_secret(f"form|{session_token}")).hex()
