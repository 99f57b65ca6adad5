"""Three years of 1,000 agreements: whatever happens, replaying the events gives the same state."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.agreement_events import apply, as_of, begin, due, next_due, replay, trial_end
from claimsmith.domain.agreement_json import (
    agreement_from_json,
    agreement_to_json,
    event_from_json,
    event_to_json,
)
from claimsmith.domain.agreements import Agreement, AgreementEvent, AgreementStatus, EventKind
from claimsmith.domain.periods import Interval
from claimsmith.domain.plans import PlanRef, TrialEnd

START = datetime(2024, 1, 31, 22, 30, tzinfo=UTC)
YEARS = timedelta(days=3 * 366)
AGREEMENTS = 1_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
INTERVALS = (Interval.MONTH, Interval.MONTH, Interval.MONTH, Interval.YEAR, Interval.YEAR, Interval.WEEK)
PLANS = tuple(PlanRef(f"plan_{number}", number + 1, interval) for number, interval in enumerate(INTERVALS))


def started(chance: random.Random, at: datetime) -> AgreementEvent:
    return AgreementEvent(kind=EventKind.STARTED, at=at, plan=chance.choice(PLANS), zone=chance.choice(ZONES))


def decision(chance: random.Random, agreement: Agreement, now: datetime) -> AgreementEvent | None:
    """Return something that a person could decide in this state, or nothing."""
    plan, later = chance.choice(PLANS), agreement.period.end
    at_end = chance.choice(list(TrialEnd))
    choices = {
        "try": AgreementEvent(
            kind=EventKind.TRIAL_STARTED,
            at=now,
            plan=plan,
            until=now + timedelta(days=chance.randrange(1, 60)),
            at_end=at_end,
            fall_back=chance.choice([None, agreement.plan]),
        ),
        "change": AgreementEvent(kind=EventKind.CHANGED, at=now, plan=plan),
        "nothing": None,
    }
    if agreement.status is AgreementStatus.PAUSED:
        choices["resume"] = AgreementEvent(kind=EventKind.RESUMED, at=now)
    else:
        choices["later"] = AgreementEvent(kind=EventKind.CHANGE_SCHEDULED, at=now, plan=plan, until=later)
    if agreement.status is AgreementStatus.ACTIVE:
        choices["pause"] = AgreementEvent(kind=EventKind.PAUSED, at=now)
    if agreement.trial is not None:
        longer = agreement.trial.ends_on + timedelta(days=7)
        choices["extend"] = AgreementEvent(kind=EventKind.TRIAL_EXTENDED, at=now, until=longer)
        choices["end"] = trial_end(agreement, now, at_end)
    if agreement.scheduled is not None:
        choices["withdraw"] = AgreementEvent(kind=EventKind.CHANGE_WITHDRAWN, at=now)
    if agreement.is_entitling and chance.random() < 0.1:
        choices["cancel"] = AgreementEvent(kind=EventKind.CANCEL_SCHEDULED, at=now, until=later)
    return choices[chance.choice(sorted(choices))]


def lived(chance: random.Random, number: int) -> tuple[Agreement, list[AgreementEvent]]:
    """Return the end of one agreement's life, and its events; somebody looks at random times only."""
    now = START + timedelta(minutes=chance.randrange(60 * 24 * 365))
    first = started(chance, now)
    events, agreement = [first], begin(f"agreement_{number}", f"customer_{number}", first)
    while now < START + YEARS:
        now += timedelta(minutes=chance.randrange(1, 60 * 24 * 120))
        while (fallen_due := next_due(agreement)) is not None and fallen_due.at <= now:
            agreement = apply(agreement, fallen_due)
            events.append(fallen_due)
        decided = decision(chance, agreement, now) if agreement.is_live else None
        if decided is not None:
            agreement = apply(agreement, decided)
            events.append(decided)
    return agreement, events


def test_replaying_three_years_of_a_thousand_agreements_gives_the_same_states():
    chance = random.Random(20240131)
    began = time.process_time()
    kinds: dict[str, int] = {}
    for number in range(AGREEMENTS):
        agreement, events = lived(chance, number)
        assert replay(agreement.id, agreement.customer_id, events) == agreement
        assert [each.at for each in events] == sorted(each.at for each in events)
        assert agreement.sequence == len(events)
        assert_sound(agreement)
        for each in events:
            kinds[each.kind.value] = kinds.get(each.kind.value, 0) + 1
    assert set(kinds) == {each.value for each in EventKind}
    assert sum(kinds.values()) > 10_000
    assert time.process_time() - began < 10


def assert_sound(agreement: Agreement) -> None:
    """Check what is true of every state."""
    following = next_due(agreement)
    assert (agreement.trial is None) is (agreement.status is not AgreementStatus.TRIALING)
    assert agreement.period.start < agreement.period.end
    assert following is None or following.at >= agreement.changed_at
    assert agreement.is_live is (agreement.ended_on is None)
    assert agreement.is_live or following is None
    assert agreement.plan in agreement.plans


@pytest.mark.parametrize("seed", range(20))
def test_states_and_events_are_stored_without_loss(seed):
    agreement, events = lived(random.Random(seed), seed)
    stored = agreement_to_json(agreement)
    assert agreement_from_json(agreement.id, agreement.customer_id, stored) == agreement
    assert [event_from_json(each.kind.value, each.at, event_to_json(each)) for each in events] == events


looks = st.lists(st.integers(min_value=0, max_value=60 * 24 * 800), max_size=8)


@given(st.integers(min_value=0, max_value=10**6), looks)
def test_state_does_not_depend_on_when_somebody_looked(seed, minutes):
    """Downtime, restarts and looking twice change nothing: only the instant that is asked for counts."""
    chance = random.Random(seed)
    agreement = begin("agreement_1", "customer_1", started(chance, START))
    decided = decision(chance, agreement, START)
    if decided is not None:
        agreement = apply(agreement, decided)
    last = START + timedelta(minutes=60 * 24 * 800)
    looked = agreement
    for each in sorted(minutes):
        looked = as_of(looked, START + timedelta(minutes=each))
    assert as_of(looked, last) == as_of(agreement, last)


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(min_value=1, max_value=730),
    st.sampled_from(list(TrialEnd)),
    st.sampled_from(ZONES),
)
def test_trial_lasts_its_days_to_the_microsecond(at, days, at_end, zone):
    first = AgreementEvent(kind=EventKind.STARTED, at=at, plan=PLANS[0], zone=zone)
    end = at + timedelta(days=days)
    trial = AgreementEvent(
        kind=EventKind.TRIAL_STARTED, at=at, plan=PLANS[1], until=end, at_end=at_end, fall_back=PLANS[0]
    )
    agreement = apply(begin("agreement_1", "customer_1", first), trial)
    before, after = as_of(agreement, end - timedelta(microseconds=1)), as_of(agreement, end)
    assert (before.status, before.plan) == (AgreementStatus.TRIALING, PLANS[1])
    assert after.trial is None
    expected = {
        TrialEnd.CONVERT: (AgreementStatus.ACTIVE, PLANS[1]),
        TrialEnd.FALL_BACK: (AgreementStatus.ACTIVE, PLANS[0]),
        TrialEnd.PAUSE: (AgreementStatus.PAUSED, PLANS[1]),
    }
    assert (after.status, after.plan) == expected[at_end]
    warned = [event.days_left for event in due(agreement, end) if event.kind is EventKind.ENDING_SOON]
    assert warned == [each for each in (7, 1) if days > each]
