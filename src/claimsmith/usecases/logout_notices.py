"""Tell applications that a session ended, without anybody waiting for them (Back-Channel Logout 1.0 §2.5).

A notice is written with the end of the session and delivered at least once. Of several processes one takes it
at a time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import structlog

from claimsmith.claims.size import payload_bytes
from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.apis import SigningAlgorithm
from claimsmith.domain.logout_notices import RETRY_SECONDS, LogoutNotice
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.oauth.logout_token import TYP, logout_claims
from claimsmith.oauth.token_endpoint import new_token_id
from claimsmith.outbound.http_client import OutboundFailed, OutboundRefused
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Platform
from claimsmith.usecases.directory import Runtime

log = structlog.get_logger("claimsmith.logout")

TAKEN_SECONDS = 60
MOST_AT_ONCE = 16
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Cache-Control": "no-store"}


async def add_notices(work: Work, sessions: Sequence[SsoSession]) -> None:
    """Write a notice for each application that was signed in to in a session that has ended."""
    if not sessions:
        return
    users = {session.id: session.user_id for session in sessions}
    await work.logout_notices.add_many(
        [
            LogoutNotice(
                id=random_hex(32),
                client_id=client_id,
                user_id=users[session_id],
                session_id=session_id,
                created_at=work.now,
                due_at=work.now,
            )
            for session_id, client_id in await work.logout_notices.clients_to_tell(list(users))
        ]
    )


@dataclass(frozen=True, slots=True)
class _NotTold(Exception):
    """Say why a call failed, and whether it would fail again."""

    detail: str
    is_final: bool


async def deliver_notices(platform: Platform) -> int:
    """Deliver the notices that are due in every environment; return how many were."""
    told = 0
    for runtime in platform.directory.runtimes:
        async with platform.database.reading(runtime.id) as work:
            due = await work.logout_notices.due(work.now, MOST_AT_ONCE)
        told += sum(await asyncio.gather(*(_deliver(platform, runtime, each) for each in due)))
    return told


async def _deliver(platform: Platform, runtime: Runtime, notice_id: str) -> bool:
    async with platform.database.storing(runtime.id) as work:
        until = work.now + timedelta(seconds=TAKEN_SECONDS)
        notice = await work.logout_notices.take(notice_id, work.now, until)
        application = await work.applications.find(notice.client_id) if notice else None
    if notice is None:
        return False
    try:
        await _tell(platform, runtime, notice, application.backchannel_logout_uri if application else None)
    except _NotTold as error:
        log.warning("logout_not_told", client_id=notice.client_id, detail=error.detail, tries=notice.tries)
        async with platform.database.storing(runtime.id) as work:
            due_at = None
            if not error.is_final and notice.tries <= len(RETRY_SECONDS):
                due_at = work.now + timedelta(seconds=RETRY_SECONDS[notice.tries - 1])
            await work.logout_notices.failed(notice.id, error.detail, due_at=due_at, now=work.now)
        return False
    async with platform.database.storing(runtime.id) as work:
        await work.logout_notices.delivered(notice.id, work.now)
    return True


async def _tell(platform: Platform, runtime: Runtime, notice: LogoutNotice, uri: str | None) -> None:
    """Call one application. Its answer is not read: 200 and 204 are yes, another 2xx is taken for it."""
    if uri is None:
        raise _NotTold("the application is not to be told any more", is_final=True)
    now = platform.now().timestamp()
    claims = logout_claims(notice, issuer=runtime.issuer, token_id=new_token_id(), now=int(now))
    token = runtime.keys.signer(SigningAlgorithm.RS256, now).sign(payload_bytes(claims), TYP)
    body = urlencode({"logout_token": token}).encode()
    try:
        answer = await platform.outbound.request("POST", uri, headers=_HEADERS, body=body, most_bytes=0)
    except OutboundRefused as error:
        raise _NotTold(str(error), is_final=True) from None
    except OutboundFailed as error:
        raise _NotTold(str(error), is_final=False) from None
    if not 200 <= answer.status < 300:
        raise _NotTold(f"the answer was {answer.status}", is_final=400 <= answer.status < 500)
