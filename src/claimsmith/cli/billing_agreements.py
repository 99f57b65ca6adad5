"""`claimsmith billing agreement ...`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import the_customer
from claimsmith.cli.output import Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.agreements import Agreement
    from claimsmith.usecases.context import Context

commands = Commands(
    "Give customers plans, let them try plans, change and cancel.",
    example="claimsmith billing agreement start $ORGANIZATION basic",
)

Customer = Annotated[
    str,
    typer.Argument(
        metavar="CUSTOMER",
        help="Id of the billing customer, or the code, id or address of its organization or user.",
    ),
]
PlanKey = Annotated[str, typer.Argument(metavar="PLAN", help="Key of the plan.")]
Now = Annotated[bool, typer.Option("--now", help="At once, not when the period ends.")]


@commands.command("list")
async def list_agreements(context: "Context", customer: Customer) -> Listing:
    """List the agreements that a customer has or had, the one in force first."""
    from claimsmith.usecases import agreements

    found = await agreements.list_agreements(
        context, (await the_customer(context, customer)).id, with_ended=True
    )
    return Listing(
        ("id", "plan", "version", "status", "period_end", "trial_ends_on"),
        [_row(each.agreement) for each in found],
        "The customer has no agreement. Give a plan: claimsmith billing agreement start CUSTOMER PLAN",
    )


@commands.command("start")
async def start_agreement(
    context: "Context",
    customer: Customer,
    plan: PlanKey,
    no_trial: Annotated[bool, typer.Option("--no-trial", help="Begin without a trial.")] = False,
) -> Record:
    """Give a customer a plan, with its trial if it has one."""
    from claimsmith.usecases import agreement_changes

    return await _decide(
        context, customer, agreement_changes.start_agreement, plan, with_trial=False if no_trial else None
    )


@commands.command("change")
async def change_plan(context: "Context", customer: Customer, plan: PlanKey, now: Now = False) -> Record:
    """Move a customer to another plan, or to the latest version of theirs, when the period ends or now."""
    from claimsmith.usecases import agreement_changes

    when = "now" if now else "period_end"
    return await _decide(context, customer, agreement_changes.change_plan, plan, when=when)


@commands.command("cancel")
async def cancel_agreement(context: "Context", customer: Customer, now: Now = False) -> Record:
    """Cancel a customer's agreement, when the period ends or now."""
    from claimsmith.usecases import agreement_changes

    when = "now" if now else "period_end"
    return await _decide(context, customer, agreement_changes.cancel_agreement, when=when)


@commands.command("withdraw")
async def withdraw_change(context: "Context", customer: Customer) -> Record:
    """Take back a change or cancellation that has not come yet."""
    from claimsmith.usecases import agreement_changes

    return await _decide(context, customer, agreement_changes.withdraw_change)


@commands.command("pause")
async def pause_agreement(context: "Context", customer: Customer) -> Record:
    """Keep a customer's agreement and take what it entitles to."""
    from claimsmith.usecases import agreement_changes

    return await _decide(context, customer, agreement_changes.pause_agreement)


@commands.command("resume")
async def resume_agreement(context: "Context", customer: Customer) -> Record:
    """Give a paused agreement its entitlements back."""
    from claimsmith.usecases import agreement_changes

    return await _decide(context, customer, agreement_changes.resume_agreement)


@commands.command("try")
async def start_trial(
    context: "Context",
    customer: Customer,
    plan: PlanKey,
    days: Annotated[int | None, typer.Option(help="How long; else as the plan says.")] = None,
) -> Record:
    """Let a customer try a plan, once."""
    from claimsmith.usecases import agreement_trials

    return await _decide(context, customer, agreement_trials.start_trial, plan, days=days)


@commands.command("extend-trial")
async def extend_trial(
    context: "Context", customer: Customer, *, days: Annotated[int, typer.Option(help="By how many days.")]
) -> Record:
    """Let the running trial of a customer last longer."""
    from claimsmith.usecases import agreement_trials

    return await _decide(context, customer, agreement_trials.extend_trial, days=days)


@commands.command("end-trial")
async def end_trial(context: "Context", customer: Customer) -> Record:
    """End the running trial of a customer now; what follows is as the plan says."""
    from claimsmith.usecases import agreement_trials

    return await _decide(context, customer, agreement_trials.end_trial)


async def _decide(context: "Context", customer: str, change: Any, *given: Any, **named: Any) -> Record:
    from claimsmith.usecases import agreements

    chosen = await the_customer(context, customer, makes=True)
    return Record(_row(await agreements.decide(context, chosen.id, change, *given, **named)))


def _row(agreement: "Agreement") -> dict[str, Any]:
    scheduled = agreement.scheduled
    return {
        "id": agreement.id,
        "customer_id": agreement.customer_id,
        "plan": agreement.plan.key,
        "version": agreement.plan.version,
        "status": agreement.status.value,
        "period_start": agreement.period.start,
        "period_end": agreement.period.end,
        "trial_ends_on": agreement.trial_ends_on,
        "scheduled_on": scheduled.on if scheduled else None,
        "scheduled_plan": scheduled.plan.key if scheduled and scheduled.plan else None,
        "ended_on": agreement.ended_on,
    }
