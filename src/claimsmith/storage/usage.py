"""Store how many tokens each application was given or refused, per day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from claimsmith.storage.store import Store
from claimsmith.storage.tables import usage_daily


@dataclass(frozen=True, slots=True)
class UsageKey:
    """Name one counter: a day (UTC), an application, and `issued` or `refused:<reason>`."""

    day: date
    application_id: str
    outcome: str


class UsageStore(Store):
    """Store the usage counts of one environment."""

    async def add(self, counts: Mapping[UsageKey, int]) -> None:
        """Add to counters, making those that do not exist."""
        for key, count in sorted(counts.items(), key=lambda item: (item[0].application_id, item[0].outcome)):
            await self.upsert(
                usage_daily,
                {
                    "day": key.day,
                    "application_id": key.application_id,
                    "outcome": key.outcome,
                    "count": count,
                },
                ("day", "application_id", "outcome"),
                {"count": usage_daily.c.count + count},
            )

    async def between(
        self, first: date, last: date, *, application_id: str | None = None
    ) -> dict[UsageKey, int]:
        """Return the counters of the days from `first` to `last`, both included."""
        conditions = [usage_daily.c.day >= first, usage_daily.c.day <= last]
        if application_id is not None:
            conditions.append(usage_daily.c.application_id == application_id)
        rows = await self.rows(self.select(usage_daily, *conditions))
        return {
            UsageKey(row["day"], row["application_id"], row["outcome"]): int(row["count"]) for row in rows
        }
