"""Serve `/api/v1/plan`: what the plan of this business includes, and the trials that it starts by itself."""

from typing import Any

from claimsmith.domain.gates import CAPABILITIES, TrialOffer
from claimsmith.domain.operator_plans import FEATURES
from claimsmith.domain.plans import PlanVersion
from claimsmith.domain.usage_limits import UsedOfLimit
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import business_plans, business_usage
from claimsmith.usecases.business_plans import Standing

operations = Operations("Plan")


class TrialBody(Body):
    """Hold the body of `POST /plan/trials`: the key of the plan to try."""

    plan: str


class ShownTrial(Shown):
    """Hold how the business stands with the trial of a plan: `open`, `running` or `used`."""

    state: str
    days: int
    ends_on: Moment | None


class ShownPlanFeature(Shown):
    """Hold one feature that a plan includes, with how many of what is counted; `null` is any number."""

    key: str
    limit: int | None


class ShownPlan(Shown):
    """Hold a plan that the operator offers."""

    key: str
    name: str
    features: list[ShownPlanFeature]
    trial: ShownTrial | None


class ShownOwnPlan(Shown):
    """Hold the plan in force; `next_plan` follows it on `changes_on` if nobody does anything."""

    key: str
    name: str
    version: int
    since: Moment | None
    trial_ends_on: Moment | None
    changes_on: Moment | None
    next_plan: str | None


class ShownUse(Shown):
    """Hold what the business used this month (UTC) in all its environments; no `limit` is any number."""

    key: str
    name: str
    used: int
    limit: int | None


class ShownFeature(Shown):
    """Hold one feature: whether the plan includes it, until when, and what it is without it."""

    key: str
    name: str
    is_included: bool
    until: Moment | None
    when_lost: str


@operations.operation(
    "GET /plan",
    "getPlan",
    scope="read:business_plan",
    answer={
        "is_unlocked": bool,
        "plan": ShownOwnPlan | None,
        "plans": list[ShownPlan],
        "features": list[ShownFeature],
        "used_this_month": list[ShownUse],
    },
)
async def get_plan(context: Caller) -> dict[str, Any]:
    """Read the plan of this business, and all plans. It `is_unlocked` while no plans are in force."""
    found = await business_plans.find_standing(context)
    return ok(
        is_unlocked=found is None,
        plan=_shown_own(found) if found else None,
        plans=_shown_plans(found) if found else [],
        features=_shown_features(found) if found else [],
        used_this_month=[_shown_use(each) for each in await business_usage.read_usage(context, found)]
        if found
        else [],
    )


@operations.operation(
    "POST /plan/trials",
    "startPlanTrial",
    scope="create:business_plan_trials",
    status=201,
    answer={"plan": ShownOwnPlan, "plans": list[ShownPlan], "features": list[ShownFeature]},
)
async def start_plan_trial(context: Caller, body: TrialBody) -> dict[str, Any]:
    """Start the trial of a plan: there is one for each, without payment details."""
    found = await business_plans.start_trial(context, body.plan)
    return ok(
        "Trial started",
        "PLAN_TRIAL_STARTED",
        plan=_shown_own(found),
        plans=_shown_plans(found),
        features=_shown_features(found),
    )


def _shown_features(found: Standing) -> list[ShownFeature]:
    features: list[ShownFeature] = []
    for capability in CAPABILITIES.values():
        gate = found.access.told(capability, found.at)
        features.append(
            {
                "key": capability.key,
                "name": capability.words,
                "is_included": gate.is_included,
                "until": gate.until.isoformat() if gate.until else None,
                "when_lost": capability.when_lost,
            }
        )
    return features


def _shown_use(found: UsedOfLimit) -> ShownUse:
    return {"key": found.use.key, "name": found.use.words, "used": found.used, "limit": found.limit}


def _shown_plans(found: Standing) -> list[ShownPlan]:
    return [_shown_plan(found, each) for each in found.plans.newest]


def _shown_own(found: Standing) -> ShownOwnPlan:
    state, version, following = found.state, found.version, found.following
    return {
        "key": version.plan_key,
        "name": version.plan_name,
        "version": version.number,
        "since": state.subscribed_on.isoformat() if state else None,
        "trial_ends_on": state.trial_ends_on.isoformat() if state and state.trial_ends_on else None,
        "changes_on": state.turn.isoformat() if state and state.turn else None,
        "next_plan": following.plan_key if following else None,
    }


def _shown_plan(found: Standing, version: PlanVersion) -> ShownPlan:
    return {
        "key": version.plan_key,
        "name": version.plan_name,
        "features": [
            {"key": key, "limit": version.features[key].limit_max}
            for key in FEATURES
            if key in version.features
        ],
        "trial": _shown_trial(found.access.trial(version, found.at)),
    }


def _shown_trial(offer: TrialOffer | None) -> ShownTrial | None:
    if offer is None:
        return None
    ends_on = offer.ends_at.isoformat() if offer.ends_at else None
    return {"state": offer.state.value, "days": offer.days, "ends_on": ends_on}
