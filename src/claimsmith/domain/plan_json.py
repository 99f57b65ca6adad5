"""Turn the contents of plans into JSON values and back.

Members that this version does not know are passed over, and those that are missing are as by default, so that
an older version can read what a newer one wrote.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from claimsmith.domain.periods import Interval
from claimsmith.domain.plans import (
    Feature,
    FixedCharge,
    PlanContents,
    PlanFeature,
    PlanRef,
    Tier,
    TrialEnd,
    TrialTerms,
)


def contents_to_json(contents: PlanContents) -> dict[str, Any]:
    """Return what a plan is made of as JSON values."""
    return {
        "charges": [_members(charge) for charge in contents.charges],
        "features": [_plan_feature_to_json(each) for each in contents.features.values()],
        "trial": _members(contents.trial) if contents.trial else None,
        "interval": contents.interval.value,
        "currency": contents.currency,
    }


def contents_from_json(stored: Mapping[str, Any]) -> PlanContents:
    """Return what `contents_to_json` wrote."""
    features = [_plan_feature_from_json(each) for each in stored.get("features", ())]
    trial = stored.get("trial")
    return PlanContents(
        charges=tuple(
            FixedCharge(**{**_known(FixedCharge, each), "interval": Interval(each["interval"])})
            for each in stored.get("charges", ())
        ),
        features={each.feature.key: each for each in features},
        trial=TrialTerms(**{**_known(TrialTerms, trial), "at_end": TrialEnd(trial["at_end"])})
        if trial
        else None,
        interval=Interval(stored.get("interval", Interval.MONTH)),
        currency=stored.get("currency", "usd"),
    )


def ref_to_json(ref: PlanRef | None) -> dict[str, Any] | None:
    """Return the name of a plan version as JSON values."""
    return _members(ref) if ref else None


def ref_from_json(stored: Mapping[str, Any] | None) -> PlanRef | None:
    """Return what `ref_to_json` wrote."""
    if stored is None:
        return None
    return PlanRef(key=stored["key"], version=stored["version"], interval=Interval(stored["interval"]))


def _plan_feature_to_json(each: PlanFeature) -> dict[str, Any]:
    members = _members(each)
    return {**members, "feature": _members(each.feature), "tiers": [_members(tier) for tier in each.tiers]}


def _plan_feature_from_json(stored: Mapping[str, Any]) -> PlanFeature:
    members = _known(PlanFeature, stored)
    members["feature"] = Feature(**_known(Feature, stored["feature"]))
    members["tiers"] = tuple(Tier(**_known(Tier, each)) for each in stored.get("tiers", ()))
    return PlanFeature(**members)


def _members(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _known(kind: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    return {each.name: stored[each.name] for each in fields(kind) if each.name in stored}
