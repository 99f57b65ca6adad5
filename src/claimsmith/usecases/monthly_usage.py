"""Tell how much an environment is used, month by month: what operators meter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from claimsmith.domain.errors import InvalidInput
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

MOST_MONTHS = 24


@dataclass(frozen=True, slots=True)
class MonthlyUsage:
    """Hold the use of one environment in one month (UTC), named by its first day.

    An active user was issued an access token, also if deleted since. An active organization has two members
    or more, and somebody signed in to it. A machine token was issued to an M2M application that exists.
    """

    month: date
    active_users: int
    active_organizations: int
    machine_tokens: int

    @property
    def by_feature(self) -> Mapping[str, int]:
        """Return the counts by the keys of the metered features that they are."""
        return {
            "usage.monthly_active_users": self.active_users,
            "usage.monthly_active_organizations": self.active_organizations,
            "usage.m2m_tokens": self.machine_tokens,
        }


async def read_monthly_usage(
    context: Context, *, first: str | None = None, last: str | None = None
) -> list[MonthlyUsage]:
    """Return the use of the months from `first` to `last` (`YYYY-MM`, UTC), the newest first.

    Without months: the present one. What this process noted is written first. Raises `InvalidInput`.
    """
    until = _month(last, "to") if last else context.platform.now().date().replace(day=1)
    month = _month(first, "from") if first else until
    if month > until or (until.year - month.year) * 12 + until.month - month.month >= MOST_MONTHS:
        raise InvalidInput(
            f"The months {month:%Y-%m} to {until:%Y-%m} are no span of 1 to {MOST_MONTHS} months.",
            field="from",
        )
    await context.platform.usage.flush()
    found: list[MonthlyUsage] = []
    async with context.reading() as work:
        while month <= until:
            found.append(await usage_of_month(work, month))
            month = _following(month)
    return found[::-1]


async def usage_of_month(work: Work, month: date) -> MonthlyUsage:
    """Return the use of one month, named by its first day, as far as it is written."""
    return MonthlyUsage(
        month=month,
        active_users=await work.usage.count_active_users(month),
        active_organizations=await work.usage.count_active_organizations(month),
        machine_tokens=await work.usage.count_machine_tokens(month, _following(month) - timedelta(days=1)),
    )


def _following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _month(text: str, field: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise InvalidInput(f"{field} is {text!r}; write a month as 2026-01.", field=field) from None
