"""Count the tries of second factors: of one user together, whatever the factor, the sign-in or the browser.

As with passwords, after `attempts_before_lockout` wrong ones no factor is good for `lockout_seconds`. Slow
guessing ends too: after a hundred wrong ones in thirty days none is good until they are over, or until an
administrator resets the factors.
"""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from claimsmith.domain.policies import ProtectionPolicy
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

MOST_IN_ALL = 100
ALL_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class FactorVerdict:
    """Hold what came of a try."""

    outcome: Literal["good", "wrong", "locked"]
    retry_after_seconds: int | None = None

    @property
    def is_good(self) -> bool:
        """Tell whether the factor was proved."""
        return self.outcome == "good"


async def try_factor(context: Context, user_id: str, check: Callable[[], Awaitable[bool]]) -> FactorVerdict:
    """Count a try, for good, and only then let `check` look at it, in transactions of its own."""
    policy = await _protection(context)
    async with context.storing() as work:
        waits = [
            await _count(work, _key(user_id), policy.attempts_before_lockout, policy.lockout_seconds),
            await _count(work, _key_of_all(user_id), MOST_IN_ALL, ALL_SECONDS),
        ]
    if max(waits) > 0:
        return FactorVerdict("locked", max(waits))
    if not await check():
        return FactorVerdict("wrong")
    async with context.storing() as work:
        await forgive(work, user_id)
    return FactorVerdict("good")


async def forgive(work: Work, user_id: str) -> None:
    """Forget the failures of a user."""
    await work.rate_limits.forget(_key(user_id))
    await work.rate_limits.forget(_key_of_all(user_id))


async def _count(work: Work, key: str, most: int, seconds: int) -> int:
    """Count one try; return how many seconds to wait, which is 0 while there are tries left."""
    count, ends_at = await work.rate_limits.count(key, now=work.now, window_seconds=seconds)
    return max(1, math.ceil((ends_at - work.now).total_seconds())) if count > most else 0


async def _protection(context: Context) -> ProtectionPolicy:
    runtime = await context.platform.directory.current(context.environment.id)
    return runtime.view.policies.protection if runtime else ProtectionPolicy()


def _key(user_id: str) -> str:
    return f"second-factor|{user_id}"


def _key_of_all(user_id: str) -> str:
    return f"second-factor-in-all|{user_id}"
