"""Describe plans: what a customer can be given, at which price, and what happens when a trial of it ends.

A plan is edited as a draft and published as a numbered version, which never changes again: whoever has a
version keeps it until moved. Amounts are in the smallest unit of the currency (cents).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from claimsmith.domain.periods import Interval

DEFAULT_TRIAL_DAYS = 30


class CustomerType(StrEnum):
    """Name whom a plan is for: people, the business's organizations, or (the operator's plans) businesses."""

    USER = "user"
    ORGANIZATION = "organization"
    BUSINESS = "business"


class TrialEnd(StrEnum):
    """Name what becomes of an agreement when its trial ends.

    `FALL_BACK` gives back the plan that was in force before the trial; without one, the plan that the terms
    name; without that, it pauses. `CONVERT` keeps the plan that was tried. `PAUSE` keeps the agreement and
    takes what it entitles to.
    """

    FALL_BACK = "fall_back"
    CONVERT = "convert"
    PAUSE = "pause"


class PlanStatus(StrEnum):
    """Name whether a plan was ever published; only then can anybody have it."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """Hold one group of plans between which a customer chooses; `id` is `sbg_` and 32 hexadecimal digits."""

    id: str
    key: str
    name: str
    type: CustomerType
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """Hold one feature that plans can include. `id` is `feature_` and 32 hexadecimal characters.

    What is metered is counted in `unit` ("request"); what is not is had or not had.
    """

    id: str
    key: str
    name: str
    description: str | None = None
    is_metered: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """Hold one step of a graduated price: each unit up to and including the `up_to`-th costs `unit_amount`.

    The last tier has no end (`None`).
    """

    up_to: int | None
    unit_amount: int


@dataclass(frozen=True, slots=True)
class PlanFeature:
    """Hold one feature as a plan includes it. `id` is `entitlement_` and 32 hexadecimal characters.

    `limit_max` is the most units of a period, `None` without a limit; a hard limit refuses use beyond it, a
    soft one only tells. `unit_amount` is the price of a unit, `None` where none is asked or `tiers` say it.
    """

    id: str
    feature: Feature
    price_name: str
    limit_max: int | None = None
    limit_min: int = 0
    is_hard: bool = False
    unit_amount: int | None = None
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class FixedCharge:
    """Hold one charge that does not depend on use; `annual_amount` is the price of a year, where offered."""

    id: str
    key: str
    price_name: str
    amount: int
    interval: Interval = Interval.MONTH
    description: str | None = None
    annual_amount: int | None = None


@dataclass(frozen=True, slots=True)
class TrialTerms:
    """Hold how long a trial of the plan lasts, and what happens at its end.

    `fall_back_plan` is the key of a plan of the same group, for whoever had none before the trial.
    """

    days: int = DEFAULT_TRIAL_DAYS
    at_end: TrialEnd = TrialEnd.FALL_BACK
    fall_back_plan: str | None = None


@dataclass(frozen=True, slots=True)
class PlanContents:
    """Hold what a plan is made of: the draft that is edited, and the contents of each version.

    `features` are by key. `interval` is how often an agreement renews and its limits begin anew.
    """

    charges: tuple[FixedCharge, ...] = ()
    features: Mapping[str, PlanFeature] = field(default_factory=dict)
    trial: TrialTerms | None = None
    interval: Interval = Interval.MONTH
    currency: str = "usd"


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold one plan. `id` is `plan_` and 32 hexadecimal characters; the key never changes.

    `draft` is what the next version will hold. `latest_version` is 0 until the plan is published.
    `is_default` marks the plan that a customer of its type gets when none is named.
    """

    id: str
    key: str
    name: str
    group: PlanGroup
    description: str | None = None
    draft: PlanContents = field(default_factory=PlanContents)
    latest_version: int = 0
    is_default: bool = False
    is_archived: bool = False

    @property
    def status(self) -> PlanStatus:
        """Tell whether the plan was ever published."""
        return PlanStatus.PUBLISHED if self.latest_version else PlanStatus.DRAFT


@dataclass(frozen=True, slots=True)
class PlanRef:
    """Name one version of a plan, with the interval that it renews in."""

    key: str
    version: int
    interval: Interval = Interval.MONTH


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """Hold one published version of a plan, with the name that it had then."""

    plan_key: str
    plan_name: str
    number: int
    contents: PlanContents
    published_on: datetime
    group_id: str = ""

    @property
    def features(self) -> Mapping[str, PlanFeature]:
        """Return the features that the version includes, by their keys."""
        return self.contents.features

    @property
    def trial(self) -> TrialTerms | None:
        """Return the terms of a trial, or `None` if the plan cannot be tried."""
        return self.contents.trial

    @property
    def ref(self) -> PlanRef:
        """Return the name of this version."""
        return PlanRef(key=self.plan_key, version=self.number, interval=self.contents.interval)
