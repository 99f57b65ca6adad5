"""Give businesses plans of the operator: assign one, try one, extend a trial.

A change of the agreement is a change of every environment of the business: it is recorded in each, and every
process knows it within a second. What a trial's end takes is worked out without any of this (`plan_access`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from claimsmith.domain.agreement_events import apply, as_of, begin, due
from claimsmith.domain.agreements import Agreement, AgreementEvent, EventKind
from claimsmith.domain.changes import Author
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.operator_plans import FEATURES, LONGEST_TRIAL_DAYS, OperatorPlans
from claimsmith.domain.plan_access import PlanAccess
from claimsmith.domain.plans import PlanVersion
from claimsmith.domain.uris import shown
from claimsmith.domain.usage_limits import COUNTED_USE
from claimsmith.storage.businesses import BusinessStore
from claimsmith.usecases.business_due import SYSTEM, record
from claimsmith.usecases.context import Context


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold how a business stands with the operator's plans at an instant (`at`, seconds since the epoch)."""

    business_id: str
    plans: OperatorPlans
    access: PlanAccess
    at: float
    history: tuple[tuple[AgreementEvent, Author], ...] = ()

    @property
    def version(self) -> PlanVersion:
        """Return the version of the plan that counts."""
        return self.access.version(self.at) or self.plans.default

    @property
    def state(self) -> Agreement | None:
        """Return the agreement; `None` for a business that was never given a plan."""
        return self.access.state(self.at)

    @property
    def following(self) -> PlanVersion | None:
        """Return the plan that follows by itself, when a trial ends or a change was scheduled."""
        state = self.state
        if state is None or state.turn is None:
            return None
        after = as_of(state, state.turn)
        return self.plans.version(after.plan) if after.is_entitling else self.plans.default


async def standing(context: Context) -> Standing:
    """Return how the environment's business stands. Raises `NotFound` when no plans are in force."""
    return _there(await find_standing(context))


async def find_standing(context: Context) -> Standing | None:
    """Return how the environment's business stands, or `None` when no plans are in force."""
    async with context.reading() as work:
        return await _standing(context, BusinessStore(work.connection))


async def start_trial(context: Context, plan_key: str) -> Standing:
    """Start the trial of a plan for the environment's business; it lasts as long as the plan says.

    One for each plan. Raises `NotFound`, `AlreadyExists` for one that is tried now, `NotPermitted` for a plan
    that was tried, cannot be tried or adds nothing.
    """
    async with _changing(context) as change:
        version = _tryable(change.standing, plan_key)
        change.happened(_trial_event(change, version, version.trial.days if version.trial else 0))
    return await standing(context)


async def extend_trial(context: Context, plan_key: str, days: int) -> Standing:
    """Let a trial last longer, or begin again after its end: what only an operator may decide.

    Raises `NotFound`, `InvalidInput`, and `NotPermitted` for a plan that the business never tried.
    """
    if isinstance(days, bool) or not 1 <= days <= LONGEST_TRIAL_DAYS:
        raise InvalidInput(f"days is {days}; choose 1 to {LONGEST_TRIAL_DAYS}.", field="days")
    async with _changing(context) as change:
        version = find_plan(change.standing.plans, plan_key)
        state = change.state
        if state is None or plan_key not in state.had_trials:
            raise NotPermitted(
                f"There is no trial of {version.plan_name} to extend; start one: claimsmith plan trial "
                f"{plan_key}",
                code="TRIAL_NOT_STARTED",
            )
        if state.trial is not None and state.plan_key == plan_key:
            until = state.trial.ends_on + timedelta(days=days)
            change.happened(AgreementEvent(EventKind.TRIAL_EXTENDED, change.now, until=until))
        else:
            change.happened(_trial_event(change, version, days))
    return await standing(context)


async def assign_plan(context: Context, plan_key: str, *, when: str = "now") -> Standing:
    """Give the business a plan, at once (`now`) or at the end of the period that runs (`period_end`).

    It gets the newest version. A trial that runs is over with it. Raises `NotFound`, `InvalidInput`.
    """
    if when not in ("now", "period_end"):
        raise InvalidInput(f"when is {shown(when)}; use now or period_end.", field="when")
    async with _changing(context) as change:
        ref = find_plan(change.standing.plans, plan_key).ref
        if change.state is None and when == "now":
            zone = change.standing.plans.zone
            change.happened(AgreementEvent(EventKind.STARTED, change.now, plan=ref, zone=zone))
        elif when == "now":
            change.happened(AgreementEvent(EventKind.CHANGED, change.now, plan=ref))
        else:
            state = change.begun()
            until = state.trial.ends_on if state.trial else state.period.end
            kind = EventKind.CHANGE_SCHEDULED
            change.happened(AgreementEvent(kind, change.now, plan=ref, until=until))
    return await standing(context)


class _Change:
    """Collect what happens to the agreement of one business in one transaction."""

    def __init__(self, standing: Standing, stored: Agreement | None, now: datetime) -> None:
        """Begin with the state as it is now; what has fallen due is written down before anything else."""
        self.standing = standing
        self.now = now
        self.first = stored.sequence + 1 if stored else 1
        self.events: list[AgreementEvent] = list(due(stored, now)) if stored else []
        self.settled = len(self.events)
        self.state = as_of(stored, now) if stored else None

    def begun(self) -> Agreement:
        """Return the agreement; one with the default plan begins now when there is none."""
        if self.state is None:
            plans = self.standing.plans
            ref = plans.default.ref
            self.happened(AgreementEvent(EventKind.STARTED, self.now, plan=ref, zone=plans.zone))
        if self.state is None:
            raise AssertionError("an agreement that was started is there")
        return self.state

    def happened(self, event: AgreementEvent) -> None:
        """Note one event."""
        if self.state is None:
            business_id = self.standing.business_id
            self.state = begin(business_id, business_id, event)
        else:
            event = replace(event, at=max(event.at, self.state.changed_at))
            self.state = apply(self.state, event)
        self.events.append(event)


@asynccontextmanager
async def _changing(context: Context) -> AsyncIterator[_Change]:
    business_id = context.environment.business_id
    database = context.platform.database
    async with database.across_environments() as connection:
        ids = await BusinessStore(connection).environment_ids(business_id)
    async with database.changing_several(ids, context.author) as works:
        store = BusinessStore(works[0].connection)
        stored = await store.agreement(business_id)
        change = _Change(_there(await _standing(context, store)), stored, works[0].now)
        yield change
        due_events, decided = change.events[: change.settled], change.events[change.settled :]
        await store.append(business_id, change.first, due_events, SYSTEM)
        await store.append(business_id, change.first + change.settled, decided, context.author)
        for event in change.events:
            await record(works, business_id, event)


def _there(found: Standing | None) -> Standing:
    if found is None:
        raise NotFound(
            "No plans are in force: everything is unlocked, and there is nothing to try. Plans are put in "
            "force with: claimsmith serve --plans FILE",
            code="PLANS_NOT_IN_FORCE",
        )
    return found


async def _standing(context: Context, store: BusinessStore) -> Standing | None:
    business_id = context.environment.business_id
    access = await store.access(business_id)
    if access.plans is None:
        return None
    history = tuple(await store.events(business_id))
    return Standing(business_id, access.plans, access, context.platform.now().timestamp(), history)


def find_plan(plans: OperatorPlans, key: str) -> PlanVersion:
    """Return the newest version of a plan in force. Raises `NotFound`."""
    version = plans.find(key)
    if version is None:
        known = ", ".join(each.plan_key for each in plans.newest)
        raise NotFound(
            f"There is no plan {shown(key)}; there are {known}.", field="plan", code="PLAN_NOT_FOUND"
        )
    return version


def _tryable(standing: Standing, plan_key: str) -> PlanVersion:
    version, now = find_plan(standing.plans, plan_key), standing.version
    offer = standing.access.trial(version, standing.at)
    if offer is None:
        raise NotPermitted(
            f"Plan {version.plan_name} cannot be tried.", field="plan", code="TRIAL_NOT_OFFERED"
        )
    if offer.state == "running":
        raise AlreadyExists(
            f"The trial of {version.plan_name} is running.", field="plan", code="TRIAL_RUNNING"
        )
    if offer.state == "used":
        raise NotPermitted(
            f"The trial of {version.plan_name} was used; there is one for each plan. Whoever operates this "
            f"installation can extend it: claimsmith plan trial {plan_key} --extend DAYS",
            field="plan",
            code="TRIAL_USED",
        )
    if not any(_most(version, key) > _most(now, key) for key in FEATURES):
        raise NotPermitted(
            f"Plan {now.plan_name}, which is in force, includes all that {version.plan_name} includes.",
            field="plan",
            code="TRIAL_ADDS_NOTHING",
        )
    return version


def _most(version: PlanVersion, key: str) -> float:
    """Return how many of a feature a plan includes; of what is only counted, any number without a limit."""
    item = version.features.get(key)
    if item is None:
        return float("inf") if key in COUNTED_USE else 0
    return float("inf") if item.limit_max is None else item.limit_max


def _trial_event(change: _Change, version: PlanVersion, days: int) -> AgreementEvent:
    """Return the start of a trial, at whose end the plan before it counts again."""
    state = change.begun()
    terms = version.trial
    if terms is None:
        raise NotPermitted(
            f"Plan {version.plan_name} cannot be tried.", field="plan", code="TRIAL_NOT_OFFERED"
        )
    before = state.trial.fall_back if state.trial else state.plan
    return AgreementEvent(
        EventKind.TRIAL_STARTED,
        change.now,
        plan=version.ref,
        until=change.now + timedelta(days=days),
        at_end=terms.at_end,
        fall_back=before,
    )
