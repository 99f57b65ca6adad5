"""`claimsmith plan ...`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.output import Listing, Record, text_of

if TYPE_CHECKING:
    from claimsmith.domain.plans import PlanVersion
    from claimsmith.domain.usage_limits import UsedOfLimit
    from claimsmith.usecases.business_plans import Standing
    from claimsmith.usecases.context import Context

commands = Commands(
    "See what the plan of a business includes, give it another, start and extend trials.",
    example="claimsmith plan list",
)

Key = Annotated[str, typer.Argument(metavar="PLAN", help="Key of the plan, as plus.")]


@commands.command("list")
async def list_plans(context: "Context") -> Listing:
    """List the plans in force, from the smallest, and which of them the environment's business has."""
    from claimsmith.usecases import business_plans

    found = await business_plans.find_standing(context)
    if found is None:
        return Listing((), [], "No plans are in force: everything is unlocked.")
    rows = [_shown(found, each) for each in found.plans.newest]
    return Listing(("key", "name", "is_in_force", "includes", "trial", "trial_days"), rows)


@commands.command("show")
async def show_plan(
    context: "Context",
    plan: Annotated[str | None, typer.Argument(metavar="PLAN", help="Key of a plan.")] = None,
) -> Record:
    """Show one plan; without PLAN the one that the environment's business has, and how it came to it."""
    from claimsmith.usecases import business_plans, business_usage

    found = await business_plans.standing(context)
    if plan is not None:
        version = business_plans.find_plan(found.plans, plan)
        return Record(_shown(found, version) | {"features": _features(found, version)})
    used = [_used(each) for each in await business_usage.read_usage(context, found)]
    return Record({**_standing(found).members, "used_this_month": used})


@commands.command("assign", example="claimsmith plan assign pro")
async def assign_plan(
    context: "Context",
    plan: Key,
    when: Annotated[str, typer.Option(help="now, or period_end: when the running period ends.")] = "now",
) -> Record:
    """Give the environment's business a plan; every environment of it follows within a second."""
    from claimsmith.usecases import business_plans

    return _standing(await business_plans.assign_plan(context, plan, when=when))


@commands.command("trial", example="claimsmith plan trial plus")
async def try_plan(
    context: "Context",
    plan: Key,
    extend: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="Let the trial last longer by so many days, or begin again."),
    ] = None,
) -> Record:
    """Start the trial of a plan for the environment's business: one for each plan. --extend prolongs it."""
    from claimsmith.usecases import business_plans

    if extend is not None:
        return _standing(await business_plans.extend_trial(context, plan, extend))
    return _standing(await business_plans.start_trial(context, plan))


def _shown(found: "Standing", version: "PlanVersion") -> dict[str, Any]:
    offer = found.access.trial(version, found.at)
    return {
        "key": version.plan_key,
        "name": version.plan_name,
        "version": version.number,
        "is_in_force": version.plan_key == found.version.plan_key,
        "includes": len(version.features),
        "trial": offer.state.value if offer else "none",
        "trial_days": offer.days if offer else None,
        "trial_ends_on": offer.ends_at if offer else None,
    }


def _features(found: "Standing", version: "PlanVersion") -> list[str]:
    limits = {key: each.limit_max for key, each in version.features.items()}
    return [key if most is None else f"{key} (at most {most})" for key, most in sorted(limits.items())]


def _used(found: "UsedOfLimit") -> str:
    if found.limit is None:
        return f"{found.use.key} {found.used} (no limit)"
    return f"{found.use.key} {found.used} of {found.limit} ({found.percent} %)"


def _standing(found: "Standing") -> Record:
    state, following = found.state, found.following
    members: dict[str, Any] = {
        "business": found.business_id,
        "plan": found.version.plan_key,
        "name": found.version.plan_name,
        "version": found.version.number,
        "since": state.subscribed_on if state else None,
        "trial_ends_on": state.trial_ends_on if state else None,
        "changes_on": state.turn if state else None,
        "next_plan": following.plan_key if following else None,
        "features": _features(found, found.version),
        "history": [
            f"{text_of(event.at)} {event.kind.value.replace('_', ' ')}"
            f"{f' {event.plan.key}' if event.plan else ''} by {author.kind} {author.id}"
            for event, author in found.history
        ],
    }
    return Record(members)
