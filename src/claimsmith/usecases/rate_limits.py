"""Limit how often something may be done, across all processes."""

import hashlib
import math
from collections.abc import Sequence

from claimsmith.domain.errors import LimitReached
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context


class TooOften(LimitReached):
    """Say that something was done too often; `retry_after_seconds` is when it may be done again."""

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message, code="TOO_MANY_REQUESTS")
        self.retry_after_seconds = retry_after_seconds


async def take(context: Context, key: str, *, limit: int, window_seconds: int) -> None:
    """Count one act under a key. Raises `TooOften` for each one past `limit` within the window.

    The key is hashed before it is stored: it may hold an address or an identity. The act is counted before it
    is judged, so that of many in parallel no more than `limit` pass.
    """
    await take_each(context, [(key, limit)], window_seconds=window_seconds)


async def take_each(context: Context, acts: Sequence[tuple[str, int]], *, window_seconds: int) -> None:
    """Count one act under several keys, each with its limit, in one transaction.

    The keys are taken in their order; behind one that is used up, none is counted.
    """
    async with context.storing() as work:
        wait = await count_each(work, acts, window_seconds=window_seconds)
    refuse_too_often(wait)


async def count_each(work: Work, acts: Sequence[tuple[str, int]], *, window_seconds: int) -> int | None:
    """Do what `take_each` does within a transaction that does more; it must be committed in any case.

    Return the seconds to wait before it may be done again, or `None` when it may be done.
    """
    for key, limit in acts:
        hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        count, ends_at = await work.rate_limits.count(hashed, now=work.now, window_seconds=window_seconds)
        if count > limit:
            return math.ceil((ends_at - work.now).total_seconds())
    return None


def refuse_too_often(wait: int | None) -> None:
    """Raise `TooOften` when there is something to wait for."""
    if wait is not None:
        raise TooOften(
            f"This was tried too often. Wait {wait} seconds and try again.", retry_after_seconds=wait
        )
