"""Roles get the permissions that the portal itself goes by; who may not do so is refused in `test_rights`."""

import pytest

from tests.endpoints.assertions import sound
from tests.support.people import make_permission, make_role

PATH = "/api/v1/system_permissions"


@pytest.fixture
async def management(opened):
    async with await opened.management() as client:
        yield client


@pytest.fixture
async def role(opened):
    return (await make_role(opened.context(), "billing")).id


async def known(management, **query):
    answer = sound(await management.get(PATH, params=query))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def change(management, role, *operations):
    return sound(
        await management.patch(
            f"/api/v1/roles/{role}/system_permissions", json={"system_permissions": list(operations)}
        )
    )


async def held(management, role):
    answer = sound(await management.get(f"/api/v1/roles/{role}/system_permissions"))
    return [each["key"] for each in answer.json()["system_permissions"]]


async def test_unknown_roles_permissions_and_operations_are_refused(management, role):
    [first, _] = (await known(management))["system_permissions"]
    for path_role, operation, status, code in (
        ("role_unknown", {"id": first["id"]}, 404, "ROLE_NOT_FOUND"),
        (role, {"id": "unknown"}, 404, "SYSTEM_PERMISSION_NOT_FOUND"),
        (role, {"id": first["id"], "operation": "keep"}, 400, "OPERATION_INVALID"),
    ):
        answer = await change(management, path_role, operation)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code), operation
    assert await held(management, role) == []


async def test_they_are_listed_before_anybody_has_them(opened, management):
    listed = await known(management)
    assert [each["key"] for each in listed["system_permissions"]] == ["org:read:billing", "org:write:billing"]
    assert await known(management) == listed
    first = await known(management, page_size=1, sort="name_desc")
    assert [each["key"] for each in first["system_permissions"]] == ["org:write:billing"]
    rest = await known(management, page_size=1, sort="name_desc", next_token=first["next_token"])
    assert ([each["key"] for each in rest["system_permissions"]], rest["next_token"]) == (
        ["org:read:billing"],
        None,
    )
    async with opened.context().reading() as work:
        assert await work.permissions.find_by_key("org:read:billing") is None


async def test_a_role_gets_one_and_loses_it(management, role):
    [first, second] = (await known(management))["system_permissions"]
    answer = await change(management, role, {"id": first["id"]}, {"id": second["id"]})
    assert answer.json() == {
        "code": "ROLE_SYSTEM_PERMISSIONS_UPDATED",
        "message": "Role system permissions updated",
        "system_permissions_added": [first["id"], second["id"]],
        "system_permissions_removed": [],
    }
    assert await held(management, role) == ["org:read:billing", "org:write:billing"]
    again = (await change(management, role, {"id": first["id"]})).json()
    assert (again["system_permissions_added"], again["system_permissions_removed"]) == ([], [])
    gone = (await change(management, role, {"id": first["id"], "operation": "delete"})).json()
    assert gone["system_permissions_removed"] == [first["id"]]
    assert await held(management, role) == ["org:write:billing"]


async def test_a_permission_that_somebody_made_by_its_key_is_the_one(opened, management, role):
    made = await make_permission(opened.context(), "org:write:billing")
    listed = {each["key"]: each["id"] for each in (await known(management))["system_permissions"]}
    assert listed["org:write:billing"] == made.id
    assert (await change(management, role, {"id": made.id})).status_code == 200
    assert await held(management, role) == ["org:write:billing"]


async def test_one_whose_key_was_changed_is_not_given(management, role):
    [first, _] = (await known(management))["system_permissions"]
    await change(management, role, {"id": first["id"]})
    renamed = {"name": "Other", "key": "other"}
    assert (await management.patch(f"/api/v1/permissions/{first['id']}", json=renamed)).status_code == 200
    await management.delete(f"/api/v1/roles/{role}/permissions/{first['id']}")
    answer = await change(management, role, {"id": first["id"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "SYSTEM_PERMISSION_RENAMED")
