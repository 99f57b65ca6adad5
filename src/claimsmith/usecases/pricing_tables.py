"""Create, read, change and delete pricing tables: what people who sign up choose a plan from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound
from claimsmith.domain.keys_and_names import check_key, check_name, check_switch
from claimsmith.domain.plans import PlanGroup
from claimsmith.domain.pricing_tables import PricingTable, TableEntry, entries_from_json
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.plans import find_group, new_id


async def create_table(
    context: Context, *, key: str, name: str, group_key: str, plans: object = None
) -> PricingTable:
    """Create a table of plans of one group, which nobody is shown until it is live.

    Without `plans` it has every published plan of the group. Raises `NotFound` for the group, `InvalidInput`,
    `AlreadyExists`.
    """
    async with context.changing() as work:
        group = await find_group(work, group_key)
        table = PricingTable(
            id=new_id("pricing_table"), key=check_key(key, "key"), name=check_name(name, "name"), group=group
        )
        entries = await _generated(work, group) if plans is None else await _entries(work, group, plans)
        table = replace(table, entries=entries)
        if not await work.pricing_tables.add(table, work.now):
            raise AlreadyExists(
                f"There is a pricing table {key!r}; choose another key.",
                field="key",
                code="PRICING_TABLE_ALREADY_EXISTS",
            )
        work.record("pricing_table", table.id, "created")
    return table


async def list_tables(context: Context) -> list[PricingTable]:
    """Return every table in the order of their keys."""
    async with context.reading() as work:
        return await work.pricing_tables.all()


async def get_table(context: Context, key: str) -> PricingTable:
    """Return one table. Raises `NotFound`."""
    async with context.reading() as work:
        return await find_table(work, key)


async def change_table(context: Context, key: str, members: Mapping[str, Any]) -> PricingTable:
    """Change `name`, `plans`, `is_live` and `is_default`; the default one takes the mark from the former.

    Raises `NotFound`, `InvalidInput` for plans of another group and for a live table without plans.
    """
    async with context.changing() as work:
        table = await find_table(work, key)
        for member, value in members.items():
            table = await _changed(work, table, member, value)
        if table.is_live and not table.entries:
            raise InvalidInput(
                "A table without plans cannot be live; give it plans first.",
                field="is_live",
                code="PRICING_TABLE_EMPTY",
            )
        if table.is_default:
            await work.pricing_tables.take_default(table)
        await work.pricing_tables.replace(table)
        work.record("pricing_table", table.id, "changed")
    return table


async def delete_table(context: Context, key: str) -> None:
    """Delete a table. Raises `NotFound`."""
    async with context.changing() as work:
        table = await find_table(work, key)
        await work.pricing_tables.remove(table.id)
        work.record("pricing_table", table.id, "deleted")


async def find_table(work: Work, key: str) -> PricingTable:
    """Return one table within a transaction. Raises `NotFound`."""
    table = await work.pricing_tables.find(key)
    if table is None:
        raise NotFound(f"There is no pricing table {key!r}.", code="PRICING_TABLE_NOT_FOUND")
    return table


async def _changed(work: Work, table: PricingTable, member: str, value: Any) -> PricingTable:
    if member == "name":
        return replace(table, name=check_name(value, "name"))
    if member == "plans":
        return replace(table, entries=await _entries(work, table.group, value))
    if member == "is_live":
        return replace(table, is_live=check_switch(value, member))
    if member == "is_default":
        return replace(table, is_default=check_switch(value, member))
    raise InvalidInput(
        f"A pricing table has no member {member!r}; it has name, plans, is_live and is_default.",
        field=member,
        code="PRICING_TABLE_INVALID",
    )


async def _entries(work: Work, group: PlanGroup, given: object) -> tuple[TableEntry, ...]:
    entries = entries_from_json(given)
    groups = {each.key: each.group for each in await work.plans.all()}
    for position, each in enumerate(entries):
        found = groups.get(each.plan_key)
        if found is None or found.id != group.id:
            raise InvalidInput(
                f"{each.plan_key!r} is no plan of the group {group.key!r}; a table shows plans of one group.",
                field=f"plans[{position}].plan_code",
                code="PRICING_TABLE_PLAN_UNFIT",
            )
    return entries


async def _generated(work: Work, group: PlanGroup) -> tuple[TableEntry, ...]:
    latest = await work.plans.latest_versions()
    found = [version for version in latest.values() if version.group_id == group.id]
    found.sort(key=lambda each: (sum(charge.amount for charge in each.contents.charges), each.plan_key))
    return tuple(TableEntry(each.plan_key) for each in found)
