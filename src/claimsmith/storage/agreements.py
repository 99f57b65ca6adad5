"""Store agreements: the events, to which is only added, and the state that they add up to.

The state is written with each event, in one transaction, and names its number: of two who go on from the same
state, the second is refused.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from claimsmith.domain.agreement_events import next_due
from claimsmith.domain.agreement_json import (
    agreement_from_json,
    agreement_to_json,
    event_from_json,
    event_to_json,
)
from claimsmith.domain.agreements import Agreement, AgreementEvent
from claimsmith.domain.entitlements import HeldPlan
from claimsmith.domain.errors import Conflict
from claimsmith.domain.plans import PlanVersion
from claimsmith.storage import tables
from claimsmith.storage.plans import version_of
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import agreement_plans, plan_versions


class AgreementStore(Store):
    """Store the agreements of one environment. A subclass may keep them elsewhere, by the same columns."""

    agreements: Table = tables.agreements
    events_table: Table = tables.agreement_events
    owner: str = "customer_id"

    async def find(self, agreement_id: str, *, for_change: bool = False) -> Agreement | None:
        """Return one agreement as it is stored, or `None`; `for_change` lets others wait for its change."""
        statement = self.select(self.agreements, self.agreements.c.id == agreement_id)
        row = await self.row(statement.with_for_update() if for_change else statement)
        return self._agreement(row) if row else None

    async def live_of(self, owner_id: str, *, for_change: bool = False) -> Agreement | None:
        """Return the agreement that an owner has, or `None` if there is none or it was cancelled."""
        conditions = (self.agreements.c[self.owner] == owner_id, self.agreements.c.is_live.is_(True))
        statement = self.select(self.agreements, *conditions)
        row = await self.row(statement.with_for_update() if for_change else statement)
        return self._agreement(row) if row else None

    async def all_of(self, owner_id: str) -> list[Agreement]:
        """Return every agreement that an owner has or had, the one that changed last first."""
        statement = self.select(self.agreements, self.agreements.c[self.owner] == owner_id)
        order = (self.agreements.c.is_live.desc(), self.agreements.c.changed_at.desc(), self.agreements.c.id)
        return [self._agreement(row) for row in await self.rows(statement.order_by(*order))]

    async def holders_of(self, plan_key: str, *, before: int, after_id: str, limit: int) -> list[str]:
        """Return the ids of live agreements on older versions of a plan, in order, after an id."""
        conditions = (
            self.agreements.c.plan_key == plan_key,
            self.agreements.c.plan_version < before,
            self.agreements.c.is_live.is_(True),
            self.agreements.c.id > after_id,
        )
        statement = self.select(self.agreements, *conditions).order_by(self.agreements.c.id).limit(limit)
        return [row["id"] for row in await self.rows(statement)]

    async def count_of(self, plan_key: str) -> dict[int, int]:
        """Return how many live agreements there are for each version of a plan."""
        table = self.agreements
        found = await self.connection.execute(
            select(table.c.plan_version, func.count())
            .where(self.within(table), table.c.plan_key == plan_key, table.c.is_live.is_(True))
            .group_by(table.c.plan_version)
        )
        return {int(row[0]): int(row[1]) for row in found}

    async def add(
        self, agreement: Agreement, events: Sequence[AgreementEvent], recorded_at: datetime
    ) -> bool:
        """Insert an agreement with its first events unless its owner has one; tell whether it did."""
        values = {**_columns(agreement), "id": agreement.id, self.owner: agreement.customer_id}
        if not await self.insert_if_free(self.agreements, **values):
            return False
        await self._add_events(agreement, events, recorded_at)
        await self._name_plans(agreement, None)
        return True

    async def go_on(
        self, before: Agreement, after: Agreement, events: Sequence[AgreementEvent], recorded_at: datetime
    ) -> None:
        """Write what happened to an agreement, and its state. `Conflict` if it was another."""
        if not events:
            return
        conditions = (self.agreements.c.id == before.id, self.agreements.c.sequence == before.sequence)
        if not await self.run(self.update(self.agreements, *conditions).values(**_columns(after))):
            raise Conflict(
                f"The agreement {before.id} was changed meanwhile; read it again and repeat the change."
            )
        await self._add_events(after, events, recorded_at)
        await self._name_plans(after, before)

    async def history(self, agreement_id: str) -> list[AgreementEvent]:
        """Return everything that happened to an agreement, in order."""
        statement = self.select(self.events_table, self.events_table.c.agreement_id == agreement_id)
        rows = await self.rows(statement.order_by(self.events_table.c.sequence))
        return [event_from_json(row["kind"], row["at"], row["event"]) for row in rows]

    async def held_by(self, owner_id: str) -> tuple[HeldPlan, ...]:
        """Return the agreement that an owner has, or the last one, with the plan versions that it names."""
        found = (await self.all_of(owner_id))[:1]
        return tuple([HeldPlan(each, await self._versions_named(each)) for each in found])

    async def held(self, agreement: Agreement) -> HeldPlan:
        """Return an agreement with the plan versions that it names."""
        return HeldPlan(agreement, await self._versions_named(agreement))

    async def _versions_named(self, agreement: Agreement) -> dict[tuple[str, int], PlanVersion]:
        same = (
            (agreement_plans.c.environment_id == plan_versions.c.environment_id)
            & (agreement_plans.c.plan_key == plan_versions.c.plan_key)
            & (agreement_plans.c.number == plan_versions.c.number)
        )
        rows = await self.rows(
            select(plan_versions)
            .select_from(agreement_plans.join(plan_versions, same))
            .where(self.within(agreement_plans), agreement_plans.c.agreement_id == agreement.id)
        )
        return {(row["plan_key"], row["number"]): version_of(row) for row in rows}

    async def _add_events(
        self, after: Agreement, events: Sequence[AgreementEvent], recorded_at: datetime
    ) -> None:
        first = after.sequence - len(events) + 1
        await self.insert_many(
            self.events_table,
            [
                {
                    "agreement_id": after.id,
                    "sequence": first + position,
                    "kind": event.kind.value,
                    "at": event.at,
                    "recorded_at": recorded_at,
                    "event": event_to_json(event),
                }
                for position, event in enumerate(events)
            ],
        )

    async def _name_plans(self, after: Agreement, before: Agreement | None) -> None:
        """Keep which plan versions the state names, so that one statement can read them with it."""
        named = {(plan.key, plan.version) for plan in after.plans}
        was_named = {(plan.key, plan.version) for plan in before.plans} if before else set()
        for key, number in was_named - named:
            gone = (agreement_plans.c.plan_key == key, agreement_plans.c.number == number)
            await self.run(self.delete(agreement_plans, agreement_plans.c.agreement_id == after.id, *gone))
        await self.insert_many(
            agreement_plans,
            [
                {"agreement_id": after.id, "plan_key": key, "number": number}
                for key, number in sorted(named - was_named)
            ],
        )

    def _agreement(self, row: Row) -> Agreement:
        return agreement_from_json(row["id"], row[self.owner], row["state"])


async def due_agreements(
    connection: AsyncConnection, now: datetime, limit: int, after: tuple[datetime, str] | None = None
) -> list[tuple[str, str, datetime]]:
    """Return environment, id and due instant of agreements that something has fallen due for, the oldest
    first.

    It looks at all environments, with the connection that `across_environments` gives; `after` is the due
    instant and id of the last one seen.
    """
    table = tables.agreements
    conditions = [table.c.due_at <= now]
    if after is not None:
        due_at, seen = after
        conditions.append(or_(table.c.due_at > due_at, and_(table.c.due_at == due_at, table.c.id > seen)))
    rows = await connection.execute(
        select(table.c.environment_id, table.c.id, table.c.due_at)
        .where(*conditions)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def held_plans(agreements: Iterable[Agreement], versions: Iterable[PlanVersion]) -> tuple[HeldPlan, ...]:
    """Return agreements with the plan versions that were read beside them."""
    by_name = {(version.plan_key, version.number): version for version in versions}
    return tuple(HeldPlan(agreement, by_name) for agreement in agreements)


def _columns(agreement: Agreement) -> dict[str, Any]:
    following = next_due(agreement)
    return {
        "is_live": agreement.is_live,
        "plan_key": agreement.plan.key,
        "plan_version": agreement.plan.version,
        "due_at": following.at if following else None,
        "changed_at": agreement.changed_at,
        "sequence": agreement.sequence,
        "state": agreement_to_json(agreement),
    }
