"""Preview and explain for tokens of users: what is seen is what is issued."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimsmith.usecases import console_sessions
from tests.endpoints.test_token import claims_of, header_of
from tests.endpoints.test_user_tokens import change, kim  # noqa: F401 - a fixture
from tests.support.console import visitor
from tests.support.rows import USER, put
from tests.support.signed_in import AUDIENCE, ORGANIZATION, OTHER_ORGANIZATION

STAMPS = {"iat", "exp", "jti", "at_hash", "auth_time", "rat", "sid", "nonce"}
FLAGS = ("dark_mode", "page_size", "theme")


def path(kim, kind, suffix="/preview"):  # noqa: F811
    return f"/api/v1/applications/{kim.web.id}/token_profiles/{kind}{suffix}"


@pytest.fixture
async def rich(kim):  # noqa: F811
    """Add flags with values at every level, and properties of user, organization and application."""
    for key, kind, default in zip(FLAGS, ("bool", "int", "str"), ("false", "1", "teal"), strict=True):
        body = {"name": key, "key": key, "type": kind, "default_value": default}
        await kim.manage("POST", "/feature_flags", {**body, "allow_override_level": "usr"})
    keys = {"tier": "usr", "city": "org", "region": "app"}
    for key, context in keys.items():
        found = await kim.manage("GET", f"/property_categories?context={context}")
        body = {"name": key, "key": key, "type": "single_line_text", "context": context}
        category = found["categories"][0]["id"]
        await kim.manage("POST", "/properties", {**body, "is_private": False, "category_id": category})
    async with kim.opened.context().changing() as work:
        ids = {item.key: item.id for item in await work.properties.all()}
        for owner, key, value in ((USER, "tier", "gold"), (ORGANIZATION, "city", "Graz")):
            await put(work, "property_values", owner_id=owner, property_id=ids[key], value=value)
        for level, owner, key, value in (
            ("usr", USER, "theme", "red"),
            ("org", ORGANIZATION, "theme", "blue"),
            ("org", ORGANIZATION, "page_size", "7"),
        ):
            await put(work, "feature_flag_overrides", level=level, owner_id=owner, flag_key=key, value=value)
        work.record("property", "all", "changed")
    await kim.manage("PUT", f"/applications/{kim.web.id}/properties/region", {"value": "eu"})
    return kim


@pytest.mark.parametrize(
    ("kind", "body", "field", "code"),
    [
        ("access", {}, "user_id", "USER_MISSING"),
        ("id", {"user_id": "nobody@orchard.test"}, "user_id", "USER_NOT_FOUND"),
        ("access", {"user_id": "kim", "org_code": "org_nowhere"}, "org_code", "MEMBERSHIP_ENDED"),
        ("access", {"user_id": "kim", "audience": "https://x.test"}, None, "UNAUTHORIZED_CLIENT"),
        ("access", {"user_id": "kim", "scope": 'a"b'}, None, "INVALID_SCOPE"),
        ("id", {"user_id": "kim", "scope": "profile"}, "scope", "INVALID_INPUT"),
    ],
)
async def test_what_would_not_be_issued_is_not_previewed(kim, kind, body, field, code):  # noqa: F811
    answer = await kim.management.post(path(kim, kind), json=body)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error.get("field")) == (400, code, field)


async def test_suspended_user_is_not_previewed(kim):  # noqa: F811
    await change(kim, "users", {"is_suspended": True})
    answer = await kim.management.post(path(kim, "access"), json={"user_id": USER})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "USER_NOT_ACTIVE")


async def test_user_is_found_by_id_address_and_username(kim):  # noqa: F811
    for name in (USER, "KIM@orchard.test", "kim"):
        preview = (await kim.management.post(path(kim, "access"), json={"user_id": name})).json()
        assert preview["claims"]["sub"] == USER


async def test_every_claim_and_every_absence_is_explained(rich):
    for kind, least in (("access", 14), ("id", 18)):
        body = {"user_id": "kim", "org_code": ORGANIZATION, "audience": AUDIENCE}
        preview = (await rich.management.post(path(rich, kind), json=body)).json()
        assert {line["claim"] for line in preview["trace"]} == set(preview["claims"])
        told = [line["claim"] for line in (*preview["trace"], *preview["omitted"])]
        assert len(told) == len(set(told))
        assert len(told) >= least
        for line in (*preview["trace"], *preview["omitted"]):
            assert line["because"].endswith(".")
            assert line.get("fix", ".").endswith(".")


async def test_levels_of_flags_and_kinds_of_properties(rich):
    profile = {"feature_flags": "all", "properties": ["tier", "city", "region"]}
    body = {"user_id": "kim", "org_code": ORGANIZATION, "profile": profile}
    claims = (await rich.management.post(path(rich, "access"), json=body)).json()["claims"]
    assert claims["feature_flags"] == {
        "dark_mode": {"t": "b", "v": False},
        "page_size": {"t": "i", "v": 7},
        "theme": {"t": "s", "v": "red"},
    }
    assert claims["user_properties"] == {"tier": {"v": "gold"}}
    assert claims["organization_properties"] == {"city": {"v": "Graz"}}
    assert claims["application_properties"] == {"region": {"v": "eu"}}


async def test_absences_name_the_way_to_the_claim(rich):
    async def why(kind, claim, **body):
        answer = await rich.management.post(path(rich, kind), json={"user_id": "kim", **body})
        return {line["claim"]: line["because"] for line in answer.json()["omitted"]}[claim]

    assert await why("access", "permissions") == "The user signed in to no organization."
    assert await why("access", "org_code") == "The user signed in to no organization."
    assert "holds no permission" in await why("access", "permissions", org_code=OTHER_ORGANIZATION)
    assert "does not ask for it" in await why("access", "roles", org_code=ORGANIZATION)
    roles = {"additional_claims": ["roles"]}
    assert "holds no role" in await why("access", "roles", org_code=OTHER_ORGANIZATION, profile=roles)
    assert await why("id", "email", scope="openid") == "The scope email was not granted."
    assert await why("id", "picture") == "The user has none."


PROFILES = {
    "access": st.fixed_dictionaries(
        {
            "include_api_scopes_in_permissions": st.booleans(),
            "additional_claims": st.lists(
                st.sampled_from(["org_name", "external_org_id", "roles", "email"]), unique=True
            ),
            "feature_flags": st.one_of(
                st.sampled_from(["none", "all"]), st.lists(st.sampled_from(FLAGS), unique=True)
            ),
            "properties": st.lists(st.sampled_from(["tier", "city", "region"]), unique=True),
            "hasura_mapping": st.booleans(),
            "lifetime_seconds": st.integers(60, 100_000),
        }
    ),
    "id": st.fixed_dictionaries(
        {
            "additional_claims": st.lists(st.sampled_from(["organizations"]), unique=True),
            "properties": st.lists(st.sampled_from(["tier", "city", "region"]), unique=True),
            "hasura_mapping": st.booleans(),
            "lifetime_seconds": st.integers(60, 100_000),
        }
    ),
}


@pytest.mark.parametrize("kind", ["access", "id"])
async def test_previewed_claims_equal_issued_ones(rich, kind):
    """For random configurations: what an unsaved profile previews is what it issues once saved."""
    examples = []

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        profile=PROFILES[kind],
        scopes=st.lists(st.sampled_from(["profile", "email", "offline"]), unique=True),
        organization=st.sampled_from([ORGANIZATION, OTHER_ORGANIZATION, None]),
        audiences=st.sampled_from([(), (AUDIENCE,)]),
        shape=st.sampled_from(["platform", "at+jwt"]),
    )
    def collect(**example):
        examples.append(example)

    collect()
    for example in examples:
        await compare(rich, kind, **example)


async def compare(rich, kind, profile, scopes, organization, audiences, shape):
    await rich.manage("PATCH", f"/apis/{rich.api_id}", {"token_shape": shape})
    scopes = ("openid", *scopes)
    body = {"profile": profile, "user_id": USER, "scope": " ".join(scopes), "audience": list(audiences)}
    if organization:
        body["org_code"] = organization
    preview = (await rich.management.post(path(rich, kind), json=body)).json()
    saved = await rich.management.put(path(rich, kind, ""), json=profile)
    assert saved.status_code == 200, saved.text
    tokens = await rich.tokens(scopes=scopes, audiences=audiences, organization_code=organization, nonce=None)
    token = tokens["access_token" if kind == "access" else "id_token"]
    issued, previewed = claims_of(token), preview["claims"]
    assert issued["exp"] - issued["iat"] == previewed["exp"] - previewed["iat"]
    assert list(issued) == list(previewed)
    assert {name: issued[name] for name in issued.keys() - STAMPS} == {
        name: previewed[name] for name in previewed.keys() - STAMPS
    }
    assert preview["header"] == header_of(token)
    if kind == "access":
        assert preview["size_bytes"] == len(token)


async def test_console_shows_the_token_of_a_chosen_user(rich):
    operator = visitor(rich.opened)
    await operator.sign_in(await console_sessions.make_link(rich.opened.context()))
    address = f"/applications/{rich.web.id}/tokens/access"
    page = (await operator.get(address)).text
    assert re.search(rf'name="preview_user" value="{USER}"', page)
    assert "The user signed in to no organization." in page
    fields = [
        ("version", "0"),
        ("flags_choice", "all"),
        ("include_api_scopes_in_permissions", "on"),
        ("lifetime_seconds", "86400"),
        ("size_budget_bytes", "4096"),
        ("preview_audience", AUDIENCE),
        ("preview_user", "kim@orchard.test"),
        ("preview_organization", ORGANIZATION),
    ]
    fragment = await operator.post(f"{address}/preview", fields)
    assert fragment.status_code == 200
    for shown in ("read:orders", "view:orders", "theme", "Preview updated"):
        assert shown in fragment.text
    wrong = await operator.post(f"{address}/preview", [*fields[:-1], ("preview_organization", "org_none")])
    assert wrong.status_code == 400
    assert "no longer a member" in wrong.text
