"""Scopes come from OpenAPI documents, follow them, and go with them."""

import json

import pytest

from claimsmith.domain.apis import ScopeImport, ScopeOrigin
from claimsmith.domain.changes import Change
from claimsmith.domain.errors import InvalidInput, NotFound
from claimsmith.usecases import api_authorizations, apis, scope_imports
from claimsmith.usecases.applications import create_application
from tests.support.platform import open_platform
from tests.unit.usecases.test_apis import changes_after, version_of


@pytest.fixture
async def context(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened.context()


@pytest.fixture
async def api(context):
    return await apis.create_api(context, name="Orders", audience="orders")


async def upload(context, api, *paths, filename="orders.json"):
    """Import a document in which each path has one operation, GET."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "1.10"},
        "paths": {path: {"get": {}} for path in paths},
    }
    content = json.dumps(document).encode()
    return await scope_imports.import_document(context, api.id, filename=filename, content=content)


async def keys_of(context, api):
    return [scope.key for scope in await apis.list_scopes(context, api.id)]


@pytest.mark.parametrize(
    ("filename", "content", "field", "code"),
    [
        ("", b"{}", "filename", "FILENAME_REQUIRED"),
        ("a\x00.json", b"{}", "filename", "FILENAME_INVALID"),
        ("a" * 251 + ".json", b"{}", "filename", "FILENAME_TOO_LONG"),
        ("orders.txt", b"{}", "file", "FILE_TYPE_INVALID"),
        ("orders.json", b"{", "file", "FILE_INVALID"),
        ("orders.yaml", b"a: [", "file", "FILE_INVALID"),
        ("orders.json", b"{}", "file", "OPENAPI_INVALID"),
        ("orders.yaml", b"openapi: 3.1.0\n", "file", "OPENAPI_PATHS_REQUIRED"),
    ],
)
async def test_refuses_what_it_cannot_read_and_changes_nothing(context, api, filename, content, field, code):
    before = await version_of(context)
    with pytest.raises(InvalidInput) as caught:
        await scope_imports.import_document(context, api.id, filename=filename, content=content)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert await version_of(context) == before
    assert await scope_imports.list_imports(context, api.id) == []


async def test_what_does_not_exist_is_not_found(context, api):
    other = await apis.create_api(context, name="Stock", audience="stock")
    record = await upload(context, other, "/stock")
    content = b'{"openapi": "3.1.0", "paths": {}}'
    for attempt, code in (
        (
            scope_imports.import_document(context, "nowhere", filename="a.json", content=content),
            "API_NOT_FOUND",
        ),
        (scope_imports.list_imports(context, "nowhere"), "API_NOT_FOUND"),
        (scope_imports.get_import(context, "nowhere", record.id), "API_NOT_FOUND"),
        (scope_imports.get_import(context, api.id, record.id), "SCOPE_IMPORT_NOT_FOUND"),
        (scope_imports.delete_import(context, api.id, record.id), "SCOPE_IMPORT_NOT_FOUND"),
    ):
        with pytest.raises(NotFound) as caught:
            await attempt
        assert caught.value.code == code
    assert await keys_of(context, other) == ["get:stock"]


async def test_a_document_makes_scopes_and_a_record_with_a_log(context, api):
    content = b"""
openapi: 3.1.0
info: {title: Orders, version: 1.10}
paths:
  /orders:
    get: {summary: List orders.}
    post: {operationId: placeOrder}
  /orders/{id}:
    get: {}
  orders:
    get: {}
"""
    before = await version_of(context)
    record = await scope_imports.import_document(context, api.id, filename="orders.yaml", content=content)
    assert record == ScopeImport(
        id=record.id,
        api_id=api.id,
        filename="orders.yaml",
        title="Orders",
        document_version="1.10",
        created_count=3,
        duplicate_count=0,
        removed_count=0,
        skipped_count=1,
        log=(
            {"level": "info", "key": "get:orders", "message": "Created from GET /orders."},
            {"level": "info", "key": "post:orders", "message": "Created from POST /orders."},
            {"level": "info", "key": "get:orders_id", "message": "Created from GET /orders/{id}."},
            {
                "level": "warning",
                "key": "",
                "message": "Skipped orders. A path begins with a slash; add it.",
            },
        ),
        is_active=True,
        imported_at=context.platform.now(),
    )
    assert record.id.startswith("scope_import_")
    assert await scope_imports.get_import(context, api.id, record.id) == record
    assert [
        (scope.key, scope.description, scope.origin, scope.import_id)
        for scope in await apis.list_scopes(context, api.id)
    ] == [
        ("get:orders", "List orders.", ScopeOrigin.IMPORT, record.id),
        ("get:orders_id", "GET /orders/{id}", ScopeOrigin.IMPORT, record.id),
        ("post:orders", "placeOrder", ScopeOrigin.IMPORT, record.id),
    ]
    assert await changes_after(context, before) == [
        Change("scope_import", record.id, "created"),
        Change("api", api.id, "changed"),
    ]


async def test_the_next_document_keeps_adds_and_removes(context, api):
    by_hand = await apis.add_scope(context, api.id, key="get:manual", description="By hand.")
    robot = (await create_application(context, name="Robot", type="m2m")).application
    first = await upload(context, api, "/kept", "/gone")
    gone, kept, _ = await apis.list_scopes(context, api.id)
    await api_authorizations.change_authorized_applications(context, api.id, [(robot.id, None)])
    for scope in (kept, gone, by_hand):
        await api_authorizations.enable_scope(context, api.id, robot.id, scope.id)
    context.platform.now.move(60)
    second = await upload(context, api, "/kept", "/new", "/manual")
    assert (
        second.created_count,
        second.duplicate_count,
        second.removed_count,
        second.skipped_count,
    ) == (1, 2, 1, 0)
    found = {scope.key: scope for scope in await apis.list_scopes(context, api.id)}
    assert sorted(found) == ["get:kept", "get:manual", "get:new"]
    assert found["get:kept"].id == kept.id
    assert found["get:kept"].import_id == found["get:new"].import_id == second.id
    assert found["get:manual"] == by_hand
    (authorized,) = await api_authorizations.list_application_apis(context, robot.id)
    assert authorized.enabled_scope_ids == {kept.id, by_hand.id}
    listed = await scope_imports.list_imports(context, api.id)
    assert [(record.id, record.is_active) for record in listed] == [(second.id, True), (first.id, False)]


async def test_the_same_document_again_changes_no_scope(context, api):
    await upload(context, api, "/orders")
    scopes = await apis.list_scopes(context, api.id)
    before = await version_of(context)
    record = await upload(context, api, "/orders")
    assert (record.created_count, record.duplicate_count, record.removed_count) == (0, 1, 0)
    assert await changes_after(context, before) == [Change("scope_import", record.id, "created")]
    assert [scope.id for scope in await apis.list_scopes(context, api.id)] == [scope.id for scope in scopes]


async def test_deleting_the_active_import_takes_its_scopes_and_no_others(context, api):
    await apis.add_scope(context, api.id, key="read:orders")
    await upload(context, api, "/orders")
    record = await upload(context, api, "/orders", "/stock")
    before = await version_of(context)
    assert await scope_imports.delete_import(context, api.id, record.id) == 2
    assert await keys_of(context, api) == ["read:orders"]
    assert [left.is_active for left in await scope_imports.list_imports(context, api.id)] == [False]
    assert await changes_after(context, before) == [
        Change("scope_import", record.id, "deleted"),
        Change("api", api.id, "changed"),
    ]


async def test_deleting_an_older_import_leaves_the_scopes_of_the_newer_one(context, api):
    first = await upload(context, api, "/orders")
    second = await upload(context, api, "/orders", "/stock")
    assert await scope_imports.delete_import(context, api.id, first.id) == 0
    assert await keys_of(context, api) == ["get:orders", "get:stock"]
    assert await scope_imports.list_imports(context, api.id) == [second]


async def test_a_large_document_is_imported_in_one_go(context, api):
    paths = [f"/things/{number}" for number in range(1_500)]
    record = await upload(context, api, *paths)
    assert record.created_count == 1_500
    again = await upload(context, api, *paths[:10])
    assert (again.duplicate_count, again.removed_count) == (10, 1_490)
    assert len(await keys_of(context, api)) == 10
