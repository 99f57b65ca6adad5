"""Show the plan of the business, what each plan includes, and start trials."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from claimsmith.domain.errors import DomainError
from claimsmith.domain.gates import CAPABILITIES, TrialOffer
from claimsmith.domain.operator_plans import COUNTED, FEATURES
from claimsmith.domain.plans import PlanVersion
from claimsmith.edge.console.visits import Visit
from claimsmith.usecases import business_plans, business_usage
from claimsmith.usecases.business_plans import Standing

_PAGE = re.compile(r"(?:/[a-z0-9_-]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Card:
    """Hold one plan: what it includes that the plan before it does not, and how its trial stands.

    What it includes is told in words, with how many, and whether it is counted at all.
    """

    version: PlanVersion
    is_in_force: bool
    adds: tuple[tuple[str, int | None, bool], ...]
    before: str | None
    trial: TrialOffer | None


async def plan_page(visit: Visit) -> Response:
    """Show the plans. Raises `NotFound` when none are in force."""
    return visit.page("plan.html", **await _values(visit))


async def start_trial(visit: Visit) -> Response:
    """Start the trial that a button names, and go back to the page that it was on."""
    plan_key, _, back = visit.form.text("trial").partition(" ")
    try:
        await business_plans.start_trial(visit.context, plan_key)
    except DomainError as problem:
        return visit.refused("plan.html", problem, **await _values(visit))
    return visit.go(back if _PAGE.fullmatch(back) else "/plan", "trial_started")


async def _values(visit: Visit) -> dict[str, Any]:
    found = await business_plans.standing(visit.context)
    gates = [found.access.told(each, found.at) for each in CAPABILITIES.values()]
    return {
        "standing": found,
        "cards": _cards(found),
        "usage": await business_usage.read_usage(visit.context, found),
        "lost": [gate for gate in gates if gate.until and not gate.is_included],
    }


def _cards(found: Standing) -> list[Card]:
    cards: list[Card] = []
    before: PlanVersion | None = None
    for version in found.plans.newest:
        limits = {key: each.limit_max for key, each in version.features.items()}
        known = {key: each.limit_max for key, each in before.features.items()} if before else {}
        is_more = before is not None and known.keys() <= limits.keys()
        adds = tuple(
            (words, limits[key], key in COUNTED)
            for key, words in FEATURES.items()
            if key in limits and not (is_more and key in known and known[key] == limits[key])
        )
        cards.append(
            Card(
                version,
                version.plan_key == found.version.plan_key,
                adds,
                before.plan_name if before and is_more else None,
                found.access.trial(version, found.at),
            )
        )
        before = version
    return cards
