"""Write down what has fallen due in the agreements of businesses: the ends of trials, warnings, renewals.

Nothing waits for this: what a plan includes at an instant is worked out (`domain/plan_access.py`). What is
written here is the record, and what people are told.
"""

from collections.abc import Sequence

import structlog

from claimsmith.domain.agreement_events import due
from claimsmith.domain.agreements import AgreementEvent, EventKind
from claimsmith.domain.billing_events import EVENT_TYPES, BillingEvent
from claimsmith.domain.changes import Author
from claimsmith.storage.businesses import BusinessStore
from claimsmith.storage.work import Work
from claimsmith.usecases.billing_events import event_id
from claimsmith.usecases.context import Platform

log = structlog.get_logger("claimsmith.plans")

SYSTEM = Author("system", "plans")


async def settle_businesses(platform: Platform) -> int:
    """Write down what has fallen due in the agreements of businesses, in order; return how many events.

    Of several processes one is first; the others then find nothing due.
    """
    async with platform.database.across_environments() as connection:
        store = BusinessStore(connection)
        if await store.document() is None:
            return 0
        waiting = [
            (business.id, await store.environment_ids(business.id))
            for business in await store.all()
            if (agreement := await store.agreement(business.id)) and any(due(agreement, platform.now()))
        ]
    written = 0
    for business_id, environment_ids in waiting:
        async with platform.database.changing_several(environment_ids, SYSTEM) as works:
            written += await _settle(BusinessStore(works[0].connection), business_id, works)
    return written


async def _settle(store: BusinessStore, business_id: str, works: Sequence[Work]) -> int:
    agreement = await store.agreement(business_id)
    if agreement is None:
        return 0
    events = list(due(agreement, works[0].now))
    await store.append(business_id, agreement.sequence + 1, events, SYSTEM)
    for event in events:
        await record(works, business_id, event)
        _tell(business_id, event)
    return len(events)


async def record(works: Sequence[Work], business_id: str, event: AgreementEvent) -> None:
    """Put an event on record in every environment of the business: in the audit, and for whom it concerns."""
    for work in works:
        work.record("business", business_id, event.kind.value)
        if event.kind is EventKind.RENEWED:
            continue
        told = BillingEvent(
            id=event_id(work.now, len(work.changes)),
            type=EVENT_TYPES[event.kind].replace("customer.", "business."),
            at=event.at,
            recorded_at=work.now,
            customer_id=business_id,
            data={
                "plan": event.plan.key if event.plan else None,
                "until": event.until.isoformat() if event.until else None,
                "days_left": event.days_left,
            },
        )
        await work.billing_events.add_many([told])


def _tell(business_id: str, event: AgreementEvent) -> None:
    """Log what happened to the plan of a business; renewals are of no interest."""
    plan = event.plan.key if event.plan else None
    until = event.until.isoformat() if event.until else None
    if event.kind is EventKind.ENDING_SOON:
        log.warning("business_plan_ending", business=business_id, days_left=event.days_left, until=until)
    elif event.kind is not EventKind.RENEWED:
        log.info("business_plan", business=business_id, happened=event.kind.value, plan=plan)
