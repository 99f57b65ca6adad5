"""`claimsmith billing ...`: what customers have, what they use, and what happened to them."""

from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli import billing_agreements, billing_customers, billing_plans, pricing_tables
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import the_customer
from claimsmith.cli.output import Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Sell features to your customers: plans, agreements, trials, metered usage.",
    example="claimsmith billing feature create calls --name Calls --metered --unit call",
)
commands.add("feature", billing_plans.feature_commands)
commands.add("plan", billing_plans.plan_commands)
commands.add("pricing-table", pricing_tables.commands)
commands.add("customer", billing_customers.commands)
commands.add("agreement", billing_agreements.commands)

CUSTOMER_HELP = "Id of the billing customer, or the code, id or address of its organization or user."
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help=CUSTOMER_HELP)]


@commands.command("entitlements")
async def list_entitlements(context: "Context", customer: Customer) -> Listing:
    """List what a customer may use now."""
    from claimsmith.usecases.entitlements import listed, read_entitlements

    found = await read_entitlements(context, (await the_customer(context, customer)).id)
    rows = [
        {
            "id": each.id,
            "feature": each.feature_key,
            "name": each.feature_name,
            "price_name": each.price_name,
            "limit": each.limit_max,
            "unit_amount": each.unit_amount,
            "fixed_charge": each.fixed_charge,
        }
        for each in listed(found)
    ]
    return Listing(
        ("feature", "name", "limit", "unit_amount", "fixed_charge"),
        rows,
        "The customer is entitled to nothing. Give a plan: claimsmith billing agreement start CUSTOMER PLAN",
    )


@commands.command("usage")
async def show_usage(
    context: "Context", agreement_id: Annotated[str, typer.Argument(metavar="AGREEMENT_ID", help="Its id.")]
) -> Listing:
    """Show what was used of each metered feature in the current period of an agreement."""
    from claimsmith.usecases.metering import read_usage

    rows = [
        {
            "feature": each.item.feature.key,
            "used": each.used,
            "limit": each.item.limit_max,
            "left": each.left,
            "period_end": each.period.end,
        }
        for each in await read_usage(context, agreement_id)
    ]
    return Listing(tuple(rows[0]) if rows else (), rows, "The plan has no metered feature.")


@commands.command("record")
async def record_usage(
    context: "Context",
    agreement_id: Annotated[str, typer.Argument(metavar="AGREEMENT_ID", help="Its id.")],
    feature: Annotated[str, typer.Argument(help="Key of the metered feature.")],
    value: Annotated[str, typer.Argument(help="Whole number of units.")],
    *,
    absolute: Annotated[bool, typer.Option("--absolute", help="The value is all that was used.")] = False,
    key: Annotated[str | None, typer.Option(help="A report with the same key counts once.")] = None,
) -> Record:
    """Count use of a metered feature."""
    from claimsmith.usecases import metering

    usage = await metering.record_usage(
        context,
        agreement_id=agreement_id,
        feature_key=feature,
        value=value,
        type="absolute" if absolute else "delta",
        idempotency_key=key,
    )
    return Record({"feature": feature, "used": usage.used, "limit": usage.item.limit_max, "left": usage.left})


@commands.command("events")
async def list_events(
    context: "Context",
    *,
    customer: Annotated[str | None, typer.Option(metavar="CUSTOMER", help=CUSTOMER_HELP)] = None,
    number: Annotated[int, typer.Option(min=1, max=500, help="How many, the newest first.")] = 50,
) -> Listing:
    """List what happened to customers and their agreements in the last 90 days."""
    from claimsmith.usecases import billing_events

    chosen = (await the_customer(context, customer)).id if customer else None
    page = await billing_events.list_events(context, customer_id=chosen, page_size=number)
    rows = [
        {
            "id": each.id,
            "at": each.at,
            "type": each.type,
            "customer_id": each.customer_id,
            "agreement_id": each.agreement_id,
            "data": dict(each.data),
        }
        for each in page.items
    ]
    return Listing(("at", "type", "customer_id", "data"), rows, "Nothing happened yet.")
