"""Define the features that plans include, and the groups that plans are in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.keys_and_names import check_key, check_name, check_switch, check_text
from claimsmith.domain.plans import Feature, PlanGroup
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.plans import customer_type, find_group, new_id

LONGEST_DESCRIPTION = 512


async def create_feature(
    context: Context,
    *,
    key: str,
    name: str,
    description: str | None = None,
    is_metered: bool = False,
    unit: str | None = None,
) -> Feature:
    """Define a feature. Raises `InvalidInput`, `AlreadyExists`.

    A metered one is counted in `unit` (`request` unless named); the key and whether it is metered never
    change.
    """
    if unit is not None and not is_metered:
        raise InvalidInput(f"unit is {unit!r}; only what is metered has one.", field="unit")
    feature = Feature(
        id=new_id("feature"),
        key=check_key(key, "key"),
        name=check_name(name, "name"),
        description=_description(description),
        is_metered=check_switch(is_metered, "is_metered"),
        unit=check_name(unit or "request", "unit") if is_metered else None,
    )
    async with context.changing() as work:
        if await work.plans.find_feature(key) is not None:
            raise AlreadyExists(f"A feature {key!r} exists.", field="key", code="FEATURE_ALREADY_EXISTS")
        await work.plans.add_feature(feature)
        work.record("feature", feature.id, "created")
    return feature


async def list_features(context: Context) -> list[Feature]:
    """Return every feature in the order of their keys."""
    async with context.reading() as work:
        return await work.plans.features()


async def change_feature(context: Context, key: str, members: Mapping[str, Any]) -> Feature:
    """Change `name`, `description` and `unit`; published versions keep the former ones. Raises `NotFound`."""
    async with context.changing() as work:
        feature = await find_feature(work, key)
        changes: dict[str, Any] = {}
        for member, value in members.items():
            if member == "name" or (member == "unit" and feature.is_metered):
                changes[member] = check_name(value, member)
            elif member == "description":
                changes[member] = _description(value)
            else:
                raise InvalidInput(
                    f"The feature {key!r} has no member {member!r} that can be changed; create another one.",
                    field=member,
                )
        changed = replace(feature, **changes)
        await work.plans.replace_feature(changed)
        work.record("feature", feature.id, "changed")
    return changed


async def delete_feature(context: Context, key: str) -> None:
    """Delete a feature that no plan's draft includes. Raises `NotFound`, `NotPermitted`."""
    async with context.changing() as work:
        feature = await find_feature(work, key)
        user = next((plan for plan in await work.plans.all() if key in plan.draft.features), None)
        if user is not None:
            raise NotPermitted(
                f"The plan {user.key!r} includes the feature {key!r}; take it out there first.",
                code="FEATURE_IN_USE",
            )
        await work.plans.remove_feature(feature.id)
        work.record("feature", feature.id, "deleted")


async def find_feature(work: Work, key: str) -> Feature:
    """Return one feature of the environment by its key. Raises `NotFound`."""
    feature = await work.plans.find_feature(key)
    if feature is None:
        raise NotFound(f"There is no feature {key!r}.", code="FEATURE_NOT_FOUND")
    return feature


async def create_group(
    context: Context, *, key: str, name: str, type: str, is_default: bool = False
) -> PlanGroup:
    """Make a group of plans for customers of a type: `user` or `organization`.

    The first group of a type is the default one. Raises `InvalidInput`, `AlreadyExists`.
    """
    check_key(key, "key")
    group = PlanGroup(new_id("sbg"), key, check_name(name, "name"), customer_type(type))
    async with context.changing() as work:
        if await work.plans.find_group(key) is not None:
            raise AlreadyExists(
                f"A plan group {key!r} exists.", field="key", code="PLAN_GROUP_ALREADY_EXISTS"
            )
        is_first = await work.plans.default_group(group.type) is None
        await work.plans.add_group(group, work.now)
        if is_default or is_first:
            group = replace(group, is_default=True)
            await work.plans.replace_group(group)
        work.record("plan_group", group.id, "created")
    return group


async def list_groups(context: Context) -> list[PlanGroup]:
    """Return every plan group in the order of their keys."""
    async with context.reading() as work:
        return await work.plans.groups()


async def change_group(
    context: Context, key: str, *, name: str | None = None, is_default: bool | None = None
) -> PlanGroup:
    """Rename a group, or make it the default one of its type. Raises `NotFound`, `InvalidInput`."""
    async with context.changing() as work:
        group = await find_group(work, key)
        if is_default is False and group.is_default:
            raise InvalidInput(
                f"The group {key!r} is the default one of its type; make another one default instead.",
                field="is_default",
            )
        changed = replace(
            group,
            name=check_name(name, "name") if name is not None else group.name,
            is_default=group.is_default or bool(is_default),
        )
        await work.plans.replace_group(changed)
        work.record("plan_group", group.id, "changed")
    return changed


async def delete_group(context: Context, key: str) -> None:
    """Delete a group that holds no plan. Raises `NotFound`, `NotPermitted`."""
    async with context.changing() as work:
        group = await find_group(work, key)
        page = await work.plans.page_by_key(group_id=group.id, page_size=1, next_token=None)
        if page.items:
            raise NotPermitted(
                f"The group {key!r} holds the plan {page.items[0].key!r}; delete its plans first.",
                code="PLAN_GROUP_IN_USE",
            )
        await work.plans.remove_group(group.id)
        work.record("plan_group", group.id, "deleted")


def _description(text: str | None) -> str | None:
    return check_text(text, "description", LONGEST_DESCRIPTION, multiline=True) if text else None
