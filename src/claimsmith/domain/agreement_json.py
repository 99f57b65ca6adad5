"""Turn agreements and their events into JSON values and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from claimsmith.domain.agreements import (
    Agreement,
    AgreementEvent,
    AgreementStatus,
    EventKind,
    LeftPlan,
    ScheduledChange,
    Trial,
)
from claimsmith.domain.periods import Period
from claimsmith.domain.plan_json import ref_from_json, ref_to_json
from claimsmith.domain.plans import PlanRef, TrialEnd


def agreement_to_json(agreement: Agreement) -> dict[str, Any]:
    """Return the state of an agreement as JSON values, but for its id and its customer's."""
    trial, scheduled, left = agreement.trial, agreement.scheduled, agreement.left
    return {
        "plan": ref_to_json(agreement.plan),
        "status": agreement.status.value,
        "started_on": _text(agreement.started_on),
        "subscribed_on": _text(agreement.subscribed_on),
        "anchor": _text(agreement.anchor),
        "zone": agreement.zone,
        "period": [_text(agreement.period.start), _text(agreement.period.end), agreement.period.index],
        "changed_at": _text(agreement.changed_at),
        "sequence": agreement.sequence,
        "trial": trial
        and {
            "started_on": _text(trial.started_on),
            "ends_on": _text(trial.ends_on),
            "at_end": trial.at_end.value,
            "fall_back": ref_to_json(trial.fall_back),
        },
        "scheduled": scheduled and {"on": _text(scheduled.on), "plan": ref_to_json(scheduled.plan)},
        "left": left and {"plan": ref_to_json(left.plan), "on": _text(left.on), "by": left.by.value},
        "had_trials": sorted(agreement.had_trials),
        "ended_on": _text(agreement.ended_on),
        "turning_since": _text(agreement.turning_since),
        "warned_days": agreement.warned_days,
    }


def agreement_from_json(agreement_id: str, customer_id: str, stored: Mapping[str, Any]) -> Agreement:
    """Return what `agreement_to_json` wrote."""
    start, end, index = stored["period"]
    trial, scheduled, left = stored["trial"], stored["scheduled"], stored["left"]
    return Agreement(
        id=agreement_id,
        customer_id=customer_id,
        plan=_ref(stored["plan"]),
        status=AgreementStatus(stored["status"]),
        started_on=_moment(stored["started_on"]),
        subscribed_on=_moment(stored["subscribed_on"]),
        anchor=_moment(stored["anchor"]),
        zone=stored["zone"],
        period=Period(start=_moment(start), end=_moment(end), index=index),
        changed_at=_moment(stored["changed_at"]),
        sequence=stored["sequence"],
        trial=trial
        and Trial(
            started_on=_moment(trial["started_on"]),
            ends_on=_moment(trial["ends_on"]),
            at_end=TrialEnd(trial["at_end"]),
            fall_back=ref_from_json(trial["fall_back"]),
        ),
        scheduled=scheduled
        and ScheduledChange(on=_moment(scheduled["on"]), plan=ref_from_json(scheduled["plan"])),
        left=left and LeftPlan(plan=_ref(left["plan"]), on=_moment(left["on"]), by=EventKind(left["by"])),
        had_trials=frozenset(stored["had_trials"]),
        ended_on=_maybe_moment(stored["ended_on"]),
        turning_since=_maybe_moment(stored["turning_since"]),
        warned_days=stored["warned_days"],
    )


def event_to_json(event: AgreementEvent) -> dict[str, Any]:
    """Return the members of an event that it has, as JSON values, but for its kind and its instant."""
    members = {
        "plan": ref_to_json(event.plan),
        "until": _text(event.until),
        "at_end": event.at_end.value if event.at_end else None,
        "fall_back": ref_to_json(event.fall_back),
        "days_left": event.days_left,
        "zone": event.zone,
        "had_trials": sorted(event.had_trials) or None,
        "details": dict(event.details) or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def event_from_json(kind: str, at: datetime, stored: Mapping[str, Any]) -> AgreementEvent:
    """Return what `event_to_json` wrote."""
    at_end = stored.get("at_end")
    return AgreementEvent(
        kind=EventKind(kind),
        at=at,
        plan=ref_from_json(stored.get("plan")),
        until=_maybe_moment(stored.get("until")),
        at_end=TrialEnd(at_end) if at_end else None,
        fall_back=ref_from_json(stored.get("fall_back")),
        days_left=stored.get("days_left"),
        zone=stored.get("zone"),
        had_trials=frozenset(stored.get("had_trials", ())),
        details=stored.get("details", {}),
    )


def _ref(stored: Mapping[str, Any]) -> PlanRef:
    ref = ref_from_json(stored)
    if ref is None:
        raise ValueError("an agreement without a plan is stored")
    return ref


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
