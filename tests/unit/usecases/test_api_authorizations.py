"""Applications are authorized for APIs and given scopes: all that was asked for, or nothing."""

import pytest

from claimsmith.domain.apis import AuthorizedApi, AuthorizedApplication
from claimsmith.domain.changes import Change
from claimsmith.domain.errors import InvalidInput, NotFound
from claimsmith.usecases import api_authorizations, apis
from claimsmith.usecases.applications import create_application
from tests.support.platform import open_platform
from tests.unit.usecases.test_apis import changes_after, management_api, version_of


@pytest.fixture
async def context(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened.context()


@pytest.fixture
async def api(context):
    return await apis.create_api(context, name="Orders", audience="orders")


@pytest.fixture
async def scopes(context, api):
    return [await apis.add_scope(context, api.id, key=key) for key in ("read:orders", "write:orders")]


@pytest.fixture
async def robot(context):
    return (await create_application(context, name="Robot", type="m2m")).application


@pytest.fixture
async def site(context):
    return (await create_application(context, name="A site", type="reg")).application


async def authorize(context, api, *applications):
    return await api_authorizations.change_authorized_applications(
        context, api.id, [(application.id, None) for application in applications]
    )


@pytest.mark.parametrize("operation", ["add", "", "DELETE"])
async def test_refuses_another_operation_and_does_nothing(context, api, robot, site, operation):
    with pytest.raises(InvalidInput) as caught:
        await api_authorizations.change_authorized_applications(
            context, api.id, [(robot.id, None), (site.id, operation)]
        )
    assert (caught.value.code, caught.value.field) == ("OPERATION_INVALID", "applications[1].operation")
    assert (await apis.get_api(context, api.id)).applications == ()


async def test_an_unknown_application_stops_all(context, api, robot, site):
    await authorize(context, api, site)
    before = await version_of(context)
    with pytest.raises(NotFound) as caught:
        await api_authorizations.change_authorized_applications(
            context, api.id, [(robot.id, None), (site.id, "delete"), ("nobody", None)]
        )
    assert caught.value.code == "APPLICATION_NOT_FOUND"
    assert await version_of(context) == before
    found = (await apis.get_api(context, api.id)).applications
    assert [entry.application_id for entry in found] == [site.id]


async def test_refuses_both_operations_on_one_application(context, api, robot):
    with pytest.raises(InvalidInput) as caught:
        await api_authorizations.change_authorized_applications(
            context, api.id, [(robot.id, None), (robot.id, "delete")]
        )
    assert (caught.value.code, caught.value.field) == ("APPLICATION_REPEATED", "applications[1].id")


async def test_refuses_more_than_a_hundred_entries(context, api):
    with pytest.raises(InvalidInput) as caught:
        await api_authorizations.change_authorized_applications(
            context, api.id, [(f"{number}", None) for number in range(101)]
        )
    assert caught.value.message == "applications holds 101 entries; 100 is the most in one request."


async def test_the_api_must_exist(context, robot):
    for attempt in (
        api_authorizations.change_authorized_applications(context, "nowhere", [(robot.id, None)]),
        api_authorizations.enable_scope(context, "nowhere", robot.id, "s"),
        api_authorizations.disable_scope(context, "nowhere", robot.id, "s"),
        api_authorizations.set_application_scopes(context, "nowhere", robot.id, []),
    ):
        with pytest.raises(NotFound) as caught:
            await attempt
        assert caught.value.code == "API_NOT_FOUND"


async def test_authorizes_and_revokes_and_says_so_twice(context, api, robot, site):
    assert await authorize(context, api, robot, site) == ([robot.id, site.id], [])
    before = await version_of(context)
    operations = [(site.id, "delete"), (robot.id, None), (robot.id, None)]
    for _ in range(2):
        assert await api_authorizations.change_authorized_applications(context, api.id, operations) == (
            [robot.id],
            [site.id],
        )
    assert await changes_after(context, before) == [Change("application", site.id, "changed")]
    assert (await apis.get_api(context, api.id)).applications == (
        AuthorizedApplication(robot.id, "Robot", "m2m", ()),
    )


async def test_a_scope_needs_the_authorization_first(context, api, scopes, robot):
    for attempt in (
        api_authorizations.enable_scope(context, api.id, robot.id, scopes[0].id),
        api_authorizations.disable_scope(context, api.id, robot.id, scopes[0].id),
        api_authorizations.set_application_scopes(context, api.id, robot.id, [scopes[0].id]),
    ):
        with pytest.raises(InvalidInput) as caught:
            await attempt
        assert (caught.value.code, caught.value.field, caught.value.message) == (
            "APPLICATION_NOT_AUTHORIZED",
            "application_id",
            f"The application '{robot.id}' is not authorized for the API '{api.id}'; authorize it first: "
            f"PATCH /api/v1/apis/{api.id}/applications.",
        )


async def test_a_scope_of_another_api_cannot_be_enabled(context, api, scopes, robot):
    other = await apis.create_api(context, name="Stock", audience="stock")
    foreign = await apis.add_scope(context, other.id, key="count:stock")
    await authorize(context, api, robot)
    for attempt in (
        api_authorizations.enable_scope(context, api.id, robot.id, foreign.id),
        api_authorizations.disable_scope(context, api.id, robot.id, foreign.id),
        api_authorizations.set_application_scopes(context, api.id, robot.id, [scopes[0].id, foreign.id]),
    ):
        with pytest.raises(NotFound) as caught:
            await attempt
        assert caught.value.code == "SCOPE_NOT_FOUND"
    found = await api_authorizations.list_application_apis(context, robot.id)
    assert found == [AuthorizedApi(api, tuple(scopes), frozenset())]


async def test_enables_and_disables_one_scope(context, api, scopes, robot):
    read, write = scopes
    await authorize(context, api, robot)
    before = await version_of(context)
    for _ in range(2):
        await api_authorizations.enable_scope(context, api.id, robot.id, read.id)
    found = await api_authorizations.list_application_apis(context, robot.id)
    assert found == [AuthorizedApi(api, (read, write), frozenset({read.id}))]
    for _ in range(2):
        await api_authorizations.disable_scope(context, api.id, robot.id, read.id)
    found = await api_authorizations.list_application_apis(context, robot.id)
    assert found == [AuthorizedApi(api, (read, write), frozenset())]
    assert await changes_after(context, before) == [Change("application", robot.id, "changed")] * 4


async def test_sets_exactly_the_scopes_that_are_named(context, api, scopes, robot):
    read, write = scopes
    await authorize(context, api, robot)
    await api_authorizations.enable_scope(context, api.id, robot.id, read.id)
    await api_authorizations.set_application_scopes(context, api.id, robot.id, [write.id, write.id])
    assert (await apis.get_api(context, api.id)).applications == (
        AuthorizedApplication(robot.id, "Robot", "m2m", (write.id,)),
    )
    await api_authorizations.set_application_scopes(context, api.id, robot.id, [])
    assert (await apis.get_api(context, api.id)).applications == (
        AuthorizedApplication(robot.id, "Robot", "m2m", ()),
    )


async def test_lists_no_apis_of_an_application_that_does_not_exist(context, robot):
    with pytest.raises(NotFound):
        await api_authorizations.list_application_apis(context, "nobody")
    assert await api_authorizations.list_application_apis(context, robot.id) == []


async def test_applications_are_authorized_for_the_management_api(context, robot):
    api = await management_api(context)
    assert await authorize(context, api, robot) == ([robot.id], [])
    scope = (await apis.list_scopes(context, api.id))[0]
    await api_authorizations.enable_scope(context, api.id, robot.id, scope.id)
    (found,) = await api_authorizations.list_application_apis(context, robot.id)
    assert found.enabled_scope_ids == {scope.id}
