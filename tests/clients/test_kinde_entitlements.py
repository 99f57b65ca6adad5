"""Kinde's SDKs for Python and for pages read what a plan includes, and lead to the portal."""

import asyncio
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from kinde_sdk.auth.entitlements import Entitlements
from kinde_sdk.frontend import ApiClient, Configuration, SelfServePortalApi

from claimsmith.domain.changes import Author
from claimsmith.opening import opened
from claimsmith.settings import read_settings
from claimsmith.usecases import agreements
from claimsmith.usecases.agreement_changes import start_agreement
from claimsmith.usecases.context import Context
from tests.clients.signing_in import CALLBACK, prepare
from tests.support import node
from tests.support.plans import make_customer, sell_plans
from tests.support.sign_in import CHALLENGE, VERIFIER


@pytest.fixture(scope="module")
def prepared(server):
    made = prepare(server)
    asyncio.run(subscribe(server, made.organization))
    return made


async def subscribe(server, code):
    """Give the organization the plan Plus, in the database that the server uses."""
    async with opened(read_settings({"data": server.data}, environ={})) as platform:
        context = Context(platform, platform.directory.runtimes[0].environment, Author("cli", "test"))
        await sell_plans(context)
        customer = await make_customer(context, code)
        await agreements.decide(context, customer.id, start_agreement, "plus")


@pytest.fixture(scope="module")
def token(prepared):
    query = {
        "client_id": prepared.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile email",
        "state": "state-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    told = prepared.sign_in(f"/oauth2/auth?{urlencode(query)}")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(told).query)["code"][0],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": prepared.client_id,
        "client_secret": prepared.client_secret,
    }
    answer = httpx.post(f"{prepared.server.base_url}/oauth2/token", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def test_the_sdk_for_python_reads_entitlements_page_by_page(prepared, token):
    client = Entitlements(prepared.server.base_url, token)
    found = client.get_all_entitlements()
    assert [(each.feature_key, each.price_name, each.entitlement_limit_max) for each in found] == [
        ("calls", "Calls of Plus", 1000),
        ("sso", "Single sign-on", None),
        ("base", "Base price", None),
    ]
    first = client.billing_api.get_entitlements(page_size=1)
    assert (first.data.org_code, first.metadata.has_more) == (prepared.organization, True)
    assert first.data.plans[0].key == "plus"


def test_js_utils_reads_entitlements(prepared, token):
    names = ["Calls of Plus", "Single sign-on"]
    told = node.run("js_utils.js", "entitlements", token=token, key="calls", names=names)
    assert [each["featureKey"] for each in told["all"]["entitlements"]] == ["calls", "sso", "base"]
    assert told["all"]["orgCode"] == prepared.organization
    assert [each["key"] for each in told["all"]["plans"]] == ["plus"]
    assert told["one"]["entitlement"]["entitlementLimitMax"] == 1000
    assert (told["has"], told["lacks"]) == (True, False)


def test_both_lead_to_the_portal(prepared, token):
    host = prepared.server.base_url
    with ApiClient(Configuration(host=host, access_token=token)) as client:
        made = SelfServePortalApi(client).get_portal_link(subnav="profile", return_url=CALLBACK)
    page = prepared.person().open(made.url)
    assert (page.status, page.step) == (200, "profile")
    found = node.run("js_utils.js", "portal", token=token, issuer=host, return_url=CALLBACK)
    page = prepared.person().open(found["url"])
    assert page.step == "organization-plan"
