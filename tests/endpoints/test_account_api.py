"""The account API tells the holder of a user's access token what is true of the user now."""

import pytest

from claimsmith.storage import tables
from tests.endpoints.test_user_previews import rich  # noqa: F401 - a fixture
from tests.endpoints.test_user_tokens import change, kim  # noqa: F401 - a fixture
from tests.support.rows import USER, put
from tests.support.signed_in import ORGANIZATION, OTHER_ORGANIZATION

PATHS = [
    "entitlements",
    "entitlement/sso",
    "portal_link",
    "permissions",
    "permission/view:orders",
    "roles",
    "feature_flags",
    "properties",
    "user_profile",
]


async def ask(kim, path, token, **query):  # noqa: F811
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with kim.opened.http(headers=headers) as http:
        return await http.get(f"/account_api/v1/{path}", params=query)


@pytest.mark.parametrize("path", PATHS)
async def test_strangers_are_refused(kim, path):  # noqa: F811
    """H02, H04, H05, H08, H20."""
    tokens = await kim.tokens()
    nothing = await ask(kim, path, None)
    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, "Bearer")
    assert nothing.json()["errors"][0]["code"] == "INVALID_TOKEN"
    for wrong in ("garbage", tokens["id_token"], tokens["refresh_token"]):
        assert (await ask(kim, path, wrong)).status_code == 401
    assert (await ask(kim, path, None, access_token=tokens["access_token"])).status_code == 401
    machine = kim.management.headers["authorization"].removeprefix("Bearer ")
    assert (await ask(kim, path, machine)).status_code == 403
    async with kim.opened.http(headers={"Authorization": f"Bearer {tokens['access_token']}"}) as http:
        assert (await http.post(f"/account_api/v1/{path}")).status_code == 405
        assert (await http.get("/account_api/v1/nothing")).status_code == 404
    await change(kim, "memberships", None)
    assert (await ask(kim, path, tokens["access_token"])).status_code == 401


async def test_answers_are_those_of_the_organization_signed_in_to(kim):  # noqa: F811
    token = (await kim.tokens())["access_token"]
    more = {"has_more": False, "next_page_starting_after": None}
    assert (await ask(kim, "permissions", token)).json() == {
        "data": {
            "org_code": ORGANIZATION,
            "permissions": [
                {"id": "perm_refund:orders", "name": "Refund:Orders", "key": "refund:orders"},
                {"id": "perm_view:orders", "name": "View:Orders", "key": "view:orders"},
            ],
        },
        "metadata": more,
    }
    assert (await ask(kim, "roles", token)).json() == {
        "data": {
            "org_code": ORGANIZATION,
            "roles": [{"id": "role_buyer", "name": "Buyer", "key": "buyer"}],
        },
        "metadata": more,
    }
    for key, granted in (("view%3Aorders", True), ("refund:orders", True), ("other", False)):
        told = (await ask(kim, f"permission/{key}", token)).json()
        key = key.replace("%3A", ":")
        assert told == {"permissionKey": key, "orgCode": ORGANIZATION, "isGranted": granted}
    other = (await kim.tokens(organization_code=OTHER_ORGANIZATION))["access_token"]
    assert (await ask(kim, "permissions", other)).json()["data"] == {
        "org_code": OTHER_ORGANIZATION,
        "permissions": [],
    }
    nowhere = (await kim.tokens(organization_code=None))["access_token"]
    assert (await ask(kim, "roles", nowhere)).json()["data"] == {"org_code": None, "roles": []}


async def test_what_changed_is_told_at_once(kim):  # noqa: F811
    """H21."""
    token = (await kim.tokens())["access_token"]
    await change(kim, "membership_roles", None)
    assert (await ask(kim, "roles", token)).json()["data"]["roles"] == []
    told = (await ask(kim, "permission/view:orders", token)).json()
    assert told["isGranted"] is False


async def test_flags_and_properties_are_the_users(rich):  # noqa: F811
    token = (await rich.tokens())["access_token"]
    flags = (await ask(rich, "feature_flags", token)).json()["data"]["feature_flags"]
    assert [{name: flag[name] for name in ("name", "key", "type", "value")} for flag in flags] == [
        {"name": "dark_mode", "key": "dark_mode", "type": "boolean", "value": False},
        {"name": "page_size", "key": "page_size", "type": "integer", "value": 7},
        {"name": "theme", "key": "theme", "type": "string", "value": "red"},
    ]
    properties = (await ask(rich, "properties", token)).json()["data"]["properties"]
    assert [(each["key"], each["value"]) for each in properties] == [("tier", "gold")]
    async with rich.opened.context().changing() as work:
        await work.connection.execute(work.grants.update(tables.properties).values(is_private=True))
        work.record("property", "all", "changed")
    assert (await ask(rich, "properties", token)).json()["data"]["properties"] == []


async def test_profile_is_that_of_userinfo(kim):  # noqa: F811
    token = (await kim.tokens())["access_token"]
    told = (await ask(kim, "user_profile", token)).json()
    assert told == (await kim.userinfo(token)).json()
    assert told["id"] == USER


async def test_lists_come_in_pages(kim):  # noqa: F811
    async with kim.opened.context().changing() as work:
        for number in range(12):
            await put(work, "permissions", id=f"perm_{number:02}", key=f"key:{number:02}", name="x")
            member = {"user_id": USER, "organization_code": ORGANIZATION}
            await put(work, "membership_permissions", **member, permission_id=f"perm_{number:02}")
        work.record("permission", "all", "changed")
    token = (await kim.tokens())["access_token"]
    seen, mark = [], ""
    while True:
        told = (await ask(kim, "permissions", token, page_size="5", starting_after=mark)).json()
        seen += [each["key"] for each in told["data"]["permissions"]]
        if not told["metadata"]["has_more"]:
            break
        mark = told["metadata"]["next_page_starting_after"]
    assert seen == [f"key:{number:02}" for number in range(12)] + ["refund:orders", "view:orders"]
    assert len((await ask(kim, "permissions", token)).json()["data"]["permissions"]) == 10
    for query in ({"page_size": "0"}, {"page_size": "x"}, {"page_size": "-1"}, {"starting_after": "x"}):
        assert (await ask(kim, "permissions", token, **query)).status_code == 400
