"""The page about token profiles agrees with the models, the rules and the answers."""

import re

import pytest

from claimsmith.claims.profile_rules import (
    ADDITIONAL_CLAIMS,
    LEAST_BUDGET_BYTES,
    MOST_BUDGET_BYTES,
    MOST_CHOSEN,
)
from claimsmith.claims.sources.feature_flags import MOST_NAMED
from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.token_profiles import TokenKind, default_profile
from claimsmith.edge.management.token_profiles import PreviewBody, ProfileBody, operations, shown
from tests.docs.examples import ROOT
from tests.docs.test_reference_endpoints import named, rows, section_of, words
from tests.endpoints.conftest import make_orders
from tests.support.platform import open_platform
from tests.support.rows import put_member, put_organization, put_user

PAGE = (ROOT / "docs/reference/token-profiles.md").read_text(encoding="utf-8")
BODY = {words(row[0])[0]: row for row in rows(PAGE, "member | type | default")}
REFUSALS = {
    (words(row[0])[0] if row[0] else None, words(row[1])[0]): row[2] for row in rows(PAGE, "field | code")
}
NO_APPLICATION = "0" * 32


def section(title):
    return section_of(PAGE, title)


@pytest.fixture
async def orders(tmp_path):
    async with open_platform(tmp_path) as opened, await opened.management() as management:
        yield await make_orders(opened, management)


def test_operations_need_the_documented_scopes():
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows(PAGE, "operation")}
    assert documented == {
        f"{method} /api/v1{route.path}": route.openapi_extra["x-scope"]
        for route in operations.routes
        for method in route.methods
    }


def test_kinds_are_those_of_each_type():
    documented = {words(row[0])[0]: set(words(row[1])) for row in rows(PAGE, "type of application")}
    assert documented == {each.value: {kind.value for kind in each.token_kinds} for each in ApplicationType}


def test_members_are_those_of_the_models():
    assert list(BODY) == list(ProfileBody.model_fields)
    assert named(section("Preview"), "member | type") == list(PreviewBody.model_fields)
    answered = [*BODY, *named(section("Members of the answer"), "member")]
    assert sorted(answered) == sorted(shown(default_profile(NO_APPLICATION, TokenKind.M2M)))


def test_defaults_are_those_of_the_code():
    written = {True: "true", False: "false"}
    for name, row in BODY.items():
        for kind in TokenKind:
            value = shown(default_profile(NO_APPLICATION, kind))[name]
            value = written.get(value) if isinstance(value, bool) else value
            told, *others = row[2].split("; for ")
            special = next((each for each in others if words(each)[0] == kind.value), None)
            expected = words(special)[1] if special else words(told)[0]
            assert (f'"{value}"' if name == "feature_flags" else str(value)) == expected, (name, kind)


def test_additional_claims_are_those_that_can_be_chosen():
    told = {words(part)[0]: tuple(words(part)[1:]) for part in BODY["additional_claims"][3].split("; ")}
    assert told == {kind.value: claims for kind, claims in ADDITIONAL_CLAIMS.items()}


def test_limits_are_those_of_the_code():
    assert f"{LEAST_BUDGET_BYTES} to {MOST_BUDGET_BYTES}" == BODY["size_budget_bytes"][3]
    for name in ("feature_flags", "properties"):
        assert f"at most {MOST_CHOSEN} keys" in BODY[name][3]
    assert f"At most {MOST_NAMED} flags" in PAGE


async def test_answers_have_the_documented_members_and_headers(orders):
    path = f"/api/v1/applications/{orders.client_id}/token_profiles/m2m"
    read = await orders.management.get(path)
    assert (read.headers["etag"], read.json()["token_profile"]["updated_on"]) == ('"0"', None)
    saved = await orders.management.put(path, json={}, headers={"If-Match": "*"})
    assert saved.headers["etag"] == '"1"'
    for answer in (read.json(), saved.json()):
        assert list(answer) == ["code", "message", "token_profile"]
        documented = [*BODY, *named(section("Members of the answer"), "member")]
        assert sorted(answer["token_profile"]) == sorted(documented)
    body = {"profile": {"include_api_scopes_in_permissions": True, "lifetime_seconds": 60}}
    preview = (await orders.management.post(f"{path}/preview", json=body)).json()
    assert list(preview) == ["code", "message", *named(section("Preview"), "member | |")]
    parts = {words(row[0])[0]: words(row[1]) for row in rows(PAGE, "member of")}
    for name in ("trace", "omitted"):
        assert all(set(line) == set(parts[name]) - {"null"} for line in preview[name])
    assert preview["diff"] == {"added": ["permissions"], "removed": [], "changed": ["exp"]}
    assert list(preview["diff"]) == parts["diff"][:3]


async def sample(orders):
    """Send what is wrong with each member; return fields and codes of the refusals, with their status."""
    management, seen = orders.management, set()
    made = await management.post("/api/v1/applications", json={"name": "Site", "type": "reg"})
    site = made.json()["application"]["id"]

    async def refused(application, kind, body=None, **headers):
        path = f"/api/v1/applications/{application}/token_profiles/{kind}"
        answer = await management.put(path, json=body or {}, headers=headers)
        note(answer)
        if not headers and "lifetime_seconds" not in (body or {}):
            preview = await management.post(f"{path}/preview", json={"profile": body or {}})
            note(preview)

    def note(answer):
        error = answer.json()["errors"][0]
        field = re.sub(r"\[\d+\]", "[n]", error["field"]) if "field" in error else None
        seen.add((field, error["code"], answer.status_code))

    robot = orders.client_id
    await refused(robot, "other")
    await refused(robot, "access")
    await refused(site, "id", {"include_api_scopes_in_permissions": True})
    await refused(site, "id", {"feature_flags": "all"})
    for claims in (["sub"], ["permissions"], ["email"], ["org_name"]):
        await refused(robot, "m2m", {"additional_claims": claims})
    twice = [f"key_{number}" for number in range(MOST_CHOSEN + 1)]
    for name in ("feature_flags", "properties"):
        for keys in (["one", "one"], twice, ["unknown"]):
            await refused(robot, "m2m", {name: keys})
    await refused(robot, "m2m", {"feature_flags": "some"})
    await refused(robot, "m2m", {"lifetime_seconds": 59})
    await refused(site, "access", {"lifetime_seconds": 1_296_000})
    await refused(robot, "m2m", {"size_budget_bytes": LEAST_BUDGET_BYTES - 1})
    await refused(robot, "m2m", {}, **{"If-Match": "yesterday"})
    await refused(robot, "m2m", {}, **{"If-Match": '"7"'})
    await refused(NO_APPLICATION, "m2m")
    await put_people(orders)
    for kind, body in (
        ("access", {}),
        ("access", {"user_id": "nobody"}),
        ("access", {"user_id": "kp_suspended"}),
        ("access", {"user_id": "kp_kim", "org_code": "org_nowhere"}),
        ("access", {"user_id": "kp_kim", "org_code": "org_suspended"}),
        ("id", {"user_id": "kp_kim", "scope": "profile"}),
    ):
        path = f"/api/v1/applications/{site}/token_profiles/{kind}/preview"
        note(await management.post(path, json=body))
    return seen


async def put_people(orders):
    async with orders.opened.context().storing() as work:
        await put_user(work, "kp_kim")
        await put_user(work, "kp_suspended", is_suspended=True)
        await put_organization(work, "org_suspended", is_suspended=True)
        await put_member(work, "kp_kim", "org_suspended")


async def test_refusals_are_exactly_those_documented(orders):
    seen = await sample(orders)
    documented = {
        (*key, int(found[0]) if (found := re.findall(r"^(\d{3}): ", told)) else 400)
        for key, told in REFUSALS.items()
    }
    assert seen == documented


async def test_request_that_would_be_refused_is_not_previewed(orders):
    path = f"/api/v1/applications/{orders.client_id}/token_profiles/m2m/preview"
    answer = await orders.management.post(path, json={"scope": "delete:orders"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "INVALID_SCOPE")
    answer = await orders.management.put(path.removesuffix("/preview"), json={"hasura_mapping": "yes"})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], error["field"]) == (400, "INVALID_INPUT", "hasura_mapping")
