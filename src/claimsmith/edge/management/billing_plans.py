"""Serve `/api/v1/billing/plans`: what a business sells to its customers."""

from typing import Any, NotRequired

from claimsmith.domain.plans import Plan, PlanContents, PlanVersion
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import agreements, plans

operations = Operations("Billing plans")


class NewPlan(Body):
    """Hold the body of `POST /billing/plans`; `contents` are what the next version is to hold."""

    key: str
    name: str
    group_key: str | None = None
    type: str | None = None
    description: str | None = None
    is_default: bool = False
    contents: dict[str, Any] | None = None


class PlanChanges(Body):
    """Hold the body of `PATCH /billing/plans/{plan_key}`: only what is present is changed."""

    name: str | None = None
    description: str | None = None
    is_default: bool | None = None
    is_archived: bool | None = None
    contents: dict[str, Any] | None = None


class ShownTier(Shown):
    """Hold one step of a graduated price; the last has no end."""

    up_to: int | None
    unit_amount: int


class ShownIncludedFeature(Shown):
    """Hold a feature as a plan includes it."""

    id: str
    feature: str
    price_name: str
    limit_max: int | None
    limit_min: int
    is_hard: bool
    unit_amount: int | None
    tiers: list[ShownTier]


class ShownCharge(Shown):
    """Hold a charge that does not depend on use."""

    id: str
    key: str
    price_name: str
    amount: int
    interval: str
    description: str | None
    annual_amount: int | None


class ShownTrialTerms(Shown):
    """Hold the terms of a trial."""

    days: int
    at_end: str
    fall_back_plan: str | None


class ShownContents(Shown):
    """Hold what a plan is made of."""

    features: list[ShownIncludedFeature]
    charges: list[ShownCharge]
    trial: ShownTrialTerms | None
    interval: str
    currency: str


class ShownPlanVersion(Shown):
    """Hold a published version; `agreements_count` where the plan is read with its versions."""

    plan_code: str
    number: int
    name: str
    published_on: Moment
    contents: ShownContents
    agreements_count: NotRequired[int]


class ShownBillingPlan(Shown):
    """Hold a plan with its draft."""

    id: str
    key: str
    name: str
    group_key: str
    type: str
    description: str | None
    status: str
    latest_version: int
    is_default: bool
    is_archived: bool
    draft: ShownContents


@operations.operation(
    "GET /billing/plans",
    "getBillingPlans",
    scope="read:billing_plans",
    answer={"billing_plans": list[ShownBillingPlan], "next_token": str | None},
)
async def get_plans(
    context: Caller,
    group_key: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> dict[str, Any]:
    """List plans in the order of their keys, a page at a time."""
    page = await plans.list_plans(context, group=group_key, page_size=page_size, next_token=next_token)
    return ok(billing_plans=[_plan(each) for each in page.items], next_token=page.next_token)


@operations.operation(
    "POST /billing/plans",
    "createBillingPlan",
    scope="update:billing_plans",
    status=201,
    answer={"billing_plan": ShownBillingPlan},
)
async def create_plan(context: Caller, body: NewPlan) -> dict[str, Any]:
    """Draft a plan; nobody can have it before it is published."""
    given = body.model_dump(exclude={"group_key"})
    made = await plans.create_plan(context, group=body.group_key, **given)
    return ok("Plan created", "PLAN_CREATED", billing_plan=_plan(made))


@operations.operation(
    "GET /billing/plans/{plan_key}",
    "getBillingPlan",
    scope="read:billing_plans",
    answer={"billing_plan": ShownBillingPlan, "versions": list[ShownPlanVersion]},
)
async def get_plan(context: Caller, plan_key: str) -> dict[str, Any]:
    """Read a plan with its versions, the newest first, and how many agreements there are for each."""
    found = await plans.get_plan(context, plan_key)
    versions = [
        {**_version(each), "agreements_count": found.agreements.get(each.number, 0)}
        for each in found.versions
    ]
    return ok(billing_plan=_plan(found.plan), versions=versions)


@operations.operation(
    "PATCH /billing/plans/{plan_key}",
    "updateBillingPlan",
    scope="update:billing_plans",
    answer={"billing_plan": ShownBillingPlan},
)
async def update_plan(context: Caller, plan_key: str, body: PlanChanges) -> dict[str, Any]:
    """Change the members that are present, in the draft; who has the plan keeps the version they have."""
    changed = await plans.change_plan_draft(context, plan_key, body.model_dump(exclude_unset=True))
    return ok("Plan updated", "PLAN_UPDATED", billing_plan=_plan(changed))


@operations.operation("DELETE /billing/plans/{plan_key}", "deleteBillingPlan", scope="update:billing_plans")
async def delete_plan(context: Caller, plan_key: str) -> dict[str, Any]:
    """Delete a plan that was never published; archive any other."""
    await plans.delete_plan(context, plan_key)
    return ok("Plan deleted", "PLAN_DELETED")


@operations.operation(
    "POST /billing/plans/{plan_key}/versions",
    "publishBillingPlan",
    scope="update:billing_plans",
    status=201,
    answer={"version": ShownPlanVersion},
)
async def publish_plan(context: Caller, plan_key: str) -> dict[str, Any]:
    """Publish what the draft holds as the next version, which never changes."""
    return ok(
        "Plan published", "PLAN_PUBLISHED", version=_version(await plans.publish_plan(context, plan_key))
    )


@operations.operation(
    "POST /billing/plans/{plan_key}/move_customers",
    "moveBillingPlanCustomers",
    scope="update:billing_agreements",
    answer={"version": int, "moved_count": int},
)
async def move_customers(context: Caller, plan_key: str) -> dict[str, Any]:
    """Move everybody who has an older version of the plan to its latest one, now."""
    done = await agreements.move_to_latest(context, plan_key)
    return ok("Customers moved", "CUSTOMERS_MOVED", version=done.version, moved_count=done.moved)


def _plan(plan: Plan) -> ShownBillingPlan:
    return {
        "id": plan.id,
        "key": plan.key,
        "name": plan.name,
        "group_key": plan.group.key,
        "type": plan.group.type.value,
        "description": plan.description,
        "status": plan.status.value,
        "latest_version": plan.latest_version,
        "is_default": plan.is_default,
        "is_archived": plan.is_archived,
        "draft": _contents(plan.draft),
    }


def _version(version: PlanVersion) -> ShownPlanVersion:
    return {
        "plan_code": version.plan_key,
        "number": version.number,
        "name": version.plan_name,
        "published_on": version.published_on.isoformat(),
        "contents": _contents(version.contents),
    }


def _contents(contents: PlanContents) -> ShownContents:
    trial = contents.trial
    return {
        "features": [
            {
                "id": each.id,
                "feature": each.feature.key,
                "price_name": each.price_name,
                "limit_max": each.limit_max,
                "limit_min": each.limit_min,
                "is_hard": each.is_hard,
                "unit_amount": each.unit_amount,
                "tiers": [{"up_to": tier.up_to, "unit_amount": tier.unit_amount} for tier in each.tiers],
            }
            for each in contents.features.values()
        ],
        "charges": [
            {
                "id": each.id,
                "key": each.key,
                "price_name": each.price_name,
                "amount": each.amount,
                "interval": each.interval.value,
                "description": each.description,
                "annual_amount": each.annual_amount,
            }
            for each in contents.charges
        ],
        "trial": {"days": trial.days, "at_end": trial.at_end.value, "fall_back_plan": trial.fall_back_plan}
        if trial
        else None,
        "interval": contents.interval.value,
        "currency": contents.currency,
    }
