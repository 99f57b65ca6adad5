"""The management API keeps to its own OpenAPI document, whatever that lets be sent (R-07, U01, U03)."""

import json
import re

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.transport import Response

from claimsmith.edge.management.api import openapi_document
from tests.endpoints.assertions import sound
from tests.endpoints.test_security_anything import in_thread, running
from tests.endpoints.test_security_isolation import NOWHERE
from tests.endpoints.traces import leaves_no_trace
from tests.support.answers import strict_document
from tests.support.general_rules import assert_general_rules_async
from tests.support.platform import ISSUER

DOCUMENT = openapi_document(ISSUER)
OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
SCHEMA = schemathesis.openapi.from_dict(strict_document())
EXAMPLES = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
JSON = {"Content-Type": "application/json"}


def address(path: str, known: dict[str, str] | None = None) -> str:
    return path.format(**{**NOWHERE, **(known or {})})


def cases(mode: GenerationMode):
    """Return cases of every operation, made from the document."""
    operations = [each.ok() for each in SCHEMA.get_all_operations()]
    assert len(operations) == len(OPERATIONS) > 70
    if mode is GenerationMode.NEGATIVE:
        operations = [each for each in operations if each.body]
    return st.sampled_from(operations).flatmap(lambda each: each.as_strategy(generation_mode=mode))


async def called(orders, case, known):
    """Send a case. Half of the ids it drew are replaced, so that cases get beyond `there is none`."""
    for name in case.path_parameters or {}:
        if name in known and len(str(case.path_parameters[name])) % 2:
            case.path_parameters[name] = known[name]
    options = case.as_transport_kwargs(base_url=ISSUER)
    headers = {**options["headers"], "Authorization": orders.management.headers["authorization"]}
    headers.pop("User-Agent", None)
    body = {"json": options["json"]} if "json" in options else {"content": options.get("data")}
    request = httpx.Request(
        options["method"], options["url"], params=options.get("params"), headers=headers, **body
    )
    return sound(await orders.management.send(request))


async def known_ids(orders) -> dict[str, str]:
    """Return ids that exist, one for each name of a path parameter that tests may wear out."""
    made = await orders.management.post("/api/v1/organization", json={"name": "Acme"})
    user = await orders.management.post("/api/v1/user", json={"provided_id": "1815"})
    await orders.management.post(
        "/api/v1/feature_flags", json={"name": "Beta", "key": "beta", "type": "bool", "default_value": "true"}
    )
    return {
        "api_id": orders.api_id,
        "application_id": orders.client_id,
        "scope_id": orders.scope_ids["read:orders"],
        "org_code": made.json()["organization"]["code"],
        "feature_flag_key": "beta",
        "user_id": user.json()["id"],
        "kind": "m2m",
        "name": "refresh",
    }


async def test_answers_conform_to_the_document(orders):
    """What the document allows gets an answer that the document describes."""
    known, run, seen = await known_ids(orders), running(orders), set()

    @EXAMPLES
    @given(cases(GenerationMode.POSITIVE))
    def tried(case):
        answer = run(called(orders, case, known))
        seen.add(answer.status_code)
        case.operation.validate_response(Response.from_any(answer))

    await in_thread(tried)
    assert seen >= {200, 400, 404}


async def test_what_the_document_forbids_is_refused(orders):
    """Wrong types, missing and unknown members: an error of the platform's shape, and nothing is done."""
    known, run, seen = await known_ids(orders), running(orders), set()

    @EXAMPLES
    @given(cases(GenerationMode.NEGATIVE))
    def tried(case):
        answer = run(called(orders, case, known))
        seen.add(answer.status_code)
        case.operation.validate_response(Response.from_any(answer))

    await in_thread(tried)
    assert 400 in seen


def bodies() -> list[tuple[str, str, dict]]:
    """Return each operation with a JSON object for its body, with that object's schema."""
    found = []
    for method, path, operation in OPERATIONS:
        text = json.dumps(operation.get("requestBody", {}))
        reference = re.search(r"#/components/schemas/(\w+)", text)
        if reference:
            found.append((method, path, DOCUMENT["components"]["schemas"][reference[1]]))
    return found


VALUES = {
    ("POST", "/api/v1/feature_flags", "default_value"),
    ("PUT", "/api/v1/feature_flags/{feature_flag_key}", "default_value"),
    ("PATCH", "/api/v1/environment/feature_flags/{feature_flag_key}", "value"),
    ("PATCH", "/api/v1/organizations/{org_code}/feature_flags/{feature_flag_key}", "value"),
    ("POST", "/api/v1/organization", "feature_flags"),
    ("PATCH", "/api/v1/organizations/{org_code}/properties", "properties"),
    ("PATCH", "/api/v1/users/{user_id}/feature_flags/{feature_flag_key}", "value"),
    ("PATCH", "/api/v1/users/{user_id}/properties", "properties"),
}
"""Every member that may be an object: whether one is right depends on a flag or a property it names."""

CONTENTS = {
    ("PATCH", "/api/v1/billing/plans/{plan_key}", "contents"),
    ("POST", "/api/v1/billing/plans", "contents"),
}
"""What plans are made of: `test_billing.py` has what is wrong inside named."""


def takes_objects(member: dict) -> bool:
    """Tell whether an object is of a type that the document allows a member: the rest of the body decides."""
    kinds = [each.get("type") for each in member.get("anyOf", [member])]
    return "object" in kinds or kinds == [None]


async def test_unknown_members_and_wrong_types_are_named(orders, capsys):
    """U03: every body of every operation, with a member nobody knows, and with each member of no type."""
    known = await known_ids(orders)
    wrong, tried, left_out = [], 0, set()
    with leaves_no_trace(orders.opened, capsys, orders.client_secret):
        for method, path, schema in bodies():
            samples = [("environment_id", "x"), ("__proto__", {}), ("created_on", 1)]
            samples += [(name, {"no": ["type"]}) for name in schema["properties"]]
            for name, value in samples:
                if takes_objects(schema["properties"].get(name, {"type": "none"})):
                    left_out.add((method, path, name))
                    continue
                answer = await orders.management.request(method, address(path, known), json={name: value})
                tried += 1
                errors = sound(answer).json().get("errors", [])
                named = any(each.get("field", "").startswith(name) for each in errors)
                if answer.status_code != 400 or not named:
                    wrong.append((method, path, name, answer.status_code, answer.text))
    assert tried > 100
    assert wrong == []
    assert left_out == VALUES | CONTENTS


def with_value(method: str, path: str, member: str, key: str, value: object) -> dict:
    """Return a body of one of `VALUES` that is complete and right, but perhaps for the value of `key`."""
    given = {key: value} if member in ("feature_flags", "properties") else value
    rest = {"name": "Made"} if method == "POST" else {}
    if path == "/api/v1/feature_flags":
        rest |= {"key": f"{key}_made", "type": key}
    return {**rest, member: given}


async def test_object_is_a_value_of_json_flags_alone(orders, capsys):
    """U03: where the document allows an object, a flag of another type, or a property, refuses it by name."""
    known, samples = await known_ids(orders), {"bool": "true", "str": "x", "int": "1", "json": "{}"}
    for kind, default in samples.items():
        flag = {"name": kind, "key": kind, "type": kind, "default_value": default}
        assert (await orders.management.post("/api/v1/feature_flags", json=flag)).status_code == 201

    async def answer_for(method, path, member, kind):
        body = with_value(method, path, member, kind, {"no": ["type"]})
        target = address(path, {**known, "feature_flag_key": kind})
        return sound(await orders.management.request(method, target, json=body))

    wrong = []
    with leaves_no_trace(orders.opened, capsys, orders.client_secret):
        for kind in ("bool", "str", "int"):
            for method, path, member in sorted(VALUES):
                answer = await answer_for(method, path, member, kind)
                fields = [each.get("field", "") for each in answer.json().get("errors", [])]
                within = f"{member}.{kind}" if member in ("feature_flags", "properties") else member
                if answer.status_code != 400 or not fields or not all(f.startswith(within) for f in fields):
                    wrong.append((method, path, kind, answer.status_code, answer.text))
    assert wrong == []
    for method, path, member in sorted(VALUES):
        if member != "properties":
            assert (await answer_for(method, path, member, "json")).status_code in (200, 201)


NO_JSON = {
    "empty": b"",
    "brace": b"{",
    "array": b"[]",
    "text": b'"x"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
    "not UTF-8": b'{"name": "\xff"}',
    "number of 5 000 digits": b'{"name": ' + b"9" * 5_000 + b"}",
    "NaN": b'{"name": NaN}',
    "deep by 100 000": b"[" * 100_000,
    "form": b"name=x&type=m2m",
    "NUL": b'{"name": "\\u0000"}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "half a surrogate pair for a name": b'{"\\ud800": 1}',
    "bytes": bytes(range(256)),
}
OPTIONAL_BODY = {"requestBody": True}


async def test_bodies_that_are_no_object_are_refused(orders, capsys):
    """A body may be left out where the document says so; then the rest of the request is judged."""
    known = await known_ids(orders)
    required = [
        (method, path)
        for method, path, operation in OPERATIONS
        if operation.get("requestBody", {}).get("required") and "scope_imports" not in path
    ]
    assert len(required) > 20
    wrong = []
    with leaves_no_trace(orders.opened, capsys):
        for method, path in required:
            for name, body in NO_JSON.items():
                answer = await orders.management.request(
                    method, address(path, known), content=body, headers=JSON
                )
                if sound(answer).status_code != 400:
                    wrong.append((method, path, name, answer.status_code, answer.text[:200]))
    assert wrong == []


async def test_deep_bodies_are_refused(orders):
    """Q12's cousin: no body goes deeper than operations ask for; what its texts hold does not count."""
    refusal = {
        "code": "BODY_TOO_DEEP",
        "message": "The body is nested more than 32 levels deep; no operation asks for that.",
    }
    async with quiet(orders) as http:
        for depth in (32, 50, 500, 600, 800, 900, 950, 2_000, 100_000):
            for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
                deep = opening * depth + b"1" + closing * depth
                body = b'{"name": ' + deep + b', "type": "m2m"}'
                answer = await http.post("/api/v1/applications", content=body, headers=JSON)
                assert (answer.status_code, answer.json()) == (400, {"errors": [refusal]}), depth
        shallow = {"name": '"\\' + "[{" * 20, "type": "m2m"}
        assert (await http.post("/api/v1/applications", json=shallow)).status_code == 201
        wide = ('{"name": "\u2200' + "[" * 900 + "]" * 900 + '"}').encode("utf-16")
        answer = await http.post("/api/v1/applications", content=wide, headers=JSON)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "BODY_NOT_JSON")


def quiet(orders) -> httpx.AsyncClient:
    """Return a client of the management API that checks G1 to G4 of each answer."""
    bearer = {"Authorization": orders.management.headers["authorization"]}
    return orders.opened.http(headers=bearer, event_hooks={"response": [assert_general_rules_async]})


async def test_every_operation_asks_for_a_token_and_its_scope(orders, capsys):
    """U01, V-117, V-126, H08, H09: by the table that the document is, before the body or the id is read."""
    unscoped = await without_scopes(orders)
    foreign = (await orders.token()).json()["access_token"]
    wrong = []
    with leaves_no_trace(orders.opened, capsys, unscoped, foreign):
        async with orders.opened.http() as http:
            for method, path, operation in OPERATIONS:
                scope = operation["x-scope"]
                for headers, status, challenge in (
                    ({}, 401, "Bearer"),
                    ({"Authorization": f"Bearer {foreign}"}, 401, 'Bearer error="invalid_token"'),
                    (
                        {"Authorization": f"Bearer {unscoped}"},
                        403,
                        f'Bearer error="insufficient_scope", scope="{scope}"',
                    ),
                ):
                    answer = await http.request(
                        method, address(path), content=b"{", headers={**JSON, **headers}
                    )
                    found = sound(answer, unscoped, foreign).headers.get("www-authenticate", "")
                    exact = found == challenge or (status == 401 and headers and found.startswith(challenge))
                    if answer.status_code != status or not exact:
                        wrong.append((method, path, answer.status_code, found))
    assert wrong == []


async def without_scopes(orders) -> str:
    """Return a token for the management API that carries no scope at all."""
    management = orders.management
    apis = (await management.get("/api/v1/apis")).json()["apis"]
    api = next(each for each in apis if each["is_management_api"])
    made = await management.post("/api/v1/applications", json={"name": "Powerless", "type": "m2m"})
    application = made.json()["application"]
    body = {"applications": [{"id": application["id"]}]}
    assert (await management.patch(f"/api/v1/apis/{api['id']}/applications", json=body)).status_code == 200
    credentials = {name: application[name] for name in ("client_id", "client_secret")}
    answer = await orders.token(**credentials, audience=api["audience"])
    assert answer.json()["scope"] == ""
    return answer.json()["access_token"]


async def test_a_method_that_is_not_in_the_document_is_refused(orders):
    """V-182: nothing is reachable that the document does not name."""
    wrong = []
    for path, operations in DOCUMENT["paths"].items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - {
            each.upper() for each in operations
        }:
            answer = sound(await orders.management.request(method, address(path)))
            allowed = {each.strip() for each in answer.headers.get("allow", "").split(",")}
            if answer.status_code != 405 or not allowed <= {each.upper() for each in operations} | {"HEAD"}:
                wrong.append((method, path, answer.status_code, answer.headers.get("allow")))
    assert wrong == []
