"""An object of another environment is answered like one that does not exist (U01-U06, V-116..V-119, K04)."""

import json
import re

import pytest

from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
from claimsmith.usecases.environments import add_environment, ensure_management_api
from tests.endpoints.assertions import sound
from tests.endpoints.conftest import AUDIENCE, make_orders
from tests.support.people import make_user

STAGING = "http://127.0.0.1:8000/staging"
NOWHERE = {
    "agreement_id": "agreement_" + "0" * 32,
    "customer_id": "customer_" + "0" * 32,
    "feature_key": "nothing",
    "group_key": "nothing",
    "plan_key": "nothing",
    "table_key": "nothing",
    "api_id": "f" * 32,
    "application_id": "f" * 32,
    "scope_id": "api_scope_" + "f" * 32,
    "secret_id": "secret_" + "f" * 32,
    "import_id": "scope_import_" + "f" * 32,
    "property_id": "prop_" + "f" * 32,
    "category_id": "prop_category_" + "f" * 32,
    "org_code": "org_fffffffffff",
    "role_id": "ffffffff-ffff-4fff-bfff-ffffffffffff",
    "connection_id": "conn_" + "f" * 32,
    "feature_flag_key": "nowhere",
    "property_key": "nowhere",
    "user_id": "kp_" + "f" * 32,
    "factor_id": "mfa:email",
    "passkey_id": "passkey_" + "f" * 32,
    "permission_id": "ffffffff-ffff-4fff-bfff-ffffffffffff",
    "invite_code": "inv_" + "f" * 32,
    "name": "nowhere",
    "identity_id": "identity_" + "f" * 32,
    "kind": "m2m",
}


async def furnish(orders):
    """Make one of each object; return the parameters of paths that lead to them."""
    management = orders.management

    async def sent(method, path, **body):
        answer = await management.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    organization = await sent("POST", "/organization", name="Acme")
    await sent("POST", "/feature_flags", name="Beta", key="beta", type="bool", default_value="true")
    category = await sent("POST", "/property_categories", name="Places", context="app")
    await sent(
        "POST", "/properties", name="Region", key="region", type="single_line_text", context="app",
        is_private=False, category_id=category["category"]["id"],
    )  # fmt: skip
    made = await sent("GET", "/properties?context=app")
    role = await sent("POST", "/roles", name="Reader", key="reader")
    secrets = await sent("GET", f"/applications/{orders.client_id}/secrets")
    rights = await furnish_rights(orders, sent, organization["organization"]["code"], role["role"]["id"])
    identities = await sent("GET", f"/users/{rights['user_id']}/identities")
    return {
        "api_id": orders.api_id,
        "application_id": orders.client_id,
        "scope_id": orders.scope_ids["read:orders"],
        "secret_id": secrets["secrets"][0]["id"],
        "property_id": next(each["id"] for each in made["properties"] if each["key"] == "region"),
        "category_id": category["category"]["id"],
        "org_code": organization["organization"]["code"],
        "role_id": role["role"]["id"],
        "feature_flag_key": "beta",
        "property_key": "region",
        **rights,
        "identity_id": identities["identities"][0]["id"],
    }


async def furnish_rights(orders, sent, org_code, role_id):
    """Make a member who holds one of each, and an invitation; return the parameters that lead to them."""
    user_id = await make_user(orders.opened.context(), "ada@acme.test")
    permission_id = (await sent("POST", "/permissions", name="Read", key="read"))["permission"]["id"]
    scope_id = orders.scope_ids["read:orders"]
    await sent("PATCH", f"/roles/{role_id}/permissions", permissions=[{"id": permission_id}])
    await sent("POST", f"/roles/{role_id}/scopes", scope_id=scope_id)
    member = {"id": user_id, "roles": ["reader"], "permissions": ["read"]}
    await sent("POST", f"/organizations/{org_code}/users", users=[member])
    await sent("POST", f"/organizations/{org_code}/users/{user_id}/apis/{orders.api_id}/scopes/{scope_id}")
    site = (await sent("POST", "/applications", name="Site", type="reg"))["application"]["id"]
    await sent("PATCH", f"/applications/{site}", login_uri="https://site.test/login")
    await sent("PUT", "/policies/access", invite_application_id=site)
    invited = await sent("POST", f"/organization/{org_code}/invites", email="bob@acme.test", roles=[])
    return {"user_id": user_id, "permission_id": permission_id, "invite_code": invited["invite"]["id"]}


@pytest.fixture
async def foreign(orders):
    """Return paths' parameters of one environment, and a management client of another."""
    opened = orders.opened
    parameters = await furnish(orders)
    other = await add_environment(opened.platform, code="staging", name="Staging", issuer=STAGING)
    await ensure_management_api(opened.context(other), MANAGEMENT_SCOPES)
    await opened.platform.directory.catch_up()
    async with await opened.management(other) as management:
        yield parameters, management


def bodies(operation, openapi):
    """Return a body that passes an operation's schema, so that its ids decide."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    found = {}
    reference = re.search(r"#/components/schemas/(\w+)", json.dumps(content["schema"]))
    schema = openapi["components"]["schemas"][reference[1]] if reference else {}
    samples = {"name": "Name", "type": "m2m", "key": "some_key", "audience": "https://x.test", "value": "x"}
    samples |= {
        "is_primary": True,
        "hashed_password": "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    }
    for name in schema.get("required", ()):
        found[name] = samples.get(name, [] if schema["properties"][name].get("type") == "array" else "x")
    return found


async def test_every_operation_on_a_foreign_object_says_that_it_does_not_exist(orders, foreign):
    parameters, management = foreign
    async with orders.opened.http() as http:
        openapi = (await http.get("/api/v1/openapi.json")).json()
    before = await everything(orders)
    tried, told = 0, []
    for path, operations in openapi["paths"].items():
        names = [name for name in re.findall(r"{(\w+)}", path) if name != "kind"]
        if not names:
            continue
        for method, operation in operations.items():
            body = bodies(operation, openapi)
            answers = []
            for values in (NOWHERE | parameters, NOWHERE):
                address = STAGING + path.format(**values | {"kind": "m2m"})
                answer = sound(await management.request(method, address, json=body))
                text = answer.text
                for name in names:
                    text = text.replace(str(values[name]), "ID")
                answers.append((answer.status_code, text))
            tried += 1
            if answers[0] != answers[1] or answers[0][0] < 400:
                told.append((method, path, *answers))
    assert told == []
    assert tried > 40
    assert await everything(orders) == before


async def everything(orders):
    """Return what the first environment shows of itself."""
    shown = []
    for path in (
        "/apis?expand=scopes",
        "/applications?page_size=100",
        "/feature_flags",
        "/organizations",
        "/roles",
        "/permissions",
        "/policies",
        "/users?expand=identities",
    ):
        shown.append((await orders.management.get(f"/api/v1{path}")).json())
    shown.append((await orders.management.get(f"/api/v1/apis/{orders.api_id}")).json())
    return shown


async def test_foreign_ids_in_bodies_do_nothing(orders, foreign):
    """U02: ids in bodies, nested and in bulk, are looked up in the caller's environment too."""
    parameters, management = foreign
    made = await management.post(
        f"{STAGING}/api/v1/apis", json={"name": "Own", "audience": "https://own.test"}
    )
    own = made.json()["api"]["id"]
    for body in (
        {"applications": [{"id": parameters["application_id"]}]},
        {"applications": [{"id": parameters["application_id"], "operation": "delete"}]},
    ):
        answer = sound(await management.patch(f"{STAGING}/api/v1/apis/{own}/applications", json=body))
        assert answer.status_code in (400, 404)
    scoped = {"name": "Spy", "type": "m2m", "org_code": parameters["org_code"]}
    answer = sound(await management.post(f"{STAGING}/api/v1/applications", json=scoped))
    assert answer.status_code in (400, 404)
    preview = {"audience": AUDIENCE}
    spy = (
        await management.post(f"{STAGING}/api/v1/applications", json={"name": "Spy", "type": "m2m"})
    ).json()
    path = f"{STAGING}/api/v1/applications/{spy['application']['id']}/token_profiles/m2m/preview"
    assert sound(await management.post(path, json=preview)).status_code in (400, 403, 404)


async def test_lists_show_nothing_foreign(orders, foreign):
    """U06."""
    parameters, management = foreign
    for path in (
        "apis",
        "applications",
        "feature_flags",
        "organizations",
        "properties?context=app",
        "roles",
        "search/users",
        "usage",
        "users",
    ):
        text = sound(await management.get(f"{STAGING}/api/v1/{path}")).text
        for value in parameters.values():
            assert value not in text or value in ("beta", "region")
    flags = await management.get(f"{STAGING}/api/v1/feature_flags")
    assert "beta" not in flags.text


async def test_cursor_of_another_environment_opens_nothing(orders, foreign):
    """U06: a cursor holds a place in a list and no right to it; a changed one is refused."""
    _, management = foreign
    page = (await orders.management.get("/api/v1/applications?page_size=1")).json()
    assert page["next_token"]
    answer = await management.get(
        f"{STAGING}/api/v1/applications", params={"page_size": 50, "next_token": page["next_token"]}
    )
    assert orders.client_id not in sound(answer).text
    for broken in ("x", page["next_token"][:-3], "' OR 1=1 --", "\u00e9" * 10, "A" * 5_000):
        answer = sound(await orders.management.get("/api/v1/applications", params={"next_token": broken}))
        assert answer.status_code == 400


async def test_same_names_in_two_environments_do_not_meet(orders, foreign):
    _, management = foreign
    twin = await make_orders(orders.opened, _Prefixed(management))
    async with orders.opened.http() as http:
        form = {"grant_type": "client_credentials", "audience": AUDIENCE}
        for issuer, client, expected in (
            (STAGING, twin, 200),
            (STAGING, orders, 401),
            ("http://127.0.0.1:8000", twin, 401),
            ("http://127.0.0.1:8000", orders, 200),
        ):
            credentials = {"client_id": client.client_id, "client_secret": client.client_secret}
            answer = sound(await http.post(f"{issuer}/oauth2/token", data={**form, **credentials}))
            assert answer.status_code == expected


class _Prefixed:
    """Send requests under the issuer of the other environment."""

    def __init__(self, client):
        self._client = client

    async def request(self, method, path, **options):
        return await self._client.request(method, STAGING + path, **options)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.test"},
        {"Forwarded": "host=evil.test;proto=https"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/staging"},
        {"X-Original-URL": "/staging/.well-known/openid-configuration"},
    ],
)
async def test_headers_do_not_move_the_issuer(orders, foreign, headers):
    """K04."""
    async with orders.opened.http() as http:
        answer = await http.get("/.well-known/openid-configuration", headers=headers)
    assert answer.json()["issuer"] == "http://127.0.0.1:8000"
    assert "evil.test" not in answer.text


@pytest.mark.parametrize(
    "host", ["evil.test", "127.0.0.1:8000.evil.test", "127.0.0.1", "", "127.0.0.1:8000@evil.test"]
)
async def test_unknown_host_is_nobody(orders, host):
    """K04."""
    async with orders.opened.http() as http:
        for path in ("/.well-known/jwks.json", "/api/v1/apis", "/console", "/oauth2/token"):
            answer = sound(await http.get(path, headers={"Host": host}))
            assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
