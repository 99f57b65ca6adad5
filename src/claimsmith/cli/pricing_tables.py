"""`claimsmith billing pricing-table ...`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.billing_plans import read_file
from claimsmith.cli.commands import Commands
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.finding import confirmed
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.pricing_tables import PricingTable
    from claimsmith.usecases.context import Context

commands = Commands(
    "Make tables from which people who sign up choose a plan.",
    example="claimsmith billing pricing-table create main --name Main --group organization_plans",
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="Its key, which never changes.")]
_PLANS_HELP = "JSON or TOML file whose member plans lists plan_code, and texts by language."
Plans = Annotated[Path | None, typer.Option("--plans", metavar="FILE", help=_PLANS_HELP)]
_KINDS: dict[str, Kind] = {"name": "text", "is_live": "switch", "is_default": "switch"}


@commands.command("list")
async def list_tables(context: "Context") -> Listing:
    """List the pricing tables."""
    from claimsmith.usecases import pricing_tables

    return Listing(
        ("key", "name", "group", "type", "is_live", "is_default"),
        [_row(each) for each in await pricing_tables.list_tables(context)],
        "No table yet. Make one: claimsmith billing pricing-table create KEY --name NAME --group GROUP",
    )


@commands.command("create")
async def create_table(
    context: "Context",
    key: Key,
    *,
    name: Annotated[str, typer.Option(help="What it is called here.")],
    group: Annotated[str, typer.Option(help="Key of the group whose plans it shows.")],
    plans: Plans = None,
) -> Record:
    """Make a table of plans: those of a file, or all of the group. Nobody sees it until it is live."""
    from claimsmith.usecases import pricing_tables

    given = _plans(plans) if plans else None
    return Record(
        _row(await pricing_tables.create_table(context, key=key, name=name, group_key=group, plans=given))
    )


@commands.command("set")
async def set_table(
    context: "Context",
    key: Key,
    pairs: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)] = None,
    plans: Plans = None,
) -> Record:
    """Change a table. Members: name, is_live, is_default; the plans come from a file."""
    from claimsmith.usecases import pricing_tables

    members: dict[str, Any] = read_assignments(pairs or [], _KINDS)
    if plans:
        members["plans"] = _plans(plans)
    return Record(_row(await pricing_tables.change_table(context, key, members)))


@commands.command("delete")
async def delete_table(
    context: "Context", key: Key, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> Done:
    """Delete a table; plans and agreements stay."""
    from claimsmith.usecases import pricing_tables

    confirmed(f"Deleting the pricing table {key!r}", yes=yes)
    await pricing_tables.delete_table(context, key)
    return Done(f"Deleted the pricing table {key!r}.", {"key": key})


def _plans(file: Path) -> Any:
    found = read_file(file)
    if "plans" not in found:
        raise CommandFailed(f"{file} has no member plans; list the plans there.")
    return found["plans"]


def _row(table: "PricingTable") -> dict[str, Any]:
    from claimsmith.domain.pricing_tables import entries_to_json

    return {
        "key": table.key,
        "name": table.name,
        "group": table.group.key,
        "type": table.group.type.value,
        "is_live": table.is_live,
        "is_default": table.is_default,
        "plans": entries_to_json(table.entries),
    }
