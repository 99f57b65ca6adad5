"""`claimsmith usage`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import every, the_application
from claimsmith.cli.output import Listing

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands()


@commands.command("usage", example="claimsmith usage --application Robot")
async def usage(
    context: "Context",
    application: Annotated[
        str | None, typer.Option(metavar="APPLICATION", help="Only this application, by id or name.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day, as 2026-01-31.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day.")] = None,
    monthly: Annotated[
        bool, typer.Option("--monthly", help="Active users and organizations instead; days as 2026-01.")
    ] = False,
) -> Listing:
    """Count tokens issued and refused per application and day (UTC), for the last 30 days or those given."""
    if monthly:
        return await _months(context, first, last)
    from claimsmith.usecases import applications
    from claimsmith.usecases import usage as use_case

    chosen = await the_application(context, application) if application else None
    days = await use_case.read_usage(
        context, application_id=chosen.id if chosen else None, first=first, last=last
    )
    names = {each.id: each.name for each in await every(applications.list_applications, context)}
    rows: list[dict[str, Any]] = [
        {
            "day": day.day.isoformat(),
            "application": names.get(day.application_id, "(deleted)"),
            "application_id": day.application_id,
            "issued": day.issued,
            "refused": day.refused,
        }
        for day in days
    ]
    for row in rows:
        row["refused_count"] = sum(row["refused"].values())
    return Listing(
        ("day", "application", "application_id", "issued", "refused_count"), rows, "No token was asked for."
    )


async def _months(context: "Context", first: str | None, last: str | None) -> Listing:
    from claimsmith.usecases.monthly_usage import read_monthly_usage

    rows = [
        {
            "month": f"{each.month:%Y-%m}",
            "active_users": each.active_users,
            "active_organizations": each.active_organizations,
            "machine_tokens": each.machine_tokens,
        }
        for each in await read_monthly_usage(context, first=first, last=last)
    ]
    return Listing(("month", "active_users", "active_organizations", "machine_tokens"), rows, "No month.")
