"""Store pricing tables; the plans they show, with their texts, are JSON."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from claimsmith.domain.plans import CustomerType, PlanGroup
from claimsmith.domain.pricing_tables import PricingTable, entries_from_json, entries_to_json
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import plan_groups, pricing_tables

_OF_GROUP = (
    plan_groups.c.key.label("group_key"),
    plan_groups.c.name.label("group_name"),
    plan_groups.c.type.label("group_type"),
    plan_groups.c.is_default.label("group_is_default"),
)


class PricingTableStore(Store):
    """Store the pricing tables of one environment."""

    async def all(self) -> list[PricingTable]:
        """Return every table in the order of their keys."""
        return [_table(row) for row in await self.rows(self._tables().order_by(pricing_tables.c.key))]

    async def find(self, key: str) -> PricingTable | None:
        """Return the table with a key, or `None`."""
        row = await self.row(self._tables().where(pricing_tables.c.key == key))
        return _table(row) if row else None

    async def find_default(self, type: CustomerType) -> PricingTable | None:
        """Return the table that customers of a type are shown when none is named, if it is live."""
        conditions = (
            plan_groups.c.type == type.value,
            pricing_tables.c.is_default.is_(True),
            pricing_tables.c.is_live.is_(True),
        )
        row = await self.row(self._tables().where(*conditions))
        return _table(row) if row else None

    async def add(self, table: PricingTable, created_at: datetime) -> bool:
        """Insert one table unless its key is taken; tell whether it was inserted."""
        return await self.insert_if_free(
            pricing_tables, id=table.id, key=table.key, created_at=created_at, **_columns(table)
        )

    async def replace(self, table: PricingTable) -> None:
        """Write the members of a table that may change."""
        await self.change(pricing_tables, {"id": table.id}, **_columns(table))

    async def take_default(self, table: PricingTable) -> None:
        """Take the mark of the default table from the other tables for customers of the same type."""
        same = select(plan_groups.c.id).where(
            self.within(plan_groups), plan_groups.c.type == table.group.type.value
        )
        others = (pricing_tables.c.id != table.id, pricing_tables.c.group_id.in_(same))
        await self.run(self.update(pricing_tables, *others).values(is_default=False))

    async def remove(self, table_id: str) -> None:
        """Delete one table."""
        await self.remove_all(pricing_tables, id=table_id)

    def _tables(self) -> Any:
        same = (pricing_tables.c.environment_id == plan_groups.c.environment_id) & (
            pricing_tables.c.group_id == plan_groups.c.id
        )
        source = pricing_tables.join(plan_groups, same)
        return select(*pricing_tables.c, *_OF_GROUP).select_from(source).where(self.within(pricing_tables))


def _columns(table: PricingTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "group_id": table.group.id,
        "entries": entries_to_json(table.entries),
        "is_live": table.is_live,
        "is_default": table.is_default,
    }


def _table(row: Row) -> PricingTable:
    group = PlanGroup(
        id=row["group_id"],
        key=row["group_key"],
        name=row["group_name"],
        type=CustomerType(row["group_type"]),
        is_default=row["group_is_default"],
    )
    return PricingTable(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        group=group,
        entries=entries_from_json(row["entries"]),
        is_live=row["is_live"],
        is_default=row["is_default"],
    )
