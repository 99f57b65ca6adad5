"""Who may call the management API: refusals first (U rows of the security checks)."""

import pytest

from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
from claimsmith.usecases.environments import add_environment, ensure_management_api
from tests.endpoints.conftest import AUDIENCE, make_orders

LISTS = (
    "/applications",
    "/apis",
    "/organizations",
    "/feature_flags",
    "/permissions",
    "/properties",
    "/roles",
    "/search/users",
    "/usage",
    "/users",
)


def code_of(answer):
    return answer.json()["errors"][0]["code"]


@pytest.mark.parametrize("path", LISTS)
async def test_strangers_are_refused(orders, path):
    token = (await orders.token()).json()["access_token"]
    async with orders.opened.http() as http:
        for headers in (
            {},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer x.y.z"},
            {"Authorization": f"Basic {token}"},
            {"Authorization": f"Bearer {token}"},
            {"Authorization": orders.management.headers["authorization"][:-6] + "AAAAAA"},
        ):
            answer = await http.get(f"/api/v1{path}", headers=headers)
            assert (answer.status_code, code_of(answer)) == (401, "INVALID_TOKEN")
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_missing_scope_is_named(orders):
    limited = await limited_client(orders, ["read:apis"])
    assert (await limited.get("/api/v1/apis")).status_code == 200
    answer = await limited.get("/api/v1/applications")
    assert (answer.status_code, code_of(answer)) == (403, "INSUFFICIENT_SCOPE")
    assert 'scope="read:applications"' in answer.headers["www-authenticate"]
    body_unread = await limited.post("/api/v1/applications", content=b"{")
    assert body_unread.status_code == 403


async def limited_client(orders, scopes):
    """Return a client with a management token that has these scopes alone."""
    management = orders.management
    apis = (await management.get("/api/v1/apis?expand=scopes")).json()["apis"]
    api = next(each for each in apis if each["is_management_api"])
    ids = {scope["key"]: scope["id"] for scope in api["scopes"]}
    made = await management.post("/api/v1/applications", json={"name": "Limited", "type": "m2m"})
    application = made.json()["application"]
    body = {"applications": [{"id": application["id"]}]}
    assert (await management.patch(f"/api/v1/apis/{api['id']}/applications", json=body)).status_code == 200
    for scope in scopes:
        path = f"/api/v1/apis/{api['id']}/applications/{application['id']}/scopes/{ids[scope]}"
        assert (await management.post(path)).status_code == 200
    answer = await orders.token(
        client_id=application["client_id"],
        client_secret=application["client_secret"],
        audience=api["audience"],
    )
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    client = orders.opened.http(headers=bearer)
    client.claimsmith = {"api": api, "ids": ids, "application": application}
    return client


async def test_caller_cannot_hand_out_what_it_does_not_hold(orders):
    """V-186: neither by enabling a scope nor by making a secret of a mightier application."""
    limited = await limited_client(
        orders,
        ["create:api_application_scopes", "create:application_secrets", "read:applications", "read:apis"],
    )
    about = limited.claimsmith
    path = f"/api/v1/apis/{about['api']['id']}/applications/{about['application']['id']}/scopes"
    answer = await limited.post(f"{path}/{about['ids']['delete:applications']}")
    assert (answer.status_code, code_of(answer)) == (403, "SCOPE_ESCALATION")
    assert (await limited.post(f"{path}/{about['ids']['read:apis']}")).status_code == 200
    found = (await limited.get("/api/v1/applications")).json()["applications"]
    mighty = next(each["id"] for each in found if each["name"].startswith("Management"))
    answer = await limited.post(f"/api/v1/applications/{mighty}/secrets", json={"name": "mine"})
    assert (answer.status_code, code_of(answer)) == (403, "SCOPE_ESCALATION")


async def test_right_taken_away_is_gone_at_once(orders):
    limited = await limited_client(orders, ["read:apis"])
    about = limited.claimsmith
    path = f"/api/v1/apis/{about['api']['id']}/applications/{about['application']['id']}/scopes"
    await orders.management.delete(f"{path}/{about['ids']['read:apis']}")
    answer = await limited.get("/api/v1/apis")
    assert (answer.status_code, code_of(answer)) == (403, "INSUFFICIENT_SCOPE")


async def test_environments_see_nothing_of_one_another(orders):
    """Tokens, ids and credentials of one environment are nothing in another; 404s are alike."""
    opened = orders.opened
    other = await add_environment(
        opened.platform, code="staging", name="Staging", issuer="http://127.0.0.1:8000/staging"
    )
    await ensure_management_api(opened.context(other), MANAGEMENT_SCOPES)
    await opened.platform.directory.catch_up()
    management = await opened.management(other)
    base = f"{other.issuer}/api/v1"
    ours = orders.management.headers["authorization"]
    async with opened.http() as http:
        crossed = await http.get(f"{base}/apis", headers={"Authorization": ours})
        assert (crossed.status_code, code_of(crossed)) == (401, "INVALID_TOKEN")
        form = {
            "grant_type": "client_credentials",
            "client_id": orders.client_id,
            "client_secret": orders.client_secret,
        }
        refused = await http.post(f"{other.issuer}/oauth2/token", data=form)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        token = (await orders.token()).json()["access_token"]
        keys = (await http.get(f"{other.issuer}/.well-known/jwks.json")).json()["keys"]
        own = (await http.get("/.well-known/jwks.json")).json()["keys"]
        assert not {key["kid"] for key in keys} & {key["kid"] for key in own}
        discovery = (await http.get(f"{other.issuer}/.well-known/openid-configuration")).json()
        assert discovery["issuer"] == other.issuer
        first = await http.get("/.well-known/oauth-authorization-server/staging")
        assert first.json()["issuer"] == other.issuer
    seen = (await management.get(f"{base}/apis")).json()["apis"]
    assert [api["is_management_api"] for api in seen] == [True]
    for path in (f"apis/{orders.api_id}", f"applications/{orders.client_id}"):
        foreign = await management.get(f"{base}/{path}")
        missing = await management.get(f"{base}/{path[:-1]}0")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json()["errors"][0]["code"] == missing.json()["errors"][0]["code"]
        assert (await management.delete(f"{base}/{path}")).status_code == 404
    introspected = await opened_introspection(opened, other, management, token)
    assert introspected == {"active": False}
    theirs = await make_orders_in(opened, management, base)
    assert theirs != orders.client_id
    assert (await orders.token()).status_code == 200


async def opened_introspection(opened, other, management, token):
    bearer = {"Authorization": management.headers["authorization"]}
    async with opened.http() as http:
        answer = await http.post(f"{other.issuer}/oauth2/introspect", data={"token": token}, headers=bearer)
    return answer.json()


async def make_orders_in(opened, management, base):
    """The same audience may exist in each environment."""
    made = await management.post(f"{base}/apis", json={"name": "Orders", "audience": AUDIENCE})
    assert made.status_code == 200, made.text
    application = await management.post(f"{base}/applications", json={"name": "Robot", "type": "m2m"})
    return application.json()["application"]["id"]


async def test_bodies_are_read_no_further_than_their_limit(orders):
    async def parts():
        for _ in range(17):
            yield b" " * 65_536

    refusal = {"code": "BODY_TOO_LARGE", "message": "The body has more than 1048576 bytes; split the change."}
    for body in (b" " * 1_048_577, parts()):
        answer = await orders.management.post(
            "/api/v1/applications", content=body, headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()) == (400, {"errors": [refusal]})


async def test_bad_bodies_are_named(orders):
    cases = [
        (b"{", "BODY_NOT_JSON", None),
        (b"[]", "INVALID_INPUT", None),
        (b'{"name":1,"type":"m2m"}', "INVALID_INPUT", "name"),
        (b'{"type":"m2m"}', "INVALID_INPUT", "name"),
        (b'{"name":"x","type":"m2m","unknown":1}', "INVALID_INPUT", "unknown"),
        (b'{"name":"x","type":"machine"}', "APPLICATION_TYPE_INVALID", "type"),
        (b'{"name":"","type":"m2m"}', "NAME_REQUIRED", "name"),
        (b'{"name":"a\\u0000b","type":"m2m"}', "INVALID_INPUT", None),
    ]
    for body, code, field in cases:
        answer = await orders.management.post(
            "/api/v1/applications", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400, (body, answer.text)
        error = answer.json()["errors"][0]
        assert error["code"] == code, (body, error)
        if field:
            assert error["field"] == field


async def test_nul_in_an_address_is_refused(orders):
    for path in ("/api/v1/apis/a%00b", "/api/v1/organization?code=%00"):
        answer = await orders.management.get(path)
        assert answer.status_code == 400
        assert answer.json() == {
            "errors": [{"code": "ADDRESS_INVALID", "message": "The address holds a NUL character."}]
        }


async def test_every_operation_is_in_the_openapi_document(orders):
    async with orders.opened.http() as http:
        document = (await http.get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]
    scopes = {operation["x-scope"] for path in document["paths"].values() for operation in path.values()}
    assert scopes | {"read:tokens"} == set(MANAGEMENT_SCOPES)
    assert make_orders is not None
