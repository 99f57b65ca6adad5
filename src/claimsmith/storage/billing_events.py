"""Store what happened to billing customers, for whoever is to be told."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime

from claimsmith.domain.billing_events import BillingEvent
from claimsmith.domain.paging import Page
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import billing_events


class BillingEventStore(Store):
    """Store the billing events of one environment."""

    async def add_many(self, events: Sequence[BillingEvent]) -> None:
        """Insert events; none is fine."""
        await self.insert_many(billing_events, [{**asdict(each), "data": dict(each.data)} for each in events])

    async def add_once(self, event: BillingEvent) -> bool:
        """Insert an event unless its id is there; tell whether it was inserted."""
        return await self.insert_if_free(billing_events, **{**asdict(event), "data": dict(event.data)})

    async def is_there(self, event_id: str) -> bool:
        """Tell whether an event of this id was written down."""
        return await self.exists(billing_events, billing_events.c.id == event_id)

    async def page_newest(
        self,
        *,
        customer_id: str | None = None,
        type: str | None = None,
        page_size: int | None,
        next_token: str | None,
    ) -> Page[BillingEvent]:
        """Return one page of events, of one customer or type or of all, the newest first."""
        statement = self.select(billing_events)
        if customer_id is not None:
            statement = statement.where(billing_events.c.customer_id == customer_id)
        if type is not None:
            statement = statement.where(billing_events.c.type == type)
        return await self.page(
            statement,
            (billing_events.c.recorded_at, billing_events.c.id),
            _event,
            page_size=page_size,
            next_token=next_token,
            descending=True,
        )

    async def sweep(self, before: datetime) -> None:
        """Delete the events that were written down before a moment."""
        await self.run(self.delete(billing_events, billing_events.c.recorded_at < before))


def _event(row: Row) -> BillingEvent:
    return BillingEvent(**{field.name: row[field.name] for field in fields(BillingEvent)})
