"""Check what somebody wants a plan to be made of.

What is given is as JSON or TOML has it, so that the management API, the command line and the operator's plans
file say it alike:

    {"features": [{"feature": "calls", "limit_max": 1000, "is_hard": true, "unit_amount": 5,
                   "tiers": [{"up_to": 100, "unit_amount": 10}, {"unit_amount": 5}]}],
     "charges": [{"key": "base", "price_name": "Base", "amount": 4900, "interval": "month",
                  "annual_amount": 49000}],
     "trial": {"days": 30, "at_end": "fall_back", "fall_back_plan": "free"},
     "interval": "month", "currency": "usd"}
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.keys_and_names import check_key, check_name, check_switch, check_text
from claimsmith.domain.periods import Interval
from claimsmith.domain.plans import (
    DEFAULT_TRIAL_DAYS,
    Feature,
    FixedCharge,
    PlanContents,
    PlanFeature,
    Tier,
    TrialEnd,
    TrialTerms,
)
from claimsmith.domain.uris import shown

LONGEST_TRIAL_DAYS = 730
LARGEST_AMOUNT = 2**53 - 1
MOST_ITEMS = 200
LONGEST_PRICE_NAME = 128
LONGEST_LINE = 512
_CURRENCY = re.compile(r"[a-z]{3}")
_CONTENTS = frozenset({"features", "charges", "trial", "interval", "currency"})
_FEATURE = frozenset({"feature", "price_name", "limit_max", "limit_min", "is_hard", "unit_amount", "tiers"})
_CHARGE = frozenset({"key", "price_name", "amount", "interval", "description", "annual_amount"})
_TRIAL = frozenset({"days", "at_end", "fall_back_plan"})
_TIER = frozenset({"up_to", "unit_amount"})

NewId = Callable[[str], str]


def contents_with(
    before: PlanContents, given: Mapping[str, Any], features: Mapping[str, Feature], new_id: NewId
) -> PlanContents:
    """Return the contents with the members that are given in place of those before; the others stay.

    `features` are all there are, by key. `new_id` makes an id for a prefix (`entitlement`, `charge`); a
    feature or charge that was there before keeps its own. Raises `InvalidInput`, naming the member
    (`features[0].limit_max`).
    """
    _check_members(given, _CONTENTS, "contents")
    charges = _charges(before, given["charges"], new_id) if "charges" in given else before.charges
    included = (
        _features(before, given["features"], features, new_id) if "features" in given else before.features
    )
    return PlanContents(
        charges=charges,
        features=included,
        trial=_trial(given["trial"]) if "trial" in given else before.trial,
        interval=_interval(given["interval"], "interval") if "interval" in given else before.interval,
        currency=_currency(given["currency"]) if "currency" in given else before.currency,
    )


def _features(
    before: PlanContents, given: Any, features: Mapping[str, Feature], new_id: NewId
) -> dict[str, PlanFeature]:
    included: dict[str, PlanFeature] = {}
    for place, each in _items(given, "features", _FEATURE):
        key = each.get("feature")
        feature = features.get(key) if isinstance(key, str) else None
        if feature is None:
            raise _wrong(f"{place}.feature", key, "name a feature that exists by its key, or create it first")
        if feature.key in included:
            raise _wrong(f"{place}.feature", key, "include each feature once")
        former = before.features.get(feature.key)
        included[feature.key] = _feature(place, each, feature, former.id if former else new_id("entitlement"))
    return included


def _feature(place: str, given: Mapping[str, Any], feature: Feature, id: str) -> PlanFeature:
    metered = {"limit_max", "limit_min", "is_hard", "unit_amount", "tiers"} & given.keys()
    if metered and not feature.is_metered:
        name = sorted(metered)[0]
        raise _wrong(f"{place}.{name}", given[name], f"leave it out: {feature.key} is not metered")
    limit_max = _maybe_amount(given, "limit_max", place)
    limit_min = _maybe_amount(given, "limit_min", place) or 0
    if limit_max is not None and limit_min > limit_max:
        raise _wrong(f"{place}.limit_min", limit_min, "use no more than limit_max")
    tiers = _tiers(given.get("tiers") or [], place)
    unit_amount = _maybe_amount(given, "unit_amount", place)
    if tiers and unit_amount is not None:
        raise _wrong(f"{place}.unit_amount", unit_amount, "leave it out where tiers say the price")
    return PlanFeature(
        id=id,
        feature=feature,
        price_name=check_name(
            given.get("price_name", feature.name), f"{place}.price_name", LONGEST_PRICE_NAME
        ),
        limit_max=limit_max,
        limit_min=limit_min,
        is_hard=check_switch(given.get("is_hard", False), f"{place}.is_hard"),
        unit_amount=unit_amount,
        tiers=tiers,
    )


def _tiers(given: Any, place: str) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    for tier_place, each in _items(given, f"{place}.tiers", _TIER):
        tier = Tier(
            up_to=_maybe_amount(each, "up_to", tier_place),
            unit_amount=_amount(each, "unit_amount", tier_place),
        )
        before = tiers[-1].up_to if tiers else 0
        if before is None or (tier.up_to is not None and tier.up_to <= before):
            raise _wrong(f"{tier_place}.up_to", tier.up_to, "let each tier end after the one before")
        tiers.append(tier)
    if tiers and tiers[-1].up_to is not None:
        raise _wrong(f"{place}.tiers", tiers[-1].up_to, "leave up_to out of the last tier, which has no end")
    return tuple(tiers)


def _charges(before: PlanContents, given: Any, new_id: NewId) -> tuple[FixedCharge, ...]:
    former = {charge.key: charge.id for charge in before.charges}
    charges: list[FixedCharge] = []
    for place, each in _items(given, "charges", _CHARGE):
        key = check_key(each.get("key"), f"{place}.key")
        charge = FixedCharge(
            id=former.get(key) or new_id("charge"),
            key=key,
            price_name=check_name(each.get("price_name"), f"{place}.price_name", LONGEST_PRICE_NAME),
            amount=_amount(each, "amount", place),
            interval=_interval(each.get("interval", Interval.MONTH), f"{place}.interval"),
            description=_maybe_text(each.get("description"), f"{place}.description"),
            annual_amount=_maybe_amount(each, "annual_amount", place),
        )
        if charge.key in {other.key for other in charges}:
            raise _wrong(f"{place}.key", key, "give each charge a key of its own")
        if charge.annual_amount is not None and charge.interval is Interval.YEAR:
            raise _wrong(f"{place}.annual_amount", charge.annual_amount, "leave it out of a yearly charge")
        charges.append(charge)
    return tuple(charges)


def _trial(given: Any) -> TrialTerms | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise _wrong("trial", given, "use an object with days, at_end and fall_back_plan, or null")
    _check_members(given, _TRIAL, "trial")
    days = given.get("days", DEFAULT_TRIAL_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= LONGEST_TRIAL_DAYS:
        raise _wrong("trial.days", days, f"use 1 to {LONGEST_TRIAL_DAYS} days")
    at_end = given.get("at_end", TrialEnd.FALL_BACK)
    if at_end not in {each.value for each in TrialEnd}:
        raise _wrong("trial.at_end", at_end, "use fall_back, convert or pause")
    plan = given.get("fall_back_plan")
    if plan is not None and at_end != TrialEnd.FALL_BACK:
        raise _wrong("trial.fall_back_plan", plan, "name it only with at_end fall_back")
    return TrialTerms(
        days=days,
        at_end=TrialEnd(at_end),
        fall_back_plan=check_key(plan, "trial.fall_back_plan") if plan is not None else None,
    )


def _interval(given: Any, field: str) -> Interval:
    if given not in {each.value for each in Interval}:
        raise _wrong(field, given, "use day, week, month or year")
    return Interval(given)


def _currency(given: Any) -> str:
    if not isinstance(given, str) or not _CURRENCY.fullmatch(given):
        raise _wrong("currency", given, "use the three lower-case letters of ISO 4217, such as usd")
    return given


def _amount(given: Mapping[str, Any], name: str, place: str) -> int:
    value = _maybe_amount(given, name, place)
    if value is None:
        raise InvalidInput(
            f"{place}.{name} is missing; give it.", field=f"{place}.{name}", code="PLAN_INVALID"
        )
    return value


def _maybe_amount(given: Mapping[str, Any], name: str, place: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_AMOUNT:
        raise _wrong(f"{place}.{name}", value, "use a whole number that is not negative")
    return value


def _maybe_text(given: Any, field: str) -> str | None:
    return check_text(given, field, LONGEST_LINE) if given is not None else None


def _items(given: Any, field: str, known: frozenset[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the objects of a list, each with its place for messages."""
    if not isinstance(given, list | tuple) or not all(isinstance(each, Mapping) for each in given):
        raise _wrong(field, given, "use a list of objects")
    if len(given) > MOST_ITEMS:
        raise _wrong(field, len(given), f"use {MOST_ITEMS} entries at the most")
    items = [(f"{field}[{number}]", each) for number, each in enumerate(given)]
    for place, each in items:
        _check_members(each, known, place)
    return items


def _check_members(given: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    for name in given:
        if name not in known:
            raise _wrong(f"{place}.{name}", given[name], f"use {', '.join(sorted(known))}")


def _wrong(field: str, value: object, remedy: str) -> InvalidInput:
    told = str(value) if isinstance(value, int) and not isinstance(value, bool) else shown(value)
    return InvalidInput(f"{field} is {told}; {remedy}.", field=field, code="PLAN_INVALID")
