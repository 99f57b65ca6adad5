"""Serve `/api/v1/environment` and the environment's values of feature flags."""

from typing import Any

from claimsmith.domain.environments import split_issuer
from claimsmith.domain.feature_flags import Unset
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.feature_flags import FlagValue, ShownValue, given_value, shown_value
from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.usecases import feature_flags

operations = Operations("Environment")


class ShownEnvironment(Shown):
    """Hold an environment."""

    code: str
    name: str
    is_default: bool
    is_live: bool
    kinde_domain: str
    issuer: str
    created_on: Moment | None


@operations.operation(
    "GET /environment", "getEnvironment", scope="read:environments", answer={"environment": ShownEnvironment}
)
async def get_environment(context: Caller) -> dict[str, Any]:
    """Read the environment this token belongs to."""
    environment = context.environment
    shown: ShownEnvironment = {
        "code": environment.code,
        "name": environment.name,
        "is_default": environment.is_default,
        "is_live": True,
        "kinde_domain": split_issuer(environment.issuer)[1],
        "issuer": environment.issuer,
        "created_on": environment.created_at.isoformat() if environment.created_at else None,
    }
    return ok(environment=shown)


@operations.operation(
    "GET /environment/feature_flags",
    "GetEnvironementFeatureFlags",
    scope="read:environment_feature_flags",
    answer={"feature_flags": dict[str, ShownValue], "next_token": None},
)
async def get_environment_feature_flags(context: Caller) -> dict[str, Any]:
    """List the flags that the environment overrides, with its values."""
    flags = {
        flag.key: shown_value(flag, flag.environment_value)
        for flag in await feature_flags.all_flags(context)
        if not isinstance(flag.environment_value, Unset)
    }
    return ok(feature_flags=flags, next_token=None)


@operations.operation(
    "DELETE /environment/feature_flags",
    "DeleteEnvironementFeatureFlagOverrides",
    scope="delete:environment_feature_flags",
)
async def delete_environment_feature_flags(context: Caller) -> dict[str, Any]:
    """Clear every value of the environment."""
    await feature_flags.clear_environment_values(context)
    return ok("Feature flag overrides deleted", "ENVIRONMENT_FEATURE_FLAG_OVERRIDES_DELETED")


@operations.operation(
    "PATCH /environment/feature_flags/{feature_flag_key}",
    "UpdateEnvironementFeatureFlagOverride",
    scope="update:environment_feature_flags",
)
async def update_environment_feature_flag(
    context: Caller, feature_flag_key: str, value: str | None = None, body: FlagValue | None = None
) -> dict[str, Any]:
    """Override a flag for the environment."""
    await feature_flags.set_environment_value(context, feature_flag_key, given_value(value, body))
    return ok("Feature flag override updated", "ENVIRONMENT_FEATURE_FLAG_OVERRIDE_UPDATED")


@operations.operation(
    "DELETE /environment/feature_flags/{feature_flag_key}",
    "DeleteEnvironementFeatureFlagOverride",
    scope="delete:environment_feature_flags",
)
async def delete_environment_feature_flag(context: Caller, feature_flag_key: str) -> dict[str, Any]:
    """Clear the environment's value of a flag."""
    await feature_flags.clear_environment_value(context, feature_flag_key)
    return ok("Feature flag override deleted", "ENVIRONMENT_FEATURE_FLAG_OVERRIDE_DELETED")
