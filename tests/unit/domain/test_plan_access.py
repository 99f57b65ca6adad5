"""What a plan includes at an instant follows from the agreement and the instant alone."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.agreement_events import apply, as_of, begin
from claimsmith.domain.agreements import AgreementEvent, EventKind
from claimsmith.domain.gates import ADDITIONAL_ENVIRONMENTS, API_SCOPES_IN_PERMISSIONS, PASSKEYS
from claimsmith.domain.operator_plans import read_plans
from claimsmith.domain.plan_access import UNLOCKED, PlanAccess
from claimsmith.domain.plans import PlanRef, TrialEnd

NOW = datetime(2026, 3, 1, tzinfo=UTC)
END = NOW + timedelta(days=30)
DOCUMENT = {
    "default_plan": "free",
    "plans": [
        {"key": "free", "name": "Free", "limits": {"environments.additional": 1}},
        {"key": "pro", "name": "Pro", "based_on": "free", "includes": ["sign_in.passkeys"]},
        {
            "key": "plus",
            "name": "Plus",
            "based_on": "pro",
            "includes": ["claims.api_scopes_in_permissions", "environments.additional"],
            "trial": {"days": 30},
        },
        {"key": "scale", "name": "Scale", "based_on": "plus"},
    ],
}
PLANS = read_plans(DOCUMENT, NOW)


def trial(at_end=TrialEnd.FALL_BACK, before="free", started=NOW):
    agreement = begin("default", "default", AgreementEvent(EventKind.STARTED, NOW, plan=PlanRef(before, 1)))
    return apply(
        agreement,
        AgreementEvent(
            EventKind.TRIAL_STARTED,
            started,
            plan=PlanRef("plus", 1),
            until=started + timedelta(days=30),
            at_end=at_end,
            fall_back=PlanRef(before, 1),
        ),
    )


def at(**after):
    return (NOW + timedelta(**after)).timestamp()


def test_without_plans_everything_is_included_for_ever():
    assert UNLOCKED.includes(API_SCOPES_IN_PERMISSIONS, at())
    assert UNLOCKED.limit(ADDITIONAL_ENVIRONMENTS, at()) is None
    assert UNLOCKED.valid_until(at()) == math.inf
    assert UNLOCKED.version(at()) is None


def test_business_that_was_given_nothing_has_the_default_plan():
    access = PlanAccess(PLANS)
    gate = access.told(API_SCOPES_IN_PERMISSIONS, at())
    assert not access.includes(API_SCOPES_IN_PERMISSIONS, at())
    assert gate.because == "Plan Free does not include API scopes in the permissions claim."
    assert gate.remedy == (
        "Start a 30-day trial of Plus (claimsmith plan trial plus, or POST /api/v1/plan/trials), or move to "
        "Plus or Scale."
    )
    assert gate.details == {
        "feature": "claims.api_scopes_in_permissions",
        "plan": "free",
        "plans": ["plus", "scale"],
        "trial": {"plan": "plus", "state": "open", "days": 30, "ends_on": None},
        "start_trial": {"method": "POST", "path": "/api/v1/plan/trials", "body": {"plan": "plus"}},
    }
    assert access.valid_until(at()) == math.inf


def test_trial_ends_to_the_second_and_says_so():
    access = PlanAccess(PLANS, trial())
    assert access.includes(API_SCOPES_IN_PERMISSIONS, at(days=30, seconds=-1))
    assert access.valid_until(at(days=29)) == END.timestamp()
    assert access.told(API_SCOPES_IN_PERMISSIONS, at(days=29)).until == END
    assert access.told(PASSKEYS, at(days=29)).until == END
    assert not access.includes(API_SCOPES_IN_PERMISSIONS, END.timestamp())
    gate = access.told(API_SCOPES_IN_PERMISSIONS, at(days=31))
    assert gate.because == (
        "Plan Free does not include API scopes in the permissions claim; it was on until "
        "2026-03-31 00:00 UTC."
    )
    assert gate.details["trial"]["state"] == "used"
    assert "start_trial" not in gate.details
    assert access.includes(API_SCOPES_IN_PERMISSIONS, at(days=1)), "a clock that goes back is followed"


def test_trial_falls_back_to_the_plan_before_it():
    access = PlanAccess(PLANS, trial(before="pro"))
    assert access.includes(PASSKEYS, at(days=31))
    assert access.told(PASSKEYS, at(days=29)).until is None
    assert access.version(at(days=31)).plan_key == "pro"


def test_trial_that_converts_goes_on():
    access = PlanAccess(PLANS, trial(TrialEnd.CONVERT))
    assert access.includes(API_SCOPES_IN_PERMISSIONS, at(days=400))
    assert access.told(API_SCOPES_IN_PERMISSIONS, at(days=3)).until is None


def test_paused_business_has_the_default_plan():
    access = PlanAccess(PLANS, trial(TrialEnd.PAUSE, before="pro"))
    assert access.version(at(days=31)).plan_key == "free"
    assert access.told(API_SCOPES_IN_PERMISSIONS, at(days=31)).until == END


def test_what_is_counted_has_a_limit():
    access = PlanAccess(PLANS)
    gate = access.beyond(ADDITIONAL_ENVIRONMENTS, at())
    assert access.limit(ADDITIONAL_ENVIRONMENTS, at()) == 1
    assert gate.because == "Plan Free does not include more environments beside production than 1."
    assert [each.key for each in gate.plans] == ["plus", "scale"]
    assert PlanAccess(PLANS, trial()).limit(ADDITIONAL_ENVIRONMENTS, at(days=1)) is None


@given(st.lists(st.integers(-86_400 * 10, 86_400 * 90), min_size=1, max_size=20))
def test_answers_do_not_depend_on_what_was_asked_before(moments):
    kept = PlanAccess(PLANS, trial())
    for seconds in moments:
        instant = at(seconds=seconds)
        fresh = PlanAccess(PLANS, trial())
        assert kept.includes(API_SCOPES_IN_PERMISSIONS, instant) is fresh.includes(
            API_SCOPES_IN_PERMISSIONS, instant
        )
        assert kept.valid_until(instant) == fresh.valid_until(instant)
        assert kept.told(PASSKEYS, instant) == fresh.told(PASSKEYS, instant)


@given(st.integers(0, 86_400 * 90), st.integers(0, 86_400 * 90))
def test_what_was_written_down_meanwhile_changes_no_answer(settled, asked):
    """The background work only records what is true already."""
    instant = NOW + timedelta(seconds=max(settled, asked))
    written = as_of(trial(), NOW + timedelta(seconds=settled))
    for capability in (API_SCOPES_IN_PERMISSIONS, PASSKEYS):
        told = PlanAccess(PLANS, written).told(capability, instant.timestamp())
        assert told == PlanAccess(PLANS, trial()).told(capability, instant.timestamp())
