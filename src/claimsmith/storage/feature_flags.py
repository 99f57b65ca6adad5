"""Store feature flags and their overrides; values are kept as their wire text."""

from typing import Any

from claimsmith.domain.feature_flags import (
    UNSET,
    FeatureFlag,
    FlagType,
    OverrideLevel,
    parse_value,
    value_text,
)
from claimsmith.domain.paging import Page
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import feature_flag_overrides as overrides
from claimsmith.storage.tables import feature_flags as flags

ENVIRONMENT_OWNER = ""


class FeatureFlagStore(Store):
    """Store the feature flags of one environment."""

    async def all(self) -> list[FeatureFlag]:
        """Return every flag with its environment value, in the order of their keys: two queries."""
        values = await self._values(OverrideLevel.ENV, ENVIRONMENT_OWNER)
        rows = await self.rows(self.select(flags).order_by(flags.c.key))
        return [_flag(row, values.get(row["key"])) for row in rows]

    async def page_by_key(self, *, page_size: int | None, next_token: str | None) -> Page[FeatureFlag]:
        """Return one page of flags in the order of their keys."""
        values = await self._values(OverrideLevel.ENV, ENVIRONMENT_OWNER)
        return await self.page(
            self.select(flags),
            (flags.c.key, flags.c.id),
            lambda row: _flag(row, values.get(row["key"])),
            page_size=page_size,
            next_token=next_token,
        )

    async def find(self, key: str) -> FeatureFlag | None:
        """Return one flag with its environment value, or `None`."""
        row = await self.find_one(flags, key=key)
        if row is None:
            return None
        condition = (overrides.c.flag_key == key, *_owned(OverrideLevel.ENV, ENVIRONMENT_OWNER))
        override = await self.row(self.select(overrides, *condition))
        return _flag(row, override["value"] if override else None)

    async def add(self, flag: FeatureFlag) -> None:
        """Insert one flag, without its environment value."""
        await self.insert(flags, **_columns(flag))

    async def replace(self, flag: FeatureFlag) -> None:
        """Write every member of a flag that exists, but its environment value and when it was created."""
        values = _columns(flag)
        del values["created_at"]
        await self.change(flags, {"key": flag.key}, **values)

    async def remove(self, key: str) -> bool:
        """Delete one flag with its overrides; tell whether it was there."""
        return await self.remove_all(flags, key=key) > 0

    async def put_override(
        self, level: OverrideLevel, owner_id: str, flag: FeatureFlag, value: object
    ) -> None:
        """Set the value of a flag for one owner; the environment's owner is the empty text."""
        text = value_text(flag.type, value)
        values = {"level": level.value, "owner_id": owner_id, "flag_key": flag.key, "value": text}
        await self.upsert(overrides, values, ("level", "owner_id", "flag_key"), {"value": text})

    async def remove_override(self, level: OverrideLevel, owner_id: str, key: str) -> bool:
        """Clear the value of a flag for one owner; tell whether there was one."""
        condition = (overrides.c.flag_key == key, *_owned(level, owner_id))
        return await self.run(self.delete(overrides, *condition)) > 0

    async def remove_overrides(self, level: OverrideLevel, owner_id: str) -> int:
        """Clear every value of one owner; return how many there were."""
        return await self.run(self.delete(overrides, *_owned(level, owner_id)))

    async def organization_overrides(self, organization_code: str) -> dict[str, object]:
        """Return the values of one organization, by flag key."""
        return await self.overrides_of(OverrideLevel.ORG, organization_code)

    async def overrides_of(self, level: OverrideLevel, owner_id: str) -> dict[str, object]:
        """Return the values of one owner, by flag key."""
        texts = await self._values(level, owner_id)
        if not texts:
            return {}
        rows = await self.rows(self.select(flags, flags.c.key.in_(texts)))
        return {
            row["key"]: parse_value(FlagType(row["type"]), texts[row["key"]], field="value") for row in rows
        }

    async def _values(self, level: OverrideLevel, owner_id: str) -> dict[str, str]:
        rows = await self.rows(self.select(overrides, *_owned(level, owner_id)))
        return {row["flag_key"]: row["value"] for row in rows}


def _owned(level: OverrideLevel, owner_id: str) -> tuple[Any, Any]:
    return overrides.c.level == level.value, overrides.c.owner_id == owner_id


def _columns(flag: FeatureFlag) -> dict[str, Any]:
    return {
        "key": flag.key,
        "id": flag.id,
        "name": flag.name,
        "description": flag.description,
        "type": flag.type.value,
        "default_value": value_text(flag.type, flag.default_value),
        "allow_override_level": flag.allow_override_level.value,
        "created_at": flag.created_at,
    }


def _flag(row: Row, environment_text: str | None) -> FeatureFlag:
    kind = FlagType(row["type"])
    return FeatureFlag(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        description=row["description"],
        type=kind,
        default_value=parse_value(kind, row["default_value"], field="default_value"),
        allow_override_level=OverrideLevel(row["allow_override_level"]),
        environment_value=(
            UNSET if environment_text is None else parse_value(kind, environment_text, field="value")
        ),
        created_at=row["created_at"],
    )
