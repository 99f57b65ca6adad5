"""Carry one agreement on within a transaction: first what has fallen due, then what somebody decided.

Whatever happens is written as an event with the state after it, and told as a billing event.
"""

from typing import Any

from claimsmith.domain.agreement_events import apply, begin, due
from claimsmith.domain.agreements import Agreement, AgreementEvent, EventKind
from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.billing_events import EVENT_TYPES, BillingEvent
from claimsmith.domain.errors import AlreadyExists, NotFound, NotPermitted
from claimsmith.domain.plans import PlanRef, PlanVersion
from claimsmith.storage.work import Work
from claimsmith.usecases.billing_customers import tell
from claimsmith.usecases.billing_events import event_id
from claimsmith.usecases.plans import find_plan, new_id


class Course:
    """Collect what happens to one agreement; `state` is what it has come to, `now` when the next event is."""

    def __init__(self, work: Work, stored: Agreement) -> None:
        """Begin with an agreement as it is stored, and with what has fallen due for it."""
        self._work = work
        self._stored: Agreement | None = stored
        self.state = stored
        self.events: list[AgreementEvent] = []
        self.told: list[BillingEvent] = []
        for event in due(stored, work.now):
            self._happens(event)

    @classmethod
    def begin(
        cls, work: Work, customer: BillingCustomer, plan: PlanRef, *, had_trials: frozenset[str], by: str
    ) -> "Course":
        """Begin a new agreement of a customer with a plan; `had_trials` are those of earlier agreements."""
        event = AgreementEvent(
            kind=EventKind.STARTED,
            at=work.now,
            plan=plan,
            zone=customer.zone,
            had_trials=had_trials,
            details={"by": by},
        )
        course = cls(work, begin(new_id("agreement"), customer.id, event))
        course._stored = None
        course.events = [event]
        course.told = [course._billing_event(event, None)]
        return course

    def happens(self, kind: EventKind, **members: Any) -> None:
        """Add an event that somebody decided, now; never before the last one, should a clock go back."""
        self._happens(AgreementEvent(kind=kind, at=max(self._work.now, self.state.changed_at), **members))

    async def write(self) -> Agreement:
        """Write everything that happened, and return the state.

        Raises `Conflict` when the agreement went on otherwise meanwhile, `AlreadyExists` when the customer of
        a new one has one.
        """
        now = self._work.now
        if self._stored is not None:
            await self._work.agreements.go_on(self._stored, self.state, self.events, now)
        elif not await self._work.agreements.add(self.state, self.events, now):
            raise AlreadyExists(
                f"The customer {self.state.customer_id} has an agreement; change its plan instead.",
                code="AGREEMENT_EXISTS",
            )
        await self._work.billing_events.add_many(self.told)
        return self.state

    def _happens(self, event: AgreementEvent) -> None:
        before = self.state.plan
        self.state = apply(self.state, event)
        self.events.append(event)
        self.told.append(self._billing_event(event, before))

    def _billing_event(self, event: AgreementEvent, before: PlanRef | None) -> BillingEvent:
        state = self.state
        data: dict[str, Any] = {
            "plan_code": state.plan.key,
            "plan_version": state.plan.version,
            "status": state.status.value,
            **event.details,
        }
        if before is not None and before.key != state.plan.key:
            data["previous_plan_code"] = before.key
        if event.kind in {EventKind.CHANGE_SCHEDULED} and event.plan is not None:
            data["scheduled_plan_code"] = event.plan.key
        if event.until is not None:
            data["until"] = event.until.isoformat()
        if event.days_left is not None:
            data["days_left"] = event.days_left
        if event.at_end is not None and event.kind is EventKind.TRIAL_ENDED:
            data["outcome"] = event.at_end.value
        return BillingEvent(
            id=event_id(self._work.now, state.sequence),
            type=EVENT_TYPES[event.kind],
            at=event.at,
            recorded_at=self._work.now,
            customer_id=state.customer_id,
            agreement_id=state.id,
            data=data,
        )


async def course_of(work: Work, customer: BillingCustomer) -> Course:
    """Return the course of the agreement that a customer has. Raises `NotFound` if there is none."""
    course = await course_if_any(work, customer)
    if course is None:
        raise NotFound(
            f"The customer {customer.id} has no agreement; choose a plan first.", code="AGREEMENT_NOT_FOUND"
        )
    return course


async def course_if_any(work: Work, customer: BillingCustomer) -> Course | None:
    """Return the course of the agreement that a customer has, or `None`; one that just ended is written."""
    stored = await work.agreements.live_of(customer.id, for_change=True)
    if stored is None:
        return None
    course = Course(work, stored)
    if course.state.is_live:
        return course
    await course.write()
    return None


async def finish(work: Work, course: Course, customer: BillingCustomer, action: str) -> Agreement:
    """Write a course, and record in a changing transaction that its customer has something else now."""
    state = await course.write()
    tell(work, customer, action)
    return state


async def offered(work: Work, customer: BillingCustomer, plan_key: str | None) -> PlanVersion:
    """Return the latest version of a plan that a customer of this type can have now."""
    if plan_key is None:
        plan = await work.plans.find_default(customer.type)
        if plan is None:
            raise NotFound(
                f"There is no default plan for customers of type {customer.type}; name a plan.",
                code="PLAN_NOT_FOUND",
            )
    else:
        plan = await find_plan(work, plan_key)
    if plan.group.type is not customer.type:
        raise NotPermitted(
            f"The plan {plan.key!r} is for customers of type {plan.group.type}, and {customer.id} is of type "
            f"{customer.type}.",
            code="PLAN_OF_OTHER_TYPE",
        )
    version = await work.plans.find_version(plan.key, plan.latest_version)
    if version is None or plan.is_archived:
        fault = "archived; choose another one" if plan.is_archived else "not published; publish it first"
        raise NotPermitted(f"The plan {plan.key!r} is {fault}.", code="PLAN_NOT_PUBLISHED")
    return version


async def trials_before(work: Work, customer: BillingCustomer) -> frozenset[str]:
    """Return the keys of the plans that a customer tried under agreements that are over."""
    return frozenset().union(*[each.had_trials for each in await work.agreements.all_of(customer.id)])
