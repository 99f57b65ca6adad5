"""Describe the plans that an operator offers to businesses, and read them from a document.

The document is what a plans file holds, as TOML or, where it is stored, as JSON:

    default_plan = "free"

    [[plans]]
    key = "plus"
    name = "Plus"
    based_on = "pro"                                  # includes what that plan includes
    includes = ["claims.api_scopes_in_permissions"]   # names of domain/gates.py
    limits = { "environments.additional" = 3 }        # what can be counted; without a limit, any number
    trial = { days = 30, at_end = "fall_back" }

Plans stand in the order from the smallest to the largest, in which people are offered them. A plan may be
listed in several versions: a business stays on the one that it has until somebody moves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.gates import ADDITIONAL_ENVIRONMENTS, CAPABILITIES
from claimsmith.domain.periods import Interval, check_zone
from claimsmith.domain.plans import (
    DEFAULT_TRIAL_DAYS,
    Feature,
    FixedCharge,
    PlanContents,
    PlanFeature,
    PlanRef,
    PlanVersion,
    TrialEnd,
    TrialTerms,
)
from claimsmith.domain.usage_limits import COUNTED_USE

COUNTED = {ADDITIONAL_ENVIRONMENTS.key: "environment"} | {key: use.unit for key, use in COUNTED_USE.items()}
"""The features that a plan can limit, with the unit in which they are counted."""

FEATURES: Mapping[str, str] = {key: each.words for key, each in CAPABILITIES.items()} | {
    key: each.words for key, each in COUNTED_USE.items()
}
"""What can stand in a plan, by its name, with the words for it, in the order in which a person reads them."""

LONGEST_TRIAL_DAYS = 3_650
LARGEST_LIMIT = 1_000_000_000
_DOCUMENT = frozenset({"default_plan", "plans", "zone"})
_PLAN = frozenset(
    {
        "key",
        "name",
        "description",
        "version",
        "based_on",
        "includes",
        "limits",
        "trial",
        "interval",
        "currency",
        "charges",
    }
)
_TRIAL = frozenset({"days", "at_end"})
_CHARGE = frozenset({"key", "name", "description", "amount", "interval", "annual_amount"})


@dataclass(frozen=True, slots=True)
class OperatorPlans:
    """Hold the plans in force, from the smallest to the largest; of one plan the versions in their order.

    A business that nobody gave a plan has `default_plan`. Periods are counted on the clocks of `zone`.
    """

    default_plan: str
    versions: tuple[PlanVersion, ...]
    zone: str = "UTC"

    @property
    def newest(self) -> tuple[PlanVersion, ...]:
        """Return the newest version of each plan, in the order of the plans."""
        found = {each.plan_key: each for each in sorted(self.versions, key=lambda each: each.number)}
        return tuple(found[key] for key in dict.fromkeys(each.plan_key for each in self.versions))

    def find(self, key: str) -> PlanVersion | None:
        """Return the newest version of a plan, or `None`."""
        return next((each for each in self.newest if each.plan_key == key), None)

    def version(self, ref: PlanRef) -> PlanVersion:
        """Return what a business has that was given a version: that one, while the document still has it.

        Without it the newest version of the plan stands in, and without the plan the default one.
        """
        for each in self.versions:
            if (each.plan_key, each.number) == (ref.key, ref.version):
                return each
        found = self.find(ref.key) or self.find(self.default_plan)
        if found is None:
            raise ValueError(f"there is no plan {self.default_plan}")
        return found

    @property
    def default(self) -> PlanVersion:
        """Return the newest version of the default plan."""
        return self.version(PlanRef(self.default_plan, 0))

    def including(self, feature: str) -> tuple[PlanVersion, ...]:
        """Return the plans whose newest version includes a feature, from the smallest."""
        return tuple(each for each in self.newest if feature in each.features)


def read_plans(document: Mapping[str, Any], read_at: datetime) -> OperatorPlans:
    """Return the plans of a document. Raises `InvalidInput`, which names the key and the remedy."""
    _check_members(document, _DOCUMENT, "the file")
    entries = document.get("plans")
    if not isinstance(entries, list) or not entries:
        raise _wrong("plans", "lists no plan; write one under [[plans]]")
    versions: list[PlanVersion] = []
    for position, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping):
            raise _wrong(f"plans[{position}]", "is no table; write it under [[plans]]")
        version = _version(entry, f"plan {entry.get('key') or position}", versions, read_at)
        if any((each.plan_key, each.number) == (version.plan_key, version.number) for each in versions):
            raise _wrong(
                f"plan {version.plan_key}",
                f"is listed twice in version {version.number}; give the newer one the next version",
            )
        versions.append(version)
    default = _text(document, "default_plan", "the file")
    keys = [each.plan_key for each in versions]
    if default not in keys:
        known = ", ".join(dict.fromkeys(keys))
        raise _wrong("default_plan", f"is {default!r}, which is no plan of the file; its plans are {known}")
    zone = document.get("zone", "UTC")
    return OperatorPlans(default, tuple(versions), check_zone(str(zone)))


def _version(
    entry: Mapping[str, Any], place: str, above: Sequence[PlanVersion], read_at: datetime
) -> PlanVersion:
    _check_members(entry, _PLAN, place)
    key, name = _text(entry, "key", place), _text(entry, "name", place)
    features = dict(_base(entry, place, above))
    features |= {each: _feature(key, each, None) for each in _includes(entry, place)}
    features |= {each: _feature(key, each, most) for each, most in _limits(entry, place).items()}
    contents = PlanContents(
        charges=tuple(_charges(entry, place)),
        features=features,
        trial=_trial(entry, place),
        interval=_interval(entry, place),
        currency=_text(entry, "currency", place) if "currency" in entry else "usd",
    )
    return PlanVersion(
        plan_key=key,
        plan_name=name,
        number=_number(entry, "version", place, 1, LARGEST_LIMIT, default=1),
        contents=contents,
        published_on=read_at,
    )


def _base(entry: Mapping[str, Any], place: str, above: Sequence[PlanVersion]) -> Mapping[str, PlanFeature]:
    if "based_on" not in entry:
        return {}
    base = _text(entry, "based_on", place)
    found = [each for each in above if each.plan_key == base]
    if not found:
        known = ", ".join(dict.fromkeys(each.plan_key for each in above)) or "none"
        raise _wrong(
            f"based_on of {place}", f"is {base!r}; name a plan that stands above it in the file: {known}"
        )
    return max(found, key=lambda each: each.number).features


def _includes(entry: Mapping[str, Any], place: str) -> list[str]:
    names = entry.get("includes", [])
    if not isinstance(names, list):
        raise _wrong(f"includes of {place}", 'is no list; write includes = ["NAME", ...]')
    for name in names:
        _check_feature(name, f"includes of {place}")
    return names


def _limits(entry: Mapping[str, Any], place: str) -> dict[str, int]:
    limits = entry.get("limits", {})
    if not isinstance(limits, Mapping):
        raise _wrong(f"limits of {place}", 'is no table; write limits = { "NAME" = 1 }')
    for name in limits:
        _check_feature(name, f"limits of {place}")
        if name not in COUNTED:
            raise _wrong(
                f"limits of {place}",
                f"limits {name}, which is had or not had; put it into includes. What can be limited: "
                f"{', '.join(COUNTED)}",
            )
    return {name: _number(limits, name, f"limits of {place}", 1, LARGEST_LIMIT) for name in limits}


def _check_feature(name: object, place: str) -> None:
    if name not in FEATURES:
        raise _wrong(place, f"names {name!r}, which is no feature; the features are {', '.join(FEATURES)}")


def _feature(plan_key: str, name: str, most: int | None) -> PlanFeature:
    words, unit = FEATURES[name], COUNTED.get(name)
    feature = Feature(id=f"feature_{name}", key=name, name=words, is_metered=unit is not None, unit=unit)
    return PlanFeature(
        id=f"entitlement_{plan_key}_{name}",
        feature=feature,
        price_name=words,
        limit_max=most,
        is_hard=name not in COUNTED_USE,
    )


def _trial(entry: Mapping[str, Any], place: str) -> TrialTerms | None:
    terms = entry.get("trial")
    if terms is None:
        return None
    if not isinstance(terms, Mapping):
        raise _wrong(f"trial of {place}", 'is no table; write trial = { days = 30, at_end = "fall_back" }')
    _check_members(terms, _TRIAL, f"trial of {place}")
    days = _number(terms, "days", f"trial of {place}", 1, LONGEST_TRIAL_DAYS, default=DEFAULT_TRIAL_DAYS)
    at_end = terms.get("at_end", TrialEnd.FALL_BACK.value)
    try:
        return TrialTerms(days, TrialEnd(at_end))
    except ValueError:
        known = ", ".join(each.value for each in TrialEnd)
        raise _wrong(f"at_end in the trial of {place}", f"is {at_end!r}; use {known}") from None


def _interval(entry: Mapping[str, Any], place: str) -> Interval:
    value = entry.get("interval", Interval.MONTH.value)
    try:
        return Interval(value)
    except ValueError:
        known = ", ".join(each.value for each in Interval)
        raise _wrong(f"interval of {place}", f"is {value!r}; use {known}") from None


def _charges(entry: Mapping[str, Any], place: str) -> list[FixedCharge]:
    charges = entry.get("charges", [])
    if not isinstance(charges, list) or not all(isinstance(each, Mapping) for each in charges):
        raise _wrong(f"charges of {place}", "is no list of tables; write them under [[plans.charges]]")
    return [_charge(each, f"a charge of {place}") for each in charges]


def _charge(entry: Mapping[str, Any], place: str) -> FixedCharge:
    _check_members(entry, _CHARGE, place)
    key = _text(entry, "key", place)
    annual = entry.get("annual_amount")
    return FixedCharge(
        id=f"charge_{key}",
        key=key,
        price_name=_text(entry, "name", place),
        amount=_number(entry, "amount", place, 0, LARGEST_LIMIT),
        interval=_interval(entry, place),
        description=_text(entry, "description", place) if "description" in entry else None,
        annual_amount=None if annual is None else _number(entry, "annual_amount", place, 0, LARGEST_LIMIT),
    )


def _check_members(entry: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    for name in entry:
        if name not in known:
            raise _wrong(
                place, f"has {name!r}, which means nothing there; it can have {', '.join(sorted(known))}"
            )


def _text(entry: Mapping[str, Any], name: str, place: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 256:
        raise _wrong(f"{name} of {place}", f"is {_shown(value)}; write a text between quotes")
    return value


def _number(
    entry: Mapping[str, Any], name: str, place: str, least: int, most: int, *, default: int | None = None
) -> int:
    value = entry.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(f"{name} of {place}", f"is {_shown(value)}; write a whole number from {least} to {most}")
    return value


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:80]


def _wrong(place: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{place} {problem}.", field=place, code="PLANS_FILE_INVALID")
