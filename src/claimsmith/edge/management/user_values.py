"""Serve the property values and the feature flags of users: `/api/v1/users/{user_id}/...`."""

from typing import Any

from claimsmith.edge.management.feature_flags import FlagValue, given_value
from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.edge.management.organization_values import Values
from claimsmith.edge.management.properties import ShownPropertyValue, shown_value
from claimsmith.usecases import feature_flags, properties

operations = Operations("Users")


@operations.operation(
    "PATCH /users/{user_id}/feature_flags/{feature_flag_key}",
    "UpdateUserFeatureFlagOverride",
    scope="update:user_feature_flags",
)
async def update_user_feature_flag(
    context: Caller,
    user_id: str,
    feature_flag_key: str,
    value: str | None = None,
    body: FlagValue | None = None,
) -> dict[str, Any]:
    """Override a flag for a user."""
    given = given_value(value, body)
    await feature_flags.set_user_value(context, user_id, feature_flag_key, given)
    return ok("Feature flag override updated", "USER_FEATURE_FLAG_OVERRIDE_UPDATED")


@operations.operation(
    "GET /users/{user_id}/properties",
    "GetUserPropertyValues",
    scope="read:user_properties",
    answer={"properties": list[ShownPropertyValue], "next_token": None},
)
async def get_user_properties(context: Caller, user_id: str) -> dict[str, Any]:
    """List every user property with this user's value."""
    values = await properties.values_of_user(context, user_id)
    return ok(properties=[shown_value(value) for value in values], next_token=None)


@operations.operation(
    "PATCH /users/{user_id}/properties", "UpdateUserProperties", scope="update:user_properties"
)
async def update_user_properties(context: Caller, user_id: str, body: Values) -> dict[str, Any]:
    """Set several values of a user, all or none."""
    await properties.set_user_values(context, user_id, body.properties)
    return ok("Properties updated", "PROPERTIES_UPDATED")


@operations.operation(
    "PUT /users/{user_id}/properties/{property_key}", "UpdateUserProperty", scope="update:user_properties"
)
async def update_user_property(
    context: Caller, user_id: str, property_key: str, value: str
) -> dict[str, Any]:
    """Set one value of a user."""
    await properties.set_user_values(context, user_id, {property_key: value})
    return ok("Property updated", "PROPERTY_UPDATED")
