"""What customers have follows from decisions and from the clock, with and without work in the background."""

from dataclasses import replace

import pytest

from claimsmith.domain.agreement_events import as_of, replay
from claimsmith.domain.agreements import AgreementStatus, EventKind
from claimsmith.domain.errors import AlreadyExists, NotFound, NotPermitted
from claimsmith.usecases import agreements, entitlements, plans
from claimsmith.usecases.agreement_changes import (
    cancel_agreement,
    change_plan,
    choose_plan,
    pause_agreement,
    resume_agreement,
    start_agreement,
    withdraw_change,
)
from claimsmith.usecases.agreement_trials import end_trial, extend_trial, start_trial
from tests.support.plans import make_customer, sell_plans
from tests.support.platform import open_platform

DAY = 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield opened


@pytest.fixture
async def context(opened):
    context = opened.context()
    await sell_plans(context)
    return context


@pytest.fixture
async def customer(context):
    return await make_customer(context)


async def compact(context, customer):
    return (await entitlements.read_entitlements(context, customer.id)).compact()


async def events_of(context, customer):
    async with context.reading() as work:
        page = await work.billing_events.page_newest(customer_id=customer.id, page_size=100, next_token=None)
    return [each.type.removeprefix("customer.") for each in reversed(page.items)]


async def test_trial_ends_on_time_whether_or_not_anybody_writes_it_down(opened, context, customer):
    await agreements.decide(context, customer.id, start_agreement)
    await agreements.decide(context, customer.id, start_trial, "plus")
    assert await compact(context, customer) == {"calls": 1000, "sso": True}
    opened.clock.move(30 * DAY - 1)
    assert await compact(context, customer) == {"calls": 1000, "sso": True}
    opened.clock.move(1)
    assert await compact(context, customer) == {"calls": 100}
    unsettled = await agreements.list_agreements(context, customer.id)
    assert await agreements.settle_due(opened.platform) == 1
    settled = await agreements.list_agreements(context, customer.id)
    assert unsettled == settled
    assert await events_of(context, customer) == [
        "agreement_created",
        "trial_started",
        "plan_ending_soon",
        "plan_ending_soon",
        "trial_ended",
    ]
    assert await agreements.settle_due(opened.platform) == 0


async def test_long_downtime_is_caught_up_in_order(opened, context, customer):
    state = await agreements.decide(context, customer.id, start_agreement, "plus")
    opened.clock.move(100 * DAY)
    assert await agreements.settle_due(opened.platform) == 1
    history = await agreements.read_history(context, state.id)
    assert [event.at for event in history] == sorted(event.at for event in history)
    assert [event.kind for event in history][-3:] == ["trial_ended", "renewed", "renewed"]
    now = opened.clock()
    assert replay(state.id, customer.id, history) == as_of(state, now)


async def test_each_plan_is_tried_once(opened, context, customer):
    await agreements.decide(context, customer.id, start_trial, "plus")
    with pytest.raises(NotPermitted) as refused:
        await agreements.decide(context, customer.id, start_trial, "plus")
    assert refused.value.code == "PLAN_IN_FORCE"
    opened.clock.move(31 * DAY)
    with pytest.raises(NotPermitted) as refused:
        await agreements.decide(context, customer.id, start_trial, "plus")
    assert refused.value.code == "TRIAL_USED"
    await agreements.decide(context, customer.id, cancel_agreement, when="now")
    with pytest.raises(NotPermitted) as refused:
        await agreements.decide(context, customer.id, start_trial, "plus")
    assert refused.value.code == "TRIAL_USED"
    state = await agreements.decide(context, customer.id, choose_plan, "plus")
    assert (state.status, state.had_trials) == (AgreementStatus.ACTIVE, {"plus"})


async def test_trial_is_extended_and_ended_early(opened, context, customer):
    await agreements.decide(context, customer.id, start_agreement)
    tried = await agreements.decide(context, customer.id, start_trial, "plus", days=10)
    longer = await agreements.decide(context, customer.id, extend_trial, days=5)
    assert (longer.trial_ends_on - tried.trial_ends_on).days == 5
    opened.clock.move(DAY)
    ended = await agreements.decide(context, customer.id, end_trial)
    assert (ended.plan.key, ended.status) == ("free", AgreementStatus.ACTIVE)
    with pytest.raises(NotPermitted) as refused:
        await agreements.decide(context, customer.id, extend_trial, days=5)
    assert refused.value.code == "TRIAL_NOT_RUNNING"


async def test_change_comes_at_the_end_of_the_period_unless_it_is_withdrawn(opened, context, customer):
    await agreements.decide(context, customer.id, start_agreement, "plus", with_trial=False)
    await agreements.decide(context, customer.id, change_plan, "free", when="period_end")
    await agreements.decide(context, customer.id, withdraw_change)
    with pytest.raises(NotPermitted) as refused:
        await agreements.decide(context, customer.id, withdraw_change)
    assert refused.value.code == "NOTHING_SCHEDULED"
    await agreements.decide(context, customer.id, change_plan, "free", when="period_end")
    opened.clock.move(32 * DAY)
    assert await compact(context, customer) == {"calls": 100}


async def test_cancellation_that_has_come_lets_a_new_agreement_begin(opened, context, customer):
    first = await agreements.decide(context, customer.id, start_agreement)
    await agreements.decide(context, customer.id, cancel_agreement)
    opened.clock.move(32 * DAY)
    assert await compact(context, customer) == {}
    with pytest.raises(NotFound):
        await agreements.decide(context, customer.id, pause_agreement)
    second = await agreements.decide(context, customer.id, choose_plan, "free")
    assert second.id != first.id
    ended = await agreements.list_agreements(context, customer.id, with_ended=True)
    assert [each.agreement.is_live for each in ended] == [True, False]


async def test_paused_agreement_entitles_to_nothing(context, customer):
    await agreements.decide(context, customer.id, start_agreement)
    await agreements.decide(context, customer.id, pause_agreement)
    assert await compact(context, customer) == {}
    with pytest.raises(NotPermitted):
        await agreements.decide(context, customer.id, change_plan, "plus", when="period_end")
    moved = await agreements.decide(context, customer.id, change_plan, "plus")
    assert moved.status is AgreementStatus.PAUSED
    await agreements.decide(context, customer.id, resume_agreement)
    assert await compact(context, customer) == {"calls": 1000, "sso": True}


async def test_customers_keep_their_version_until_they_are_moved(context, customer):
    await agreements.decide(context, customer.id, start_agreement)
    await plans.change_plan_draft(
        context, "free", {"contents": {"features": [{"feature": "calls", "limit_max": 50}]}}
    )
    await plans.publish_plan(context, "free")
    assert await compact(context, customer) == {"calls": 100}
    assert (await agreements.move_to_latest(context, "free")).moved == 1
    assert await compact(context, customer) == {"calls": 50}
    assert (await agreements.move_to_latest(context, "free")).moved == 0


async def test_plans_that_cannot_be_had_are_refused(context, customer):
    await plans.create_plan(context, key="draft", name="Draft")
    await plans.create_plan(context, key="personal", name="Personal", type="user")
    await plans.publish_plan(context, "personal")
    for key, code in (("draft", "PLAN_NOT_PUBLISHED"), ("personal", "PLAN_OF_OTHER_TYPE")):
        with pytest.raises(NotPermitted) as refused:
            await agreements.decide(context, customer.id, start_agreement, key)
        assert refused.value.code == code
    await agreements.decide(context, customer.id, start_agreement)
    with pytest.raises(AlreadyExists):
        await agreements.decide(context, customer.id, start_agreement)


async def test_clock_that_goes_back_breaks_nothing(opened, context, customer):
    state = await agreements.decide(context, customer.id, start_agreement)
    opened.clock.move(-3 * DAY)
    changed = await agreements.decide(context, customer.id, change_plan, "plus")
    assert changed.changed_at == state.changed_at
    assert (await agreements.read_history(context, state.id))[-1].kind is EventKind.CHANGED


async def test_several_processes_settle_once(opened, context, customer):
    import asyncio

    await agreements.decide(context, customer.id, start_trial, "plus")
    opened.clock.move(40 * DAY)
    settled = await asyncio.gather(*(agreements.settle_due(opened.platform) for _ in range(4)))
    assert sum(settled) == 1
    state = (await agreements.list_agreements(context, customer.id))[0].agreement
    history = await agreements.read_history(context, state.id)
    assert replay(state.id, customer.id, history) == state
    assert replace(state, had_trials=frozenset({"plus"})) == state
