"""Store properties, their categories, and the values that objects have for them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import select

from claimsmith.domain.properties import Property, PropertyCategory, PropertyContext, PropertyType
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import properties, property_categories, property_values


class PropertyStore(Store):
    """Store the properties of one environment."""

    async def all(self) -> list[Property]:
        """Return every property in the order of their keys."""
        return [_property(row) for row in await self.rows(self.select(properties).order_by(properties.c.key))]

    async def find(self, property_id: str) -> Property | None:
        """Return one property, or `None`."""
        row = await self.find_one(properties, id=property_id)
        return _property(row) if row else None

    async def find_by_key(self, key: str) -> Property | None:
        """Return the property with a key, or `None`."""
        row = await self.find_one(properties, key=key)
        return _property(row) if row else None

    async def add(self, items: Sequence[Property]) -> None:
        """Insert properties."""
        await self.insert_many(properties, [_columns(item) for item in items])

    async def replace(self, item: Property) -> None:
        """Write every member of a property that exists."""
        await self.change(properties, {"id": item.id}, **_columns(item))

    async def remove(self, property_id: str) -> bool:
        """Delete one property with all its values; tell whether it was there."""
        return await self.remove_all(properties, id=property_id) > 0

    async def categories(self) -> list[PropertyCategory]:
        """Return every category in the order of their names."""
        table = property_categories
        return [
            _category(row) for row in await self.rows(self.select(table).order_by(table.c.name, table.c.id))
        ]

    async def find_category(self, category_id: str) -> PropertyCategory | None:
        """Return one category, or `None`."""
        row = await self.find_one(property_categories, id=category_id)
        return _category(row) if row else None

    async def find_category_by_name(self, context: PropertyContext, name: str) -> PropertyCategory | None:
        """Return the category of one context that has a name, or `None`."""
        table = property_categories
        row = await self.row(self.select(table, table.c.context == context.value, table.c.name == name))
        return _category(row) if row else None

    async def add_category(self, category: PropertyCategory) -> None:
        """Insert one category."""
        await self.insert(
            property_categories, id=category.id, name=category.name, context=category.context.value
        )

    async def rename_category(self, category_id: str, name: str) -> None:
        """Give a category another name."""
        table = property_categories
        await self.run(self.update(table, table.c.id == category_id).values(name=name))

    async def values_of(self, owner_id: str) -> dict[str, str | bool]:
        """Return the values of one object that were set, by property key."""
        rows = await self.rows(
            select(properties.c.key, property_values.c.value)
            .select_from(
                property_values.join(
                    properties,
                    (property_values.c.environment_id == properties.c.environment_id)
                    & (property_values.c.property_id == properties.c.id),
                )
            )
            .where(self.within(property_values), property_values.c.owner_id == owner_id)
        )
        return {row["key"]: row["value"] for row in rows if row["value"] is not None}

    async def put_value(self, owner_id: str, property_id: str, value: str | bool | None) -> None:
        """Set the value of one object for one property; `None` takes it away."""
        table = property_values
        if value is None:
            condition = (table.c.owner_id == owner_id, table.c.property_id == property_id)
            await self.run(self.delete(table, *condition))
            return
        values = {"owner_id": owner_id, "property_id": property_id, "value": value}
        await self.upsert(table, values, ("owner_id", "property_id"), {"value": value})

    async def remove_values_of(self, owner_id: str) -> None:
        """Delete every value of one object."""
        await self.remove_all(property_values, owner_id=owner_id)


def _columns(item: Property) -> dict[str, Any]:
    values = {field.name: getattr(item, field.name) for field in fields(Property)}
    values["context"] = item.context.value
    values["type"] = item.type.value
    return values


def _property(row: Row) -> Property:
    values = {field.name: row[field.name] for field in fields(Property)}
    values["context"] = PropertyContext(row["context"])
    values["type"] = PropertyType(row["type"])
    return Property(**values)


def _category(row: Row) -> PropertyCategory:
    return PropertyCategory(row["id"], row["name"], PropertyContext(row["context"]))
