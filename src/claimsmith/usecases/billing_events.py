"""Name billing events in the order in which they happened, and list them."""

from datetime import datetime

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.billing_events import BillingEvent
from claimsmith.domain.paging import Page
from claimsmith.usecases.context import Context

LARGEST_ORDER = 0xFFFF


def event_id(recorded_at: datetime, order: int) -> str:
    """Return the id of an event: it sorts by when it was written down, then by an order among those."""
    milliseconds = int(recorded_at.timestamp() * 1000)
    return f"event_{milliseconds:012x}{order & LARGEST_ORDER:04x}{random_hex(16)}"


async def list_events(
    context: Context,
    *,
    customer_id: str | None = None,
    type: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[BillingEvent]:
    """Return one page of billing events, of one customer or type or of all, the newest first."""
    async with context.reading() as work:
        return await work.billing_events.page_newest(
            customer_id=customer_id, type=type, page_size=page_size, next_token=next_token
        )
