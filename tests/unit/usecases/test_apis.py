"""APIs are registered, changed and deleted; their scopes are defined by hand; the management API is kept."""

from dataclasses import replace

import pytest

from claimsmith.domain.apis import Api, Scope, SigningAlgorithm, TokenShape
from claimsmith.domain.changes import Change
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.storage.environments import EnvironmentStore
from claimsmith.usecases import apis, scope_imports
from claimsmith.usecases.keys import list_keys
from tests.support.platform import open_platform

DOCUMENT = b'{"openapi": "3.1.0", "paths": {"/orders": {"get": {"summary": "List orders."}}}}'


@pytest.fixture
async def context(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened.context()


@pytest.fixture
async def orders(context):
    return await apis.create_api(context, name="Orders", audience="https://orders.test")


async def management_api(context):
    page = await apis.list_apis(context, page_size=500)
    return next(listed.api for listed in page.items if listed.api.is_management_api)


async def version_of(context):
    async with context.platform.database.across_environments() as connection:
        return (await EnvironmentStore(connection).versions())[context.environment.id]


async def changes_after(context, version):
    async with context.platform.database.across_environments() as connection:
        return await EnvironmentStore(connection).changes_since(context.environment.id, version)


def refusal(caught):
    error = caught.value
    return type(error), error.code, error.field, error.message


@pytest.mark.parametrize(
    ("members", "field", "code"),
    [
        ({"name": ""}, "name", "NAME_REQUIRED"),
        ({"name": "n" * 65}, "name", "NAME_TOO_LONG"),
        ({"audience": ""}, "audience", "AUDIENCE_REQUIRED"),
        ({"audience": "two words"}, "audience", "AUDIENCE_INVALID"),
        ({"audience": "a" * 65}, "audience", "AUDIENCE_TOO_LONG"),
        ({"signing_algorithm": "HS256"}, "signing_algorithm", "SIGNING_ALGORITHM_INVALID"),
        ({"signing_algorithm": "none"}, "signing_algorithm", "SIGNING_ALGORITHM_INVALID"),
        ({"signing_algorithm": ""}, "signing_algorithm", "SIGNING_ALGORITHM_INVALID"),
        ({"token_shape": "JWT"}, "token_shape", "TOKEN_SHAPE_INVALID"),
    ],
)
async def test_refuses_to_register_what_is_malformed(context, members, field, code):
    before = await version_of(context)
    with pytest.raises(InvalidInput) as caught:
        await apis.create_api(context, **{"name": "Orders", "audience": "orders", **members})
    assert refusal(caught)[1:3] == (code, field)
    assert await version_of(context) == before


async def test_refuses_an_audience_that_is_taken(context, orders):
    with pytest.raises(AlreadyExists) as caught:
        await apis.create_api(context, name="Others", audience="https://orders.test")
    assert refusal(caught) == (
        AlreadyExists,
        "AUDIENCE_ALREADY_EXISTS",
        "audience",
        "An API with the audience 'https://orders.test' exists; choose another audience.",
    )
    with pytest.raises(AlreadyExists):
        await apis.create_api(context, name="Own", audience=context.environment.management_audience)


async def test_what_does_not_exist_is_not_found(context, orders):
    missing = [
        (apis.get_api(context, "nowhere"), "API_NOT_FOUND", "There is no API 'nowhere'."),
        (apis.change_api(context, "nowhere", {}), "API_NOT_FOUND", "There is no API 'nowhere'."),
        (apis.delete_api(context, "nowhere"), "API_NOT_FOUND", "There is no API 'nowhere'."),
        (apis.list_scopes(context, "nowhere"), "API_NOT_FOUND", "There is no API 'nowhere'."),
        (apis.add_scope(context, "nowhere", key="k"), "API_NOT_FOUND", "There is no API 'nowhere'."),
        (apis.get_scope(context, "nowhere", "s"), "API_NOT_FOUND", "There is no API 'nowhere'."),
        (apis.get_scope(context, orders.id, "s"), "SCOPE_NOT_FOUND", "The API has no scope 's'."),
        (apis.change_scope(context, orders.id, "s", None), "SCOPE_NOT_FOUND", "The API has no scope 's'."),
        (apis.delete_scope(context, orders.id, "s"), "SCOPE_NOT_FOUND", "The API has no scope 's'."),
    ]
    for attempt, code, message in missing:
        with pytest.raises(NotFound) as caught:
            await attempt
        assert refusal(caught) == (NotFound, code, None, message)


async def test_the_management_api_is_neither_changed_nor_deleted(context):
    api = await management_api(context)
    scope = (await apis.list_scopes(context, api.id))[0]
    before = await version_of(context)
    attempts = [
        apis.change_api(context, api.id, {"name": "Mine"}),
        apis.delete_api(context, api.id),
        apis.add_scope(context, api.id, key="read:all"),
        apis.change_scope(context, api.id, scope.id, "All."),
        apis.delete_scope(context, api.id, scope.id),
        scope_imports.import_document(context, api.id, filename="a.json", content=DOCUMENT),
    ]
    for attempt in attempts:
        with pytest.raises(NotPermitted) as caught:
            await attempt
        assert caught.value.code == "MANAGEMENT_API_PROTECTED"
    assert await version_of(context) == before


async def test_registers_an_api(context, orders):
    assert orders == Api(
        id=orders.id,
        name="Orders",
        audience="https://orders.test",
        is_management_api=False,
        signing_algorithm=SigningAlgorithm.RS256,
        token_shape=TokenShape.PLATFORM,
        created_at=context.platform.now(),
    )
    assert len(orders.id) == 32
    assert set(orders.id) <= set("0123456789abcdef")
    assert await apis.get_api(context, orders.id) == apis.ApiDetails(orders)


async def test_an_algorithm_gets_a_signing_key_once(context):
    def of(standings, algorithm):
        return [standing.state for standing in standings if standing.key.algorithm == algorithm]

    made = await apis.create_api(
        context, name="A", audience="a", signing_algorithm="EdDSA", token_shape="at+jwt"
    )
    assert (made.signing_algorithm, made.token_shape) == (SigningAlgorithm.EDDSA, TokenShape.RFC9068)
    await apis.create_api(context, name="B", audience="b", signing_algorithm="EdDSA")
    changed = await apis.change_api(context, made.id, {"signing_algorithm": "ES256"})
    keys = await list_keys(context)
    assert of(keys, "EdDSA") == of(keys, "ES256") == of(keys, "RS256") == ["signing"]
    assert (await apis.get_api(context, made.id)).api == changed
    assert changed.token_shape is TokenShape.RFC9068


async def test_the_first_key_of_an_algorithm_is_published_before_anything_needs_it(context):
    """Other processes follow a change within a second, and must not serve a JWKS without a key that signs."""
    seen = []

    async def sleep(seconds):
        [standing] = [each for each in await list_keys(context) if each.key.algorithm == "ES256"]
        page = await apis.list_apis(context)
        seen.append((seconds, standing.state, [api.api.signing_algorithm for api in page.items[1:]]))
        await context.platform.sleep(seconds)

    waiting = replace(context, platform=replace(context.platform, sleep=sleep))
    made = await apis.create_api(waiting, name="A", audience="a")
    assert seen == []
    await apis.change_api(waiting, made.id, {"signing_algorithm": "ES256"})
    assert seen == [(2.0, "published", ["RS256"])]
    [standing] = [each for each in await list_keys(context) if each.key.algorithm == "ES256"]
    assert standing.state == "signing"
    assert (standing.key.signs_from - standing.key.created_at).total_seconds() == 2
    await apis.create_api(waiting, name="B", audience="b", signing_algorithm="ES256")
    assert len(seen) == 1


async def test_who_asks_for_a_key_that_another_has_just_published_waits_for_the_rest(context):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        context.platform.now.move(0.5)
        if len(slept) == 1:
            await apis.create_api(waiting, name="B", audience="b", signing_algorithm="ES256")

    waiting = replace(context, platform=replace(context.platform, sleep=sleep))
    await apis.create_api(waiting, name="A", audience="a", signing_algorithm="ES256")
    assert slept == [2.0, 1.5]
    assert len([each for each in await list_keys(context) if each.key.algorithm == "ES256"]) == 1


async def test_a_refused_api_makes_no_key(context):
    await apis.create_api(context, name="A", audience="a")
    with pytest.raises(AlreadyExists):
        await apis.create_api(context, name="B", audience="a", signing_algorithm="ES256")
    with pytest.raises(NotFound):
        await apis.change_api(context, "unknown", {"signing_algorithm": "ES256"})
    assert {each.key.algorithm for each in await list_keys(context)} == {"RS256"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "Fine", "signing_algorithm": None}, "signing_algorithm"),
        ({"token_shape": 1}, "token_shape"),
        ({"audience": "other"}, "audience"),
        ({"id": "other"}, "id"),
        ({"is_management_api": True}, "is_management_api"),
    ],
)
async def test_refuses_a_change_of_what_cannot_be_changed(context, orders, changes, field):
    with pytest.raises(InvalidInput) as caught:
        await apis.change_api(context, orders.id, changes)
    assert caught.value.field == field
    assert (await apis.get_api(context, orders.id)).api == orders


async def test_each_change_is_recorded_for_all_views_of_the_environment(context):
    before = await version_of(context)
    api = await apis.create_api(context, name="Orders", audience="orders")
    await apis.change_api(context, api.id, {"name": "Sales"})
    scope = await apis.add_scope(context, api.id, key="read:orders")
    await apis.change_scope(context, api.id, scope.id, "See orders.")
    await apis.delete_scope(context, api.id, scope.id)
    await apis.delete_api(context, api.id)
    assert await changes_after(context, before) == [
        Change("api", api.id, action)
        for action in ("created", "changed", "changed", "changed", "changed", "deleted")
    ]


async def test_lists_apis_by_name_with_scopes_when_asked(context, orders):
    write = await apis.add_scope(context, orders.id, key="write:orders")
    read = await apis.add_scope(context, orders.id, key="read:orders", description="See orders.")
    stock = await apis.create_api(context, name="Stock", audience="stock")
    management = await management_api(context)
    plain = await apis.list_apis(context)
    assert plain.items == [apis.ListedApi(management), apis.ListedApi(orders), apis.ListedApi(stock)]
    first = await apis.list_apis(context, page_size=2, with_scopes=True)
    assert first.items[1] == apis.ListedApi(orders, (read, write))
    rest = await apis.list_apis(context, page_size=2, next_token=first.next_token, with_scopes=True)
    assert (rest.items, rest.has_more) == ([apis.ListedApi(stock, ())], False)


@pytest.mark.parametrize(
    ("members", "field", "code"),
    [
        ({"key": ""}, "key", "KEY_REQUIRED"),
        ({"key": "read orders"}, "key", "KEY_INVALID"),
        ({"key": 'read:"orders"'}, "key", "KEY_INVALID"),
        ({"key": "r" * 65}, "key", "KEY_TOO_LONG"),
        ({"key": "openid"}, "key", "KEY_RESERVED"),
        ({"key": "offline_access"}, "key", "KEY_RESERVED"),
        ({"description": "d" * 513}, "description", "DESCRIPTION_TOO_LONG"),
        ({"description": "a\x00b"}, "description", "DESCRIPTION_INVALID"),
    ],
)
async def test_refuses_a_scope_that_is_malformed(context, orders, members, field, code):
    with pytest.raises(InvalidInput) as caught:
        await apis.add_scope(context, orders.id, **{"key": "read:orders", **members})
    assert refusal(caught)[1:3] == (code, field)
    assert await apis.list_scopes(context, orders.id) == []


async def test_refuses_a_key_that_the_api_has_but_not_one_of_another_api(context, orders):
    await apis.add_scope(context, orders.id, key="read:orders")
    with pytest.raises(AlreadyExists) as caught:
        await apis.add_scope(context, orders.id, key="read:orders")
    assert refusal(caught) == (
        AlreadyExists,
        "SCOPE_KEY_ALREADY_EXISTS",
        "key",
        "The API has a scope 'read:orders'; choose another key.",
    )
    other = await apis.create_api(context, name="Others", audience="others")
    made = await apis.add_scope(context, other.id, key="read:orders")
    with pytest.raises(NotFound):
        await apis.get_scope(context, orders.id, made.id)


async def test_a_scope_keeps_its_key_and_changes_its_description(context, orders):
    made = await apis.add_scope(context, orders.id, key="read:orders", description="See orders.")
    assert made == Scope(made.id, orders.id, "read:orders", "See orders.")
    assert made.id.startswith("api_scope_")
    assert len(made.id) == len("api_scope_") + 32
    changed = await apis.change_scope(context, orders.id, made.id, "See\nall orders.")
    assert changed == Scope(made.id, orders.id, "read:orders", "See\nall orders.")
    assert await apis.get_scope(context, orders.id, made.id) == changed
    emptied = await apis.change_scope(context, orders.id, made.id, "")
    assert emptied.description is None
    await apis.delete_scope(context, orders.id, made.id)
    assert await apis.list_scopes(context, orders.id) == []


async def test_an_imported_scope_is_neither_changed_nor_deleted_alone(context, orders):
    await scope_imports.import_document(context, orders.id, filename="a.json", content=DOCUMENT)
    (scope,) = await apis.list_scopes(context, orders.id)
    for attempt in (
        apis.change_scope(context, orders.id, scope.id, "Mine."),
        apis.delete_scope(context, orders.id, scope.id),
    ):
        with pytest.raises(NotPermitted) as caught:
            await attempt
        assert refusal(caught) == (
            NotPermitted,
            "SCOPE_IS_IMPORTED",
            None,
            "The scope 'get:orders' comes from an OpenAPI document; change the document and import it again, "
            "or delete the import.",
        )
    assert await apis.list_scopes(context, orders.id) == [scope]


async def test_a_deleted_api_leaves_its_audience_free(context, orders):
    await apis.delete_api(context, orders.id)
    with pytest.raises(NotFound):
        await apis.get_api(context, orders.id)
    again = await apis.create_api(context, name="Orders", audience="https://orders.test")
    assert again.id != orders.id
