"""Define what a business sells: groups, features, plans, and the versions of plans that customers have.

A plan is edited as a draft. Publishing it makes a version, which never changes; who has an older version
keeps it until moved (`usecases/agreements.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.keys_and_names import check_key, check_name, check_switch, check_text
from claimsmith.domain.paging import Page
from claimsmith.domain.plan_rules import contents_with
from claimsmith.domain.plans import CustomerType, Plan, PlanContents, PlanGroup, PlanVersion
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

LONGEST_DESCRIPTION = 512


def new_id(prefix: str) -> str:
    """Return a new id: the prefix, `_` and 32 hexadecimal characters."""
    return f"{prefix}_{random_hex(32)}"


@dataclass(frozen=True, slots=True)
class PlanWithVersions:
    """Hold a plan with its versions, the newest first, and how many agreements there are for each."""

    plan: Plan
    versions: list[PlanVersion]
    agreements: Mapping[int, int] = field(default_factory=dict)


async def create_plan(
    context: Context,
    *,
    key: str,
    name: str,
    group: str | None = None,
    type: str | None = None,
    description: str | None = None,
    is_default: bool = False,
    contents: Mapping[str, Any] | None = None,
) -> Plan:
    """Draft a plan in the group with a key, or in the default group of a type (`user`, `organization`).

    Without either the default group of organizations is used; the first plan of a type makes it. `contents`
    are those of `domain/plan_rules.py`. Raises `InvalidInput`, `AlreadyExists`, `NotFound` for the group.
    """
    check_key(key, "key")
    async with context.changing() as work:
        if await work.plans.find(key) is not None:
            raise AlreadyExists(f"A plan {key!r} exists.", field="key", code="PLAN_ALREADY_EXISTS")
        plan = Plan(
            id=new_id("plan"),
            key=key,
            name=check_name(name, "name"),
            group=await _group_for(work, group, type),
            description=_description(description),
            is_default=check_switch(is_default, "is_default"),
            draft=await _contents(work, PlanContents(), contents or {}),
        )
        await work.plans.add(replace(plan, is_default=False), work.now)
        if plan.is_default:
            await work.plans.replace(plan)
        work.record("plan", plan.id, "created")
    return plan


async def get_plan(context: Context, key: str) -> PlanWithVersions:
    """Return one plan with its versions. Raises `NotFound`."""
    async with context.reading() as work:
        plan = await find_plan(work, key)
        return PlanWithVersions(plan, await work.plans.versions(key), await work.agreements.count_of(key))


async def list_plans(
    context: Context, *, group: str | None = None, page_size: int | None = None, next_token: str | None = None
) -> Page[Plan]:
    """Return one page of plans in the order of their keys, of the group with a key or of all."""
    async with context.reading() as work:
        group_id = (await find_group(work, group)).id if group else None
        return await work.plans.page_by_key(group_id=group_id, page_size=page_size, next_token=next_token)


async def change_plan_draft(context: Context, key: str, members: Mapping[str, Any]) -> Plan:
    """Change `name`, `description`, `is_default` and `contents` of a plan; its versions stay as they are.

    `is_archived` keeps a plan from being chosen anew, or offers it again. Raises `NotFound`, `InvalidInput`.
    """
    async with context.changing() as work:
        plan = await find_plan(work, key)
        changed = await _apply(work, plan, members)
        await work.plans.replace(changed)
        work.record("plan", plan.id, "changed")
    return changed


async def publish_plan(context: Context, key: str) -> PlanVersion:
    """Publish what a plan's draft holds as its next version.

    Raises `NotFound`; `InvalidInput` when a trial falls back to a plan that is not published, or is of
    another group; `NotPermitted` when the draft is what the latest version holds already.
    """
    async with context.changing() as work:
        plan = await find_plan(work, key)
        draft = await _with_features_of_today(work, plan.draft)
        await _check_fall_back(work, plan, draft)
        latest = await work.plans.find_version(key, plan.latest_version)
        if latest is not None and latest.contents == draft and latest.plan_name == plan.name:
            raise NotPermitted(
                f"Version {latest.number} of the plan {key!r} holds this already; change the draft first.",
                code="PLAN_UNCHANGED",
            )
        version = PlanVersion(
            plan_key=key,
            plan_name=plan.name,
            number=plan.latest_version + 1,
            contents=draft,
            published_on=work.now,
            group_id=plan.group.id,
        )
        await work.plans.add_version(version)
        await work.plans.replace(replace(plan, draft=draft, latest_version=version.number))
        work.record("plan", plan.id, "published")
    return version


async def delete_plan(context: Context, key: str) -> None:
    """Delete a plan that was never published. Raises `NotFound`, `NotPermitted`."""
    async with context.changing() as work:
        plan = await find_plan(work, key)
        if plan.latest_version:
            raise NotPermitted(
                f"The plan {key!r} was published and stays for those who have it; archive it instead.",
                code="PLAN_PUBLISHED",
            )
        await work.plans.remove(plan.id)
        work.record("plan", plan.id, "deleted")


async def find_plan(work: Work, key: str) -> Plan:
    """Return one plan of the environment by its key. Raises `NotFound`."""
    plan = await work.plans.find(key)
    if plan is None:
        raise NotFound(f"There is no plan {key!r}.", code="PLAN_NOT_FOUND")
    return plan


async def find_group(work: Work, key: str) -> PlanGroup:
    """Return one plan group of the environment by its key. Raises `NotFound`."""
    group = await work.plans.find_group(key)
    if group is None:
        raise NotFound(f"There is no plan group {key!r}.", code="PLAN_GROUP_NOT_FOUND")
    return group


def customer_type(text: str, field: str = "type") -> CustomerType:
    """Return the type of customer that a text names: `user` or `organization`. Raises `InvalidInput`."""
    if text not in {CustomerType.USER.value, CustomerType.ORGANIZATION.value}:
        raise InvalidInput(
            f"{field} is {text!r}; use user or organization.", field=field, code="TYPE_INVALID"
        )
    return CustomerType(text)


async def _group_for(work: Work, key: str | None, type: str | None) -> PlanGroup:
    if key is not None:
        group = await find_group(work, key)
        if type is not None and group.type != customer_type(type):
            raise InvalidInput(
                f"The group {key!r} is for customers of type {group.type}; leave type out.", field="type"
            )
        return group
    wanted = customer_type(type or CustomerType.ORGANIZATION)
    return await work.plans.default_group(wanted) or await _first_group(work, wanted)


async def _first_group(work: Work, type: CustomerType) -> PlanGroup:
    """Make the default group of a type."""
    key = f"{type}_plans"
    if await work.plans.find_group(key) is not None:
        key = f"{key}_{random_hex(6)}"
    group = PlanGroup(new_id("sbg"), key, f"{type.title()} plans", type, is_default=True)
    await work.plans.add_group(group, work.now)
    work.record("plan_group", group.id, "created")
    return group


async def _apply(work: Work, plan: Plan, members: Mapping[str, Any]) -> Plan:
    changes: dict[str, Any] = {}
    for member, value in members.items():
        if member == "name":
            changes[member] = check_name(value, member)
        elif member == "description":
            changes[member] = _description(value)
        elif member in {"is_default", "is_archived"}:
            changes[member] = check_switch(value, member)
        elif member == "contents":
            changes["draft"] = await _contents(work, plan.draft, value)
        else:
            raise InvalidInput(f"A plan has no member {member!r} that can be changed.", field=member)
    return replace(plan, **changes)


async def _contents(work: Work, before: PlanContents, given: Mapping[str, Any]) -> PlanContents:
    features = {feature.key: feature for feature in await work.plans.features()}
    return contents_with(before, given, features, new_id)


async def _with_features_of_today(work: Work, draft: PlanContents) -> PlanContents:
    """Return a draft whose features have the names that they have now."""
    features = {feature.key: feature for feature in await work.plans.features()}
    return replace(
        draft,
        features={key: replace(each, feature=features[key]) for key, each in draft.features.items()},
    )


async def _check_fall_back(work: Work, plan: Plan, draft: PlanContents) -> None:
    key = draft.trial.fall_back_plan if draft.trial else None
    if key is None:
        return
    other = await work.plans.find(key)
    if other is None or not other.latest_version or other.group.type != plan.group.type or key == plan.key:
        raise InvalidInput(
            f"trial.fall_back_plan is {key!r}; name another published plan for customers of type "
            f"{plan.group.type}.",
            field="contents.trial.fall_back_plan",
            code="FALL_BACK_PLAN_INVALID",
        )


def _description(text: str | None) -> str | None:
    return check_text(text, "description", LONGEST_DESCRIPTION, multiline=True) if text else None
