"""Refusals and round trips of property definitions and of what an organization is made of."""

import pytest

from tests.endpoints.assertions import sound

PROPERTY = {"name": "Tier", "type": "single_line_text", "is_private": False}


async def category_of(management, context):
    answer = await management.get("/api/v1/property_categories", params={"context": context})
    return answer.json()["categories"][0]["id"]


async def test_keys_of_built_in_properties_are_kept_for_them(orders):
    body = {**PROPERTY, "context": "usr", "category_id": await category_of(orders.management, "usr")}
    answer = sound(await orders.management.post("/api/v1/properties", json={**body, "key": "kp_usr_tier"}))
    assert answer.status_code == 400
    assert answer.json() == {
        "errors": [
            {
                "code": "PROPERTY_KEY_RESERVED",
                "message": "key is 'kp_usr_tier'; keys that begin with kp_ are kept for built-in properties.",
                "field": "key",
            }
        ]
    }
    listed = (await orders.management.get("/api/v1/properties?context=usr&page_size=500")).json()
    assert all(item["key"].startswith("kp_") == item["is_kinde_property"] for item in listed["properties"])


async def test_a_category_and_a_property_of_different_contexts_do_not_meet(orders):
    body = {**PROPERTY, "key": "tier", "context": "org"}
    foreign = await category_of(orders.management, "app")
    answer = sound(await orders.management.post("/api/v1/properties", json={**body, "category_id": foreign}))
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], error["field"]) == (
        400,
        "CATEGORY_CONTEXT_MISMATCH",
        "category_id",
    )


async def test_values_of_an_organization_are_set_all_or_none(orders):
    management = orders.management
    code = (await management.post("/api/v1/organization", json={"name": "Acme"})).json()["organization"][
        "code"
    ]
    path = f"/api/v1/organizations/{code}/properties"
    body = {"properties": {"kp_org_city": "Perth", "unknown": "x"}}
    assert sound(await management.patch(path, json=body)).status_code == 404

    async def city():
        return next(
            item["value"]
            for item in (await management.get(path)).json()["properties"]
            if item["key"] == "kp_org_city"
        )

    assert await city() is None
    assert (await management.put(f"{path}/kp_org_city", params={"value": "Perth"})).status_code == 200
    assert await city() == "Perth"
    assert (await management.patch(path, json={"properties": {"kp_org_city": None}})).status_code == 200
    assert await city() is None


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("sender_email", "nobody"),
        ("sender_email", "a@b"),
        ("sender_email", "a b@example.com"),
        ("sender_email", "a@example.com\r\nBcc: b@example.com"),
        ("sender_name", "Acme\r\nBcc: b@example.com"),
        ("handle", "Acme Ltd"),
        ("background_color", "red"),
        ("theme_code", "pink"),
        ("button_border_radius", 33),
        ("card_border_radius", -1),
        ("input_border_radius", "1;}*{color:red}"),
        ("logo_uri", "javascript:alert(1)"),
        ("logo_uri", "logo.svg"),
        ("logo_dark_uri", "data:image/svg+xml,<svg/>"),
        ("allowed_domains", ["localhost"]),
    ],
)
async def test_what_an_organization_cannot_have_is_refused_with_its_field(orders, member, value):
    body = {"name": "Acme", member: value}
    answer = await orders.management.post("/api/v1/organization", json={"name": "Acme"})
    code = answer.json()["organization"]["code"]
    answer = sound(await orders.management.patch(f"/api/v1/organization/{code}", json=body))
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"].partition("[")[0] == member


async def test_an_organization_is_read_as_it_was_changed(orders):
    management = orders.management
    code = (await management.post("/api/v1/organization", json={"name": "Acme"})).json()["organization"][
        "code"
    ]
    body = {
        "name": "Acme Ltd",
        "handle": "acme",
        "external_id": "crm-1",
        "sender_name": "Acme",
        "sender_email": "Hello+x@Mail.Example.com",
        "theme_code": "dark",
        "button_border_radius": 0,
        "card_border_radius": 32,
        "input_border_radius": 6,
        "logo_uri": "https://acme.test/logo.svg",
        "logo_dark_uri": "https://acme.test/night.svg",
        "allowed_domains": ["example.com"],
        "is_suspended": True,
    }
    assert (await management.patch(f"/api/v1/organization/{code}", json=body)).status_code == 200
    found = (await management.get("/api/v1/organization", params={"code": code})).json()
    assert {member: found[member] for member in body} == body
    gone = {"card_border_radius": None, "logo_uri": ""}
    assert (await management.patch(f"/api/v1/organization/{code}", json=gone)).status_code == 200
    found = (await management.get("/api/v1/organization", params={"code": code})).json()
    assert [found[name] for name in ("card_border_radius", "logo_uri")] == [None, None]
    assert found["button_border_radius"] == 0
