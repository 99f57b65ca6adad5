"""Record what customers use of metered features, and tell how much it is."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from claimsmith.domain.agreement_events import as_of
from claimsmith.domain.agreements import Agreement
from claimsmith.domain.billing_events import THRESHOLD_REACHED, BillingEvent
from claimsmith.domain.errors import AlreadyExists, InvalidInput, LimitReached, NotFound, NotPermitted
from claimsmith.domain.keys_and_names import check_text
from claimsmith.domain.metering import (
    MeterRecord,
    MeterType,
    Usage,
    check_meter_value,
    counted_at,
    is_within,
    thresholds_crossed,
)
from claimsmith.domain.periods import Period
from claimsmith.domain.plans import PlanFeature
from claimsmith.storage.meters import Meter, MeterTotal, StoredRecord
from claimsmith.storage.work import Work
from claimsmith.usecases.billing_events import event_id
from claimsmith.usecases.context import Context

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class CurrentUsage:
    """Hold what was used of one feature in the current period, with what the plan says of it."""

    item: PlanFeature
    period: Period
    used: int

    @property
    def left(self) -> int | None:
        """Return how many units are left, `None` without a limit."""
        return None if self.item.limit_max is None else max(0, self.item.limit_max - self.used)


class _Repeated(Exception):
    """Say that a record was reported before, so that its transaction leaves nothing."""


async def record_usage(
    context: Context,
    *,
    agreement_id: str,
    feature_key: str,
    value: str | int,
    type: str | None = None,
    used_at: datetime | None = None,
    idempotency_key: str | None = None,
) -> CurrentUsage:
    """Count use of a metered feature, and return what was used in the period with it.

    `type` is `delta` unless it is `absolute`. What was reported under the same key before is not counted
    again. Raises `NotFound` for the agreement or a feature that its plan lacks, `InvalidInput`,
    `LimitReached` for use beyond a hard limit, `AlreadyExists` for a key that was used for something else.
    """
    meter_type = _meter_type(type)
    units = check_meter_value(value, meter_type)
    if idempotency_key is not None:
        check_text(idempotency_key, "idempotency_key", LONGEST_KEY)
    try:
        async with context.storing() as work:
            state, item = await _metered(work, agreement_id, feature_key)
            at = used_at or work.now
            record = StoredRecord(
                type=meter_type,
                value=units,
                used_at=at,
                counted_at=counted_at(state.period, at, work.now),
                idempotency_key=idempotency_key or None,
            )
            used = await _count(work, state, item, record)
    except _Repeated:
        return await _as_before(context, agreement_id, feature_key, record)
    return CurrentUsage(item, state.period, used)


async def read_usage(context: Context, agreement_id: str) -> list[CurrentUsage]:
    """Return what was used of each metered feature of an agreement in its current period; `NotFound`."""
    async with context.reading() as work:
        return await current_usage(work, agreement_id)


async def current_usage(work: Work, agreement_id: str) -> list[CurrentUsage]:
    """Return the same within a transaction, in the order of the features' keys."""
    agreement = await work.agreements.find(agreement_id)
    if agreement is None:
        raise _missing(agreement_id)
    state = as_of(agreement, work.now)
    version = (await work.agreements.held(agreement)).version(state.plan)
    totals = await work.meters.totals(agreement_id, state.period)
    items = version.features.values() if version and state.is_entitling else ()
    return [
        CurrentUsage(item, state.period, totals[item.feature.key].total if item.feature.key in totals else 0)
        for item in sorted(items, key=lambda each: each.feature.key)
        if item.feature.is_metered
    ]


async def counted(work: Work, meter: Meter, total: MeterTotal, record: StoredRecord) -> Usage:
    """Return the use of a meter with one record more, which is stored under the total's `last_order`."""
    usage = total.usage
    counting = MeterRecord(record.value, record.counted_at, record.type, total.last_order)
    if not usage.counts(counting):
        return usage
    if record.type is MeterType.DELTA:
        return replace(usage, added=usage.added + record.value)
    return Usage(
        base=record.value,
        base_at=record.counted_at,
        base_order=total.last_order,
        added=await work.meters.sum_after(meter, counting),
    )


async def _count(work: Work, state: Agreement, item: PlanFeature, record: StoredRecord) -> int:
    meter = Meter(state.id, item.feature.key, state.period)
    total = await work.meters.take(meter)
    if not await work.meters.add(meter, record, total.last_order, work.now):
        raise _Repeated
    usage = await counted(work, meter, total, record)
    before, after = total.usage.total, usage.total
    if item.is_hard and after > before and not is_within(item.limit_max, after):
        raise LimitReached(
            f"The plan {state.plan.key!r} includes {item.limit_max} of {item.feature.key} in a period, and "
            f"{before} are used; this would make {after}. Move to a larger plan, or wait until "
            f"{state.period.end.isoformat()}.",
            field="meter_value",
            code="METER_LIMIT_REACHED",
        )
    reached = [
        percent
        for percent in thresholds_crossed(item.limit_max, before, after)
        if percent > total.told_percent
    ]
    await work.meters.put(meter, usage, max([total.told_percent, *reached]))
    await work.billing_events.add_many(
        [_threshold_event(work, state, item, percent, after) for percent in reached]
    )
    return after


def _threshold_event(
    work: Work, state: Agreement, item: PlanFeature, percent: int, used: int
) -> BillingEvent:
    data: dict[str, Any] = {
        "feature_code": item.feature.key,
        "percent": percent,
        "used": used,
        "limit": item.limit_max,
        "period_end": state.period.end.isoformat(),
    }
    return BillingEvent(
        id=event_id(work.now, percent),
        type=THRESHOLD_REACHED,
        at=work.now,
        recorded_at=work.now,
        customer_id=state.customer_id,
        agreement_id=state.id,
        data=data,
    )


async def _metered(work: Work, agreement_id: str, feature_key: str) -> tuple[Agreement, PlanFeature]:
    """Return the state of an agreement now, and a metered feature as its plan includes it."""
    agreement = await work.agreements.find(agreement_id)
    if agreement is None:
        raise _missing(agreement_id)
    state = as_of(agreement, work.now)
    if not state.is_entitling:
        raise NotPermitted(
            f"The agreement {agreement_id} is {state.status}, so that nothing can be used under it.",
            code="AGREEMENT_NOT_ACTIVE",
        )
    version = (await work.agreements.held(agreement)).version(state.plan)
    item = version.features.get(feature_key) if version else None
    if item is None:
        raise NotFound(
            f"The plan {state.plan.key!r} does not include the feature {feature_key!r}.",
            code="FEATURE_NOT_IN_PLAN",
        )
    if not item.feature.is_metered:
        raise InvalidInput(
            f"The feature {feature_key!r} is not metered; there is nothing to count.",
            field="billing_feature_code",
            code="FEATURE_NOT_METERED",
        )
    return state, item


async def _as_before(
    context: Context, agreement_id: str, feature_key: str, record: StoredRecord
) -> CurrentUsage:
    """Return the use as it is, if the record that the key was used for is the same one."""
    key = record.idempotency_key
    async with context.reading() as work:
        before = await work.meters.find_record(agreement_id, feature_key, key or "")
        usages = await current_usage(work, agreement_id)
    if before is None or (before.type, before.value) != (record.type, record.value):
        raise AlreadyExists(
            f"The idempotency key {key!r} was used for another report; use a new key for each.",
            code="IDEMPOTENCY_KEY_REUSED",
        )
    return next(each for each in usages if each.item.feature.key == feature_key)


def _meter_type(text: str | None) -> MeterType:
    if text not in {None, *[each.value for each in MeterType]}:
        raise InvalidInput(
            f"meter_type_code is {text!r}; use absolute or delta.",
            field="meter_type_code",
            code="METER_TYPE_CODE_INVALID",
        )
    return MeterType(text) if text else MeterType.DELTA


def _missing(agreement_id: str) -> NotFound:
    return NotFound(f"There is no agreement {agreement_id!r}.", code="AGREEMENT_NOT_FOUND")
