"""Serve `/api/v1/billing/meter_usage` and `/events`: what customers use, and what happened to them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Header

from claimsmith.domain.billing_events import BillingEvent
from claimsmith.domain.errors import InvalidInput
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases.billing_events import list_events
from claimsmith.usecases.metering import CurrentUsage, read_usage, record_usage

operations = Operations("Billing usage")


class NewMeterRecord(Body):
    """Hold the body of `POST /billing/meter_usage`; `meter_value` is a whole number of units, as text."""

    customer_agreement_id: str
    billing_feature_code: str
    meter_value: str
    meter_usage_timestamp: str | None = None
    meter_type_code: Literal["absolute", "delta"] | None = None


class ShownMeterUsage(Shown):
    """Hold what was used of one feature in the current period; `left` is null without a limit."""

    feature_code: str
    used: int
    limit: int | None
    left: int | None
    is_hard: bool
    period_start: Moment
    period_end: Moment


class ShownBillingEvent(Shown):
    """Hold one event; `data` depends on its type."""

    id: str
    type: str
    happened_on: Moment
    recorded_on: Moment
    customer_id: str
    agreement_id: str | None
    data: dict[str, str | int | bool | None]


@operations.operation(
    "POST /billing/meter_usage",
    "createMeterUsageRecord",
    scope="create:meter_usage",
    answer={"meter_usage": ShownMeterUsage},
)
async def create_meter_record(
    context: Caller,
    body: NewMeterRecord,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> dict[str, Any]:
    """Count use of a metered feature: a delta adds, an absolute value overrides. A key counts once."""
    usage = await record_usage(
        context,
        agreement_id=body.customer_agreement_id,
        feature_key=body.billing_feature_code,
        value=body.meter_value,
        type=body.meter_type_code,
        used_at=_moment(body.meter_usage_timestamp),
        idempotency_key=idempotency_key,
    )
    return ok(meter_usage=_usage(usage))


@operations.operation(
    "GET /billing/meter_usage",
    "getMeterUsage",
    scope="read:billing_agreements",
    answer={"meter_usage": list[ShownMeterUsage]},
)
async def get_meter_usage(context: Caller, agreement_id: str) -> dict[str, Any]:
    """List what was used of each metered feature of an agreement in its current period."""
    return ok(meter_usage=[_usage(each) for each in await read_usage(context, agreement_id)])


@operations.operation(
    "GET /billing/events",
    "getBillingEvents",
    scope="read:billing_agreements",
    answer={"events": list[ShownBillingEvent], "next_token": str | None},
)
async def get_events(
    context: Caller,
    customer_id: str | None = None,
    type: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> dict[str, Any]:
    """List what happened to customers and agreements in the last 90 days, the newest first."""
    page = await list_events(
        context, customer_id=customer_id, type=type, page_size=page_size, next_token=next_token
    )
    return ok(events=[_event(each) for each in page.items], next_token=page.next_token)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInput(
            f"meter_usage_timestamp is {text[:40]!r}; write a moment with its offset, such as "
            "2026-01-31T12:00:00Z.",
            field="meter_usage_timestamp",
            code="METER_USAGE_TIMESTAMP_INVALID",
        )
    return moment


def _usage(usage: CurrentUsage) -> ShownMeterUsage:
    return {
        "feature_code": usage.item.feature.key,
        "used": usage.used,
        "limit": usage.item.limit_max,
        "left": usage.left,
        "is_hard": usage.item.is_hard,
        "period_start": usage.period.start.isoformat(),
        "period_end": usage.period.end.isoformat(),
    }


def _event(event: BillingEvent) -> ShownBillingEvent:
    return {
        "id": event.id,
        "type": event.type,
        "happened_on": event.at.isoformat(),
        "recorded_on": event.recorded_at.isoformat(),
        "customer_id": event.customer_id,
        "agreement_id": event.agreement_id,
        "data": dict(event.data),
    }
