"""The page about claims shows the tokens that are issued, claim by claim."""

import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from claimsmith.claims.hasura import HASURA_NAMES
from claimsmith.domain.apis import SigningAlgorithm
from claimsmith.domain.feature_flags import FlagType
from claimsmith.usecases import agreements
from claimsmith.usecases.agreement_changes import start_agreement
from tests.docs.examples import ROOT
from tests.docs.test_reference_endpoints import rows, words
from tests.endpoints.conftest import Orders, make_orders
from tests.endpoints.test_token import claims_of, header_of
from tests.support.plans import make_customer, sell_plans
from tests.support.platform import ISSUER, open_platform

PAGE = (ROOT / "docs/reference/tokens.md").read_text(encoding="utf-8")
CLAIMS = {words(row[0])[0]: row for row in rows(PAGE, "claim | type")}
EXAMPLE = json.loads(re.search(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1])
FLAGS = {
    "dark_mode": ("bool", "true"),
    "limits": ("json", '{"daily": [10, 20]}'),
    "page_size": ("int", "25"),
    "theme": ("str", "teal"),
}
EVERYTHING = {
    "include_api_scopes_in_permissions": True,
    "additional_claims": ["org_name", "external_org_id", "entitlements"],
    "feature_flags": "all",
    "properties": ["region", "kp_org_city", "kp_org_postcode"],
}


@dataclass
class Machine:
    """Hold a machine of an organization in an environment that has one of everything."""

    orders: Orders
    id: str
    org_code: str
    credentials: dict[str, str]

    async def sent(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.orders.management.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def token(self, shape: str, **profile: Any) -> str:
        await self.sent("PATCH", f"/apis/{self.orders.api_id}", {"token_shape": shape})
        await self.sent("PUT", f"/applications/{self.id}/token_profiles/m2m", profile)
        answer = await self.orders.token(**self.credentials)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]


@pytest.fixture
async def machine(tmp_path):
    async with open_platform(tmp_path) as opened, await opened.management() as management:
        yield await make_machine(await make_orders(opened, management))


async def make_machine(orders: Orders) -> Machine:
    """Make an organization with a machine, flags of all types, and properties with values."""
    made = Machine(orders, "", "", {})
    organization = {"name": "Orchard Ltd", "external_id": "crm-4471"}
    made.org_code = (await made.sent("POST", "/organization", organization))["organization"]["code"]
    body = {"name": "Orchard robot", "type": "m2m", "org_code": made.org_code}
    application = (await made.sent("POST", "/applications", body))["application"]
    made.id = application["id"]
    made.credentials = {name: application[name] for name in ("client_id", "client_secret")}
    await made.sent("PATCH", f"/apis/{orders.api_id}/applications", {"applications": [{"id": made.id}]})
    for key in ("read:orders", "write:orders"):
        scope_id = orders.scope_ids[key]
        await made.sent("POST", f"/apis/{orders.api_id}/applications/{made.id}/scopes/{scope_id}")
    for key, (kind, default) in FLAGS.items():
        body = {"name": key, "key": key, "type": kind, "default_value": default}
        await made.sent("POST", "/feature_flags", body)
    category = (await made.sent("GET", "/property_categories?context=app"))["categories"][0]["id"]
    body = {"name": "Region", "key": "region", "type": "single_line_text", "context": "app"}
    await made.sent("POST", "/properties", {**body, "is_private": False, "category_id": category})
    await made.sent("PUT", f"/applications/{made.id}/properties/region", {"value": "eu"})
    await made.sent("PUT", f"/organizations/{made.org_code}/properties/kp_org_city?value=Graz")
    context = orders.opened.context()
    await sell_plans(context)
    customer = await make_customer(context, made.org_code)
    await agreements.decide(context, customer.id, start_agreement, "plus", with_trial=False)
    return made


async def test_example_is_the_token_that_is_issued(machine):
    claims = claims_of(await machine.token("platform", **EVERYTHING))
    assert list(claims) == list(EXAMPLE)
    assert (claims["iss"], claims["azp"], claims["org_code"]) == (ISSUER, machine.id, machine.org_code)
    assert claims["exp"] - claims["iat"] == EXAMPLE["exp"] - EXAMPLE["iat"]
    assert (str(UUID(claims["jti"])), UUID(claims["jti"]).version) == (claims["jti"], 4)
    own = ("iss", "azp", "org_code", "iat", "exp", "jti")
    assert {**claims, **{name: EXAMPLE[name] for name in own}} == EXAMPLE
    assert [len(claims[name]) for name in own[1:3]] == [len(EXAMPLE[name]) for name in own[1:3]]


async def test_claims_of_both_shapes_are_exactly_those_documented(machine):
    platform = claims_of(await machine.token("platform", **EVERYTHING))
    standard = claims_of(await machine.token("at+jwt", **EVERYTHING))
    assert list(CLAIMS) == list(standard)
    assert [name for name in CLAIMS if name not in platform] == ["client_id", "sub"]
    least = claims_of(await machine.token("platform"))
    assert list(least) == [name for name, row in CLAIMS.items() if row[2].startswith("always")] + ["org_code"]
    with_hasura = claims_of(await machine.token("at+jwt", **EVERYTHING, hasura_mapping=True))
    assert list(with_hasura) == [HASURA_NAMES.get(name, name) for name in CLAIMS]


async def test_sources_are_those_of_the_trace(machine):
    await machine.token("at+jwt", **EVERYTHING)
    preview = await machine.sent("POST", f"/applications/{machine.id}/token_profiles/m2m/preview", {})
    assert {line["claim"]: line["source"] for line in preview["trace"]} == {
        name: words(row[3])[0] for name, row in CLAIMS.items()
    }


async def test_header_is_documented(machine):
    documented = {words(row[0])[0]: words(row[1]) for row in rows(PAGE, "member | value")}
    for shape in ("platform", "at+jwt"):
        header = header_of(await machine.token(shape))
        assert set(header) == set(documented)
        assert header["typ"] in documented["typ"]
    assert documented["alg"] == [each.value for each in SigningAlgorithm]


def test_examples_of_the_table_agree_with_the_example():
    types = {
        "text": str,
        "list of texts": list,
        "object": dict,
        "UUID as text": str,
        "seconds since 1970": int,
    }
    for name, (_, kind, _, _, shown) in CLAIMS.items():
        value = json.loads(shown.strip("`"))
        assert isinstance(value, types.get(kind, int)), name
        if name == "feature_flags":
            assert value.items() <= EXAMPLE[name].items()
        else:
            assert value == EXAMPLE.get(name, EXAMPLE["azp"]), name


def test_types_of_flags_and_names_of_hasura_are_all_there():
    documented = {words(row[0])[0]: words(row[1])[0] for row in rows(PAGE, "`t`")}
    assert documented == {kind.code: kind.value for kind in FlagType}
    assert {words(row[0])[0]: words(row[1])[0] for row in rows(PAGE, "claim | name")} == HASURA_NAMES
