"""The published Python SDK's management client works unchanged, with certificates verified.

It builds `https://{domain}` from a domain; both of its HTTP stacks are told of the private authority through
the environment variables they document (`REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`).
"""

import inspect
import json
import re

import httpx
import pytest
from kinde_sdk.management import ManagementClient, api
from kinde_sdk.management import models as m
from kinde_sdk.management.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)
from kinde_sdk.management.management_token_manager import ManagementTokenManager

from tests.clients.sdk_billing import Sale
from tests.clients.sdk_people import ADDRESS
from tests.clients.sdk_steps import Story

UNKNOWN = "0" * 32


@pytest.fixture(scope="module")
def trusting(authority):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
        patch.setenv("SSL_CERT_FILE", str(authority.path))
        yield


@pytest.fixture(scope="module")
def client(tls_server, trusting):
    made = tls_server.bootstrap()["management"]
    yield sign_in(tls_server, made["client_id"], made["client_secret"])
    ManagementTokenManager.reset_instances()


def sign_in(server, client_id, client_secret):
    return ManagementClient(f"127.0.0.1:{server.port}", client_id, client_secret)


@pytest.fixture(scope="module")
def story(client, tls_server):
    """Walk through the objects once; the tests look at what was answered."""
    return Story(client, tls_server).run()


@pytest.fixture(scope="module")
def sale(client, tls_server):
    """Sell a plan to an organization once; the tests look at what was answered."""
    bearer = {"Authorization": f"Bearer {client.token_manager.get_access_token()}"}
    with httpx.Client(base_url=tls_server.base_url, headers=bearer, verify=tls_server.verify) as http:
        return Sale(client, http).run()


def code_of(caught):
    return json.loads(caught.value.body)["errors"][0]["code"]


def test_a_certificate_of_nobody_is_refused(tls_server, monkeypatch):
    """The client does verify: without the authority it does not connect."""
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    stranger = sign_in(tls_server, "f" * 32, "A" * 52)
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        stranger.apis_api.get_apis()
    ManagementTokenManager.reset_instances()


def test_wrong_credentials_are_refused(tls_server, trusting):
    stranger = sign_in(tls_server, UNKNOWN, "A" * 52)
    with pytest.raises(Exception, match=r"401|invalid_client|token"):
        stranger.apis_api.get_apis()


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda client: client.apis_api.get_api(UNKNOWN), "API_NOT_FOUND"),
        (lambda client: client.applications_api.get_application(UNKNOWN), "APPLICATION_NOT_FOUND"),
        (
            lambda client: client.organizations_api.get_organization("org_00000000000"),
            "ORGANIZATION_NOT_FOUND",
        ),
        (lambda client: client.feature_flags_api.delete_feature_flag("nothing"), "FEATURE_FLAG_NOT_FOUND"),
        (lambda client: client.properties_api.delete_property(UNKNOWN), "PROPERTY_NOT_FOUND"),
        (lambda client: client.roles_api.delete_role(UNKNOWN), "ROLE_NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_not_found(client, ask, code):
    with pytest.raises(NotFoundException) as caught:
        ask(client)
    assert (caught.value.status, code_of(caught)) == (404, code)


def test_wrong_values_and_taken_names(client, story):
    with pytest.raises(BadRequestException) as caught:
        client.apis_api.add_apis(m.AddAPIsRequest(name="", audience="https://x.test"))
    assert caught.value.status == 400
    with pytest.raises(ConflictException) as taken:
        client.apis_api.add_apis(m.AddAPIsRequest(name="Again", audience=story.audience))
    assert taken.value.status == 409


def test_missing_scope_is_forbidden_and_revoked_token_is_unauthorized(client, story, tls_server):
    apis = client.apis_api.get_apis(expand="scopes").apis
    management = next(each for each in apis if each.is_management_api)
    scope = next(each for each in management.scopes if each.key == "read:apis")
    request = m.CreateApplicationRequest(name="Limited", type="m2m")
    limited = client.applications_api.create_application(request).application
    inner = m.UpdateAPIApplicationsRequestApplicationsInner(id=limited.id)
    client.apis_api.update_api_applications(
        management.id, m.UpdateAPIApplicationsRequest(applications=[inner])
    )
    client.apis_api.add_api_application_scope(management.id, limited.id, scope.id)
    other = sign_in(tls_server, limited.client_id, limited.client_secret)
    assert len(other.apis_api.get_apis().apis) >= 2
    with pytest.raises(ForbiddenException) as caught:
        other.roles_api.get_roles()
    assert (caught.value.status, code_of(caught)) == (403, "INSUFFICIENT_SCOPE")
    client.applications_api.delete_application(limited.id)
    with pytest.raises(UnauthorizedException) as gone:
        other.apis_api.get_apis()
    assert code_of(gone) == "INVALID_TOKEN"


def test_a_token_is_introspected_by_the_token_manager(client):
    token = client.token_manager.get_access_token()
    assert client.token_manager.validate_and_set_via_introspection(token)["active"] is True
    with pytest.raises(ValueError, match="inactive"):
        client.token_manager.validate_and_set_via_introspection("nothing")


def test_answers_are_read_into_the_clients_own_types(story):
    """The client's models are strict: a wrong JSON type would have raised while it was read."""
    answers, ids = story.answers, story.ids
    assert re.fullmatch("[a-zA-Z0-9]{40,60}", answers["secret"])
    assert (answers["scope"].key, answers["scope"].description) == ("read:orders", "Look at orders.")
    assert [each.key for each in answers["scopes"]] == ["read:orders", "write:orders"]
    assert answers["deleted api"].code == "API_DELETED"
    assert answers["connected"] == [ids["robot"]]
    assert (answers["api"].audience, answers["api"].is_management_api) == (story.audience, False)
    assert [each.name for each in answers["api"].applications] == ["Robot"]
    assert (answers["application"].name, answers["application"].type) == ("Robot 2", "m2m")
    assert answers["application"].client_secret is None
    assert {ids["robot"], ids["site"]} <= answers["applications"]
    assert answers["connections"] == []
    assert answers["callback urls"] == ["https://site.test/callback"]
    assert answers["logout urls"] == ["https://site.test/back?a=1,2"]
    assert answers["left"] == ["read:orders"]


def test_answers_about_organizations_flags_properties_and_roles(story):
    answers = story.answers
    made, suspended = answers["organization"], answers["suspended"]
    assert (made.name, made.handle, made.external_id) == ("Orchard", "orchard", "crm-1")
    assert (suspended.name, suspended.handle, suspended.is_suspended) == ("Orchard Ltd", None, True)
    assert "Orchard Ltd" in answers["organizations"]
    assert (answers["environment"].code, answers["environment"].is_default) == ("production", True)
    assert {key: flag.value for key, flag in answers["environment flags"].items()} == {"theme": "grey"}
    assert answers["no environment flags"] == {}
    assert {key: flag.value for key, flag in answers["organization flags"].items()} == {"theme": "red"}
    assert "Place" in answers["categories"]
    assert [(each.key, each.name) for each in answers["properties"]] == [("region", "Area")]
    assert [(each.key, each.value) for each in answers["values"]] == [("region", "eu")]
    assert answers["organization values"] == {"kp_org_city": "Graz", "kp_org_postcode": "8010"}
    assert (answers["role"].key, answers["role"].name) == ("clerk", "Chief clerk")
    assert (answers["roles"], answers["access roles"]) == (["clerk"], ["clerk"])


def test_answers_about_permissions_and_users(story):
    answers = story.answers
    assert answers["role permissions"] == [("see:orders", "Look at orders")]
    assert answers["role scopes"] == ["read:orders"]
    assert answers["system permissions"] == ["org:read:billing"]
    assert (answers["user"].first_name, answers["user"].last_name) == ("Kimberly", "Ode")
    assert answers["user"].preferred_email == "kim@orchard.test"
    assert story.ids["user"] in answers["users"]
    assert answers["identities"] == ["kim@orchard.test"]
    assert answers["sessions"] == []


def test_answers_about_members_invitations_and_policies(story):
    answers = story.answers
    assert (answers["members"], answers["members changed"]) == ([(ADDRESS, [])], [(ADDRESS, ["clerk"])])
    assert answers["member roles"] == ["clerk"]
    [by_organization], count, [by_role] = answers["role holders"]
    assert (by_organization, count) == (by_role, 1)
    assert answers["member permissions"] == ["pick:pears"]
    assert answers["invitations"] == (["new@orchard.test"], "new@orchard.test", True)
    assert answers["invitations left"] == []
    assert (answers["passkeys"], answers["organization passkeys"]) == ("optional", (False, "off", "optional"))
    assert answers["members left"] == []


def test_answers_about_factors_sessions_identities_and_values(story):
    answers = story.answers
    assert (answers["factor"], answers["no factor"]) == (("email", ADDRESS, True), None)
    assert (answers["session"], answers["no session"]) == (("192.0.2.1", True), [])
    assert (answers["identity"], answers["names"]) == ("lin", ["lin", ADDRESS])
    assert answers["user values"] == {"kp_usr_city": "Graz", "kp_usr_postcode": "8010"}
    assert len(answers["found"]) == 1
    assert answers["site connections"] == [True]


def test_answers_about_billing(sale):
    answers = sale.answers
    assert answers["agreed"].code == "AGREEMENT_CREATED"
    agreement = answers["agreements"][0]
    assert agreement.plan_code == "plus"
    assert agreement.billing_group_id.startswith("sbg_")
    assert agreement.expires_on is None
    assert (agreement.current_period_end - agreement.current_period_start).days == 30
    assert [each.feature_code for each in agreement.entitlements] == ["calls", "sso"]
    assert answers["without"].agreements == []
    assert answers["metered"].code == "OK"
    found = answers["entitlements"]
    assert [(each.price_name, each.entitlement_limit_max) for each in found.entitlements] == [
        ("Calls of Plus", 1000),
        ("Single sign-on", 7),
        ("Base price", 7),
    ]
    assert (found.entitlements[0].unit_amount, found.entitlements[2].fixed_charge) == (2, 4900)
    assert [each.code for each in found.plans] == ["plus"]
    assert (answers["page"].has_more, answers["rest"].has_more) == (True, False)
    assert [each.feature_code for each in answers["rest"].entitlements] == ["sso", "base"]
    assert answers["before"].entitlements == []


def test_every_operation_that_both_sides_know_was_called(client, story, sale, tls_server):
    """What the server serves, what the client can call, and what the server's log says was called."""
    bearer = {"Authorization": f"Bearer {client.token_manager.get_access_token()}"}
    address = f"{tls_server.base_url}/api/v1/openapi.json"
    paths = httpx.get(address, headers=bearer, verify=tls_server.verify).json()["paths"]
    served = {(method.upper(), shape(path)) for path, item in paths.items() for method in item}
    known = {(method, shape(path)) for method, path in operations_of_the_client()}
    called = set()
    for line in tls_server.log.splitlines():
        record = json.loads(line) if line.startswith("{") else {}
        if record.get("event") == "request" and record["status"] < 300:
            called.add((record["method"], record["path"]))
    missed = {
        (method, path)
        for method, path in served & known
        if not any(method == each and re.fullmatch(pattern(path), asked) for each, asked in called)
    }
    assert sorted(missed) == []
    assert len(served & known) >= 120


def operations_of_the_client():
    for _, kind in inspect.getmembers(api, inspect.isclass):
        yield from re.findall(r"method='(\w+)',\s*resource_path='([^']*)'", inspect.getsource(kind))


def shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def pattern(path: str) -> str:
    return re.escape(path).replace(r"\{\}", "[^/]+")
