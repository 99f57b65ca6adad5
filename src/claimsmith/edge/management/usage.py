"""Serve `/api/v1/usage`: tokens issued and refused, per application and day."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import WithJsonSchema

from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.usecases.monthly_usage import read_monthly_usage
from claimsmith.usecases.usage import read_usage

operations = Operations("Usage")


class ShownUsage(Shown):
    """Hold the counts of one application on one day (UTC); refusals by their `error`."""

    day: Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
    application_id: str
    issued: int
    refused: dict[str, int]


class ShownMonth(Shown):
    """Hold the use of one month (UTC)."""

    month: str
    active_users: int
    active_organizations: int
    machine_tokens: int


@operations.operation(
    "GET /usage/months", "getMonthlyUsage", scope="read:usage", answer={"months": list[ShownMonth]}
)
async def get_monthly_usage(
    context: Caller,
    first: Annotated[str | None, Query(alias="from")] = None,
    last: Annotated[str | None, Query(alias="to")] = None,
) -> dict[str, Any]:
    """List active users and organizations and tokens of machines of the months asked for, or of this one."""
    months: list[ShownMonth] = [
        {
            "month": f"{each.month:%Y-%m}",
            "active_users": each.active_users,
            "active_organizations": each.active_organizations,
            "machine_tokens": each.machine_tokens,
        }
        for each in await read_monthly_usage(context, first=first, last=last)
    ]
    return ok(months=months)


@operations.operation("GET /usage", "getUsage", scope="read:usage", answer={"usage": list[ShownUsage]})
async def get_usage(
    context: Caller,
    application_id: str | None = None,
    first: Annotated[str | None, Query(alias="from")] = None,
    last: Annotated[str | None, Query(alias="to")] = None,
) -> dict[str, Any]:
    """List the counts of the days asked for (UTC), or of the last 30. They lag by up to two seconds."""
    found = await read_usage(context, application_id=application_id, first=first, last=last)
    shown: list[ShownUsage] = [
        {
            "day": usage.day.isoformat(),
            "application_id": usage.application_id,
            "issued": usage.issued,
            "refused": usage.refused,
        }
        for usage in found
    ]
    return ok(usage=shown)
