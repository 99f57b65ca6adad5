"""Store what stands above environments: businesses, the plans in force, and what each business was given.

A business has at most one agreement, and it is stored as its events alone: they are few, and their sum is the
state. The number of an event is part of its key, so that of two writers only one can be the next.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from claimsmith.domain.agreement_events import replay
from claimsmith.domain.agreement_json import event_from_json, event_to_json
from claimsmith.domain.agreements import Agreement, AgreementEvent
from claimsmith.domain.businesses import Business
from claimsmith.domain.changes import Author
from claimsmith.domain.operator_plans import OperatorPlans, read_plans
from claimsmith.domain.plan_access import UNLOCKED, PlanAccess
from claimsmith.storage.tables import business_agreement_events, businesses, environments, operator_plans
from claimsmith.storage.transactions import Transaction

_THE_ONE = 1
"""The key of the only document that is in force."""


class BusinessStore:
    """Store businesses and their plans, over a connection in a transaction."""

    def __init__(self, connection: AsyncConnection | Transaction) -> None:
        """Bind the store to a connection."""
        self.connection = connection

    async def all(self) -> list[Business]:
        """Return every business by its id."""
        found = await self.connection.execute(select(businesses).order_by(businesses.c.id))
        return [Business(row["id"], row["name"], row["created_at"]) for row in found.mappings()]

    async def add(self, business: Business) -> None:
        """Insert one business."""
        await self.connection.execute(
            insert(businesses).values(id=business.id, name=business.name, created_at=business.created_at)
        )

    async def environment_ids(self, business_id: str | None = None) -> list[str]:
        """Return the ids of the environments of a business, or of all, in their order."""
        statement = select(environments.c.id).order_by(environments.c.id)
        if business_id is not None:
            statement = statement.where(environments.c.business_id == business_id)
        return [row[0] for row in await self.connection.execute(statement)]

    async def document(self) -> tuple[Mapping[str, Any], datetime] | None:
        """Return the document of the plans in force and when it was read, or `None` when none is."""
        found = await self.connection.execute(
            select(operator_plans.c.document, operator_plans.c.read_at).where(operator_plans.c.id == _THE_ONE)
        )
        row = found.first()
        return None if row is None else (row[0], row[1])

    async def plans(self) -> OperatorPlans | None:
        """Return the plans in force, or `None` when none are."""
        found = await self.document()
        return None if found is None else read_plans(*found)

    async def put_document(self, document: Mapping[str, Any] | None, now: datetime) -> None:
        """Put another document in force; `None` puts none in force."""
        await self.connection.execute(delete(operator_plans).where(operator_plans.c.id == _THE_ONE))
        if document is not None:
            values = {"id": _THE_ONE, "document": document, "read_at": now}
            await self.connection.execute(insert(operator_plans).values(**values))

    async def events(self, business_id: str) -> list[tuple[AgreementEvent, Author]]:
        """Return what happened to the agreement of a business, oldest first, and who did it."""
        table = business_agreement_events
        found = await self.connection.execute(
            select(table).where(table.c.business_id == business_id).order_by(table.c.sequence)
        )
        return [
            (
                event_from_json(row["kind"], row["at"], row["members"]),
                Author(row["actor_kind"], row["actor_id"]),
            )
            for row in found.mappings()
        ]

    async def agreement(self, business_id: str) -> Agreement | None:
        """Return the agreement of a business as it is stored, or `None` when it was never given a plan."""
        events = [event for event, _ in await self.events(business_id)]
        return replay(business_id, business_id, events) if events else None

    async def access(self, business_id: str) -> PlanAccess:
        """Return what the plan of a business includes."""
        plans = await self.plans()
        return UNLOCKED if plans is None else PlanAccess(plans, await self.agreement(business_id))

    async def append(
        self, business_id: str, sequence: int, events: Sequence[AgreementEvent], author: Author
    ) -> None:
        """Write down what happened next, beginning with the event of this number."""
        rows = [
            {
                "business_id": business_id,
                "sequence": number,
                "kind": event.kind.value,
                "at": event.at,
                "members": event_to_json(event),
                "actor_kind": author.kind,
                "actor_id": author.id,
            }
            for number, event in enumerate(events, sequence)
        ]
        if rows:
            await self.connection.execute(insert(business_agreement_events), rows)
