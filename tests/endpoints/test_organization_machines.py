"""Machines of one organization: what they carry, and what ends them."""

import pytest

from tests.endpoints.conftest import AUDIENCE
from tests.endpoints.test_token import assert_refused, claims_of


@pytest.fixture
async def machine(orders):
    """Make an organization with an application of its own that may read orders."""
    management = orders.management

    async def sent(method, path, body=None, expected=(200, 201)):
        answer = await management.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code in expected, answer.text
        return answer.json()

    made = await sent("POST", "/organization", {"name": "Orchard Ltd", "external_id": "crm-4471"})
    code = made["organization"]["code"]
    body = {"name": "Orchard robot", "type": "m2m", "org_code": code}
    application = (await sent("POST", "/applications", body))["application"]
    body = {"applications": [{"id": application["id"]}]}
    await sent("PATCH", f"/apis/{orders.api_id}/applications", body)
    scope_id = orders.scope_ids["read:orders"]
    await sent("POST", f"/apis/{orders.api_id}/applications/{application['id']}/scopes/{scope_id}")
    for key, kind, default in (("bulk_export", "bool", "false"), ("queue", "str", "slow")):
        body = {"name": key, "key": key, "type": kind, "default_value": default}
        await sent("POST", "/feature_flags", body)
    credentials = {"client_id": application["client_id"], "client_secret": application["client_secret"]}
    return code, application["id"], credentials, sent


async def claims(orders, credentials):
    answer = await orders.token(**credentials)
    assert answer.status_code == 200, answer.text
    return claims_of(answer.json()["access_token"])


async def test_only_machines_can_belong_to_an_organization(orders, machine):
    code, _, _, _ = machine
    for body, status, expected in (
        ({"type": "spa", "org_code": code}, 400, "APPLICATION_TYPE_NOT_SUPPORTED"),
        ({"type": "m2m", "org_code": "org_00000000000"}, 404, "ORGANIZATION_NOT_FOUND"),
    ):
        answer = await orders.management.post("/api/v1/applications", json={"name": "x", **body})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, expected)


async def test_organization_is_named_and_a_request_cannot_change_it(orders, machine):
    code, _, credentials, _ = machine
    found = await claims(orders, {**credentials, "org_code": "org_00000000000"})
    assert found["org_code"] == code
    assert "org_code" not in claims_of((await orders.token()).json()["access_token"])


async def test_organization_value_of_a_flag_wins_in_its_own_tokens_alone(orders, machine):
    code, application_id, credentials, sent = machine
    profile = {"feature_flags": "all", "additional_claims": ["org_name", "external_org_id"]}
    await sent("PUT", f"/applications/{application_id}/token_profiles/m2m", profile)
    path = f"/applications/{orders.client_id}/token_profiles/m2m"
    await sent("PUT", path, {"feature_flags": "all"})
    await sent("PATCH", "/environment/feature_flags/queue", {"value": "normal"})
    await sent("PATCH", f"/organizations/{code}/feature_flags/bulk_export?value=true")
    await sent("PATCH", f"/organizations/{code}/feature_flags/queue", {"value": "fast"})
    found = await claims(orders, credentials)
    assert found["feature_flags"] == {
        "bulk_export": {"t": "b", "v": True},
        "queue": {"t": "s", "v": "fast"},
    }
    assert (found["org_name"], found["external_org_id"]) == ("Orchard Ltd", "crm-4471")
    global_claims = claims_of((await orders.token()).json()["access_token"])
    assert global_claims["feature_flags"] == {
        "bulk_export": {"t": "b", "v": False},
        "queue": {"t": "s", "v": "normal"},
    }
    await sent("DELETE", f"/organizations/{code}/feature_flags/queue")
    assert (await claims(orders, credentials))["feature_flags"]["queue"] == {"t": "s", "v": "normal"}
    await sent("DELETE", "/environment/feature_flags")
    assert (await claims(orders, credentials))["feature_flags"]["queue"] == {"t": "s", "v": "slow"}


async def test_organization_properties_and_hasura_names(orders, machine):
    code, application_id, credentials, sent = machine
    await sent("PUT", f"/organizations/{code}/properties/kp_org_city?value=Graz")
    profile = {
        "include_api_scopes_in_permissions": True,
        "properties": ["kp_org_city", "kp_org_postcode"],
        "hasura_mapping": True,
    }
    await sent("PUT", f"/applications/{application_id}/token_profiles/m2m", profile)
    found = await claims(orders, credentials)
    assert found["x-hasura-organization_properties"] == {
        "kp_org_city": {"v": "Graz"},
        "kp_org_postcode": {},
    }
    assert found["x-hasura-org-code"] == code
    assert found["x-hasura-permissions"] == ["read:orders"]
    assert not {"org_code", "permissions", "organization_properties"} & found.keys()
    assert found["aud"] == [AUDIENCE]


async def test_suspension_ends_tokens_at_once_and_restoring_begins_new_ones(orders, machine):
    code, _, credentials, sent = machine
    token = (await orders.token(**credentials)).json()["access_token"]
    await sent("PATCH", f"/organization/{code}", {"is_suspended": True})
    assert_refused(await orders.token(**credentials), 400, "unauthorized_client")
    async with orders.opened.http() as http:
        form = {"client_id": orders.client_id, "client_secret": orders.client_secret, "token": token}
        assert (await http.post("/oauth2/introspect", data=form)).json() == {"active": False}
    await sent("PATCH", f"/organization/{code}", {"is_suspended": False})
    assert (await orders.token(**credentials)).status_code == 200


async def test_deleting_the_organization_deletes_its_machines(orders, machine):
    code, application_id, credentials, sent = machine
    await sent("DELETE", f"/organization/{code}")
    assert_refused(await orders.token(**credentials), 401, "invalid_client")
    await sent("GET", f"/applications/{application_id}", expected=(404,))


async def test_default_organization_is_protected(orders):
    found = (await orders.management.get("/api/v1/organizations")).json()["organizations"]
    code = next(each["code"] for each in found if each["is_default"])
    answer = await orders.management.patch(f"/api/v1/organization/{code}", json={"is_suspended": True})
    assert answer.json()["errors"][0]["code"] == "DEFAULT_ORGANIZATION_CANNOT_BE_SUSPENDED"
    answer = await orders.management.delete(f"/api/v1/organization/{code}")
    assert answer.json()["errors"][0]["code"] == "DEFAULT_ORGANIZATION_CANNOT_BE_DELETED"
