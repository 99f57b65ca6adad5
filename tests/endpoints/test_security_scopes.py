"""No way leads to a scope or an audience that nobody granted (B07, B09, V-014, V-041, U05, U08)."""

import pytest

from tests.endpoints.assertions import sound
from tests.endpoints.conftest import AUDIENCE
from tests.journeys.test_staleness import claims_of

STOCK = "https://api.stock.test"
GRANTED = ["read:orders", "write:orders"]


@pytest.fixture
async def stock(orders):
    """Make a second API, with a scope of its own and one whose key the first API has too."""
    management = orders.management
    api = (await management.post("/api/v1/apis", json={"name": "Stock", "audience": STOCK})).json()["api"][
        "id"
    ]
    scopes = {}
    for key in ("read:stock", "delete:orders"):
        made = await management.post(f"/api/v1/apis/{api}/scopes", json={"key": key})
        scopes[key] = made.json()["scope"]["id"]
    return api, scopes


@pytest.mark.parametrize(
    "scope",
    [
        "delete:orders",
        "read:orders delete:orders",
        "read:orders  write:orders admin",
        "READ:ORDERS",
        "read:orders\u00a0",
        "read:order",
        "read:orders*",
        "*",
        "openid",
        "offline",
        "read:applications",
        'read:orders"',
        "read:orders\\",
        "\x7f",
        "a" * 8_000,
        " ".join(f"s{number}" for number in range(1_500)),
    ],
)
async def test_scope_that_was_not_granted_is_refused(orders, scope):
    answer = sound(await orders.token(scope=scope), orders.client_secret)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "audience",
    [
        STOCK,
        f"{AUDIENCE} {STOCK}",
        [AUDIENCE, STOCK],
        AUDIENCE + "/",
        AUDIENCE.upper(),
        "http://127.0.0.1:8000/api",
        f"{AUDIENCE} http://127.0.0.1:8000/api",
        AUDIENCE[:-1],
        f"{AUDIENCE}#",
    ],
)
async def test_audience_that_was_not_authorized_is_refused(orders, stock, audience):
    answer = sound(await orders.token(audience=audience))
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    "resource", [STOCK, [AUDIENCE, STOCK], "http://127.0.0.1:8000/api", "urn:x", "/orders"]
)
async def test_resource_that_was_not_authorized_is_refused(orders, stock, resource):
    """RFC 8707 §2."""
    for audience in (None, AUDIENCE):
        answer = sound(await orders.token(audience=audience, resource=resource))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


async def test_authorization_alone_grants_no_scope(orders, stock):
    api, _ = stock
    body = {"applications": [{"id": orders.client_id}]}
    assert (await orders.management.patch(f"/api/v1/apis/{api}/applications", json=body)).status_code == 200
    claims = claims_of(sound(await orders.token(audience=STOCK)).json()["access_token"])
    assert (claims["aud"], claims["scp"]) == ([STOCK], [])
    assert claims["scope"] == ""
    assert sound(await orders.token(audience=STOCK, scope="read:orders")).status_code == 400


async def test_scope_enabled_at_one_api_is_none_of_the_other(orders, stock):
    """One key at two APIs: granted at the second, it is in no token for the first."""
    api, scopes = stock
    management = orders.management
    body = {"applications": [{"id": orders.client_id}]}
    await management.patch(f"/api/v1/apis/{api}/applications", json=body)
    path = f"/api/v1/apis/{api}/applications/{orders.client_id}/scopes"
    assert (await management.post(f"{path}/{scopes['delete:orders']}")).status_code == 200
    assert sound(await orders.token(audience=AUDIENCE, scope="delete:orders")).status_code == 400
    assert claims_of((await orders.token(audience=AUDIENCE)).json()["access_token"])["scp"] == GRANTED
    crossed = f"/api/v1/apis/{orders.api_id}/applications/{orders.client_id}/scopes/{scopes['read:stock']}"
    assert sound(await management.post(crossed)).status_code == 404


@pytest.mark.parametrize("shape", ["platform", "at+jwt"])
async def test_switch_adds_nothing_that_was_not_granted(orders, shape):
    management = orders.management
    await management.patch(f"/api/v1/apis/{orders.api_id}", json={"token_shape": shape})
    path = f"/api/v1/applications/{orders.client_id}/token_profiles/m2m"
    body = {"include_api_scopes_in_permissions": True}
    assert (await management.put(path, json=body)).status_code == 200
    for scope, granted in ((None, GRANTED), ("read:orders", ["read:orders"])):
        claims = claims_of((await orders.token(scope=scope)).json()["access_token"])
        assert claims["permissions"] == claims["scp"] == granted


@pytest.mark.parametrize(
    "claim",
    [
        "iss",
        "sub",
        "aud",
        "exp",
        "scope",
        "scp",
        "permissions",
        "org_code",
        "client_id",
        "amr",
        "acr",
        "azp",
        "gty",
    ],
)
async def test_claims_of_the_protocol_cannot_be_asked_for(orders, claim):
    """H16, V-041."""
    path = f"/api/v1/applications/{orders.client_id}/token_profiles/m2m"
    answer = sound(await orders.management.put(path, json={"additional_claims": [claim]}))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "additional_claims[0]"


async def test_preview_needs_its_scope_and_gives_no_token(orders):
    """U05, V-123: a preview shows claims to whoever may read the profile, and is never signed."""
    path = f"/api/v1/applications/{orders.client_id}/token_profiles/m2m/preview"
    async with orders.opened.http() as http:
        assert sound(await http.post(path, json={})).status_code == 401
        bearer = {"Authorization": f"Bearer {(await orders.token()).json()['access_token']}"}
        assert sound(await http.post(path, json={}, headers=bearer)).status_code == 401
    answer = await orders.management.post(path, json={})
    assert answer.status_code == 200
    assert "eyJ" not in answer.text


@pytest.mark.parametrize(
    "member", ["id", "client_id", "environment_id", "created_on", "is_management_api", "scopes"]
)
async def test_members_that_nobody_may_set_are_refused(orders, member):
    """U03."""
    management = orders.management
    api = {"name": "X", "audience": "https://x.test", member: "x"}
    assert sound(await management.post("/api/v1/apis", json=api)).status_code == 400
    application = {"name": "X", "type": "m2m", member: "x"}
    assert sound(await management.post("/api/v1/applications", json=application)).status_code == 400
    path = f"/api/v1/applications/{orders.client_id}"
    assert sound(await management.patch(path, json={member: "x"})).status_code == 400


async def test_deleted_application_leaves_nothing_to_inherit(orders):
    """U07: what is made next has none of the rights of what was deleted."""
    management = orders.management
    assert (await management.delete(f"/api/v1/applications/{orders.client_id}")).status_code == 200
    made = await management.post("/api/v1/applications", json={"name": "Robot", "type": "m2m"})
    again = made.json()["application"]
    assert again["client_id"] != orders.client_id
    credentials = {name: again[name] for name in ("client_id", "client_secret")}
    assert sound(await orders.token(**credentials)).json()["error"] == "unauthorized_client"
    assert sound(await orders.token()).status_code == 401
