"""Define feature flags and set their values for the environment, organizations and users."""

from dataclasses import replace
from typing import Any

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.feature_flags import (
    FeatureFlag,
    FlagType,
    OverrideLevel,
    may_override,
    parse_value,
)
from claimsmith.domain.keys_and_names import check_key, check_name, check_text
from claimsmith.domain.paging import Page
from claimsmith.storage.feature_flags import ENVIRONMENT_OWNER
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.user_records import find_user

LONGEST_DESCRIPTION = 512
_LEVEL_NAMES = {
    OverrideLevel.ENV: "environments",
    OverrideLevel.ORG: "organizations",
    OverrideLevel.USR: "users",
}


async def create_flag(
    context: Context,
    *,
    name: str,
    key: str,
    type: str,
    default_value: object,
    description: str | None = None,
    allow_override_level: str | None = None,
) -> FeatureFlag:
    """Define a flag. Without `allow_override_level` environment, organizations and users may override it.

    Raises `InvalidInput` for a bad value, `AlreadyExists` for a key that is taken.
    """
    check_name(name, "name")
    check_key(key, "key")
    kind = flag_type(type)
    flag = FeatureFlag(
        id=f"flag_{random_hex(32)}",
        key=key,
        name=name,
        description=_description(description),
        type=kind,
        default_value=parse_value(kind, default_value, field="default_value"),
        allow_override_level=override_level(allow_override_level or "usr"),
        created_at=context.platform.now(),
    )
    async with context.changing() as work:
        if await work.feature_flags.find(key):
            raise AlreadyExists(
                f"A feature flag {key!r} exists; choose another key.",
                field="key",
                code="FEATURE_FLAG_ALREADY_EXISTS",
            )
        await work.feature_flags.add(flag)
        work.record("feature_flag", key, "created")
    return flag


async def list_flags(
    context: Context, *, page_size: int | None = None, next_token: str | None = None
) -> Page[FeatureFlag]:
    """Return one page of flags in the order of their keys."""
    async with context.reading() as work:
        return await work.feature_flags.page_by_key(page_size=page_size, next_token=next_token)


async def all_flags(context: Context) -> list[FeatureFlag]:
    """Return every flag in the order of their keys."""
    async with context.reading() as work:
        return await work.feature_flags.all()


async def change_flag(context: Context, key: str, changes: dict[str, Any]) -> FeatureFlag:
    """Change `name`, `description`, `default_value` or `allow_override_level`; key and type never change.

    A `type` given must be the flag's own. Raises `NotFound`, `InvalidInput`.
    """
    async with context.changing() as work:
        flag = await find_flag(work, key)
        if changes.get("type") is not None and flag_type(changes["type"]) is not flag.type:
            raise InvalidInput(
                f"The type of {key!r} is {flag.type.value} and cannot change; make another flag.",
                field="type",
                code="FEATURE_FLAG_TYPE_IMMUTABLE",
            )
        values: dict[str, Any] = {}
        if changes.get("name") is not None:
            values["name"] = check_name(changes["name"], "name")
        if "description" in changes:
            values["description"] = _description(changes["description"])
        if changes.get("default_value") is not None:
            values["default_value"] = parse_value(flag.type, changes["default_value"], field="default_value")
        if changes.get("allow_override_level") is not None:
            values["allow_override_level"] = override_level(changes["allow_override_level"])
        changed = replace(flag, **values)
        await work.feature_flags.replace(changed)
        work.record("feature_flag", key, "changed")
    return changed


async def delete_flag(context: Context, key: str) -> None:
    """Delete a flag with all its overrides. Raises `NotFound`."""
    async with context.changing() as work:
        await find_flag(work, key)
        await work.feature_flags.remove(key)
        work.record("feature_flag", key, "deleted")


async def set_environment_value(context: Context, key: str, value: object) -> None:
    """Override a flag for the environment. Raises `NotFound`, `InvalidInput`, `NotPermitted`."""
    async with context.changing() as work:
        flag = await find_flag(work, key)
        parsed = _overriding(flag, OverrideLevel.ENV, value)
        await work.feature_flags.put_override(OverrideLevel.ENV, ENVIRONMENT_OWNER, flag, parsed)
        work.record("feature_flag", key, "changed")


async def clear_environment_value(context: Context, key: str) -> None:
    """Clear the environment's override of a flag, if there is one. Raises `NotFound`."""
    async with context.changing() as work:
        await find_flag(work, key)
        await work.feature_flags.remove_override(OverrideLevel.ENV, ENVIRONMENT_OWNER, key)
        work.record("feature_flag", key, "changed")


async def clear_environment_values(context: Context) -> None:
    """Clear every override of the environment."""
    async with context.changing() as work:
        await work.feature_flags.remove_overrides(OverrideLevel.ENV, ENVIRONMENT_OWNER)
        work.record("feature_flag", "*", "changed")


async def organization_values(context: Context, organization_code: str) -> list[tuple[FeatureFlag, object]]:
    """Return the flags that an organization overrides, with its values. Raises `NotFound`."""
    async with context.reading() as work:
        await _find_organization(work, organization_code)
        values = await work.feature_flags.organization_overrides(organization_code)
        return [(flag, values[flag.key]) for flag in await work.feature_flags.all() if flag.key in values]


async def set_organization_value(context: Context, organization_code: str, key: str, value: object) -> None:
    """Override a flag for an organization. Raises `NotFound`, `InvalidInput`, `NotPermitted`."""
    async with context.changing() as work:
        await _find_organization(work, organization_code)
        await put_organization_value(work, organization_code, key, value)
        work.record("organization", organization_code, "changed")


async def put_organization_value(
    work: Work, organization_code: str, key: str, value: object, *, field: str = "value"
) -> None:
    """Override a flag for an organization inside a changing transaction.

    `field` is what the caller calls the value. Raises `NotFound`, `InvalidInput`, `NotPermitted`.
    """
    flag = await find_flag(work, key)
    parsed = _overriding(flag, OverrideLevel.ORG, value, field)
    await work.feature_flags.put_override(OverrideLevel.ORG, organization_code, flag, parsed)


async def clear_organization_value(context: Context, organization_code: str, key: str) -> None:
    """Clear an organization's override of a flag, if there is one. Raises `NotFound`."""
    async with context.changing() as work:
        await _find_organization(work, organization_code)
        await find_flag(work, key)
        await work.feature_flags.remove_override(OverrideLevel.ORG, organization_code, key)
        work.record("organization", organization_code, "changed")


async def clear_organization_values(context: Context, organization_code: str) -> None:
    """Clear every override of an organization. Raises `NotFound`."""
    async with context.changing() as work:
        await _find_organization(work, organization_code)
        await work.feature_flags.remove_overrides(OverrideLevel.ORG, organization_code)
        work.record("organization", organization_code, "changed")


async def user_values(context: Context, user_id: str) -> list[tuple[FeatureFlag, object]]:
    """Return the flags that a user overrides, with the user's values. Raises `NotFound`."""
    async with context.reading() as work:
        await find_user(work, user_id)
        values = await work.feature_flags.overrides_of(OverrideLevel.USR, user_id)
        return [(flag, values[flag.key]) for flag in await work.feature_flags.all() if flag.key in values]


async def set_user_value(context: Context, user_id: str, key: str, value: object) -> None:
    """Override a flag for a user. Raises `NotFound`, `InvalidInput`, `NotPermitted`."""
    async with context.changing() as work:
        await find_user(work, user_id)
        await put_user_value(work, user_id, key, value)
        work.record("user", user_id, "changed")


async def put_user_value(work: Work, user_id: str, key: str, value: object, field: str = "value") -> None:
    """Override a flag for a user inside a changing transaction."""
    flag = await find_flag(work, key)
    parsed = _overriding(flag, OverrideLevel.USR, value, field)
    await work.feature_flags.put_override(OverrideLevel.USR, user_id, flag, parsed)


async def clear_user_value(context: Context, user_id: str, key: str) -> None:
    """Clear a user's override of a flag, if there is one. Raises `NotFound`."""
    async with context.changing() as work:
        await find_user(work, user_id)
        await find_flag(work, key)
        await work.feature_flags.remove_override(OverrideLevel.USR, user_id, key)
        work.record("user", user_id, "changed")


async def find_flag(work: Work, key: str) -> FeatureFlag:
    """Return one flag of the environment. Raises `NotFound`."""
    flag = await work.feature_flags.find(key)
    if flag is None:
        raise NotFound(f"There is no feature flag {key!r}.", code="FEATURE_FLAG_NOT_FOUND")
    return flag


def flag_type(text: str) -> FlagType:
    """Return a flag type by its word. Raises `InvalidInput`."""
    try:
        return FlagType(text)
    except ValueError:
        raise InvalidInput(
            f"type is {text!r}; use bool, str, int or json.", field="type", code="FEATURE_FLAG_TYPE_INVALID"
        ) from None


def override_level(text: str) -> OverrideLevel:
    """Return an override level by its word. Raises `InvalidInput`."""
    try:
        return OverrideLevel(text)
    except ValueError:
        raise InvalidInput(
            f"allow_override_level is {text!r}; use env, org or usr.",
            field="allow_override_level",
            code="OVERRIDE_LEVEL_INVALID",
        ) from None


def _overriding(flag: FeatureFlag, level: OverrideLevel, value: object, field: str = "value") -> object:
    if not may_override(flag, level):
        raise NotPermitted(
            f"{flag.key!r} allows no values for {_LEVEL_NAMES[level]} (allow_override_level is "
            f"{flag.allow_override_level.value}); raise its allow_override_level to {level.value} first.",
            code="OVERRIDE_NOT_ALLOWED",
        )
    return parse_value(flag.type, value, field=field)


async def _find_organization(work: Work, code: str) -> None:
    if await work.organizations.find(code) is None:
        raise NotFound(f"There is no organization {code!r}.", code="ORGANIZATION_NOT_FOUND")


def _description(text: str | None) -> str | None:
    return check_text(text, "description", LONGEST_DESCRIPTION, multiline=True) if text else None
