"""Work out what a customer is entitled to at an instant, and why.

The same rules serve both levels: the operator's plans for businesses, and a business's plans for its users
and organizations. Nothing here reads a database: whoever asks holds the agreements with the plan versions
they name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from claimsmith.domain.agreement_events import as_of
from claimsmith.domain.agreements import Agreement, EventKind
from claimsmith.domain.plans import PlanFeature, PlanRef, PlanVersion

Versions = Mapping[tuple[str, int], PlanVersion]
"""Plan versions by the plan's key and their number."""


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """Hold an agreement as it is stored, with every plan version that its state names (`Agreement.plans`)."""

    agreement: Agreement
    versions: Versions

    def version(self, plan: PlanRef) -> PlanVersion | None:
        """Return a version that the agreement names, or `None` if it is not at hand."""
        return self.versions.get((plan.key, plan.version))


@dataclass(frozen=True, slots=True)
class SubscribedPlan:
    """Hold one plan in force, with the state of the agreement that gives it."""

    version: PlanVersion
    agreement: Agreement

    @property
    def key(self) -> str:
        """Return the key of the plan."""
        return self.version.plan_key

    @property
    def subscribed_on(self) -> datetime:
        """Return since when the plan has been in force."""
        return self.agreement.subscribed_on


@dataclass(frozen=True, slots=True)
class Because:
    """Hold why a feature is included or not.

    Included: `plan_name` and `agreement_id` give it, since `since`, and until `until` if an end is known. Not
    included: `plan_name` is the plan in force, or `None` without any; if the plan that was left had the
    feature, `until` is when it was left, `left_plan_name` which it was and `left_by` how.
    """

    key: str
    is_included: bool
    plan_key: str | None = None
    plan_name: str | None = None
    agreement_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    left_plan_name: str | None = None
    left_by: EventKind | None = None


@dataclass(frozen=True, slots=True)
class LeftVersion:
    """Hold a version that is no longer in force, since when, and by which event."""

    version: PlanVersion
    on: datetime
    by: EventKind


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Hold everything that one customer is entitled to at an instant.

    `items` are the features by their keys; of several plans with the same feature the larger limit counts.
    `valid_until` is the first instant at which the answer may be another one without anybody's doing.
    """

    items: Mapping[str, PlanFeature] = field(default_factory=dict)
    plans: tuple[SubscribedPlan, ...] = ()
    valid_until: datetime | None = None
    trial_ends_on: datetime | None = None
    sources: Mapping[str, SubscribedPlan] = field(default_factory=dict)
    left: tuple[LeftVersion, ...] = ()

    @classmethod
    def of(cls, agreements: Iterable[HeldPlan], instant: datetime) -> "Entitlements":
        """Return what agreements entitle to at an instant, applying what has fallen due until then."""
        held = [(each, as_of(each.agreement, instant)) for each in agreements]
        plans = tuple(
            SubscribedPlan(version=version, agreement=agreement)
            for each, agreement in held
            if agreement.is_entitling and (version := each.version(agreement.plan))
        )
        sources = _best_sources(plans)
        return cls(
            items={key: plan.version.features[key] for key, plan in sources.items()},
            plans=plans,
            valid_until=min((agreement.turn for _, agreement in held if agreement.turn), default=None),
            trial_ends_on=min(
                (agreement.trial.ends_on for _, agreement in held if agreement.trial), default=None
            ),
            sources=sources,
            left=tuple(
                LeftVersion(version=version, on=agreement.left.on, by=agreement.left.by)
                for each, agreement in held
                if agreement.left and (version := each.version(agreement.left.plan))
            ),
        )

    def has(self, key: str) -> bool:
        """Tell whether a feature is included."""
        return key in self.items

    def limit(self, key: str) -> int | None:
        """Return the most units of a feature in a period: `None` without a limit, 0 if it is not included."""
        item = self.items.get(key)
        return item.limit_max if item else 0

    def because(self, key: str) -> Because:
        """Return why a feature is included or not."""
        source = self.sources.get(key)
        if source is not None:
            return Because(
                key=key,
                is_included=True,
                plan_key=source.key,
                plan_name=source.version.plan_name,
                agreement_id=source.agreement.id,
                since=source.subscribed_on,
                until=source.agreement.turn,
            )
        plan = self.plans[0] if self.plans else None
        lost = max(
            (each for each in self.left if key in each.version.features),
            key=lambda each: each.on,
            default=None,
        )
        return Because(
            key=key,
            is_included=False,
            plan_key=plan.key if plan else None,
            plan_name=plan.version.plan_name if plan else None,
            agreement_id=plan.agreement.id if plan else None,
            until=lost.on if lost else None,
            left_plan_name=lost.version.plan_name if lost else None,
            left_by=lost.by if lost else None,
        )

    def compact(self) -> dict[str, int | Literal[True]]:
        """Return the features as a token carries them: the limit of a metered one, if it has one, or true."""
        return {
            key: True if item.limit_max is None or not item.feature.is_metered else item.limit_max
            for key, item in sorted(self.items.items())
        }


NOTHING = Entitlements()
"""What a customer without any agreement is entitled to."""


def _best_sources(plans: Iterable[SubscribedPlan]) -> dict[str, SubscribedPlan]:
    """Return, for each feature, the plan that gives the most of it."""
    best: dict[str, SubscribedPlan] = {}
    for plan in plans:
        for key, feature in plan.version.features.items():
            if key not in best or _is_more(feature, best[key].version.features[key]):
                best[key] = plan
    return best


def _is_more(one: PlanFeature, other: PlanFeature) -> bool:
    if one.limit_max is None or other.limit_max is None:
        return one.limit_max is None and other.limit_max is not None
    return one.limit_max > other.limit_max
