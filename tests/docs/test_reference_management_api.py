"""The page about the management API's answers agrees with its operations, its objects and its refusals."""

import ast
import inspect
import json
import re
import textwrap
from collections import defaultdict
from collections.abc import Mapping

import pyotp
import pytest

from claimsmith.domain import errors
from claimsmith.domain.accepted_terms import AcceptedTerms, TermsKind
from claimsmith.domain.consents import Consent
from claimsmith.domain.errors import DomainError
from claimsmith.edge.errors import domain_status
from claimsmith.edge.management.answers import ENVELOPE, members_of
from claimsmith.edge.management.api import OPERATIONS, PREFIX, openapi_document
from claimsmith.oauth.errors import InsufficientScope, InvalidToken
from claimsmith.usecases import mfa, passkeys
from claimsmith.usecases.agreements import settle_due
from tests.docs.examples import ROOT
from tests.docs.test_reference_endpoints import rows, section_of, words
from tests.docs.test_reference_tokens import make_machine
from tests.endpoints.conftest import make_orders
from tests.support.answers import shapeless
from tests.support.authenticator import Authenticator
from tests.support.operator_plans import put_sample_in_force
from tests.support.people import make_user
from tests.support.platform import open_platform

PAGE = (ROOT / "docs/reference/management-api-answers.md").read_text(encoding="utf-8")
SUCCESSES = {row[0].strip("`"): row[1:] for row in rows(section_of(PAGE, "Successes"), "operation")}
SOURCE = ROOT / "src/claimsmith"
FAMILIES = {
    name: each
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, DomainError)
}
OF_THE_COMMAND_LINE = {
    "BUSINESS_NOT_FOUND",
    "ENVIRONMENT_NOT_FOUND",
    "ISSUER_INVALID",
    "PLANS_FILE_INVALID",
    "TRIAL_NOT_STARTED",
}


@pytest.fixture
async def machine(tmp_path):
    async with open_platform(tmp_path) as opened, await opened.management() as management:
        yield await make_machine(await make_orders(opened, management))


def returned(endpoint) -> tuple[str, list[str]]:
    """Return code and members of the success that an operation returns."""
    body = ast.parse(textwrap.dedent(inspect.getsource(endpoint)))
    [answer] = [each.value for each in ast.walk(body) if isinstance(each, ast.Return)]
    if answer.func.id != "ok":
        return "", []
    return (answer.args[1].value if answer.args else "OK"), [each.arg for each in answer.keywords]


def test_successes_are_those_of_the_operations():
    documented = {
        name: (int(row[0]), "".join(words(row[1])), words(row[2])) for name, row in SUCCESSES.items()
    }
    assert documented == {
        f"{method} {PREFIX}{route.path}": (route.status_code, *returned(route.endpoint))
        for operations in OPERATIONS
        for route in operations.routes
        for method in route.methods
    }


def test_successes_are_those_of_the_openapi_document():
    paths = openapi_document("https://id.example.com")["paths"]
    assert {name: row[0] for name, row in SUCCESSES.items()} == {
        f"{method.upper()} {path}": next(each for each in operation["responses"] if each < "300")
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def test_each_operation_describes_the_members_that_it_answers():
    """An operation names them with their types: `operation(..., answer={"role": ShownRole})`."""
    assert {
        route.operation_id: sorted(members_of(operations.answers[route.operation_id]))
        for operations in OPERATIONS
        for route in operations.routes
        if isinstance(operations.answers[route.operation_id], Mapping)
    } == {
        route.operation_id: sorted([*ENVELOPE, *returned(route.endpoint)[1]])
        for operations in OPERATIONS
        for route in operations.routes
        if returned(route.endpoint)[0]
    }


def test_every_success_has_a_schema_that_says_something():
    document = openapi_document("https://id.example.com")
    successes = {
        f"{method.upper()} {path}": response["content"]["application/json"]["schema"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status, response in operation["responses"].items()
        if status < "300"
    }
    assert successes.keys() == SUCCESSES.keys()
    named = document["components"]["schemas"]
    assert [name for name, schema in successes.items() if schema["$ref"].rsplit("/", 1)[1] not in named] == []
    assert [name for name in named if "__" in name] == []
    of_answers = set()
    for schema in successes.values():
        of_answers |= reachable(named, schema)
    assert {place for name in of_answers for place in shapeless(named[name], name)} == ANYTHING


def reachable(named, schema) -> set[str]:
    """Return the names of the schemas that a schema refers to, directly or not."""
    found, left = set(), [schema]
    while left:
        for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(left.pop())):
            if name not in found:
                found.add(name)
                left.append(named[name])
    return found


ANYTHING = {"PreviewTokenAnswer.claims{}", "PreviewTokenAnswer.header{}", "ShownValue.json_value"}
"""What can be any value: claims, members of a JOSE header, JSON flags."""


async def answers_about_users(machine):
    """Yield real answers about a user, those that are an object itself with the name the page has for it."""
    address = {"type": "email", "details": {"email": "new@example.com"}}
    user = (await machine.sent("POST", "/user", {"identities": [address]}))["id"]
    body = {"type": "username", "value": "new"}
    made = await machine.sent("POST", f"/users/{user}/identities", body)
    yield made
    yield {"identity": await machine.sent("GET", f"/identities/{made['identity']['id']}")}
    await machine.sent("PUT", f"/users/{user}/properties/kp_usr_city?value=London", {})
    for expand in ("", "&expand=identities,organizations"):
        yield {"user": await machine.sent("GET", f"/user?id={user}{expand}")}
        yield await machine.sent("GET", f"/users?page_size=5{expand}")
        yield await machine.sent("GET", f"/search/users?page_size=5{expand}")
    yield await machine.sent("POST", f"/users/{user}/billing_customer", {})
    yield {"user": await machine.sent("GET", f"/user?id={user}&expand=billing")}
    yield await machine.sent("GET", f"/users?user_id={user}&expand=billing")
    yield await machine.sent("GET", f"/users/{user}/identities")
    yield await machine.sent("GET", f"/users/{user}/properties")


async def answers(machine):
    """Yield real answers of operations that show or make an object."""
    api, robot, code = machine.orders.api_id, machine.id, machine.org_code

    async def made(path, body):
        answer = await machine.sent("POST", path, body)
        return answer, next(value for value in answer.values() if isinstance(value, dict))

    document = {"openapi": "3.1.0", "info": {}, "paths": {"/orders": {"get": {}}}}
    imported, record = await made(f"/apis/{api}/scope_imports?filename=openapi.json", document)
    yield imported
    role, shown = await made("/roles", {"name": "Clerk", "key": "clerk"})
    yield role
    secret, kept = await made(f"/applications/{robot}/secrets", {"name": "second"})
    yield secret
    yield await machine.sent("POST", f"/applications/{robot}/secrets/{kept['id']}/rotate", {})
    scope, defined = await made(f"/apis/{api}/scopes", {"key": "count:orders"})
    yield scope
    category, heading = await made("/property_categories", {"name": "More", "context": "app"})
    yield category
    field = {"name": "Tier", "key": "tier", "type": "single_line_text", "context": "app"}
    yield (await made("/properties", {**field, "is_private": False, "category_id": heading["id"]}))[0]
    yield (await made("/applications", {"name": "Site", "type": "reg"}))[0]
    yield (await made("/apis", {"name": "More", "audience": "urn:more"}))[0]
    yield (await made("/organization", {"name": "More"}))[0]
    yield (await made("/organization", {"name": "Most", "is_create_billing_customer": True}))[0]
    yield {"organization": await machine.sent("GET", f"/organization?code={code}&expand=billing")}
    async for answer in answers_about_users(machine):
        yield answer
    yield {"organization": await machine.sent("GET", f"/organization?code={code}")}
    async for answer in answers_about_rights(machine, shown["id"], defined["id"]):
        yield answer
    await machine.sent("PATCH", "/environment/feature_flags/theme", {"value": "red"})
    await machine.sent("PATCH", f"/organizations/{code}/feature_flags/theme", {"value": "blue"})
    person = await make_person(machine.orders.opened)
    for path in (
        "/applications",
        f"/applications/{robot}",
        f"/applications/{robot}/apis",
        f"/applications/{robot}/properties",
        f"/applications/{robot}/secrets",
        f"/applications/{robot}/tokens",
        "/apis",
        "/apis?expand=scopes",
        f"/apis/{api}",
        f"/apis/{api}/scopes",
        f"/apis/{api}/scopes/{defined['id']}",
        f"/apis/{api}/scope_imports",
        f"/apis/{api}/scope_imports/{record['id']}",
        "/feature_flags",
        "/environment",
        "/environment/feature_flags",
        f"/organizations/{code}/feature_flags",
        f"/organizations/{code}/properties",
        "/properties",
        "/property_categories",
        "/organizations",
        "/roles",
        f"/roles/{shown['id']}",
        f"/users/{person}/mfa",
        f"/users/{person}/passkeys",
        f"/users/{person}/consents",
        f"/users/{person}/accepted_terms",
    ):
        yield await machine.sent("GET", path)
    await put_sample_in_force(machine.orders.opened)
    yield await machine.sent("GET", "/plan")
    yield await machine.sent("POST", "/plan/trials", {"plan": "plus"})
    async for answer in answers_about_billing(machine):
        yield answer


async def answers_about_billing(machine):
    """Yield real answers about plans, customers, their agreements and what they use."""
    tiers = [{"up_to": 100, "unit_amount": 2}, {"unit_amount": 1}]
    contents = {
        "features": [{"feature": "sms", "tiers": tiers}],
        "charges": [{"key": "base", "price_name": "Base", "amount": 100}],
        "trial": {"at_end": "convert"},
    }
    group = {"key": "more", "name": "More", "type": "organization"}
    yield await machine.sent("POST", "/billing/plan_groups", group)
    feature = {"key": "sms", "name": "SMS", "is_metered": True}
    yield await machine.sent("POST", "/billing/features", feature)
    plan = {"key": "pro", "name": "Pro", "contents": contents}
    yield await machine.sent("POST", "/billing/plans", plan)
    yield await machine.sent("POST", "/billing/plans/pro/versions", {})
    code = (await machine.sent("POST", "/organization", {"name": "Buyer"}))["organization"]["code"]
    made = await machine.sent("POST", "/billing/customers", {"org_code": code})
    yield made
    customer = made["customer"]["id"]
    choice = {"customer_id": customer, "plan_code": "pro"}
    agreement = (await machine.sent("POST", "/billing/agreements", choice))["agreement"]["id"]
    record = {"customer_agreement_id": agreement, "billing_feature_code": "sms", "meter_value": "1"}
    yield await machine.sent("POST", "/billing/meter_usage", record)
    yield await machine.sent("GET", f"/billing/agreements?customer_id={customer}")
    yield await machine.sent("DELETE", f"/billing/agreements?agreement_id={agreement}&when=period_end", {})
    machine.orders.opened.clock.move(29 * 86_400 + 3_600)
    await settle_due(machine.orders.opened.platform)
    machine.orders.opened.clock.move(-29 * 86_400 - 3_600)
    await machine.sent("DELETE", f"/billing/trials?customer_id={customer}&outcome=convert", {})
    for path in (
        f"/billing/agreements/{agreement}",
        f"/billing/entitlements?customer_id={customer}",
        f"/billing/meter_usage?agreement_id={agreement}",
        "/billing/customers",
        "/billing/features",
        "/billing/plan_groups",
        "/billing/plans",
        "/billing/plans/pro",
        "/usage/months",
    ):
        yield await machine.sent("GET", path)


async def make_person(opened) -> str:
    """Return a user who has an authenticator app and a passkey."""
    context = opened.context()
    user_id = await make_user(context, "ada@example.com")
    shown = mfa.totp_set_up(context, user_id, "1", account="ada", issuer="Orders")
    code = pyotp.TOTP(shown.secret.reveal()).at(opened.clock())
    assert (await mfa.confirm_totp(context, user_id, "1", code)).is_good
    async with context.storing() as work:
        options = await passkeys.passkey_options(context, work, user_id, "1", user_name="ada")
        answer = Authenticator(context.environment.issuer).create(options)
        await passkeys.add_passkey(context, work, user_id, "1", answer, name="Laptop")
        site = (await work.applications.page_by_name(page_size=1, next_token=None)).items[0]
        await work.consents.put(Consent(user_id, site.id, None, "urn:orders", ("read:orders",), work.now))
        terms = AcceptedTerms(user_id, TermsKind.TERMS_OF_USE, "https://x.test/t", site.id, work.now)
        await work.accepted_terms.add(terms)
    return user_id


async def answers_about_rights(machine, role_id, scope_id):
    """Yield real answers of operations that show members, what they hold, and invitations."""
    context, code = machine.orders.opened.context(), machine.org_code
    user_id = await make_user(context, "ada@acme.test", first_name="Ada")
    permission = await machine.sent("POST", "/permissions", {"name": "Read", "key": "read"})
    yield permission
    entry = {"id": user_id, "roles": ["clerk"], "permissions": ["read"]}
    await machine.sent("POST", f"/organizations/{code}/users", {"users": [entry]})
    await machine.sent("POST", f"/roles/{role_id}/scopes", {"scope_id": scope_id})
    await machine.sent("PATCH", f"/roles/{role_id}/permissions", {"permissions": [permission["permission"]]})
    system = (await machine.sent("GET", "/system_permissions"))["system_permissions"]
    given = {"system_permissions": [{"id": system[0]["id"]}]}
    await machine.sent("PATCH", f"/roles/{role_id}/system_permissions", given)
    site = (await machine.sent("POST", "/applications", {"name": "Shop", "type": "reg"}))["application"]["id"]
    await machine.sent("PATCH", f"/applications/{site}", {"login_uri": "https://shop.test/login"})
    await machine.sent("PUT", "/policies/access", {"invite_application_id": site})
    invited = {"email": "bob@acme.test", "roles": ["clerk"]}
    yield await machine.sent("POST", f"/organization/{code}/invites", invited)
    member = f"/organizations/{code}/users/{user_id}"
    for path in (
        f"/organization/{code}/invites",
        f"/organizations/{code}/users",
        f"/organizations/{code}/roles/{role_id}/users",
        f"{member}/roles",
        f"{member}/permissions",
        f"{member}/permissions?expand=roles",
        f"{member}/api_scopes",
        f"/roles/{role_id}/users",
        f"/roles/{role_id}/permissions",
        f"/roles/{role_id}/scopes",
        f"/roles/{role_id}/system_permissions",
        "/system_permissions",
        "/permissions",
    ):
        yield await machine.sent("GET", path)


def objects(answer, within=""):
    """Return each object of an answer, and those inside it, with the name that the page has for it."""
    for name, value in answer.items():
        if isinstance(value, list):
            found = [(f"{within}{name}[]", each) for each in value if isinstance(each, dict)]
        elif isinstance(value, dict) and name == "feature_flags":
            found = [(f"{name}{{}}", each) for each in value.values()]
        else:
            found = [(f"{within}{name}", value)] if isinstance(value, dict) else []
        for called, each in found:
            yield called, each
            yield from objects(each, f"{called}.")


def documented_objects():
    found = {}
    for names, members in rows(section_of(PAGE, "Objects"), "object"):
        if members.startswith("see "):
            continue
        told = words(members)
        if told[0] == "scope_imports[]":
            told = [*found["scope_imports[]"], told[1]]
        for name in words(names):
            found[name] = told
    return found


async def test_objects_have_exactly_the_documented_members(machine):
    seen = defaultdict(list)
    async for answer in answers(machine):
        for name, value in objects(answer):
            seen[name].append(set(value))
    expected = {}
    for name, members in documented_objects().items():
        expected[name] = {each.rstrip("?"): each.endswith("?") for each in members}
    assert {name: set(members) for name, members in expected.items()} == {
        name: set.union(*found) for name, found in seen.items()
    }
    for name, members in expected.items():
        always = {each for each, optional in members.items() if not optional}
        assert always == set.intersection(*seen[name]), name


def refusals() -> dict[str, set[int]]:
    """Return the codes that the source names, with their status."""
    found = defaultdict(set)
    for path in SOURCE.rglob("*.py"):
        if path.is_relative_to(SOURCE / "cli") or path.is_relative_to(SOURCE / "edge/console"):
            continue
        if path.parent == SOURCE / "usecases" and path.name.startswith(PAGES):
            continue  # what people get on pages, in words
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                code = code_of(call)
                if call.func.id in FAMILIES and code:
                    found[code].add(domain_status(FAMILIES[call.func.id]("")))
    for name in ("domain/openapi_scopes.py", "usecases/openapi_documents.py"):
        for node in ast.walk(ast.parse((SOURCE / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and str(node.value).startswith(("FILE_", "OPENAPI_")):
                found[node.value].add(400)
    return found


PAGES = ("device_codes", "own_", "sign_in")
"""The use cases of pages."""


def code_of(call: ast.Call) -> str | None:
    given = [each.value for each in call.keywords if each.arg == "code"]
    return given[0].value if given and isinstance(given[0], ast.Constant) else None


def test_codes_are_exactly_those_of_the_source():
    documented = {
        code: set(map(int, status.split(", ")))
        for codes, status, _ in rows(section_of(PAGE, "Refusals"), "code")
        for code in words(codes)
    }
    families = {code for code in documented if code.startswith("…")}
    text = (SOURCE / "domain/keys_and_names.py").read_text(encoding="utf-8")
    assert families == {f"…_{fault}" for fault in ("INVALID", "REQUIRED", "RESERVED", "TOO_LONG")}
    assert all(f'"{fault.removeprefix("…_")}"' in text for fault in families)
    expected = {code: found for code, found in refusals().items() if code not in OF_THE_COMMAND_LINE}
    for code in ("EMAIL", "EXTERNAL_ID", "HANDLE", "PHONE", "USERNAME"):
        expected[f"{code}_ALREADY_EXISTS"] = {409}
    for code in ("INVALID_REQUEST", "INVALID_SCOPE", "INVALID_TARGET", "UNAUTHORIZED_CLIENT", "REFUSED"):
        expected[code] = {400}
    for refusal in (InvalidToken, InsufficientScope):
        expected[refusal.error.upper()] = {refusal.status}
    expected |= {"BODY_NOT_JSON": {400}, "INVALID_INPUT": {400}, "TEMPORARILY_UNAVAILABLE": {503}}
    expected |= {"PLAN_REQUIRED": {403}}
    expected |= {"ROUTE_NOT_FOUND": {404}, "METHOD_NOT_ALLOWED": {405}, "SERVER_ERROR": {500}}
    assert {code: found for code, found in documented.items() if code not in families} == expected


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/roles", b"{", 400, "BODY_NOT_JSON"),
        ("POST", "/roles", b'"\xff"', 400, "REFUSED"),
        ("POST", "/roles", b'{"name": 1, "key": "x"}', 400, "INVALID_INPUT"),
        ("POST", "/roles", b'{"name": " ", "key": "x"}', 400, "NAME_REQUIRED"),
        ("POST", "/roles", b'{"name": "x", "key": "a b"}', 400, "KEY_INVALID"),
        ("POST", "/roles", b'{"name": "%s", "key": "x"}' % (b"a" * 1000), 400, "NAME_TOO_LONG"),
        ("GET", "/nothing", b"", 404, "ROUTE_NOT_FOUND"),
        ("DELETE", "/roles", b"", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/roles/unknown", b"", 404, "ROLE_NOT_FOUND"),
    ],
)
async def test_general_refusals(tmp_path, method, path, body, status, code):
    async with open_platform(tmp_path) as opened, await opened.management() as management:
        headers = {"content-type": "application/json"}
        answer = await management.request(method, f"/api/v1{path}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert answer.headers["cache-control"] == "no-store"
