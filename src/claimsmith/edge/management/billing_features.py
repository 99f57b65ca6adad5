"""Serve `/api/v1/billing/features` and `/plan_groups`: what plans include, and what they are in."""

from typing import Any

from claimsmith.domain.plans import Feature, PlanGroup
from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import plan_features

operations = Operations("Billing features")


class NewPlanGroup(Body):
    """Hold the body of `POST /billing/plan_groups`."""

    key: str
    name: str
    type: str
    is_default: bool = False


class PlanGroupChanges(Body):
    """Hold the body of `PATCH /billing/plan_groups/{group_key}`: only what is present is changed."""

    name: str | None = None
    is_default: bool | None = None


class NewFeature(Body):
    """Hold the body of `POST /billing/features`."""

    key: str
    name: str
    description: str | None = None
    is_metered: bool = False
    unit: str | None = None


class FeatureChanges(Body):
    """Hold the body of `PATCH /billing/features/{feature_key}`: only what is present is changed."""

    name: str | None = None
    description: str | None = None
    unit: str | None = None


class ShownPlanGroup(Shown):
    """Hold a plan group."""

    id: str
    key: str
    name: str
    type: str
    is_default: bool


class ShownBillingFeature(Shown):
    """Hold a feature that plans can include."""

    id: str
    key: str
    name: str
    description: str | None
    is_metered: bool
    unit: str | None


@operations.operation(
    "GET /billing/plan_groups",
    "getBillingPlanGroups",
    scope="read:billing_plans",
    answer={"plan_groups": list[ShownPlanGroup]},
)
async def get_plan_groups(context: Caller) -> dict[str, Any]:
    """List the groups that plans are in, in the order of their keys."""
    return ok(plan_groups=[_group(each) for each in await plan_features.list_groups(context)])


@operations.operation(
    "POST /billing/plan_groups",
    "createBillingPlanGroup",
    scope="update:billing_plans",
    status=201,
    answer={"plan_group": ShownPlanGroup},
)
async def create_plan_group(context: Caller, body: NewPlanGroup) -> dict[str, Any]:
    """Make a group of plans for customers of one type, `user` or `organization`."""
    made = await plan_features.create_group(context, **body.model_dump())
    return ok("Plan group created", "PLAN_GROUP_CREATED", plan_group=_group(made))


@operations.operation(
    "PATCH /billing/plan_groups/{group_key}",
    "updateBillingPlanGroup",
    scope="update:billing_plans",
    answer={"plan_group": ShownPlanGroup},
)
async def update_plan_group(context: Caller, group_key: str, body: PlanGroupChanges) -> dict[str, Any]:
    """Rename a group, or make it the default one of its type."""
    changed = await plan_features.change_group(context, group_key, **body.model_dump(exclude_unset=True))
    return ok("Plan group updated", "PLAN_GROUP_UPDATED", plan_group=_group(changed))


@operations.operation(
    "DELETE /billing/plan_groups/{group_key}", "deleteBillingPlanGroup", scope="update:billing_plans"
)
async def delete_plan_group(context: Caller, group_key: str) -> dict[str, Any]:
    """Delete a group that holds no plan."""
    await plan_features.delete_group(context, group_key)
    return ok("Plan group deleted", "PLAN_GROUP_DELETED")


@operations.operation(
    "GET /billing/features",
    "getBillingFeatures",
    scope="read:billing_plans",
    answer={"billing_features": list[ShownBillingFeature]},
)
async def get_features(context: Caller) -> dict[str, Any]:
    """List the features that plans can include, in the order of their keys."""
    return ok(billing_features=[_feature(each) for each in await plan_features.list_features(context)])


@operations.operation(
    "POST /billing/features",
    "createBillingFeature",
    scope="update:billing_plans",
    status=201,
    answer={"billing_feature": ShownBillingFeature},
)
async def create_feature(context: Caller, body: NewFeature) -> dict[str, Any]:
    """Define a feature; a metered one is counted in `unit`."""
    made = await plan_features.create_feature(context, **body.model_dump())
    return ok("Feature created", "FEATURE_CREATED", billing_feature=_feature(made))


@operations.operation(
    "PATCH /billing/features/{feature_key}",
    "updateBillingFeature",
    scope="update:billing_plans",
    answer={"billing_feature": ShownBillingFeature},
)
async def update_feature(context: Caller, feature_key: str, body: FeatureChanges) -> dict[str, Any]:
    """Change the members that are present; published versions keep the former ones."""
    changed = await plan_features.change_feature(context, feature_key, body.model_dump(exclude_unset=True))
    return ok("Feature updated", "FEATURE_UPDATED", billing_feature=_feature(changed))


@operations.operation(
    "DELETE /billing/features/{feature_key}", "deleteBillingFeature", scope="update:billing_plans"
)
async def delete_feature(context: Caller, feature_key: str) -> dict[str, Any]:
    """Delete a feature that no plan's draft includes."""
    await plan_features.delete_feature(context, feature_key)
    return ok("Feature deleted", "FEATURE_DELETED")


def _group(group: PlanGroup) -> ShownPlanGroup:
    return {
        "id": group.id,
        "key": group.key,
        "name": group.name,
        "type": group.type.value,
        "is_default": group.is_default,
    }


def _feature(feature: Feature) -> ShownBillingFeature:
    return {
        "id": feature.id,
        "key": feature.key,
        "name": feature.name,
        "description": feature.description,
        "is_metered": feature.is_metered,
        "unit": feature.unit,
    }
