"""Serve `/api/v1/feature_flags`."""

from typing import Annotated, Any, NotRequired

from fastapi import Depends, Query

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.feature_flags import FeatureFlag, FlagType, Unset, value_text
from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import feature_flags

operations = Operations("Feature flags")


class NewFlag(Body):
    """Hold the body of `POST /feature_flags`. `default_value` may be text or the value itself."""

    name: str
    key: str
    type: str
    default_value: Any
    description: str | None = None
    allow_override_level: str | None = None


class FlagChanges(Body):
    """Hold what `PUT /feature_flags/{feature_flag_key}` changes, as a body."""

    name: str | None = None
    description: str | None = None
    type: str | None = None
    allow_override_level: str | None = None
    default_value: Any = None


def _from_query(
    name: Annotated[str | None, Query()] = None,
    description: Annotated[str | None, Query()] = None,
    type: Annotated[str | None, Query()] = None,
    allow_override_level: Annotated[str | None, Query()] = None,
    default_value: Annotated[str | None, Query()] = None,
) -> dict[str, Any]:
    given = {
        "name": name,
        "description": description,
        "type": type,
        "allow_override_level": allow_override_level,
        "default_value": default_value,
    }
    return {member: value for member, value in given.items() if value is not None}


class FlagValue(Body):
    """Hold a value of a feature flag, as text or as the value itself."""

    value: Any


class ShownFlag(Shown):
    """Hold the definition of a feature flag; its values are texts."""

    id: str
    key: str
    name: str
    description: str | None
    type: str
    default_value: str
    allow_override_level: str
    environment_value: str | None


class ShownValue(Shown):
    """Hold the value that overrides a flag, as text; a JSON value is there as it is, too."""

    type: str
    value: str
    value_type: NotRequired[str]
    json_value: NotRequired[Any]


@operations.operation(
    "GET /feature_flags",
    "getFeatureFlags",
    scope="read:feature_flags",
    answer={"feature_flags": list[ShownFlag], "next_token": str | None},
)
async def get_feature_flags(
    context: Caller, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List the definitions of feature flags, a page at a time."""
    page = await feature_flags.list_flags(context, page_size=page_size, next_token=next_token)
    return ok(feature_flags=[_shown(flag) for flag in page.items], next_token=page.next_token)


@operations.operation("POST /feature_flags", "CreateFeatureFlag", scope="create:feature_flags", status=201)
async def create_feature_flag(context: Caller, body: NewFlag) -> dict[str, Any]:
    """Define a feature flag."""
    await feature_flags.create_flag(context, **body.model_dump())
    return ok("Feature flag created", "FEATURE_FLAG_CREATED")


@operations.operation(
    "PUT /feature_flags/{feature_flag_key}", "UpdateFeatureFlag", scope="update:feature_flags"
)
async def update_feature_flag(
    context: Caller,
    feature_flag_key: str,
    query: Annotated[dict[str, Any], Depends(_from_query)],
    body: FlagChanges | None = None,
) -> dict[str, Any]:
    """Change a feature flag, by query parameters or by a body; its key and type never change."""
    changes = query | (body.model_dump(exclude_unset=True) if body else {})
    await feature_flags.change_flag(context, feature_flag_key, changes)
    return ok("Feature flag updated", "FEATURE_FLAG_UPDATED")


@operations.operation(
    "DELETE /feature_flags/{feature_flag_key}", "DeleteFeatureFlag", scope="delete:feature_flags"
)
async def delete_feature_flag(context: Caller, feature_flag_key: str) -> dict[str, Any]:
    """Delete a feature flag with all its overrides."""
    await feature_flags.delete_flag(context, feature_flag_key)
    return ok("Feature flag deleted", "FEATURE_FLAG_DELETED")


def shown_value(flag: FeatureFlag, value: object) -> ShownValue:
    """Return a flag's value as lists of values show it: the type's word and the value as text.

    Published SDKs know no word for JSON there, so a JSON flag is shown as text, with the object beside it.
    """
    text = value_text(flag.type, value)
    if flag.type is FlagType.JSON:
        return {"type": "str", "value": text, "value_type": "json", "json_value": value}
    return {"type": flag.type.value, "value": text}


def given_value(query: str | None, body: Any) -> Any:
    """Return the value of an override, from the body or the query. Raises `InvalidInput` without one."""
    value = body.value if body is not None else query
    if value is None:
        raise InvalidInput("value is missing; send it as a query parameter or in the body.", field="value")
    return value


def _shown(flag: FeatureFlag) -> ShownFlag:
    unset = isinstance(flag.environment_value, Unset)
    return {
        "id": flag.id,
        "key": flag.key,
        "name": flag.name,
        "description": flag.description,
        "type": flag.type.value,
        "default_value": value_text(flag.type, flag.default_value),
        "allow_override_level": flag.allow_override_level.value,
        "environment_value": None if unset else value_text(flag.type, flag.environment_value),
    }
