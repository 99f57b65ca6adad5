"""Agreements are stored alike on both databases: events with state, one live agreement per customer."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from claimsmith.domain.agreement_events import apply, as_of, begin, due, replay
from claimsmith.domain.agreements import AgreementEvent, EventKind
from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.entitlements import Entitlements
from claimsmith.domain.errors import Conflict
from claimsmith.domain.organizations import Organization
from claimsmith.domain.periods import Interval
from claimsmith.domain.plans import (
    CustomerType,
    Feature,
    FixedCharge,
    Plan,
    PlanContents,
    PlanFeature,
    PlanGroup,
    PlanVersion,
    Tier,
    TrialEnd,
    TrialTerms,
)
from claimsmith.storage.agreements import due_agreements

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CUSTOMER = BillingCustomer("customer_1", NOW, organization_code="org_1", email="pay@acme.test")
CALLS = Feature("feature_1", "calls", "Calls", "Calls of the API.", is_metered=True, unit="call")
SSO = Feature("feature_2", "sso", "Single sign-on")
GROUP = PlanGroup("sbg_1", "teams", "Teams", CustomerType.ORGANIZATION, is_default=True)
CONTENTS = PlanContents(
    charges=(FixedCharge("charge_1", "base", "Base", 4900, Interval.MONTH, "Base price", 49000),),
    features={
        "calls": PlanFeature(
            "entitlement_1", CALLS, "Calls", 1000, 0, True, None, (Tier(100, 10), Tier(None, 5))
        ),
        "sso": PlanFeature("entitlement_2", SSO, "Single sign-on"),
    },
    trial=TrialTerms(days=14, at_end=TrialEnd.FALL_BACK, fall_back_plan="free"),
)
FREE = PlanVersion("free", "Free", 1, PlanContents(), NOW, "sbg_1")
PLUS = PlanVersion("plus", "Plus", 2, CONTENTS, NOW, "sbg_1")
STARTED = AgreementEvent(kind=EventKind.STARTED, at=NOW, plan=FREE.ref, details={"by": "cli"})
TRIAL = AgreementEvent(
    kind=EventKind.TRIAL_STARTED,
    at=NOW,
    plan=PLUS.ref,
    until=NOW + 14 * DAY,
    at_end=TrialEnd.FALL_BACK,
    fall_back=FREE.ref,
)


async def filled(work):
    """Put a customer, a free plan and one with everything into an environment."""
    await work.organizations.add(Organization("org_1", "Acme", created_at=NOW))
    await work.billing_customers.add(CUSTOMER)
    await work.plans.add_group(GROUP, NOW)
    for number, key in enumerate(("free", "plus")):
        await work.plans.add(Plan(f"plan_{number}", key, key.title(), GROUP, latest_version=2), NOW)
    await work.plans.add_version(FREE)
    await work.plans.add_version(PLUS)


def trial():
    return apply(begin("agreement_1", "customer_1", STARTED), TRIAL)


async def test_plans_come_back_as_they_were_stored(database):
    async with database.storing("one") as work:
        await filled(work)
        assert await work.plans.groups() == [GROUP]
        assert await work.plans.default_group(CustomerType.ORGANIZATION) == GROUP
        assert await work.plans.default_group(CustomerType.USER) is None
        await work.plans.add_feature(CALLS)
        assert await work.plans.features() == [CALLS]
        drafted = Plan("plan_9", "pro", "Pro", GROUP, "For pros.", CONTENTS, is_default=True)
        await work.plans.add(drafted, NOW)
        assert await work.plans.find("pro") == drafted
        assert await work.plans.find_default(CustomerType.ORGANIZATION) == drafted
        assert await work.plans.find_version("plus", 2) == PLUS
        assert await work.plans.versions("plus") == [PLUS]
        assert await work.plans.latest_versions() == {"plus": PLUS}
        first = await work.plans.page_by_key(page_size=2, next_token=None)
        rest = await work.plans.page_by_key(page_size=2, next_token=first.next_token)
        assert [plan.key for plan in [*first.items, *rest.items]] == ["free", "plus", "pro"]
    async with database.reading("two") as other:
        assert await other.plans.all() == []
        assert await other.plans.find_version("plus", 2) is None


async def test_default_mark_is_taken_from_the_former(database):
    async with database.storing("one") as work:
        await filled(work)
        for key in ("free", "plus"):
            await work.plans.replace(replace(await work.plans.find(key), is_default=True))
        assert [plan.key for plan in await work.plans.all() if plan.is_default] == ["plus"]
        other = PlanGroup("sbg_2", "others", "Others", CustomerType.ORGANIZATION)
        await work.plans.add_group(other, NOW)
        await work.plans.replace_group(replace(other, is_default=True))
        assert [group.key for group in await work.plans.groups() if group.is_default] == ["others"]


async def test_customers_are_one_per_user_or_organization(database):
    async with database.storing("one") as work:
        await filled(work)
        assert not await work.billing_customers.add(replace(CUSTOMER, id="customer_2"))
        assert await work.billing_customers.of_organization("org_1") == CUSTOMER
        assert await work.billing_customers.of_user("kp_1") is None
        moved = replace(CUSTOMER, email=None, zone="Europe/Berlin")
        await work.billing_customers.replace(moved)
        assert await work.billing_customers.find("customer_1") == moved


async def test_state_and_history_are_stored_together(database):
    async with database.storing("one") as work:
        await filled(work)
        begun = trial()
        assert await work.agreements.add(begun, [STARTED, TRIAL], NOW)
        assert await work.agreements.find("agreement_1") == begun
        held = await work.agreements.held_by("customer_1")
        assert held[0].versions == {("free", 1): FREE, ("plus", 2): PLUS}
        assert Entitlements.of(held, NOW).compact() == {"calls": 1000, "sso": True}
        later = NOW + 15 * DAY
        events = list(due(begun, later))
        await work.agreements.go_on(begun, as_of(begun, later), events, later)
        assert await work.agreements.live_of("customer_1") == as_of(begun, later)
        history = await work.agreements.history("agreement_1")
        assert history == [STARTED, TRIAL, *events]
        assert replay("agreement_1", "customer_1", history) == as_of(begun, later)
        assert await work.agreements.count_of("free") == {1: 1}
        with pytest.raises(Conflict):
            await work.agreements.go_on(begun, as_of(begun, later), events, later)


async def test_customer_has_one_live_agreement(database):
    async with database.storing("one") as work:
        await filled(work)

    async def added(number):
        begun = begin(f"agreement_{number}", "customer_1", STARTED)
        async with database.storing("one") as work:
            return await work.agreements.add(begun, [STARTED], NOW)

    assert sorted(await asyncio.gather(*map(added, range(4)))) == [False, False, False, True]
    cancelled = AgreementEvent(kind=EventKind.CANCELLED, at=NOW)
    async with database.storing("one") as work:
        live = await work.agreements.live_of("customer_1")
        await work.agreements.go_on(live, apply(live, cancelled), [cancelled], NOW)
    assert await added(7)
    async with database.storing("one") as work:
        assert [each.is_live for each in await work.agreements.all_of("customer_1")] == [True, False]


async def test_due_agreements_are_found_in_every_environment_the_oldest_first(database):
    for environment in ("one", "two"):
        async with database.storing(environment) as work:
            await filled(work)
            begun = begin(f"agreement_{environment}", "customer_1", STARTED)
            if environment == "two":
                begun = apply(begun, TRIAL)
            await work.agreements.add(begun, [STARTED], NOW)
    renewal, warning = datetime(2026, 4, 1, 12, tzinfo=UTC), NOW + 7 * DAY
    async with database.across_environments() as connection:
        assert await due_agreements(connection, warning - DAY, 10) == []
        found = await due_agreements(connection, renewal, 10)
        assert found == [("two", "agreement_two", warning), ("one", "agreement_one", renewal)]
        after = await due_agreements(connection, renewal, 10, (warning, "agreement_two"))
        assert after == found[1:]
