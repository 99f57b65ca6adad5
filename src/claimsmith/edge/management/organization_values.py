"""Serve an organization's values of feature flags and properties."""

from typing import Any

from claimsmith.edge.management.feature_flags import FlagValue, ShownValue, given_value, shown_value
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.edge.management.properties import ShownPropertyValue
from claimsmith.edge.management.properties import shown_value as shown_property
from claimsmith.usecases import feature_flags, properties

operations = Operations("Organizations")


class Values(Body):
    """Hold values of properties by key; `null` takes one away."""

    properties: dict[str, str | bool | None]


@operations.operation(
    "GET /organizations/{org_code}/feature_flags",
    "GetOrganizationFeatureFlags",
    scope="read:organization_feature_flags",
    answer={"feature_flags": dict[str, ShownValue]},
)
async def get_organization_feature_flags(context: Caller, org_code: str) -> dict[str, Any]:
    """List the flags that an organization overrides, with its values."""
    values = await feature_flags.organization_values(context, org_code)
    return ok(feature_flags={flag.key: shown_value(flag, value) for flag, value in values})


@operations.operation(
    "DELETE /organizations/{org_code}/feature_flags",
    "DeleteOrganizationFeatureFlagOverrides",
    scope="delete:organization_feature_flags",
)
async def delete_organization_feature_flags(context: Caller, org_code: str) -> dict[str, Any]:
    """Clear every value of an organization."""
    await feature_flags.clear_organization_values(context, org_code)
    return ok("Feature flag overrides deleted", "ORGANIZATION_FEATURE_FLAG_OVERRIDES_DELETED")


@operations.operation(
    "PATCH /organizations/{org_code}/feature_flags/{feature_flag_key}",
    "UpdateOrganizationFeatureFlagOverride",
    scope="update:organization_feature_flags",
)
async def update_organization_feature_flag(
    context: Caller,
    org_code: str,
    feature_flag_key: str,
    value: str | None = None,
    body: FlagValue | None = None,
) -> dict[str, Any]:
    """Override a flag for an organization."""
    given = given_value(value, body)
    await feature_flags.set_organization_value(context, org_code, feature_flag_key, given)
    return ok("Feature flag override updated", "ORGANIZATION_FEATURE_FLAG_OVERRIDE_UPDATED")


@operations.operation(
    "DELETE /organizations/{org_code}/feature_flags/{feature_flag_key}",
    "DeleteOrganizationFeatureFlagOverride",
    scope="delete:organization_feature_flags",
)
async def delete_organization_feature_flag(
    context: Caller, org_code: str, feature_flag_key: str
) -> dict[str, Any]:
    """Clear an organization's value of a flag."""
    await feature_flags.clear_organization_value(context, org_code, feature_flag_key)
    return ok("Feature flag override deleted", "ORGANIZATION_FEATURE_FLAG_OVERRIDE_DELETED")


@operations.operation(
    "GET /organizations/{org_code}/properties",
    "GetOrganizationPropertyValues",
    scope="read:organization_properties",
    answer={"properties": list[ShownPropertyValue], "next_token": None},
)
async def get_organization_properties(context: Caller, org_code: str) -> dict[str, Any]:
    """List every organization property with this organization's value."""
    values = await properties.values_of_organization(context, org_code)
    return ok(properties=[shown_property(value) for value in values], next_token=None)


@operations.operation(
    "PATCH /organizations/{org_code}/properties",
    "UpdateOrganizationProperties",
    scope="update:organization_properties",
)
async def update_organization_properties(context: Caller, org_code: str, body: Values) -> dict[str, Any]:
    """Set several values of an organization, all or none."""
    await properties.set_organization_values(context, org_code, body.properties)
    return ok("Properties updated", "PROPERTIES_UPDATED")


@operations.operation(
    "PUT /organizations/{org_code}/properties/{property_key}",
    "UpdateOrganizationProperty",
    scope="update:organization_properties",
)
async def update_organization_property(
    context: Caller, org_code: str, property_key: str, value: str
) -> dict[str, Any]:
    """Set one value of an organization."""
    await properties.set_organization_values(context, org_code, {property_key: value})
    return ok("Property updated", "PROPERTY_UPDATED")
