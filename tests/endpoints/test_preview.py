"""Preview and explain: the token that is seen is the token that is issued."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.endpoints.conftest import AUDIENCE
from tests.endpoints.test_token import claims_of, header_of

FLAGS = {
    "dark_mode": ("bool", "false"),
    "page_size": ("int", "25"),
    "theme": ("str", "teal"),
    "shape": ("json", '{"a":[1]}'),
}
STAMPS = ("iat", "exp", "jti")


@pytest.fixture
async def rich(orders):
    """Add flags, properties and an organization's application to the API *Orders*."""
    management = orders.management
    for key, (kind, default) in FLAGS.items():
        body = {"name": key, "key": key, "type": kind, "default_value": default}
        answer = await management.post("/api/v1/feature_flags", json=body)
        assert answer.status_code == 201, answer.text
    categories = (await management.get("/api/v1/property_categories?context=app")).json()["categories"]
    for key, private in (("region", False), ("tier", False), ("secret_note", True)):
        body = {
            "name": key,
            "key": key,
            "type": "single_line_text",
            "context": "app",
            "is_private": private,
            "category_id": categories[0]["id"],
        }
        assert (await management.post("/api/v1/properties", json=body)).status_code == 201
    await put_value(orders, "region", "eu")
    return orders


async def put_value(orders, key, value):
    path = f"/api/v1/applications/{orders.client_id}/properties/{key}"
    answer = await orders.management.put(path, json={"value": value})
    assert answer.status_code == 200, answer.text


def profile_path(orders, suffix=""):
    return f"/api/v1/applications/{orders.client_id}/token_profiles/m2m{suffix}"


async def test_preview_is_refused_without_a_token_or_scope(orders):
    async with orders.opened.http() as http:
        answer = await http.post(profile_path(orders, "/preview"), json={})
    assert answer.status_code == 401
    token = (await orders.token()).json()["access_token"]
    async with orders.opened.http(headers={"Authorization": f"Bearer {token}"}) as http:
        answer = await http.post(profile_path(orders, "/preview"), json={})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"properties": ["secret_note"]}, "properties[0]"),
        ({"properties": ["region", "unknown"]}, "properties[1]"),
        ({"properties": ["kp_usr_city"]}, "properties[0]"),
        ({"properties": ["kp_org_city"]}, "properties[0]"),
        ({"feature_flags": ["dark_mode", "unknown"]}, "feature_flags[1]"),
        ({"feature_flags": "some"}, "feature_flags"),
        ({"additional_claims": ["sub"]}, "additional_claims[0]"),
        ({"additional_claims": ["permissions"]}, "additional_claims[0]"),
        ({"additional_claims": ["x-hasura-permissions"]}, "additional_claims[0]"),
        ({"additional_claims": ["email"]}, "additional_claims[0]"),
        ({"additional_claims": ["org_name"]}, "additional_claims[0]"),
        ({"lifetime_seconds": 0}, "lifetime_seconds"),
        ({"size_budget_bytes": 1}, "size_budget_bytes"),
    ],
)
async def test_profile_that_cannot_work_is_refused_when_saved_and_previewed(rich, profile, field):
    saved = await rich.management.put(profile_path(rich), json=profile)
    assert saved.status_code == 400, saved.text
    assert saved.json()["errors"][0]["field"] == field
    previewed = await rich.management.post(profile_path(rich, "/preview"), json={"profile": profile})
    assert previewed.status_code == 400
    assert previewed.json()["errors"][0]["field"] == field
    assert (await rich.management.get(profile_path(rich))).json()["token_profile"]["version"] == 0


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"feature_flags": "all"}, "feature_flags"),
        ({"feature_flags": ["theme"]}, "feature_flags[0]"),
        ({"include_api_scopes_in_permissions": True}, "include_api_scopes_in_permissions"),
        ({"additional_claims": ["roles"]}, "additional_claims[0]"),
    ],
)
async def test_id_token_is_not_asked_for_what_it_cannot_carry(rich, profile, field):
    created = await rich.management.post("/api/v1/applications", json={"name": "Site", "type": "reg"})
    path = f"/api/v1/applications/{created.json()['application']['id']}/token_profiles/id"
    refused = await rich.management.put(path, json=profile)
    assert refused.status_code == 400, refused.text
    (error,) = refused.json()["errors"]
    assert (error["code"], error["field"]) == ("TOKEN_PROFILE_INVALID", field)
    empty = {"feature_flags": [], "additional_claims": ["organizations"]}
    assert (await rich.management.put(path, json=empty)).status_code == 200


async def test_kinds_that_a_type_never_gets_are_refused(orders):
    for kind, code in (("access", "TOKEN_KIND_NOT_SUPPORTED"), ("other", "TOKEN_KIND_INVALID")):
        path = f"/api/v1/applications/{orders.client_id}/token_profiles/{kind}"
        answer = await orders.management.get(path)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)


async def test_second_editor_gets_a_conflict(orders):
    read = await orders.management.get(profile_path(orders))
    assert read.headers["etag"] == '"0"'
    match = {"If-Match": read.headers["etag"]}
    first = await orders.management.put(profile_path(orders), json={}, headers=match)
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    second = await orders.management.put(profile_path(orders), json={}, headers=match)
    assert (second.status_code, second.json()["errors"][0]["code"]) == (412, "VERSION_CONFLICT")


async def test_preview_explains_every_claim_and_every_absence(rich):
    body = {"profile": {"include_api_scopes_in_permissions": True, "feature_flags": ["theme"]}}
    preview = (await rich.management.post(profile_path(rich, "/preview"), json=body)).json()
    assert {line["claim"] for line in preview["trace"]} == set(preview["claims"])
    assert set(preview["bytes_by_claim"]) == set(preview["claims"])
    assert preview["diff"] == {"added": ["feature_flags", "permissions"], "removed": [], "changed": []}
    absent = {line["claim"] for line in preview["omitted"]}
    assert {"sub", "org_code", "feature_flags.dark_mode", "application_properties.region"} <= absent
    for line in preview["trace"]:
        assert set(line) == {"claim", "source", "because", "object"}
        assert line["because"].endswith(".")
    for line in preview["omitted"]:
        assert set(line) == {"claim", "source", "because", "fix"}
        assert line["fix"].endswith(".")
    assert preview["budget_bytes"] == 4096


async def test_what_a_machine_of_no_organization_lacks_is_told_to_the_last_claim(rich):
    preview = (await rich.management.post(profile_path(rich, "/preview"), json={})).json()
    told = {line["claim"]: (line["source"], line["because"]) for line in preview["omitted"]}
    assert len(told) == len(preview["omitted"])
    no_organization = "The application belongs to no organization."
    not_chosen = "The token profile does not choose this property."
    assert {name: told[name] for name in told if not name.startswith("feature_flags.")} == {
        "sub": ("protocol", "An M2M token is about no user."),
        "org_code": ("organization", no_organization),
        "org_name": ("organization", no_organization),
        "external_org_id": ("organization", no_organization),
        "permissions": ("permissions", "The switch 'Include API scopes in the permissions claim' is off."),
        "feature_flags": ("feature_flags", "The token profile chooses no feature flags."),
        "user_properties": ("properties", "An M2M token is about no user."),
        "organization_properties": ("properties", no_organization),
        "application_properties": ("properties", "The token profile chooses no property of this kind."),
        "application_properties.region": ("properties", not_chosen),
        "application_properties.tier": ("properties", not_chosen),
        "application_properties.secret_note": ("properties", "The property is private."),
    }


async def test_size_is_the_length_of_the_issued_token(rich):
    for algorithm in ("RS256", "ES256", "EdDSA"):
        await rich.management.patch(f"/api/v1/apis/{rich.api_id}", json={"signing_algorithm": algorithm})
        preview = (await rich.management.post(profile_path(rich, "/preview"), json={})).json()
        token = (await rich.token()).json()["access_token"]
        assert preview["size_bytes"] == len(token)
        assert preview["header"] == header_of(token)


PROFILES = st.fixed_dictionaries(
    {
        "include_api_scopes_in_permissions": st.booleans(),
        "feature_flags": st.one_of(
            st.sampled_from(["none", "all"]), st.lists(st.sampled_from(sorted(FLAGS)), unique=True)
        ),
        "properties": st.lists(st.sampled_from(["region", "tier"]), unique=True),
        "hasura_mapping": st.booleans(),
        "lifetime_seconds": st.integers(60, 100_000),
    }
)
SCOPES = st.sampled_from(["", "read:orders", "write:orders", "write:orders read:orders"])


async def test_previewed_claims_equal_issued_ones(rich):
    """For random configurations: what an unsaved profile previews is what it issues once saved."""
    examples = []

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        profile=PROFILES,
        scope=SCOPES,
        shape=st.sampled_from(["platform", "at+jwt"]),
        override=st.sampled_from([None, "true", "false"]),
        tier=st.sampled_from(["gold", ""]),
    )
    def collect(**example):
        examples.append(example)

    collect()
    for example in examples:
        await compare(rich, **example)


@pytest.fixture
async def scoped(rich):
    """Return the same objects with an application of an organization, and that organization's code."""
    management = rich.management
    body = {"name": "Orchard Ltd", "external_id": "crm-4471"}
    code = (await management.post("/api/v1/organization", json=body)).json()["organization"]["code"]
    body = {"name": "Orchard robot", "type": "m2m", "org_code": code}
    made = (await management.post("/api/v1/applications", json=body)).json()["application"]
    api = f"/api/v1/apis/{rich.api_id}/applications"
    assert (await management.patch(api, json={"applications": [{"id": made["id"]}]})).status_code == 200
    for scope_id in rich.scope_ids.values():
        assert (await management.post(f"{api}/{made['id']}/scopes/{scope_id}")).status_code == 200
    return replace(rich, client_id=made["client_id"], client_secret=made["client_secret"]), code


async def test_previewed_claims_of_an_organizations_machine_equal_issued_ones(scoped):
    """The same, with what only an organization brings: its name, its properties, its values of flags."""
    machine, code = scoped
    management, of_organization = machine.management, f"/api/v1/organizations/{code}"
    chosen = st.lists(st.sampled_from(["region", "kp_org_city", "kp_org_postcode"]), unique=True)
    claims = st.lists(st.sampled_from(["org_name", "external_org_id"]), unique=True)
    profiles = st.builds(
        lambda profile, properties, names: {**profile, "properties": properties, "additional_claims": names},
        PROFILES,
        chosen,
        claims,
    )
    examples = []

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        profile=profiles,
        scope=SCOPES,
        shape=st.sampled_from(["platform", "at+jwt"]),
        override=st.sampled_from([None, "true", "false"]),
        tier=st.sampled_from(["gold", ""]),
        theme=st.sampled_from([None, "plum"]),
        city=st.sampled_from([None, "", "Perth"]),
    )
    def collect(**example):
        examples.append(example)

    collect()
    for example in examples:
        theme, city = example.pop("theme"), example.pop("city")
        flag = f"{of_organization}/feature_flags/theme"
        if theme is None:
            assert (await management.delete(flag)).status_code == 200
        else:
            assert (await management.patch(flag, params={"value": theme})).status_code == 200
        body = {"properties": {"kp_org_city": city}}
        assert (await management.patch(f"{of_organization}/properties", json=body)).status_code == 200
        issued = await compare(machine, **example)
        assert code in (issued.get("org_code"), issued.get("x-hasura-org-code"))


async def compare(rich, profile, scope, shape, override, tier):
    management = rich.management
    await management.patch(f"/api/v1/apis/{rich.api_id}", json={"token_shape": shape})
    flag = "/api/v1/environment/feature_flags/dark_mode"
    if override is None:
        await management.delete(flag)
    else:
        await management.patch(flag, json={"value": override})
    await put_value(rich, "tier", tier)
    body = {"profile": profile, "audience": AUDIENCE, "scope": scope}
    preview = (await management.post(profile_path(rich, "/preview"), json=body)).json()
    saved = await management.put(profile_path(rich), json=profile)
    assert saved.status_code == 200, saved.text
    issued = claims_of((await rich.token(scope=scope)).json()["access_token"])
    previewed = preview["claims"]
    assert issued["exp"] - issued["iat"] == previewed["exp"] - previewed["iat"]
    for stamp in STAMPS:
        issued.pop(stamp)
        previewed.pop(stamp)
    assert previewed == issued
    return issued
