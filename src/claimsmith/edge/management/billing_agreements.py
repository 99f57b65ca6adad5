"""Serve `/api/v1/billing/agreements` and `/trials`: which plan a customer has, and what becomes of it."""

from typing import Any, Literal, NotRequired

from claimsmith.domain.agreements import Agreement, AgreementEvent
from claimsmith.domain.entitlements import HeldPlan
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.paging import slice_page
from claimsmith.domain.plans import TrialEnd
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import agreement_changes, agreement_trials, agreements

operations = Operations("Billing agreements")


class NewAgreement(Body):
    """Hold the body of `POST /billing/agreements`.

    `when` `period_end` lets what the customer has run out first. `is_trial` false begins without a trial.
    """

    customer_id: str
    plan_code: str
    is_invoice_now: bool = False
    is_prorate: bool = False
    when: Literal["now", "period_end"] = "now"
    is_trial: bool | None = None


class NewTrial(Body):
    """Hold the body of `POST /billing/trials`; without `days` it lasts as long as the plan says."""

    customer_id: str
    plan_code: str
    days: int | None = None


class LongerTrial(Body):
    """Hold the body of `PATCH /billing/trials`."""

    customer_id: str
    days: int


class ShownAgreementEntitlement(Shown):
    """Hold one feature of an agreement's plan."""

    feature_code: str
    entitlement_id: str


class ShownScheduled(Shown):
    """Hold what will happen to an agreement; no plan means that it will be cancelled."""

    on: Moment
    plan_code: str | None


class ShownAgreement(Shown):
    """Hold an agreement as it stands now."""

    id: str
    customer_id: str
    plan_code: str
    plan_version: int
    status: str
    started_on: Moment
    expires_on: Moment | None
    billing_group_id: str | None
    current_period_start: Moment | None
    current_period_end: Moment | None
    trial_ends_on: Moment | None
    scheduled: ShownScheduled | None
    entitlements: list[ShownAgreementEntitlement]


class ShownAgreementEvent(Shown):
    """Hold one thing that happened to an agreement. A member that it does not have is left out."""

    type: str
    at: Moment
    plan_code: NotRequired[str]
    plan_version: NotRequired[int]
    until: NotRequired[Moment]
    outcome: NotRequired[str]
    days_left: NotRequired[int]
    by: NotRequired[str]


@operations.operation(
    "GET /billing/agreements",
    "getBillingAgreements",
    scope="read:billing_agreements",
    answer={"has_more": bool, "agreements": list[ShownAgreement]},
)
async def get_agreements(
    context: Caller,
    *,
    customer_id: str,
    feature_code: str | None = None,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> dict[str, Any]:
    """List the agreements that a customer has, or of them those with a feature."""
    found = await agreements.list_agreements(context, customer_id)
    shown = [_shown(each) for each in found]
    if feature_code is not None:
        codes = [{part["feature_code"] for part in each["entitlements"]} for each in shown]
        shown = [each for each, included in zip(shown, codes, strict=True) if feature_code in included]
    page = slice_page(
        shown,
        lambda each: each["id"],
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )
    return ok(has_more=page.has_more, agreements=list(page.items))


@operations.operation(
    "POST /billing/agreements",
    "createBillingAgreement",
    scope="create:billing_agreements",
    answer={"agreement": ShownAgreement},
)
async def create_agreement(context: Caller, body: NewAgreement) -> dict[str, Any]:
    """Give a customer a plan: begin an agreement, or change the one that there is."""
    settled = {"is_prorate": body.is_prorate, "is_invoice_now": body.is_invoice_now}
    if body.when == "period_end":
        made = await agreements.decide(
            context,
            body.customer_id,
            agreement_changes.change_plan,
            body.plan_code,
            when=body.when,
            **settled,
        )
    else:
        made = await agreements.decide(
            context,
            body.customer_id,
            agreement_changes.choose_plan,
            body.plan_code,
            with_trial=body.is_trial,
            **settled,
        )
    return ok("Agreement made", "AGREEMENT_CREATED", agreement=await _read(context, made))


@operations.operation(
    "DELETE /billing/agreements",
    "deleteBillingAgreement",
    scope="update:billing_agreements",
    answer={"agreement": ShownAgreement},
)
async def delete_agreement(
    context: Caller, agreement_id: str, when: Literal["now", "period_end"] = "now"
) -> dict[str, Any]:
    """Cancel an agreement, now or when its period ends."""
    changed = await agreements.decide_by_id(
        context, agreement_id, agreement_changes.cancel_agreement, when=when
    )
    return ok("Agreement cancelled", "AGREEMENT_CANCELLED", agreement=await _read(context, changed))


@operations.operation(
    "GET /billing/agreements/{agreement_id}",
    "getBillingAgreement",
    scope="read:billing_agreements",
    answer={"agreement": ShownAgreement, "events": list[ShownAgreementEvent]},
)
async def get_agreement(context: Caller, agreement_id: str) -> dict[str, Any]:
    """Read an agreement as it stands now, with everything that was written down about it, in order."""
    found = await agreements.get_agreement(context, agreement_id)
    events = [_event(each) for each in await agreements.read_history(context, agreement_id)]
    return ok(agreement=_shown(found), events=events)


@operations.operation(
    "POST /billing/agreements/{agreement_id}/pause",
    "pauseBillingAgreement",
    scope="update:billing_agreements",
    answer={"agreement": ShownAgreement},
)
async def pause_agreement(context: Caller, agreement_id: str) -> dict[str, Any]:
    """Keep an agreement and take what it entitles to."""
    changed = await agreements.decide_by_id(context, agreement_id, agreement_changes.pause_agreement)
    return ok("Agreement paused", "AGREEMENT_PAUSED", agreement=await _read(context, changed))


@operations.operation(
    "POST /billing/agreements/{agreement_id}/resume",
    "resumeBillingAgreement",
    scope="update:billing_agreements",
    answer={"agreement": ShownAgreement},
)
async def resume_agreement(context: Caller, agreement_id: str) -> dict[str, Any]:
    """Give a paused agreement its entitlements back."""
    changed = await agreements.decide_by_id(context, agreement_id, agreement_changes.resume_agreement)
    return ok("Agreement resumed", "AGREEMENT_RESUMED", agreement=await _read(context, changed))


@operations.operation(
    "DELETE /billing/agreements/{agreement_id}/scheduled",
    "withdrawBillingAgreementChange",
    scope="update:billing_agreements",
    answer={"agreement": ShownAgreement},
)
async def withdraw_change(context: Caller, agreement_id: str) -> dict[str, Any]:
    """Take back a change or cancellation that has not come yet."""
    changed = await agreements.decide_by_id(context, agreement_id, agreement_changes.withdraw_change)
    return ok("Change withdrawn", "CHANGE_WITHDRAWN", agreement=await _read(context, changed))


@operations.operation(
    "POST /billing/trials",
    "createBillingTrial",
    scope="create:billing_agreements",
    status=201,
    answer={"agreement": ShownAgreement},
)
async def create_trial(context: Caller, body: NewTrial) -> dict[str, Any]:
    """Let a customer try a plan, once; afterwards comes what the plan says."""
    made = await agreements.decide(
        context, body.customer_id, agreement_trials.start_trial, body.plan_code, days=body.days
    )
    return ok("Trial started", "TRIAL_STARTED", agreement=await _read(context, made))


@operations.operation(
    "PATCH /billing/trials",
    "extendBillingTrial",
    scope="update:billing_agreements",
    answer={"agreement": ShownAgreement},
)
async def extend_trial(context: Caller, body: LongerTrial) -> dict[str, Any]:
    """Let the running trial of a customer last longer."""
    changed = await agreements.decide(
        context, body.customer_id, agreement_trials.extend_trial, days=body.days
    )
    return ok("Trial extended", "TRIAL_EXTENDED", agreement=await _read(context, changed))


@operations.operation(
    "DELETE /billing/trials",
    "endBillingTrial",
    scope="update:billing_agreements",
    answer={"agreement": ShownAgreement},
)
async def end_trial(context: Caller, customer_id: str, outcome: str | None = None) -> dict[str, Any]:
    """End the running trial of a customer now, as the plan says or as `outcome` does."""
    changed = await agreements.decide(
        context, customer_id, agreement_trials.end_trial, outcome=_outcome(outcome)
    )
    return ok("Trial ended", "TRIAL_ENDED", agreement=await _read(context, changed))


async def _read(context: Caller, agreement: Agreement) -> ShownAgreement:
    return _shown(await agreements.get_agreement(context, agreement.id))


def _outcome(text: str | None) -> TrialEnd | None:
    if text not in {None, *[each.value for each in TrialEnd]}:
        raise InvalidInput(
            f"outcome is {text!r}; use fall_back, convert or pause.", field="outcome", code="OUTCOME_INVALID"
        )
    return TrialEnd(text) if text else None


def _shown(held: HeldPlan) -> ShownAgreement:
    agreement = held.agreement
    version = held.version(agreement.plan)
    features = version.features.values() if version and agreement.is_entitling else ()
    scheduled = agreement.scheduled
    period = agreement.period if agreement.is_entitling else None
    return {
        "id": agreement.id,
        "customer_id": agreement.customer_id,
        "plan_code": agreement.plan.key,
        "plan_version": agreement.plan.version,
        "status": agreement.status.value,
        "started_on": agreement.started_on.isoformat(),
        "expires_on": agreement.ended_on.isoformat() if agreement.ended_on else None,
        "billing_group_id": version.group_id if version else None,
        "current_period_start": period.start.isoformat() if period else None,
        "current_period_end": period.end.isoformat() if period else None,
        "trial_ends_on": agreement.trial_ends_on.isoformat() if agreement.trial_ends_on else None,
        "scheduled": {
            "on": scheduled.on.isoformat(),
            "plan_code": scheduled.plan.key if scheduled.plan else None,
        }
        if scheduled
        else None,
        "entitlements": [{"feature_code": each.feature.key, "entitlement_id": each.id} for each in features],
    }


def _event(event: AgreementEvent) -> ShownAgreementEvent:
    shown: ShownAgreementEvent = {"type": event.kind.value, "at": event.at.isoformat()}
    if event.plan is not None:
        shown["plan_code"], shown["plan_version"] = event.plan.key, event.plan.version
    if event.until is not None:
        shown["until"] = event.until.isoformat()
    if event.at_end is not None:
        shown["outcome"] = event.at_end.value
    if event.days_left is not None:
        shown["days_left"] = event.days_left
    if "by" in event.details:
        shown["by"] = str(event.details["by"])
    return shown
