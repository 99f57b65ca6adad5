"""The management API registers APIs, defines their scopes and authorizes applications for them."""

import pytest
from kinde_sdk.management.models.authorize_app_api_response import AuthorizeAppApiResponse
from kinde_sdk.management.models.create_api_scopes_response import CreateApiScopesResponse
from kinde_sdk.management.models.create_apis_response import CreateApisResponse
from kinde_sdk.management.models.delete_api_response import DeleteApiResponse
from kinde_sdk.management.models.get_api_response import GetApiResponse
from kinde_sdk.management.models.get_api_scope_response import GetApiScopeResponse
from kinde_sdk.management.models.get_api_scopes_response import GetApiScopesResponse
from kinde_sdk.management.models.get_apis_response import GetApisResponse

from claimsmith.usecases.environments import add_environment
from tests.endpoints.conftest import AUDIENCE
from tests.support.platform import ISSUER

OPERATIONS = [
    ("GET", "/apis", "read:apis"),
    ("POST", "/apis", "create:apis"),
    ("GET", "/apis/{api}", "read:apis"),
    ("PATCH", "/apis/{api}", "update:apis"),
    ("DELETE", "/apis/{api}", "delete:apis"),
    ("GET", "/apis/{api}/scopes", "read:api_scopes"),
    ("POST", "/apis/{api}/scopes", "create:api_scopes"),
    ("GET", "/apis/{api}/scopes/{scope}", "read:api_scopes"),
    ("PATCH", "/apis/{api}/scopes/{scope}", "update:api_scopes"),
    ("DELETE", "/apis/{api}/scopes/{scope}", "delete:apis_scopes"),
    ("PATCH", "/apis/{api}/applications", "update:apis"),
    ("POST", "/apis/{api}/applications/{application}/scopes/{scope}", "create:api_application_scopes"),
    ("DELETE", "/apis/{api}/applications/{application}/scopes/{scope}", "delete:apis_application_scopes"),
    ("GET", "/applications/{application}/apis", "read:apis"),
    ("POST", "/apis/{api}/scope_imports", "update:apis"),
    ("GET", "/apis/{api}/scope_imports", "read:apis"),
    ("GET", "/apis/{api}/scope_imports/{scope}", "read:apis"),
    ("DELETE", "/apis/{api}/scope_imports/{scope}", "update:apis"),
]
BODIES = {
    ("POST", "/apis"): {"name": "Name", "audience": "audience"},
    ("PATCH", "/apis/{api}"): {"name": "Name"},
    ("POST", "/apis/{api}/scopes"): {"key": "key"},
    ("PATCH", "/apis/{api}/scopes/{scope}"): {"description": "text"},
    ("PATCH", "/apis/{api}/applications"): {"applications": []},
    ("POST", "/apis/{api}/scope_imports"): {"openapi": "3.1.0", "paths": {}},
}


def path_of(orders, path):
    return "/api/v1" + path.format(
        api=orders.api_id, application=orders.client_id, scope=orders.scope_ids["read:orders"]
    )


async def everything(orders):
    """Return what the environment's APIs are, to see that a refusal changed nothing."""
    listed = await orders.management.get("/api/v1/apis?expand=scopes")
    one = await orders.management.get(f"/api/v1/apis/{orders.api_id}")
    granted = await orders.management.get(f"/api/v1/applications/{orders.client_id}/apis")
    return listed.json(), one.json(), granted.json()


def error(code, message, field=None):
    entry = {"code": code, "message": message}
    return {"errors": [entry | {"field": field} if field else entry]}


async def test_a_stranger_is_refused_everywhere(orders):
    before = await everything(orders)
    async with orders.opened.http() as http:
        for method, path, _ in OPERATIONS:
            answer = await http.request(method, path_of(orders, path), content=b"not json")
            assert answer.status_code == 401, (method, path, answer.text)
    assert await everything(orders) == before


async def test_a_caller_without_the_scope_is_told_which_it_needs(orders):
    before = await everything(orders)
    management = next(api for api in before[0]["apis"] if api["is_management_api"])
    made = await orders.management.post("/api/v1/applications", json={"name": "Weak", "type": "m2m"})
    weak = made.json()["application"]
    await orders.management.patch(
        f"/api/v1/apis/{management['id']}/applications", json={"applications": [{"id": weak["id"]}]}
    )
    scope_id = next(scope["id"] for scope in management["scopes"] if scope["key"] == "read:usage")
    await orders.management.post(
        f"/api/v1/apis/{management['id']}/applications/{weak['id']}/scopes/{scope_id}"
    )
    answer = await orders.token(
        client_id=weak["client_id"], client_secret=weak["client_secret"], audience=management["audience"]
    )
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    async with orders.opened.http(headers=bearer) as http:
        for method, path, scope in OPERATIONS:
            answer = await http.request(method, path_of(orders, path), content=b"not json")
            assert answer.status_code == 403, (method, path, answer.text)
            assert answer.json()["errors"][0]["code"] == "INSUFFICIENT_SCOPE"
            assert f"needs the scope {scope}." in answer.json()["errors"][0]["message"]
    assert await everything(orders) == before


async def test_another_environment_has_none_of_it(orders):
    before = await everything(orders)
    staging = await add_environment(
        orders.opened.platform, code="staging", name="Staging", issuer=f"{ISSUER}/staging"
    )
    await orders.opened.platform.directory.catch_up()
    http = await orders.opened.management(staging)
    for method, path, _ in OPERATIONS:
        if path == "/apis":
            continue
        answer = await http.request(method, path_of(orders, path), json=BODIES.get((method, path)))
        assert answer.status_code == 404, (method, path, answer.text)
    own = (await http.post("/api/v1/apis", json={"name": "Own", "audience": AUDIENCE})).json()["api"]["id"]
    entry = {"applications": [{"id": orders.client_id}]}
    answer = await http.patch(f"/api/v1/apis/{own}/applications", json=entry)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "APPLICATION_NOT_FOUND")
    await http.aclose()
    assert await everything(orders) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"audience": "a"}, "name"),
        ({"name": "A"}, "audience"),
        ({"name": 1, "audience": "a"}, "name"),
        ({"name": "A", "audience": "a", "is_management_api": True}, "is_management_api"),
        ({"name": "A", "audience": "a", "id": "0" * 32}, "id"),
        ({"name": "A", "audience": "a b"}, "audience"),
        ({"name": "A", "audience": "a", "signing_algorithm": "HS256"}, "signing_algorithm"),
        ({"name": "A", "audience": "a", "token_shape": "jwt"}, "token_shape"),
    ],
)
async def test_a_malformed_api_is_refused_with_its_field(orders, body, field):
    answer = await orders.management.post("/api/v1/apis", json=body)
    assert answer.status_code == 400
    assert [entry["field"] for entry in answer.json()["errors"]] == [field]


async def test_an_audience_that_is_taken_is_a_conflict(orders):
    answer = await orders.management.post("/api/v1/apis", json={"name": "Others", "audience": AUDIENCE})
    assert answer.status_code == 409
    message = f"An API with the audience '{AUDIENCE}' exists; choose another audience."
    assert answer.json() == error("AUDIENCE_ALREADY_EXISTS", message, "audience")


async def test_the_management_api_is_protected(orders):
    listed = (await orders.management.get("/api/v1/apis?expand=scopes")).json()["apis"]
    api = next(api for api in listed if api["is_management_api"])
    path = f"/api/v1/apis/{api['id']}"
    scope = f"{path}/scopes/{api['scopes'][0]['id']}"
    for answer in (
        await orders.management.delete(path),
        await orders.management.patch(path, json={"name": "Mine"}),
        await orders.management.post(f"{path}/scopes", json={"key": "read:all"}),
        await orders.management.delete(scope),
        await orders.management.patch(scope, json={"description": "Mine."}),
        await orders.management.post(f"{path}/scope_imports?filename=a.json", json={"openapi": "3.1.0"}),
    ):
        assert answer.status_code == 403
        assert answer.json() == error(
            "MANAGEMENT_API_PROTECTED",
            "This is the management API: the server keeps it and its scopes. Authorize applications for it, "
            "or register an API of your own.",
        )


async def test_registers_reads_changes_and_deletes_an_api(orders):
    http = orders.management
    made = await http.post("/api/v1/apis", json={"name": "Stock", "audience": "urn:stock"})
    api_id = made.json()["api"]["id"]
    assert made.status_code == 200
    assert made.json() == {"code": "OK", "message": "Success", "api": {"id": api_id}}
    CreateApisResponse.from_dict(made.json())

    body = {"name": "Stocks", "signing_algorithm": "ES256", "token_shape": "at+jwt"}
    changed = await http.patch(f"/api/v1/apis/{api_id}", json=body)
    assert (changed.status_code, changed.json()) == (200, {"code": "API_UPDATED", "message": "API updated"})

    read = await http.get(f"/api/v1/apis/{api_id}")
    assert read.json() == {
        "code": "OK",
        "message": "Success",
        "api": {
            "id": api_id,
            "name": "Stocks",
            "audience": "urn:stock",
            "is_management_api": False,
            "signing_algorithm": "ES256",
            "token_shape": "at+jwt",
            "scopes": [],
            "applications": [],
        },
    }
    deleted = await http.delete(f"/api/v1/apis/{api_id}")
    assert (deleted.status_code, deleted.json()) == (
        200,
        {"code": "API_DELETED", "message": "API successfully deleted"},
    )
    DeleteApiResponse.from_dict(deleted.json())
    gone = await http.get(f"/api/v1/apis/{api_id}")
    assert (gone.status_code, gone.json()) == (404, error("API_NOT_FOUND", f"There is no API '{api_id}'."))


async def test_reads_an_api_with_scopes_and_applications(orders):
    answer = await orders.management.get(f"/api/v1/apis/{orders.api_id}")
    GetApiResponse.from_dict(answer.json())
    assert answer.json()["api"] == {
        "id": orders.api_id,
        "name": "Orders",
        "audience": AUDIENCE,
        "is_management_api": False,
        "signing_algorithm": "RS256",
        "token_shape": "platform",
        "scopes": [
            {"id": orders.scope_ids[key], "key": key}
            for key in ("delete:orders", "read:orders", "write:orders")
        ],
        "applications": [
            {
                "id": orders.client_id,
                "name": "Robot",
                "type": "Machine to machine (M2M)",
                "is_active": True,
            }
        ],
    }


async def test_lists_apis_by_name(orders):
    await orders.management.post("/api/v1/apis", json={"name": "Art", "audience": "art"})
    plain = await orders.management.get("/api/v1/apis")
    GetApisResponse.from_dict(plain.json())
    assert plain.json()["next_token"] is None
    assert [api["name"] for api in plain.json()["apis"]] == ["Art", "Claimsmith Management API", "Orders"]
    assert plain.json()["apis"][2] == {
        "id": orders.api_id,
        "name": "Orders",
        "audience": AUDIENCE,
        "is_management_api": False,
        "signing_algorithm": "RS256",
        "token_shape": "platform",
    }
    expanded = await orders.management.get("/api/v1/apis?expand=scopes")
    GetApisResponse.from_dict(expanded.json())
    assert expanded.json()["apis"][0]["scopes"] == []
    assert [scope["key"] for scope in expanded.json()["apis"][2]["scopes"]] == [
        "delete:orders",
        "read:orders",
        "write:orders",
    ]
    first = (await orders.management.get("/api/v1/apis?page_size=2")).json()
    rest = await orders.management.get(f"/api/v1/apis?page_size=2&next_token={first['next_token']}")
    assert [api["name"] for api in first["apis"] + rest.json()["apis"]] == [
        "Art",
        "Claimsmith Management API",
        "Orders",
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [("expand=secrets", "expand"), ("page_size=0", "page_size"), ("next_token=x", "next_token")],
)
async def test_a_list_refuses_what_it_does_not_know(orders, query, field):
    answer = await orders.management.get(f"/api/v1/apis?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


async def test_a_client_that_cannot_page_sees_every_api(orders):
    for number in range(12):
        await orders.management.post("/api/v1/apis", json={"name": f"A{number}", "audience": f"a{number}"})
    assert len((await orders.management.get("/api/v1/apis")).json()["apis"]) == 14


async def test_defines_reads_changes_and_deletes_a_scope(orders):
    http, path = orders.management, f"/api/v1/apis/{orders.api_id}/scopes"
    made = await http.post(path, json={"key": "audit:orders", "description": "Audit."})
    scope_id = made.json()["scope"]["id"]
    assert (made.status_code, made.json()) == (
        200,
        {"code": "OK", "message": "Success", "scope": {"id": scope_id}},
    )
    CreateApiScopesResponse.from_dict(made.json())
    taken = await http.post(path, json={"key": "audit:orders"})
    assert (taken.status_code, taken.json()) == (
        409,
        error("SCOPE_KEY_ALREADY_EXISTS", "The API has a scope 'audit:orders'; choose another key.", "key"),
    )
    assert (await http.patch(f"{path}/{scope_id}", json={"key": "other"})).status_code == 400
    assert (await http.patch(f"{path}/{scope_id}", json={})).status_code == 200
    assert (await http.patch(f"{path}/{scope_id}", json={"description": "Look."})).status_code == 200
    read = await http.get(f"{path}/{scope_id}")
    assert read.json() == {
        "code": "OK",
        "message": "Success",
        "scope": {"id": scope_id, "key": "audit:orders", "description": "Look."},
    }
    GetApiScopeResponse.from_dict(read.json())
    listed = await http.get(path)
    GetApiScopesResponse.from_dict(listed.json())
    assert listed.json()["scopes"][0] == read.json()["scope"]
    assert (await http.patch(f"{path}/{scope_id}", json={"description": None})).status_code == 200
    assert (await http.get(f"{path}/{scope_id}")).json()["scope"]["description"] is None
    assert (await http.delete(f"{path}/{scope_id}")).status_code == 200
    gone = await http.delete(f"{path}/{scope_id}")
    assert (gone.status_code, gone.json()) == (
        404,
        error("SCOPE_NOT_FOUND", f"The API has no scope '{scope_id}'."),
    )


async def test_a_deleted_scope_is_in_no_further_token(orders):
    assert (await orders.token()).json()["scope"] == "read:orders write:orders"
    scope_id = orders.scope_ids["read:orders"]
    await orders.management.delete(f"/api/v1/apis/{orders.api_id}/scopes/{scope_id}")
    assert (await orders.token()).json()["scope"] == "write:orders"


async def test_an_application_is_authorized_and_revoked(orders):
    http, path = orders.management, f"/api/v1/apis/{orders.api_id}/applications"
    made = await http.post("/api/v1/applications", json={"name": "Site", "type": "reg"})
    site = made.json()["application"]["id"]
    unknown = await http.patch(path, json={"applications": [{"id": site}, {"id": "nobody"}]})
    assert (unknown.status_code, unknown.json()) == (
        404,
        error("APPLICATION_NOT_FOUND", "There is no application 'nobody'."),
    )
    listed = (await http.get(f"/api/v1/apis/{orders.api_id}")).json()["api"]["applications"]
    assert [application["id"] for application in listed] == [orders.client_id]
    body = {"applications": [{"id": site}, {"id": orders.client_id, "operation": "delete"}]}
    answer = await http.patch(path, json=body)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "code": "API_APPLICATIONS_UPDATED",
            "message": "API applications updated",
            "applications_connected": [site],
            "applications_disconnected": [orders.client_id],
        },
    )
    AuthorizeAppApiResponse.from_dict(answer.json())
    assert (await orders.token()).json()["error"] == "unauthorized_client"


async def test_a_scope_is_enabled_and_disabled_for_an_application(orders):
    http = orders.management
    path = f"/api/v1/apis/{orders.api_id}/applications/{orders.client_id}/scopes"
    assert (await http.post(f"{path}/{orders.scope_ids['delete:orders']}")).status_code == 200
    assert (await http.delete(f"{path}/{orders.scope_ids['read:orders']}")).status_code == 200
    assert (await orders.token()).json()["scope"] == "delete:orders write:orders"
    answer = await http.get(f"/api/v1/applications/{orders.client_id}/apis")
    assert answer.json() == {
        "code": "OK",
        "message": "Success",
        "apis": [
            {
                "id": orders.api_id,
                "name": "Orders",
                "audience": AUDIENCE,
                "scopes": [
                    {"id": orders.scope_ids[key], "key": key, "description": key, "is_enabled": is_enabled}
                    for key, is_enabled in (
                        ("delete:orders", True),
                        ("read:orders", False),
                        ("write:orders", True),
                    )
                ],
            }
        ],
    }


async def test_a_scope_of_an_application_that_is_not_authorized_is_refused(orders):
    made = await orders.management.post("/api/v1/applications", json={"name": "Other", "type": "m2m"})
    other = made.json()["application"]["id"]
    scope_id = orders.scope_ids["read:orders"]
    path = f"/api/v1/apis/{orders.api_id}/applications/{other}/scopes/{scope_id}"
    for method in ("POST", "DELETE"):
        answer = await orders.management.request(method, path)
        assert answer.status_code == 400
        assert answer.json() == error(
            "APPLICATION_NOT_AUTHORIZED",
            f"The application '{other}' is not authorized for the API '{orders.api_id}'; authorize it first: "
            f"PATCH /api/v1/apis/{orders.api_id}/applications.",
            "application_id",
        )
