"""`claimsmith billing customer ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import every
from claimsmith.cli.output import Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Make organizations and users billing customers.",
    example="claimsmith billing customer create --organization $ORGANIZATION --email pay@example.com",
)


@commands.command("list")
async def list_customers(context: "Context") -> Listing:
    """List the billing customers, the oldest first."""
    from claimsmith.usecases import billing_customers

    return Listing(
        ("id", "organization_code", "user_id", "email"),
        [asdict(each) for each in await every(billing_customers.list_customers, context)],
        "No billing customer yet. Make one: claimsmith billing customer create --organization CODE",
    )


@commands.command("create")
async def create_customer(
    context: "Context",
    *,
    organization: Annotated[str | None, typer.Option(metavar="CODE", help="Organization.")] = None,
    user: Annotated[str | None, typer.Option(metavar="USER_ID", help="Id of the user.")] = None,
    email: Annotated[str | None, typer.Option(help="Address for bills.")] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone of its periods, as Europe/Berlin.")] = None,
) -> Record:
    """Make an organization or a user a billing customer; one that is stays the one it is."""
    from claimsmith.usecases import billing_customers

    made = await billing_customers.create_customer(
        context, user_id=user, organization_code=organization, email=email, zone=zone
    )
    return Record(asdict(made))
