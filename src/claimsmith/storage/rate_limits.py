"""Store how often something was done within a window of time, for all processes together."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import case

from claimsmith.storage.questions import OWN_ENVIRONMENT, Question, given, insert_on
from claimsmith.storage.store import Store
from claimsmith.storage.tables import rate_limits


class RateLimitStore(Store):
    """Store the counters of one environment."""

    async def count(self, key: str, *, now: datetime, window_seconds: int) -> tuple[int, datetime]:
        """Count one act in one statement; return the count within its window and when that ends.

        A window begins with the first act after the one before ended.
        """
        ends_at = now + timedelta(seconds=window_seconds)
        counting = _counting(self.connection.dialect.name)
        count, window_ends_at = (await self.ask(counting, key=key, now=now, ends_at=ends_at))[0]
        return count, window_ends_at

    async def forget(self, key: str) -> None:
        """Begin a key anew."""
        await self.remove_all(rate_limits, key=key)

    async def sweep(self, before: datetime) -> None:
        """Delete the windows that ended before a moment."""
        await self.run(self.delete(rate_limits, rate_limits.c.window_ends_at < before))


@cache
def _counting(dialect: str) -> Question:
    moment = rate_limits.c.window_ends_at
    ends_at = given(moment, "ends_at")
    is_over = moment <= given(moment, "now")
    return Question(
        insert_on(dialect)(rate_limits)
        .values(environment_id=OWN_ENVIRONMENT, key=given(rate_limits.c.key), count=1, window_ends_at=ends_at)
        .on_conflict_do_update(
            index_elements=["environment_id", "key"],
            set_={
                "count": case((is_over, 1), else_=rate_limits.c.count + 1),
                "window_ends_at": case((is_over, ends_at), else_=rate_limits.c.window_ends_at),
            },
        )
        .returning(rate_limits.c.count, rate_limits.c.window_ends_at)
    )
