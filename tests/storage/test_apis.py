"""APIs, scopes, authorizations and scope imports are stored in one environment and stay there."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from claimsmith.domain.apis import (
    Api,
    AuthorizedApi,
    AuthorizedApplication,
    Scope,
    ScopeImport,
    ScopeOrigin,
    SigningAlgorithm,
    TokenShape,
)
from claimsmith.domain.applications import Application, ApplicationType
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.paging import Page

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

ORDERS = Api("orders", "Orders", "https://orders.test", created_at=NOW)
STOCK = Api(
    "stock",
    "Stock",
    "urn:stock",
    signing_algorithm=SigningAlgorithm.EDDSA,
    token_shape=TokenShape.RFC9068,
    created_at=NOW,
)
READ = Scope("api_scope_1", "orders", "read:orders", "Read orders.")
WRITE = Scope("api_scope_2", "orders", "write:orders")
COUNT = Scope("api_scope_3", "stock", "count:stock", None, ScopeOrigin.IMPORT, "scope_import_1")
ROBOT = Application("robot", "Robot", ApplicationType.M2M, created_at=NOW, updated_at=NOW)
SITE = Application("site", "A site", ApplicationType.REG, created_at=NOW, updated_at=NOW)


@asynccontextmanager
async def filled(database, environment="one"):
    """Open a transaction in an environment with two APIs, three scopes and two applications."""
    async with database.storing(environment) as work:
        await work.apis.add(STOCK)
        await work.apis.add(ORDERS)
        await work.apis.add_scopes([WRITE, READ])
        await work.apis.add_scope(COUNT)
        await work.applications.add(ROBOT)
        await work.applications.add(SITE)
        yield work


@pytest.fixture
async def work(database):
    async with filled(database) as work:
        yield work


async def test_another_environment_sees_and_touches_nothing(database):
    async with filled(database) as one:
        await one.apis.authorize("orders", "robot")
        await one.apis.enable_scopes("orders", "robot", [READ.id])
    async with database.storing("two") as two:
        assert await two.apis.find("orders") is None
        assert await two.apis.find_by_audience("urn:stock") is None
        assert await two.apis.all() == []
        assert await two.apis.scopes_of("orders") == []
        assert await two.apis.find_scope("orders", READ.id) is None
        assert await two.apis.find_scope_by_key("orders", "read:orders") is None
        assert await two.apis.authorized_applications("orders") == []
        assert await two.apis.is_authorized("orders", "robot") is False
        assert await two.apis.enabled_scope_ids("orders", "robot") == frozenset()
        assert await two.apis.grants_of("robot") == []
        await two.apis.replace(replace(ORDERS, name="Taken"))
        await two.apis.replace_scope(replace(READ, description="Taken"))
        assert await two.apis.revoke("orders", "robot") is False
        assert await two.apis.disable_scope("orders", "robot", READ.id) is False
        assert await two.apis.remove_scopes([READ.id]) == 0
        assert await two.apis.remove("orders") is False
    async with database.reading("one") as one:
        assert await one.apis.find("orders") == ORDERS
        assert await one.apis.grants_of("robot") == [
            (
                ORDERS,
                frozenset({"read:orders"}),
                {"read:orders": "api_scope_1", "write:orders": "api_scope_2"},
            )
        ]


async def test_the_same_ids_and_audiences_may_exist_in_two_environments(database):
    async with filled(database):
        pass
    async with filled(database, "two") as two:
        assert await two.apis.all() == [ORDERS, STOCK]


async def test_an_application_of_another_environment_cannot_be_authorized(database):
    async with database.storing("one") as one:
        await one.apis.add(ORDERS)
    async with database.storing("two") as two:
        await two.applications.add(ROBOT)
    with pytest.raises(IntegrityError):
        async with database.storing("one") as one:
            await one.apis.authorize("orders", "robot")


async def test_an_audience_is_unique(database):
    with pytest.raises(IntegrityError):
        async with filled(database) as work:
            await work.apis.add(replace(ORDERS, id="other"))


async def test_a_scope_key_is_unique_at_its_api_alone(database):
    async with filled(database) as work:
        await work.apis.add_scope(replace(READ, id="api_scope_9", api_id="stock"))
    with pytest.raises(IntegrityError):
        async with database.storing("one") as work:
            await work.apis.add_scope(replace(READ, id="api_scope_8"))


async def test_finds_an_api_by_id_and_by_audience(work):
    assert await work.apis.find("orders") == ORDERS
    assert await work.apis.find("Orders") is None
    assert await work.apis.find_by_audience("urn:stock") == STOCK
    assert await work.apis.find_by_audience("urn:STOCK") is None


async def test_lists_apis_by_name_in_pages(work):
    await work.apis.add(Api("more", "Orders", "more", created_at=NOW))
    more = replace(ORDERS, id="more", audience="more")
    assert await work.apis.all() == [more, ORDERS, STOCK]
    first = await work.apis.page_by_name(page_size=2, next_token=None)
    assert (list(first.items), first.has_more) == ([more, ORDERS], True)
    assert await work.apis.page_by_name(page_size=2, next_token=first.next_token) == Page([STOCK])
    with pytest.raises(InvalidInput):
        await work.apis.page_by_name(page_size=2, next_token="eA")


async def test_replaces_an_api_but_not_its_birthday(work):
    changed = replace(
        ORDERS,
        name="Sales",
        audience="sales",
        is_management_api=True,
        signing_algorithm=SigningAlgorithm.ES256,
        token_shape=TokenShape.RFC9068,
    )
    await work.apis.replace(replace(changed, created_at=NOW + timedelta(days=1)))
    assert await work.apis.find("orders") == changed
    assert await work.apis.find("stock") == STOCK


async def test_lists_scopes_by_key(work):
    assert await work.apis.scopes_of("orders") == [READ, WRITE]
    assert await work.apis.scopes_of("nowhere") == []
    assert await work.apis.scopes_by_api(["stock", "orders", "nowhere"]) == {
        "stock": [COUNT],
        "orders": [READ, WRITE],
        "nowhere": [],
    }
    assert await work.apis.scopes_by_api([]) == {}


async def test_finds_a_scope_at_its_own_api_alone(work):
    assert await work.apis.find_scope("orders", READ.id) == READ
    assert await work.apis.find_scope("stock", READ.id) is None
    assert await work.apis.find_scope_by_key("stock", "count:stock") == COUNT
    assert await work.apis.find_scope_by_key("stock", "read:orders") is None


async def test_replaces_one_scope(work):
    changed = replace(READ, description="See orders.", origin=ScopeOrigin.IMPORT, import_id="scope_import_7")
    await work.apis.replace_scope(changed)
    assert await work.apis.scopes_of("orders") == [changed, WRITE]


async def test_moves_only_imported_scopes_to_another_import(work):
    await work.apis.move_scopes("stock", {"count:stock", "absent"}, "scope_import_2")
    await work.apis.move_scopes("orders", {"read:orders"}, "scope_import_2")
    await work.apis.move_scopes("orders", set(), "scope_import_2")
    assert await work.apis.scopes_of("stock") == [replace(COUNT, import_id="scope_import_2")]
    assert await work.apis.scopes_of("orders") == [READ, WRITE]


async def test_removes_many_scopes_and_what_they_enabled(work):
    many = [Scope(f"api_scope_m{number}", "orders", f"m:{number:04}") for number in range(1_100)]
    await work.apis.add_scopes(many)
    await work.apis.authorize("orders", "robot")
    await work.apis.enable_scopes("orders", "robot", [many[7].id])
    assert await work.apis.remove_scopes([scope.id for scope in many] + ["absent"]) == 1_100
    assert await work.apis.remove_scopes([]) == 0
    assert await work.apis.scopes_of("orders") == [READ, WRITE]
    assert await work.apis.enabled_scope_ids("orders", "robot") == frozenset()
    assert await work.apis.remove_scope(READ.id) is True
    assert await work.apis.remove_scope(READ.id) is False


async def test_authorizes_once_and_keeps_what_is_enabled(work):
    await work.apis.authorize("orders", "robot")
    await work.apis.enable_scopes("orders", "robot", [READ.id])
    await work.apis.enable_scopes("orders", "robot", [READ.id])
    await work.apis.authorize("orders", "robot")
    assert await work.apis.is_authorized("orders", "robot") is True
    assert await work.apis.is_authorized("stock", "robot") is False
    assert await work.apis.enabled_scope_ids("orders", "robot") == {READ.id}


async def test_a_scope_is_enabled_only_for_an_authorized_application(database):
    with pytest.raises(IntegrityError):
        async with filled(database) as work:
            await work.apis.enable_scopes("orders", "robot", [READ.id])


async def test_lists_authorized_applications_by_name(work):
    for application_id in ("robot", "site"):
        await work.apis.authorize("orders", application_id)
    await work.apis.authorize("stock", "site")
    await work.apis.enable_scopes("orders", "robot", [WRITE.id])
    await work.apis.enable_scopes("orders", "robot", [READ.id])
    assert await work.apis.authorized_applications("orders") == [
        AuthorizedApplication("site", "A site", "reg", ()),
        AuthorizedApplication("robot", "Robot", "m2m", (READ.id, WRITE.id)),
    ]
    assert await work.apis.authorized_applications("nowhere") == []


async def test_revoking_takes_the_scopes_along(work):
    await work.apis.authorize("orders", "robot")
    await work.apis.enable_scopes("orders", "robot", [READ.id])
    assert await work.apis.disable_scope("orders", "robot", READ.id) is True
    assert await work.apis.disable_scope("orders", "robot", READ.id) is False
    await work.apis.enable_scopes("orders", "robot", [READ.id])
    assert await work.apis.revoke("orders", "robot") is True
    assert await work.apis.revoke("orders", "robot") is False
    await work.apis.authorize("orders", "robot")
    assert await work.apis.enabled_scope_ids("orders", "robot") == frozenset()


async def test_grants_hold_every_scope_and_which_are_enabled_in_two_queries(database, work):
    for api_id in ("orders", "stock"):
        await work.apis.authorize(api_id, "robot")
        await work.apis.authorize(api_id, "site")
    await work.apis.enable_scopes("orders", "robot", [WRITE.id])
    await work.apis.enable_scopes("stock", "site", [COUNT.id])
    statements = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def count(connection, cursor, statement, parameters, context, executemany):
        statements.append(statement)

    grants = await work.apis.grants_of("robot")
    assert len(statements) == 2
    assert grants == [
        (
            ORDERS,
            frozenset({"write:orders"}),
            {"read:orders": "api_scope_1", "write:orders": "api_scope_2"},
        ),
        (STOCK, frozenset(), {"count:stock": "api_scope_3"}),
    ]
    assert await work.apis.apis_of_application("robot") == [
        AuthorizedApi(ORDERS, (READ, WRITE), frozenset({WRITE.id})),
        AuthorizedApi(STOCK, (COUNT,), frozenset()),
    ]


async def test_an_api_without_scopes_is_granted_empty(work):
    await work.apis.remove_scopes([READ.id, WRITE.id])
    await work.apis.authorize("orders", "robot")
    assert await work.apis.grants_of("robot") == [(ORDERS, frozenset(), {})]
    assert await work.apis.grants_of("site") == []
    assert await work.apis.grants_of("nobody") == []


async def test_removing_an_api_or_an_application_removes_what_hangs_on_it(work):
    await work.apis.authorize("orders", "robot")
    await work.apis.authorize("stock", "robot")
    await work.apis.enable_scopes("orders", "robot", [READ.id])
    await work.scope_imports.add(imported("scope_import_1", "orders"))
    assert await work.apis.remove("orders") is True
    assert await work.apis.remove("orders") is False
    assert await work.apis.scopes_of("orders") == []
    assert await work.scope_imports.of_api("orders") == []
    assert [api.id for api, _, _ in await work.apis.grants_of("robot")] == ["stock"]
    await work.applications.remove("robot")
    assert await work.apis.authorized_applications("stock") == []


def imported(id, api_id, *, at=NOW, is_active=True):
    return ScopeImport(
        id=id,
        api_id=api_id,
        filename="orders.yaml",
        title="Orders",
        document_version="1.10",
        created_count=2,
        duplicate_count=1,
        removed_count=0,
        skipped_count=3,
        log=({"level": "info", "key": "get:orders", "message": "Created from GET /orders."},),
        is_active=is_active,
        imported_at=at,
    )


async def test_only_the_newest_import_of_an_api_is_active(work):
    first = imported("scope_import_2", "orders")
    second = imported("scope_import_1", "orders", at=NOW + timedelta(minutes=1))
    elsewhere = imported("scope_import_3", "stock")
    for record in (first, elsewhere, second):
        await work.scope_imports.add(record)
    assert await work.scope_imports.of_api("orders") == [second, replace(first, is_active=False)]
    assert await work.scope_imports.of_api("stock") == [elsewhere]


async def test_finds_and_removes_an_import_at_its_own_api(work):
    record = replace(imported("scope_import_1", "orders"), title=None, document_version=None, log=())
    await work.scope_imports.add(record)
    assert await work.scope_imports.find("orders", "scope_import_1") == record
    assert await work.scope_imports.find("stock", "scope_import_1") is None
    assert await work.scope_imports.remove("scope_import_1") is True
    assert await work.scope_imports.remove("scope_import_1") is False
    assert await work.scope_imports.of_api("orders") == []


async def test_another_environment_sees_no_import(database):
    async with filled(database) as one:
        await one.scope_imports.add(imported("scope_import_1", "orders"))
    async with filled(database, "two") as two:
        assert await two.scope_imports.find("orders", "scope_import_1") is None
        assert await two.scope_imports.of_api("orders") == []
        assert await two.scope_imports.remove("scope_import_1") is False
        await two.scope_imports.add(imported("scope_import_1", "orders"))
    async with database.reading("one") as one:
        assert await one.scope_imports.of_api("orders") == [imported("scope_import_1", "orders")]
