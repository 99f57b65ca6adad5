"""Tell what the plan of a business includes at an instant, from what is in memory alone.

What a trial or a scheduled change takes away follows from the agreement and the instant, so that it is
right to the second whether or not anybody has written the change down yet.
"""

import math
from dataclasses import replace
from datetime import UTC, datetime

from claimsmith.domain.agreement_events import as_of, begin
from claimsmith.domain.agreements import Agreement, AgreementEvent, EventKind
from claimsmith.domain.entitlements import Entitlements, HeldPlan
from claimsmith.domain.gates import Capability, Gate, PlanName, TrialOffer, TrialState
from claimsmith.domain.operator_plans import OperatorPlans
from claimsmith.domain.plans import PlanRef, PlanVersion

_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


class PlanAccess:
    """Answer for one business. Without plans in force everything is included, always.

    A business without an agreement has the default plan; so has one whose agreement entitles to nothing,
    because it is paused or was cancelled.
    """

    __slots__ = ("_known", "agreement", "plans")

    def __init__(self, plans: OperatorPlans | None = None, agreement: Agreement | None = None) -> None:
        """Take the plans in force and the agreement as it is stored."""
        self.plans = plans
        self.agreement = agreement
        self._known: _Stretch | None = None

    def __eq__(self, other: object) -> bool:
        """Tell whether two answer alike."""
        return (
            isinstance(other, PlanAccess) and self.plans == other.plans and self.agreement == other.agreement
        )

    def __hash__(self) -> int:
        """Return the hash of the agreement's id."""
        return hash(self.agreement.id if self.agreement else None)

    def includes(self, capability: Capability, at: float) -> bool:
        """Tell whether a capability may be used; `at` is in seconds since the epoch."""
        return self.plans is None or self._stretch(self.plans, at).entitlements.has(capability.key)

    def limit(self, capability: Capability, at: float) -> int | None:
        """Return how many a plan includes of what is counted: 0 when it has none, `None` for any number."""
        if self.plans is None:
            return None
        return self._stretch(self.plans, at).entitlements.limit(capability.key)

    def valid_until(self, at: float) -> float:
        """Return until when what is included stays as it is, in seconds since the epoch, or infinity."""
        return math.inf if self.plans is None else self._stretch(self.plans, at).end

    def version(self, at: float) -> PlanVersion | None:
        """Return the version of the plan that counts, or `None` when no plans are in force."""
        return None if self.plans is None else self._stretch(self.plans, at).version

    def state(self, at: float) -> Agreement | None:
        """Return the agreement as it is at an instant; `None` for a business that was never given a plan."""
        stored = self.agreement
        return None if stored is None else as_of(stored, max(_instant(at), stored.changed_at))

    def told(self, capability: Capability, at: float) -> Gate:
        """Tell what a plan says of a capability, and what there is to do if it is not included."""
        plans = self.plans
        if plans is None:
            return Gate(capability, True, PlanName("", ""))
        stretch = self._stretch(plans, at)
        because = stretch.entitlements.because(capability.key)
        offers = [
            each for each in plans.including(capability.key) if each.plan_key != stretch.version.plan_key
        ]
        return Gate(
            capability=capability,
            is_included=because.is_included,
            plan=named(stretch.version),
            plans=tuple(named(each) for each in offers),
            trial=_best([offer for each in offers if (offer := self.trial(each, at))]),
            since=because.since if self.agreement else None,
            until=_ends(plans, self.state(at), capability) if because.is_included else because.until,
        )

    def beyond(self, capability: Capability, at: float) -> Gate:
        """Tell what there is to do when as many as the plan includes of what is counted are in use."""
        told, most = self.told(capability, at), self.limit(capability, at)
        if self.plans is None or not most:
            return told
        limits = {
            each.plan_key: each.features[capability.key].limit_max
            for each in self.plans.including(capability.key)
        }
        larger = [key for key, limit in limits.items() if limit is None or limit > most]
        offers = tuple(each for each in told.plans if each.key in larger)
        trial = told.trial if told.trial and told.trial.plan.key in larger else None
        return replace(told, is_included=False, plans=offers, trial=trial, until=None, most=most)

    def trial(self, version: PlanVersion, at: float) -> TrialOffer | None:
        """Return how the business stands with the trial of a plan; `None` for a plan that cannot be tried."""
        if version.trial is None:
            return None
        state, plan, days = self.state(at), named(version), version.trial.days
        if state is None or version.plan_key not in state.had_trials:
            return TrialOffer(plan, days, TrialState.OPEN)
        if state.trial is not None and state.plan_key == version.plan_key:
            return TrialOffer(plan, days, TrialState.RUNNING, state.trial.ends_on)
        left = state.left
        ended = left.on if left and left.plan.key == version.plan_key else None
        return TrialOffer(plan, days, TrialState.USED, ended)

    def _stretch(self, plans: OperatorPlans, at: float) -> "_Stretch":
        known = self._known
        if known is None or not known.start <= at < known.end:
            known = self._known = _stretch(plans, self.state(at))
        return known


class _Stretch:
    """Hold one stretch of time in which one version of a plan counts, in seconds since the epoch."""

    __slots__ = ("end", "entitlements", "start", "version")

    def __init__(self, start: float, end: float, entitlements: Entitlements) -> None:
        self.start = start
        self.end = end
        self.entitlements = entitlements
        self.version = entitlements.plans[0].version


UNLOCKED = PlanAccess()
"""What every environment has when no plans are in force."""


def named(version: PlanVersion) -> PlanName:
    """Return the name of a version's plan."""
    return PlanName(version.plan_key, version.plan_name)


def _stretch(plans: OperatorPlans, state: Agreement | None) -> _Stretch:
    by_default = Entitlements.of([_held(plans, _default_agreement(plans))], _ALWAYS)
    if state is None:
        return _Stretch(-math.inf, math.inf, by_default)
    found = Entitlements.of([_held(plans, state)], state.changed_at)
    if not found.plans:
        found = replace(by_default, left=found.left)
    turn = state.turn
    return _Stretch(state.changed_at.timestamp(), turn.timestamp() if turn else math.inf, found)


def _held(plans: OperatorPlans, agreement: Agreement) -> HeldPlan:
    return HeldPlan(agreement, {(ref.key, ref.version): plans.version(ref) for ref in agreement.plans})


def _default_agreement(plans: OperatorPlans) -> Agreement:
    plan = PlanRef(plans.default_plan, plans.default.number)
    return begin("", "", AgreementEvent(EventKind.STARTED, _ALWAYS, plan=plan))


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _best(offers: list[TrialOffer]) -> TrialOffer | None:
    """Return the trial that helps: the first that is open, else one that is running, else the first."""
    for state in (TrialState.OPEN, TrialState.RUNNING):
        for offer in offers:
            if offer.state is state:
                return offer
    return offers[0] if offers else None


def _ends(plans: OperatorPlans, state: Agreement | None, capability: Capability) -> datetime | None:
    """Return when what is included will end, or `None` when nothing that is known takes it away."""
    if state is None or state.turn is None:
        return None
    after = as_of(state, state.turn)
    version = plans.version(after.plan) if after.is_entitling else plans.default
    return None if capability.key in version.features else state.turn
