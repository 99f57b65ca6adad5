"""Run the work of a serving process that no request waits for."""

import asyncio
from asyncio import shield
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from claimsmith.domain.errors import Unavailable
from claimsmith.domain.messages import Channel
from claimsmith.usecases.agreements import settle_due
from claimsmith.usecases.business_due import settle_businesses
from claimsmith.usecases.business_usage import tell_usage
from claimsmith.usecases.context import Platform
from claimsmith.usecases.logout_notices import deliver_notices
from claimsmith.usecases.messages import deliver_due
from claimsmith.usecases.sweep import sweep
from claimsmith.usecases.usage import FLUSH_SECONDS

log = structlog.get_logger("claimsmith.tasks")

FEED_SECONDS = 0.25
SWEEP_SECONDS = 600.0
MAIL_SECONDS = 0.5
PHONE_SECONDS = 1.0
NOTICE_SECONDS = 1.0
AGREEMENT_SECONDS = 2.0
USAGE_LIMIT_SECONDS = 30.0


@asynccontextmanager
async def background_work(platform: Platform) -> AsyncIterator[None]:
    """Follow changes, write usage, deliver messages and notices, settle agreements and sweep while inside.

    At the end what was counted is written.
    A write of usage that has begun is not broken off: nobody could tell whether it was committed.
    """
    loops = [
        asyncio.create_task(_every(FEED_SECONDS, platform.directory.catch_up, "change_feed")),
        asyncio.create_task(_every(FLUSH_SECONDS, lambda: shield(platform.usage.flush()), "usage")),
        asyncio.create_task(_every(SWEEP_SECONDS, lambda: sweep(platform), "sweep")),
        asyncio.create_task(_every(NOTICE_SECONDS, lambda: deliver_notices(platform), "logout_notices")),
        asyncio.create_task(_every(AGREEMENT_SECONDS, lambda: settle_due(platform), "agreements")),
        asyncio.create_task(_every(AGREEMENT_SECONDS, lambda: settle_businesses(platform), "business_plans")),
        asyncio.create_task(_every(USAGE_LIMIT_SECONDS, lambda: tell_usage(platform), "usage_limits")),
    ]
    phone = platform.phone
    texting = _every(PHONE_SECONDS, lambda: deliver_due(platform, phone, Channel.PHONE), "text_messages")
    loops.append(asyncio.create_task(texting))
    mail = platform.mail
    if mail is not None:
        loops.append(asyncio.create_task(_every(MAIL_SECONDS, lambda: deliver_due(platform, mail), "mail")))
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await platform.usage.flush()


async def _every(seconds: float, act: Callable[[], Awaitable[object]], name: str) -> None:
    """Repeat an act, whatever happens; a failure is logged and tried again."""
    failing = False
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
            if failing:
                log.info("recovered", task=name)
            failing = False
        except Unavailable as error:
            if not failing:
                log.error("unavailable", task=name, detail=error.detail)
            failing = True
        except Exception:
            log.exception("failed", task=name)
