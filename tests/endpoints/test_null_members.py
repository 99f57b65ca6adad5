"""Members that are sent as `null`: a text or a list is taken away, a switch stays as it is (U03, R-07)."""

import pytest

from tests.endpoints.assertions import sound
from tests.endpoints.test_management_schema import DOCUMENT

APPLICATION = "/api/v1/applications/{application_id}"
ORGANIZATION = "/api/v1/organization/{org_code}"


def members_of(path: str) -> dict[str, set[str]]:
    """Return the members of a PATCH by the types that the document allows them."""
    body = DOCUMENT["paths"][path]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    name = body["$ref"].rpartition("/")[2]
    found: dict[str, set[str]] = {}
    for member, schema in DOCUMENT["components"]["schemas"][name]["properties"].items():
        kinds = {each["type"] for each in schema.get("anyOf", [schema])} - {"null"}
        found.setdefault(kinds.pop(), set()).add(member)
    return found


@pytest.fixture
async def site(orders):
    """Return paths and shown objects of a site and of an organization of which every member is set."""
    management = orders.management
    made = await management.post("/api/v1/applications", json={"name": "Site", "type": "reg"})
    path = APPLICATION.format(application_id=made.json()["application"]["id"])
    uris = ["https://shop.test/callback"]
    members = {"redirect_uris": uris, "logout_uris": uris, "login_uri": uris[0], "homepage_uri": uris[0]}
    refused = {"is_access_control_enabled", "has_sign_in_with_sso_button"}
    switches = dict.fromkeys(members_of(APPLICATION)["boolean"] - refused, True)
    body = {"language_key": "pt-BR", **members, **switches}
    assert (await management.patch(path, json=body)).status_code == 200
    assert shown(await management.get(path), "application").items() >= body.items()
    return management, path


def shown(answer, member=None):
    assert answer.status_code == 200, answer.text
    return answer.json()[member] if member else answer.json()


async def test_texts_and_lists_of_an_application_are_taken_away(site):
    management, path = site
    kinds = members_of(APPLICATION)
    taken = (kinds["string"] | kinds["array"]) - {"name"}
    for member in sorted(taken):
        assert sound(await management.patch(path, json={member: None})).status_code == 200, member
    found = shown(await management.get(path), "application")
    assert {member: found[member] for member in taken} == {
        **dict.fromkeys(kinds["string"] - {"name"}),
        "redirect_uris": [],
        "logout_uris": [],
    }


async def test_a_switch_of_an_application_is_not_turned_off_by_null(site):
    management, path = site
    before = shown(await management.get(path), "application")
    for member in sorted(members_of(APPLICATION)["boolean"] | {"name"}):
        await refused(management, path, member)
    assert shown(await management.get(path), "application") == before


async def test_a_suspended_organization_is_not_restored_by_null(orders):
    management = orders.management
    made = await management.post("/api/v1/organization", json={"name": "Orchard Ltd"})
    path = ORGANIZATION.format(org_code=made.json()["organization"]["code"])
    switches = members_of(ORGANIZATION)["boolean"]
    assert {"is_suspended", "is_enforce_mfa"} <= switches
    assert (await management.patch(path, json=dict.fromkeys(switches, True))).status_code == 200
    for member in sorted(switches | {"name"}):
        await refused(management, path, member)
    code = path.rpartition("/")[2]
    found = shown(await management.get("/api/v1/organization", params={"code": code}))
    assert {found[member] for member in switches} == {True}


async def refused(management, path, member):
    answer = sound(await management.patch(path, json={member: None}))
    assert answer.status_code == 400, (member, answer.text)
    assert [each["field"] for each in answer.json()["errors"]] == [member]


async def test_a_language_is_a_language_tag(site):
    """A text that one database keeps and the other refuses is refused by the rules already."""
    management, path = site
    for text in ("x" * 65, "english please", "\u202een"):
        answer = sound(await management.patch(path, json={"language_key": text}))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "language_key")
