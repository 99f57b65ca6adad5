"""Tell how much of its plan a business uses this month, and when it is nearly or wholly used.

What a business uses is the sum of its environments. Nobody is refused anything for it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import structlog

from claimsmith.domain.billing_events import USAGE_REACHED, BillingEvent
from claimsmith.domain.metering import thresholds_crossed
from claimsmith.domain.plans import PlanVersion
from claimsmith.domain.usage_limits import COUNTED_USE, UsedOfLimit
from claimsmith.storage.businesses import BusinessStore
from claimsmith.usecases.business_plans import Standing
from claimsmith.usecases.context import Context, Platform
from claimsmith.usecases.monthly_usage import usage_of_month

log = structlog.get_logger("claimsmith.plans")


async def read_usage(context: Context, found: Standing) -> list[UsedOfLimit]:
    """Return what the business used this month (UTC), with what this process noted; every count once."""
    platform = context.platform
    await platform.usage.flush()
    async with platform.database.across_environments() as connection:
        ids = await BusinessStore(connection).environment_ids(found.business_id)
    return await _used(platform, ids, found.version, _this_month(platform))


async def tell_usage(platform: Platform) -> int:
    """Tell in events and in the log what has reached 80 or 100 % of a limit; return how much was new.

    Each is told once in a month and for one limit, by one of several processes.
    """
    month, told = _this_month(platform), 0
    async with platform.database.across_environments() as connection:
        store = BusinessStore(connection)
        plans = await store.plans()
        limited: list[tuple[str, list[str], PlanVersion]] = []
        for business in await store.all() if plans else ():
            access = await store.access(business.id)
            version = access.version(platform.now().timestamp())
            if version is not None and version.features.keys() & COUNTED_USE.keys():
                limited.append((business.id, await store.environment_ids(business.id), version))
    for business_id, ids, version in limited:
        for used in await _used(platform, ids, version, month):
            for percent in thresholds_crossed(used.limit, 0, used.used):
                told += await _tell(platform, business_id, ids, (used, percent, month))
    return told


async def _used(
    platform: Platform, environment_ids: Sequence[str], version: PlanVersion, month: date
) -> list[UsedOfLimit]:
    counts: dict[str, int] = dict.fromkeys(COUNTED_USE, 0)
    for environment_id in environment_ids:
        async with platform.database.reading(environment_id) as work:
            found: Mapping[str, int] = (await usage_of_month(work, month)).by_feature
        counts = {key: counts[key] + found[key] for key in counts}
    limits = {key: item.limit_max for key, item in version.features.items()}
    return [UsedOfLimit(use, counts[key], limits.get(key)) for key, use in COUNTED_USE.items()]


async def _tell(
    platform: Platform,
    business_id: str,
    environment_ids: Sequence[str],
    reached: tuple[UsedOfLimit, int, date],
) -> bool:
    """Write one event in every environment that lacks it; tell whether no environment had it."""
    event = _event(platform.now(), business_id, reached)
    lacking: list[str] = []
    for environment_id in environment_ids:
        async with platform.database.reading(environment_id) as work:
            if not await work.billing_events.is_there(event.id):
                lacking.append(environment_id)
    is_new = bool(lacking) and len(lacking) == len(environment_ids)
    for environment_id in lacking:
        async with platform.database.storing(environment_id) as work:
            is_new = await work.billing_events.add_once(event) and is_new
    if is_new:
        used, percent, month = reached
        log.warning(
            "business_usage",
            business=business_id,
            feature=used.use.key,
            percent=percent,
            used=used.used,
            limit=used.limit,
            month=f"{month:%Y-%m}",
        )
    return is_new


def _event(now: datetime, business_id: str, reached: tuple[UsedOfLimit, int, date]) -> BillingEvent:
    """Return the event, whose id follows from what it tells: so it is the same for every process."""
    used, percent, month = reached
    told = f"{business_id} {used.use.key} {used.limit} {percent} {month:%Y-%m}"
    return BillingEvent(
        id=f"event_{hashlib.sha256(told.encode()).hexdigest()[:32]}",
        type=USAGE_REACHED,
        at=now,
        recorded_at=now,
        customer_id=business_id,
        data={
            "feature": used.use.key,
            "percent": percent,
            "used": used.used,
            "limit": used.limit,
            "month": f"{month:%Y-%m}",
        },
    )


def _this_month(platform: Platform) -> date:
    return platform.now().date().replace(day=1)
