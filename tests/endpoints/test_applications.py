"""What an application of one type cannot have is refused by name; what can be set can be read back."""

import pytest

MACHINES = "Nobody signs in to an application of type m2m"


def refusal(answer):
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    return error


@pytest.mark.parametrize("member", ["redirect_uris", "logout_uris"])
async def test_machine_has_no_urls_to_return_to(orders, member):
    path = f"/api/v1/applications/{orders.client_id}"
    answer = await orders.management.patch(path, json={"name": "Arm", member: ["https://shop.test/callback"]})
    assert refusal(answer) == {
        "code": "APPLICATION_TYPE_NOT_SUPPORTED",
        "message": f"{MACHINES}, so it has no {member}; leave it out, or register an application of type "
        "reg, spa or device.",
        "field": member,
    }
    shown = (await orders.management.get(path)).json()["application"]
    assert (shown["name"], shown[member]) == ("Robot", [])
    for nothing in ([], None):
        assert (await orders.management.patch(path, json={member: nothing})).status_code == 200


@pytest.mark.parametrize(
    "member", ["id_token_lifetime", "refresh_token_lifetime", "authenticated_session_lifetime"]
)
async def test_machine_has_no_lifetimes_of_what_people_get(orders, member):
    path = f"/api/v1/applications/{orders.client_id}/tokens"
    answer = await orders.management.patch(path, json={member: 90_000, "access_token_lifetime": 600})
    assert refusal(answer) == {
        "code": "APPLICATION_TYPE_NOT_SUPPORTED",
        "message": f"{MACHINES}, so it has no {member}; set access_token_lifetime alone.",
        "field": member,
    }
    assert await tokens_of(orders, orders.client_id) == {
        "access_token_lifetime": 86_400,
        "id_token_lifetime": None,
        "refresh_token_lifetime": None,
        "authenticated_session_lifetime": None,
        "is_hasura_mapping_enabled": False,
    }


async def tokens_of(orders, application_id):
    answer = await orders.management.get(f"/api/v1/applications/{application_id}/tokens")
    assert answer.status_code == 200, answer.text
    return answer.json()["tokens"]


async def test_token_settings_are_read_as_they_were_set(orders):
    made = await orders.management.post("/api/v1/applications", json={"name": "Site", "type": "spa"})
    site = made.json()["application"]["id"]
    assert await tokens_of(orders, site) == {
        "access_token_lifetime": 86_400,
        "id_token_lifetime": 3_600,
        "refresh_token_lifetime": 1_296_000,
        "authenticated_session_lifetime": 86_400,
        "is_hasura_mapping_enabled": False,
    }
    settings = {
        "access_token_lifetime": 600,
        "id_token_lifetime": 700,
        "refresh_token_lifetime": 800,
        "authenticated_session_lifetime": 900,
        "is_hasura_mapping_enabled": True,
    }
    path = f"/api/v1/applications/{site}/tokens"
    assert (await orders.management.patch(path, json=settings)).status_code == 200
    assert await tokens_of(orders, site) == settings
    await orders.management.put(
        f"/api/v1/applications/{site}/token_profiles/id", json={"hasura_mapping": False}
    )
    assert (await tokens_of(orders, site))["is_hasura_mapping_enabled"] is False


async def test_token_settings_of_an_unknown_application_are_not_found(orders):
    answer = await orders.management.get("/api/v1/applications/unknown/tokens")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "APPLICATION_NOT_FOUND")


async def test_a_back_end_application_that_also_is_a_machine_has_them_all(orders):
    made = await orders.management.post("/api/v1/applications", json={"name": "Shop", "type": "reg"})
    shop = made.json()["application"]["id"]
    body = {"redirect_uris": ["https://shop.test/callback"], "logout_uris": ["https://shop.test"]}
    assert (await orders.management.patch(f"/api/v1/applications/{shop}", json=body)).status_code == 200
    path = f"/api/v1/applications/{shop}/tokens"
    assert (await orders.management.patch(path, json={"refresh_token_lifetime": 90_000})).status_code == 200
    assert (await tokens_of(orders, shop))["refresh_token_lifetime"] == 90_000
