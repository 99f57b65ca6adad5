"""Check what agreements entitle to, at which instant, and why."""

from datetime import UTC, datetime, timedelta

from claimsmith.domain.agreement_events import apply, begin
from claimsmith.domain.agreements import AgreementEvent, EventKind
from claimsmith.domain.entitlements import NOTHING, Because, Entitlements, HeldPlan
from claimsmith.domain.plans import Feature, PlanContents, PlanFeature, PlanVersion, TrialEnd

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
TRIAL_END = NEW_YEAR + timedelta(days=30)

SSO = Feature(id="feature_1", key="sso", name="Single sign-on")
CALLS = Feature(id="feature_2", key="calls", name="Calls", is_metered=True, unit="call")


def version(key: str, *features: PlanFeature) -> PlanVersion:
    contents = PlanContents(features={each.feature.key: each for each in features})
    return PlanVersion(
        plan_key=key, plan_name=key.title(), number=1, contents=contents, published_on=NEW_YEAR
    )


def included(feature: Feature, limit_max: int | None = None) -> PlanFeature:
    return PlanFeature(
        id=f"entitlement_{feature.key}", feature=feature, price_name=feature.name, limit_max=limit_max
    )


FREE = version("free", included(CALLS, 100))
PLUS = version("plus", included(CALLS, 1000), included(SSO))
VERSIONS = {("free", 1): FREE, ("plus", 1): PLUS}


def trial_of_plus() -> HeldPlan:
    agreement = begin(
        "agreement_1", "customer_1", AgreementEvent(kind=EventKind.STARTED, at=NEW_YEAR, plan=FREE.ref)
    )
    trial = AgreementEvent(
        kind=EventKind.TRIAL_STARTED,
        at=NEW_YEAR,
        plan=PLUS.ref,
        until=TRIAL_END,
        at_end=TrialEnd.FALL_BACK,
        fall_back=FREE.ref,
    )
    return HeldPlan(agreement=apply(agreement, trial), versions=VERSIONS)


def test_trial_entitles_until_its_last_microsecond() -> None:
    before = Entitlements.of([trial_of_plus()], TRIAL_END - timedelta(microseconds=1))
    assert before.compact() == {"calls": 1000, "sso": True}
    assert (before.valid_until, before.trial_ends_on) == (TRIAL_END, TRIAL_END)
    after = Entitlements.of([trial_of_plus()], TRIAL_END)
    assert after.compact() == {"calls": 100}
    assert (after.valid_until, after.trial_ends_on) == (None, None)


def test_what_was_lost_says_until_when_it_was_had() -> None:
    after = Entitlements.of([trial_of_plus()], TRIAL_END + timedelta(days=1))
    assert after.because("sso") == Because(
        key="sso",
        is_included=False,
        plan_key="free",
        plan_name="Free",
        agreement_id="agreement_1",
        until=TRIAL_END,
        left_plan_name="Plus",
        left_by=EventKind.TRIAL_ENDED,
    )


def test_what_is_included_says_which_plan_gives_it() -> None:
    assert Entitlements.of([trial_of_plus()], NEW_YEAR).because("sso") == Because(
        key="sso",
        is_included=True,
        plan_key="plus",
        plan_name="Plus",
        agreement_id="agreement_1",
        since=NEW_YEAR,
        until=TRIAL_END,
    )


def test_larger_limit_of_several_plans_counts() -> None:
    free = begin(
        "agreement_2", "customer_1", AgreementEvent(kind=EventKind.STARTED, at=NEW_YEAR, plan=FREE.ref)
    )
    both = Entitlements.of([HeldPlan(free, VERSIONS), trial_of_plus()], NEW_YEAR)
    assert both.limit("calls") == 1000
    assert [plan.key for plan in both.plans] == ["free", "plus"]


def test_without_an_agreement_there_is_nothing() -> None:
    assert not NOTHING.has("sso")
    assert NOTHING.limit("calls") == 0
    assert NOTHING.because("sso") == Because(key="sso", is_included=False)
