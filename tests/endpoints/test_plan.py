"""What a plan does not include is refused with the way on, previewed all the same, and ends without harm."""

import asyncio
import math
from datetime import timedelta

import pytest

from claimsmith.domain.errors import (
    AlreadyExists,
    InvalidInput,
    NotFound,
    NotPermitted,
    PlanRequired,
)
from claimsmith.domain.gates import CAPABILITIES
from claimsmith.usecases import business_plans, environments
from claimsmith.usecases.business_due import settle_businesses
from claimsmith.usecases.plans_file import put_in_force
from tests.endpoints.conftest import AUDIENCE
from tests.endpoints.test_management_access import limited_client
from tests.endpoints.test_token import claims_of as claims_of_token
from tests.endpoints.test_user_tokens import kim  # noqa: F401 - a fixture
from tests.support.console import signed_in
from tests.support.operator_plans import DAY, put_sample_in_force, sample_plans
from tests.support.platform import open_platform
from tests.support.signed_in import ORGANIZATION
from tests.support.statements import Counted

FEATURE = "claims.api_scopes_in_permissions"
ON = {"include_api_scopes_in_permissions": True}
DOCUMENT = b"openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n"


@pytest.fixture
async def free(orders):
    """Put the sample plans in force over the API *Orders*: everything was made before."""
    await put_sample_in_force(orders.opened)
    return orders


def claims_of(answer):
    assert answer.status_code == 200, answer.text
    return claims_of_token(answer.json()["access_token"])


def profile_path(application_id, kind="m2m", suffix=""):
    return f"/api/v1/applications/{application_id}/token_profiles/{kind}{suffix}"


async def moved(opened, days):
    """Move the clock and return a management client whose token is of then."""
    opened.clock.move(days * DAY)
    return await opened.management()


async def test_plan_and_trials_need_their_scopes(free):
    async with free.opened.http() as http:
        assert (await http.get("/api/v1/plan")).status_code == 401
        assert (await http.post("/api/v1/plan/trials", json={"plan": "plus"})).status_code == 401
    limited = await limited_client(free, ["read:apis"])
    assert (await limited.get("/api/v1/plan")).status_code == 403
    assert (await limited.post("/api/v1/plan/trials", json={"plan": "plus"})).status_code == 403


async def test_without_plans_everything_is_unlocked(orders):
    assert (await orders.management.get("/api/v1/plan")).json() == {
        "code": "OK",
        "message": "Success",
        "is_unlocked": True,
        "plan": None,
        "plans": [],
        "features": [],
        "used_this_month": [],
    }
    answer = await orders.management.post("/api/v1/plan/trials", json={"plan": "plus"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "PLANS_NOT_IN_FORCE")


async def test_blocked_use_names_feature_plans_trial_and_call(free):
    answer = await free.management.put(profile_path(free.client_id), json=ON)
    assert answer.status_code == 403
    assert answer.json() == {
        "errors": [
            {
                "code": "PLAN_REQUIRED",
                "message": "Plan Free does not include API scopes in the permissions claim. Start a 30-day "
                "trial of Plus (claimsmith plan trial plus, or POST /api/v1/plan/trials), or move to Plus, "
                "Scale or Enterprise.",
                "field": "include_api_scopes_in_permissions",
                "feature": FEATURE,
                "plan": "free",
                "plans": ["plus", "scale", "enterprise"],
                "trial": {"plan": "plus", "state": "open", "days": 30, "ends_on": None},
                "start_trial": {"method": "POST", "path": "/api/v1/plan/trials", "body": {"plan": "plus"}},
            }
        ]
    }


async def test_call_of_a_refusal_starts_the_trial_and_unblocks(free):
    refused = await free.management.put(profile_path(free.client_id), json=ON)
    call = refused.json()["errors"][0]["start_trial"]
    started = await free.management.request(call["method"], call["path"], json=call["body"])
    assert started.status_code == 201
    ends = (free.opened.clock() + timedelta(days=30)).isoformat()
    assert started.json()["plan"] == {
        "key": "plus",
        "name": "Plus",
        "version": 1,
        "since": free.opened.clock().isoformat(),
        "trial_ends_on": ends,
        "changes_on": ends,
        "next_plan": "free",
    }
    shown = {each["key"]: each for each in started.json()["features"]}
    assert shown[FEATURE]["is_included"]
    assert shown[FEATURE]["until"] == ends
    assert not shown["organizations.own_policies"]["is_included"]
    trials = {each["key"]: each["trial"] for each in started.json()["plans"]}
    assert trials["plus"] == {"state": "running", "days": 30, "ends_on": ends}
    assert trials["free"] is None
    assert (await free.management.put(profile_path(free.client_id), json=ON)).status_code == 200
    assert claims_of(await free.token())["permissions"] == ["read:orders", "write:orders"]


async def test_preview_shows_what_cannot_be_saved_and_says_what_it_needs(free):
    path = profile_path(free.client_id, suffix="/preview")
    found = (await free.management.post(path, json={"profile": ON, "audience": AUDIENCE})).json()
    assert found["claims"]["permissions"] == ["read:orders", "write:orders"]
    assert found["diff"]["added"] == ["permissions"]
    (need,) = found["needs"]
    assert (need["feature"], need["plans"][0], need["trial"]["state"]) == (FEATURE, "plus", "open")
    assert need["because"] == "Plan Free does not include API scopes in the permissions claim."
    plain = (await free.management.post(path, json={"audience": AUDIENCE})).json()
    assert plain["needs"] == []
    assert "permissions" not in claims_of(await free.token())


async def test_end_of_a_trial_never_breaks_issuance(free):
    """The clock alone ends it: no background work has run, and the token was remembered."""
    await business_plans.start_trial(free.opened.context(), "plus")
    assert (await free.management.put(profile_path(free.client_id), json=ON)).status_code == 200
    for _ in range(3):
        assert claims_of(await free.token())["permissions"] == ["read:orders", "write:orders"]
    free.opened.clock.move(30 * DAY - 1)
    await free.opened.platform.directory.catch_up()
    assert "permissions" in claims_of(await free.token())
    ended = free.opened.clock() + timedelta(seconds=1)
    free.opened.clock.move(1)
    claims = claims_of(await free.token())
    assert "permissions" not in claims
    assert claims["scp"] == ["read:orders", "write:orders"]

    management = await free.opened.management()
    kept = (await management.get(profile_path(free.client_id))).json()["token_profile"]
    assert kept["include_api_scopes_in_permissions"] is True
    found = (
        await management.post(profile_path(free.client_id, suffix="/preview"), json={"audience": AUDIENCE})
    ).json()
    (line,) = [line for line in found["omitted"] if line["claim"] == "permissions"]
    assert line["because"] == (
        "Left out: plan Free does not include API scopes in the permissions claim; it was on until "
        f"{ended:%Y-%m-%d %H:%M} UTC."
    )
    changed = {**ON, "lifetime_seconds": 600}
    assert (await management.put(profile_path(free.client_id), json=changed)).status_code == 200
    assert claims_of(await free.token())["exp"] - claims_of(await free.token())["iat"] == 600


async def test_end_of_a_trial_for_a_user(kim):  # noqa: F811
    await put_sample_in_force(kim.opened)
    await business_plans.start_trial(kim.opened.context(), "plus")
    saved = await kim.management.put(profile_path(kim.web.id, "access"), json=ON)
    assert saved.status_code == 200, saved.text
    with_scopes = ["read:orders", "refund:orders", "view:orders", "write:orders"]
    assert claims_of(await kim.redeem(await kim.code()))["permissions"] == with_scopes
    management = await moved(kim.opened, 31)
    answer = await kim.redeem(await kim.code())
    assert answer.status_code == 200
    assert claims_of(answer)["permissions"] == ["refund:orders", "view:orders"]
    body = {"user_id": "kim", "audience": AUDIENCE, "org_code": ORGANIZATION}
    found = (await management.post(profile_path(kim.web.id, "access", "/preview"), json=body)).json()
    because = {line["claim"]: line["because"] for line in found["omitted"]}["permissions.api_scopes"]
    assert because.startswith(
        "Left out: plan Free does not include API scopes in the permissions claim; it was"
    )


async def put_policy(http, name, **members):
    return await http.put(f"/api/v1/policies/{name}", json=members)


async def test_every_gated_use_is_refused_and_names_its_feature(free):
    http, ids = free.management, free.scope_ids
    organization = (await http.get("/api/v1/organizations")).json()["organizations"][0]["code"]
    role = (await http.post("/api/v1/roles", json={"name": "R", "key": "r"})).json()["role"]["id"]
    made = (await http.post("/api/v1/applications", json={"name": "N", "type": "m2m"})).json()["application"]
    body = {"applications": [{"id": made["id"]}]}
    assert (await http.patch(f"/api/v1/apis/{free.api_id}/applications", json=body)).status_code == 200
    secrets = (await http.get(f"/api/v1/applications/{made['id']}/secrets")).json()["secrets"]
    scope = ids["read:orders"]
    refused = {
        "apis.custom_scopes": [
            await http.post(f"/api/v1/apis/{free.api_id}/scopes", json={"key": "more:orders"}),
            await http.post(f"/api/v1/apis/{free.api_id}/applications/{made['id']}/scopes/{scope}"),
            await http.post(f"/api/v1/roles/{role}/scopes", json={"scope_id": scope}),
        ],
        "apis.openapi_import": [
            await http.post(
                f"/api/v1/apis/{free.api_id}/scope_imports?filename=orders.yaml", content=DOCUMENT
            )
        ],
        "m2m.organization_scoped": [
            await http.post(
                "/api/v1/applications", json={"name": "O", "type": "m2m", "org_code": organization}
            )
        ],
        "applications.previous_secret": [
            await http.post(
                f"/api/v1/applications/{made['id']}/secrets/{secrets[0]['id']}/rotate",
                json={"overlap_seconds": 60},
            )
        ],
        "sign_in.passkeys": [await put_policy(http, "passkeys", policy="optional")],
        "sign_up.terms_acceptance": [await put_policy(http, "access", is_terms_acceptance_asked=True)],
        "organizations.own_policies": [
            await http.patch(f"/api/v1/organization/{organization}", json={"is_enforce_mfa": True}),
            await http.patch(f"/api/v1/organization/{organization}", json={"sender_name": "Shop"}),
            await http.post("/api/v1/organization", json={"name": "New", "sender_name": "Shop"}),
            await http.patch(
                f"/api/v1/organizations/{organization}/sessions",
                json={"is_use_org_sso_session_policy": True},
            ),
        ],
        FEATURE: [await http.put(profile_path(free.client_id), json=ON)],
    }
    for feature, answers in refused.items():
        for answer in answers:
            assert answer.status_code == 403, (feature, answer.request.url, answer.text)
            found = answer.json()["errors"][0]
            assert (found["code"], found["feature"]) == ("PLAN_REQUIRED", feature)
    assert refused.keys() | {"environments.additional"} == CAPABILITIES.keys()


async def test_what_needs_no_plan_goes_on(free):
    http = free.management
    secrets = (await http.get(f"/api/v1/applications/{free.client_id}/secrets")).json()["secrets"]
    path = f"/api/v1/applications/{free.client_id}/secrets/{secrets[0]['id']}/rotate"
    assert (await http.post(path, json={"overlap_seconds": 0})).status_code == 201
    assert (await http.put(profile_path(free.client_id), json={"lifetime_seconds": 600})).status_code == 200
    assert (await put_policy(http, "passkeys", policy="off")).status_code == 200
    scope, api = free.scope_ids["read:orders"], free.api_id
    again = await http.post(f"/api/v1/apis/{api}/applications/{free.client_id}/scopes/{scope}")
    assert again.status_code == 200, "it was enabled before"


async def test_environments_beside_production_are_counted(free):
    platform = free.opened.platform

    async def add(code):
        issuer = f"http://127.0.0.1:8000/{code}"
        return await environments.add_environment(platform, code=code, name=code, issuer=issuer)

    await add("one")
    with pytest.raises(PlanRequired) as caught:
        await add("two")
    assert caught.value.message.startswith(
        "Plan Free does not include more environments beside production than 1."
    )
    await business_plans.start_trial(free.opened.context(), "pro")
    await add("two")


async def test_trial_is_one_for_each_plan_and_on_record(free):
    context = free.opened.context()
    await business_plans.start_trial(context, "plus")
    with pytest.raises(AlreadyExists):
        await business_plans.start_trial(context, "plus")
    with pytest.raises(NotPermitted, match="includes all that Pro includes"):
        await business_plans.start_trial(context, "pro")
    with pytest.raises(NotPermitted, match="Plan Enterprise cannot be tried"):
        await business_plans.start_trial(context, "enterprise")
    with pytest.raises(NotFound, match="There is no plan 'gold'; there are free, pro"):
        await business_plans.start_trial(context, "gold")
    free.opened.clock.move(31 * DAY)
    with pytest.raises(NotPermitted, match="claimsmith plan trial plus --extend DAYS"):
        await business_plans.start_trial(context, "plus")
    found = await business_plans.standing(context)
    assert [(event.kind.value, author.id) for event, author in found.history] == [
        ("started", "test"),
        ("trial_started", "test"),
    ]


async def test_operator_extends_a_trial_while_it_runs_and_after_it(free):
    context, clock = free.opened.context(), free.opened.clock
    with pytest.raises(NotPermitted, match="There is no trial of Plus to extend"):
        await business_plans.extend_trial(context, "plus", 7)
    began = clock()
    await business_plans.start_trial(context, "plus")
    with pytest.raises(InvalidInput, match="days is 0; choose 1 to 3650"):
        await business_plans.extend_trial(context, "plus", 0)
    found = await business_plans.extend_trial(context, "plus", 7)
    assert found.state.trial_ends_on == began + timedelta(days=37)
    clock.move(40 * DAY)
    assert (await business_plans.standing(context)).version.plan_key == "free"
    found = await business_plans.extend_trial(context, "plus", 7)
    assert (found.version.plan_key, found.state.trial_ends_on) == ("plus", clock() + timedelta(days=7))
    assert found.following.plan_key == "free"


async def test_plan_is_assigned_now_or_when_the_period_ends(free):
    context, clock = free.opened.context(), free.opened.clock
    with pytest.raises(InvalidInput, match="when is 'soon'; use now or period_end"):
        await business_plans.assign_plan(context, "plus", when="soon")
    found = await business_plans.assign_plan(context, "plus")
    assert found.version.plan_key == "plus"
    found = await business_plans.assign_plan(context, "free", when="period_end")
    assert (found.version.plan_key, found.following.plan_key) == ("plus", "free")
    clock.move(32 * DAY)
    assert (await business_plans.standing(context)).version.plan_key == "free"


async def test_what_fell_due_is_written_down_in_order_once(free):
    context, clock, platform = free.opened.context(), free.opened.clock, free.opened.platform
    began = clock()
    await business_plans.start_trial(context, "plus")
    assert await settle_businesses(platform) == 0
    clock.move(23 * DAY)
    assert await settle_businesses(platform) == 1
    clock.move(8 * DAY)
    assert await settle_businesses(platform) == 2
    assert await settle_businesses(platform) == 0
    history = [
        event for event, author in (await business_plans.standing(context)).history if author.id == "plans"
    ]
    assert [(event.kind.value, event.days_left, event.at - began) for event in history] == [
        ("ending_soon", 7, timedelta(days=23)),
        ("ending_soon", 1, timedelta(days=29)),
        ("trial_ended", None, timedelta(days=30)),
    ]
    async with context.reading() as work:
        told = (await work.billing_events.page_newest(page_size=50, next_token=None)).items
    assert sorted((each.type, each.data["days_left"]) for each in told if each.data["days_left"]) == [
        ("business.plan_ending_soon", 1),
        ("business.plan_ending_soon", 7),
    ]
    assert {each.customer_id for each in told} == {"default"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_two_who_start_the_same_trial_start_it_once(kind, request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if kind == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        await put_sample_in_force(opened)
        trying = (business_plans.start_trial(opened.context(), "plus") for _ in range(4))
        outcomes = await asyncio.gather(*trying, return_exceptions=True)
        assert sorted(type(each).__name__ for each in outcomes) == [*["AlreadyExists"] * 3, "Standing"]
        opened.clock.move(31 * DAY)
        settled = await asyncio.gather(*(settle_businesses(opened.platform) for _ in range(3)))
        assert sorted(settled) == [0, 0, 3]
        found = await business_plans.standing(opened.context())
        assert (found.version.plan_key, len(found.history)) == ("free", 5)


async def test_another_file_reaches_every_environment_and_none_unlocks(free):
    document = sample_plans()
    document["plans"][0]["includes"] = [FEATURE]
    await put_in_force(free.opened.platform, document)
    assert (await free.management.put(profile_path(free.client_id), json=ON)).status_code == 200
    assert "permissions" in claims_of(await free.token())
    await put_in_force(free.opened.platform, sample_plans())
    assert "permissions" not in claims_of(await free.token())
    await put_in_force(free.opened.platform, None)
    assert "permissions" in claims_of(await free.token())


async def test_console_says_nothing_of_plans_without_a_file(orders):
    operator = await signed_in(orders.opened)
    for path in ("", f"/applications/{orders.client_id}/tokens/m2m", f"/apis/{orders.api_id}"):
        page = await operator.get(path)
        assert page.status_code == 200
        assert "/console/plan" not in page.text
        assert "trial" not in page.text
    assert (await operator.get("/plan")).status_code == 404
    answer = await operator.post("/plan/trials", [("trial", "plus /plan")])
    assert answer.status_code == 404


async def test_button_of_the_console_starts_a_trial_and_leads_back_to_its_page_alone(free):
    operator = await signed_in(free.opened)
    assert 'aria-current="page">Plan</a>' in (await operator.get("/plan")).text
    strange = await operator.post("/plan/trials", [("trial", "plus /plan")], form_token="x")
    assert strange.status_code == 403
    started = await operator.post("/plan/trials", [("trial", f"plus /apis/{free.api_id}")])
    assert started.headers["location"] == f"/console/apis/{free.api_id}?done=trial_started"
    again = await operator.post("/plan/trials", [("trial", "plus /plan")])
    assert again.status_code == 409
    assert "The trial of Plus is running." in again.text
    for back in ("//evil.test", "https://evil.test", "/a?b", ""):
        plan = "scale" if back == "//evil.test" else "pro"
        answer = await operator.post("/plan/trials", [("trial", f"{plan} {back}")])
        if answer.status_code == 303:
            assert answer.headers["location"] == "/console/plan?done=trial_started"


async def test_blocked_form_is_refused_beside_its_field(free):
    operator = await signed_in(free.opened)
    fields = [("include_api_scopes_in_permissions", "on"), ("flags_choice", "none"), ("version", "0")]
    fields += [("lifetime_seconds", "600"), ("size_budget_bytes", "4096"), ("action", "save")]
    answer = await operator.post(f"/applications/{free.client_id}/tokens/m2m", fields)
    assert answer.status_code == 403
    assert 'id="scopes-switch-wrong"' in answer.text


async def test_entitlements_cost_a_token_no_statement(free):
    await business_plans.start_trial(free.opened.context(), "plus")
    assert (await free.management.put(profile_path(free.client_id), json=ON)).status_code == 200
    await free.token()
    async with Counted(free.opened.platform.database.engine) as counted:
        for _ in range(3):
            assert "permissions" in claims_of(await free.token())
        free.opened.clock.move(10 * DAY)
        assert (await free.token()).status_code == 200
    assert counted.kinds == []
    view = free.opened.platform.directory.runtimes[0].view
    assert view.access.valid_until(free.opened.clock().timestamp()) < math.inf
