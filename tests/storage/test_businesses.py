"""Businesses, the plans in force and agreements are kept above the environments, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from claimsmith.domain.agreements import AgreementEvent, EventKind
from claimsmith.domain.businesses import Business
from claimsmith.domain.changes import Author
from claimsmith.domain.gates import API_SCOPES_IN_PERMISSIONS
from claimsmith.domain.plan_access import UNLOCKED
from claimsmith.domain.plans import PlanRef, TrialEnd
from claimsmith.storage.businesses import BusinessStore
from claimsmith.storage.environments import EnvironmentStore
from tests.storage.conftest import NOW
from tests.support.operator_plans import sample_plans

AUTHOR = Author("cli", "test")
FREE, PLUS = PlanRef("free", 1), PlanRef("plus", 1)
EVENTS = (
    AgreementEvent(EventKind.STARTED, NOW, plan=FREE, zone="Europe/Berlin", had_trials=frozenset({"pro"})),
    AgreementEvent(
        EventKind.TRIAL_STARTED,
        NOW,
        plan=PLUS,
        until=NOW + timedelta(days=30),
        at_end=TrialEnd.FALL_BACK,
        fall_back=FREE,
        details={"by": "somebody"},
    ),
    AgreementEvent(
        EventKind.ENDING_SOON, NOW + timedelta(days=23), until=NOW + timedelta(days=30), days_left=7
    ),
)


async def test_every_installation_begins_with_one_business_that_owns_its_environments(database):
    async with database.across_environments() as connection:
        store = BusinessStore(connection)
        assert [(each.id, each.name) for each in await store.all()] == [("default", "Default")]
        assert await store.environment_ids("default") == ["one", "two"]
        assert await store.environment_ids("another") == []
        assert await store.access("default") == UNLOCKED


async def test_events_come_back_as_they_were_and_their_number_is_taken_once(database):
    async with database.across_environments(writes=True) as connection:
        store = BusinessStore(connection)
        await store.add(Business("orchard", "Orchard Ltd", NOW))
        await store.append("orchard", 1, EVENTS, AUTHOR)
        assert await store.events("orchard") == [(each, AUTHOR) for each in EVENTS]
        assert await store.events("default") == []
        state = await store.agreement("orchard")
        assert (state.plan, state.sequence, state.warned_days) == (PLUS, 3, 7)
    with pytest.raises(IntegrityError):
        async with database.across_environments(writes=True) as connection:
            await BusinessStore(connection).append("orchard", 3, EVENTS[2:], AUTHOR)


async def test_one_document_is_in_force(database):
    document = sample_plans()
    async with database.across_environments(writes=True) as connection:
        store = BusinessStore(connection)
        await store.put_document({**document, "default_plan": "plus"}, NOW)
        await store.put_document(document, NOW)
        assert await store.document() == (document, NOW)
        await store.append("default", 1, EVENTS, AUTHOR)
        access = await store.access("default")
        assert access.includes(API_SCOPES_IN_PERMISSIONS, NOW.timestamp() + 86_400)
        assert not access.includes(API_SCOPES_IN_PERMISSIONS, NOW.timestamp() + 31 * 86_400)
        await store.put_document(None, NOW)
        assert await store.document() is None


async def test_change_of_several_environments_is_told_and_recorded_in_each(database):
    told = []
    database.on_commit(lambda environment, version, changes: told.append((environment, version, changes)))
    async with database.changing_several(["two", "one"], AUTHOR) as works:
        for work in works:
            work.record("business", "default", "trial_started")
    assert [(environment, version) for environment, version, _ in told] == [("one", 1), ("two", 1)]
    async with database.across_environments() as connection:
        store = EnvironmentStore(connection)
        for environment in ("one", "two"):
            (change,) = await store.changes_since(environment, 0)
            assert (change.noun, change.object_id, change.action) == ("business", "default", "trial_started")
