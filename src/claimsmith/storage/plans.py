"""Store plan groups, features, plans and their published versions."""

from typing import Any

from sqlalchemy import select

from claimsmith.domain.paging import Page
from claimsmith.domain.plan_json import contents_from_json, contents_to_json
from claimsmith.domain.plans import CustomerType, Feature, Plan, PlanGroup, PlanVersion
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import features, plan_groups, plan_versions, plans

_PLAN_WITH_GROUP = (
    *plans.c,
    plan_groups.c.key.label("group_key"),
    plan_groups.c.name.label("group_name"),
    plan_groups.c.type.label("group_type"),
    plan_groups.c.is_default.label("group_is_default"),
)


class PlanStore(Store):
    """Store what one environment offers."""

    async def groups(self) -> list[PlanGroup]:
        """Return every group in the order of their keys."""
        rows = await self.rows(self.select(plan_groups).order_by(plan_groups.c.key))
        return [_group(row) for row in rows]

    async def find_group(self, key: str) -> PlanGroup | None:
        """Return the group with a key, or `None`."""
        row = await self.find_one(plan_groups, key=key)
        return _group(row) if row else None

    async def default_group(self, type: CustomerType) -> PlanGroup | None:
        """Return the default group of a type, or `None` before there is one."""
        conditions = (plan_groups.c.type == type.value, plan_groups.c.is_default.is_(True))
        row = await self.row(self.select(plan_groups, *conditions))
        return _group(row) if row else None

    async def add_group(self, group: PlanGroup, created_at: Any) -> None:
        """Insert one group."""
        await self.insert(
            plan_groups, id=group.id, key=group.key, created_at=created_at, **_group_columns(group)
        )

    async def replace_group(self, group: PlanGroup) -> None:
        """Write the members of a group that may change; a new default one takes the mark from the former."""
        if group.is_default:
            former = (plan_groups.c.type == group.type.value, plan_groups.c.id != group.id)
            await self.run(self.update(plan_groups, *former).values(is_default=False))
        await self.change(plan_groups, {"id": group.id}, **_group_columns(group))

    async def remove_group(self, group_id: str) -> None:
        """Delete one group."""
        await self.remove_all(plan_groups, id=group_id)

    async def features(self) -> list[Feature]:
        """Return every feature in the order of their keys."""
        return [_feature(row) for row in await self.rows(self.select(features).order_by(features.c.key))]

    async def find_feature(self, key: str) -> Feature | None:
        """Return the feature with a key, or `None`."""
        row = await self.find_one(features, key=key)
        return _feature(row) if row else None

    async def add_feature(self, feature: Feature) -> None:
        """Insert one feature."""
        await self.insert(features, id=feature.id, key=feature.key, **_feature_columns(feature))

    async def replace_feature(self, feature: Feature) -> None:
        """Write the members of a feature that may change."""
        await self.change(features, {"id": feature.id}, **_feature_columns(feature))

    async def remove_feature(self, feature_id: str) -> None:
        """Delete one feature."""
        await self.remove_all(features, id=feature_id)

    async def find(self, key: str) -> Plan | None:
        """Return the plan with a key, or `None`."""
        row = await self.row(self._plans().where(plans.c.key == key))
        return _plan(row) if row else None

    async def all(self) -> list[Plan]:
        """Return every plan in the order of their keys."""
        return [_plan(row) for row in await self.rows(self._plans().order_by(plans.c.key))]

    async def page_by_key(
        self, *, group_id: str | None = None, page_size: int | None, next_token: str | None
    ) -> Page[Plan]:
        """Return one page of plans, of one group or of all, in the order of their keys."""
        statement = self._plans()
        if group_id is not None:
            statement = statement.where(plans.c.group_id == group_id)
        return await self.page(
            statement, (plans.c.key, plans.c.id), _plan, page_size=page_size, next_token=next_token
        )

    async def find_default(self, type: CustomerType) -> Plan | None:
        """Return the default plan of the default group of a type, or `None`."""
        conditions = (
            plan_groups.c.type == type.value,
            plan_groups.c.is_default.is_(True),
            plans.c.is_default.is_(True),
        )
        row = await self.row(self._plans().where(*conditions))
        return _plan(row) if row else None

    async def add(self, plan: Plan, created_at: Any) -> None:
        """Insert one plan."""
        await self.insert(plans, id=plan.id, key=plan.key, created_at=created_at, **_plan_columns(plan))

    async def replace(self, plan: Plan) -> None:
        """Write the members of a plan that may change; a new default one takes the mark from the former."""
        if plan.is_default:
            former = (plans.c.group_id == plan.group.id, plans.c.id != plan.id)
            await self.run(self.update(plans, *former).values(is_default=False))
        await self.change(plans, {"id": plan.id}, **_plan_columns(plan))

    async def remove(self, plan_id: str) -> None:
        """Delete one plan."""
        await self.remove_all(plans, id=plan_id)

    async def add_version(self, version: PlanVersion) -> None:
        """Insert one published version. There is no way to change it."""
        await self.insert(
            plan_versions,
            plan_key=version.plan_key,
            number=version.number,
            name=version.plan_name,
            group_id=version.group_id,
            contents=contents_to_json(version.contents),
            published_at=version.published_on,
        )

    async def find_version(self, plan_key: str, number: int) -> PlanVersion | None:
        """Return one published version, or `None`."""
        conditions = (plan_versions.c.plan_key == plan_key, plan_versions.c.number == number)
        row = await self.row(self.select(plan_versions, *conditions))
        return version_of(row) if row else None

    async def versions(self, plan_key: str) -> list[PlanVersion]:
        """Return every version of a plan, the newest first."""
        statement = self.select(plan_versions, plan_versions.c.plan_key == plan_key)
        rows = await self.rows(statement.order_by(plan_versions.c.number.desc()))
        return [version_of(row) for row in rows]

    async def latest_versions(self) -> dict[str, PlanVersion]:
        """Return the newest version of every published plan, by the plan's key."""
        same = (plan_versions.c.plan_key == plans.c.key) & (
            plan_versions.c.environment_id == plans.c.environment_id
        )
        newest = plans.join(plan_versions, same & (plan_versions.c.number == plans.c.latest_version))
        rows = await self.rows(select(plan_versions).select_from(newest).where(self.within(plans)))
        return {row["plan_key"]: version_of(row) for row in rows}

    def _plans(self) -> Any:
        same = (plans.c.environment_id == plan_groups.c.environment_id) & (
            plans.c.group_id == plan_groups.c.id
        )
        return select(*_PLAN_WITH_GROUP).select_from(plans.join(plan_groups, same)).where(self.within(plans))


def version_of(row: Row) -> PlanVersion:
    """Return the plan version of a row of its table."""
    return PlanVersion(
        plan_key=row["plan_key"],
        plan_name=row["name"],
        number=row["number"],
        contents=contents_from_json(row["contents"]),
        published_on=row["published_at"],
        group_id=row["group_id"],
    )


def _group(row: Row) -> PlanGroup:
    return PlanGroup(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        type=CustomerType(row["type"]),
        is_default=row["is_default"],
    )


def _group_columns(group: PlanGroup) -> dict[str, Any]:
    return {"name": group.name, "type": group.type.value, "is_default": group.is_default}


def _feature(row: Row) -> Feature:
    return Feature(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        description=row["description"],
        is_metered=row["is_metered"],
        unit=row["unit"],
    )


def _feature_columns(feature: Feature) -> dict[str, Any]:
    return {
        "name": feature.name,
        "description": feature.description,
        "is_metered": feature.is_metered,
        "unit": feature.unit,
    }


def _plan(row: Row) -> Plan:
    return Plan(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        group=PlanGroup(
            id=row["group_id"],
            key=row["group_key"],
            name=row["group_name"],
            type=CustomerType(row["group_type"]),
            is_default=row["group_is_default"],
        ),
        description=row["description"],
        draft=contents_from_json(row["draft"]),
        latest_version=row["latest_version"],
        is_default=row["is_default"],
        is_archived=row["is_archived"],
    )


def _plan_columns(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "description": plan.description,
        "group_id": plan.group.id,
        "draft": contents_to_json(plan.draft),
        "latest_version": plan.latest_version,
        "is_default": plan.is_default,
        "is_archived": plan.is_archived,
    }
