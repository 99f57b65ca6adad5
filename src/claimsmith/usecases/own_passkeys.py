"""Let people who are signed in look after their passkeys: make, rename and delete them.

Whoever changes something has proved who it is a short while ago (`own_access`). There is no sign-in under way
that a challenge could belong to, so it belongs to the session and to a text that is good once, for ten
minutes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import InvalidInput, NotPermitted
from claimsmith.domain.passkeys import LONGEST_NAME, Passkey
from claimsmith.domain.policies import EnvironmentPolicies
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.own_access import fresh_session, is_fresh, organization_of, own_session
from claimsmith.usecases.passkeys import (
    add_passkey,
    are_passkeys_possible,
    passkey_options,
    passkey_policy,
    rename_passkey,
    take_away,
)
from claimsmith.usecases.security_notices import Telling, tell

ONCE_SECONDS = 600
_ONCE = re.compile(r"([0-9]{10})\.[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OwnPasskeys:
    """Hold what somebody sees of the own passkeys.

    Without `is_fresh` nothing can be changed; without `options` none can be made. `once` goes with the
    answer to them.
    """

    session: SsoSession
    passkeys: Sequence[Passkey]
    is_fresh: bool
    options: dict[str, Any] | None
    once: str


async def own_passkeys(
    context: Context, policies: EnvironmentPolicies, session_token: str | None
) -> OwnPasskeys:
    """Return the passkeys of whoever a session belongs to. Raises `NotSignedIn`."""
    async with context.reading() as work:
        session = await own_session(work, session_token)
        once = f"{int(work.now.timestamp()):010d}.{random_hex(32)}"
        options = None
        fresh = await is_fresh(work, session)
        if fresh and await _may_make(context, work, policies, session):
            identities = await work.users.identities_of(session.user_id)
            name = identities[0].shown_value if identities else session.user_id
            options = await passkey_options(
                context, work, session.user_id, _subject(session, once), user_name=name
            )
        found = await work.passkeys.of_user(session.user_id)
    return OwnPasskeys(session, found, fresh, options, once)


async def add_own_passkey(
    context: Context,
    policies: EnvironmentPolicies,
    session_token: str | None,
    *,
    once: str,
    answer: str,
    name: str,
    telling: Telling,
) -> None:
    """Keep a passkey that the browser made.

    Raises `NotSignedIn`, `NotFresh`, `InvalidInput`, `AlreadyExists`, `LimitReached`.
    """
    async with context.storing() as work:
        session = await fresh_session(work, session_token)
        if not await _may_make(context, work, policies, session):
            raise NotPermitted("Nobody makes passkeys here.", code="PASSKEYS_OFF")
        found = _ONCE.fullmatch(once)
        age = work.now.timestamp() - int(found.group(1)) if found else -1.0
        key = f"passkey-challenge|{once}"
        if not found or not 0 <= age <= ONCE_SECONDS:
            raise _stale()
        count, _ = await work.rate_limits.count(key, now=work.now, window_seconds=2 * ONCE_SECONDS)
        if count > 1:
            raise _stale()
        called = name[:LONGEST_NAME].strip() or "Passkey"
        subject = _subject(session, once)
        made = await add_passkey(context, work, session.user_id, subject, answer, name=called)
        await tell(work, session.user_id, "passkey_added", telling, {"name": made.name})


async def rename_own_passkey(context: Context, session_token: str | None, passkey_id: str, name: str) -> None:
    """Call a passkey otherwise. Raises `NotSignedIn`, `NotFresh`, `NotFound`, `InvalidInput`."""
    async with context.storing() as work:
        session = await fresh_session(work, session_token)
        await rename_passkey(work, session.user_id, passkey_id, name)


async def remove_own_passkey(
    context: Context, session_token: str | None, passkey_id: str, telling: Telling
) -> None:
    """Delete a passkey. Raises `NotSignedIn`, `NotFresh`, `NotFound`."""
    async with context.storing() as work:
        session = await fresh_session(work, session_token)
        await take_away(work, session.user_id, passkey_id, telling)


async def _may_make(context: Context, work: Work, policies: EnvironmentPolicies, session: SsoSession) -> bool:
    policy = await passkey_policy(work, policies, await organization_of(work, session))
    return policy.policy != "off" and are_passkeys_possible(context.environment.issuer)


def _subject(session: SsoSession, once: str) -> str:
    return f"{session.id}|{once}"


def _stale() -> InvalidInput:
    return InvalidInput(
        "The passkey did not work. Try again, or sign in another way.",
        field="passkey",
        code="PASSKEY_NOT_VERIFIED",
    )
