"""Store how many tokens each application was given or refused, per day, and who was active in each month."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import func, select

from claimsmith.domain.applications import ApplicationType
from claimsmith.storage.store import Store
from claimsmith.storage.tables import applications, memberships, monthly_activity, usage_daily

ActiveKind = Literal["user", "organization"]


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

    async def mark_active(self, active: Collection[tuple[date, ActiveKind, str]]) -> None:
        """Note users and organizations that were active in a month, by its first day; known ones stay."""
        for month, kind, subject_id in sorted(active):
            values = {"month": month, "kind": kind, "subject_id": subject_id}
            await self.upsert(monthly_activity, values, ("month", "kind", "subject_id"), {})

    async def count_active_users(self, month: date) -> int:
        """Count the users who were issued an access token in a month."""
        table = monthly_activity
        found = await self.connection.execute(
            select(func.count()).where(self.within(table), table.c.month == month, table.c.kind == "user")
        )
        return int(found.scalar_one())

    async def count_active_organizations(self, month: date) -> int:
        """Count the organizations of two members or more that somebody signed in to in a month."""
        table = monthly_activity
        same = (table.c.environment_id == memberships.c.environment_id) & (
            table.c.subject_id == memberships.c.organization_code
        )
        of_two = (
            select(table.c.subject_id)
            .select_from(table.join(memberships, same))
            .where(self.within(table), table.c.month == month, table.c.kind == "organization")
            .group_by(table.c.subject_id)
            .having(func.count() >= 2)
        )
        return len((await self.connection.execute(of_two)).all())

    async def count_machine_tokens(self, first: date, last: date) -> int:
        """Count the tokens issued to M2M applications that exist, from the day `first` to `last`."""
        table = usage_daily
        same = (table.c.environment_id == applications.c.environment_id) & (
            table.c.application_id == applications.c.id
        )
        found = await self.connection.execute(
            select(func.coalesce(func.sum(table.c.count), 0))
            .select_from(table.join(applications, same))
            .where(
                self.within(table),
                table.c.day >= first,
                table.c.day <= last,
                table.c.outcome == "issued",
                applications.c.type == ApplicationType.M2M.value,
            )
        )
        return int(found.scalar_one())

    async def sweep_active(self, before: date) -> None:
        """Forget who was active in the months before a day."""
        await self.run(self.delete(monthly_activity, monthly_activity.c.month < before))
