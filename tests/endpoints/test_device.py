"""A device asks for a code, a person allows or denies it elsewhere, and the device gets tokens once."""

import asyncio
import base64
import json
from dataclasses import replace

import pytest

from claimsmith.domain.device_codes import USER_CODE_LETTERS
from claimsmith.domain.errors import Conflict, NotFound, NotPermitted
from claimsmith.domain.sign_in_flows import FlowState, Step
from claimsmith.domain.sso_sessions import Browser
from claimsmith.usecases import device_codes, policies, sign_in_flows
from claimsmith.usecases.rate_limits import TooOften
from tests.support.browser import SSO_COOKIE, Visit, make_application
from tests.support.general_rules import assert_general_rules_async
from tests.support.platform import ISSUER, open_platform
from tests.support.rows import USER, put, put_member, put_organization, put_user

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        async with opened.context().storing() as work:
            await put_user(work)
            await put_organization(work, "org_a")
            await put_member(work, USER, "org_a")
        yield opened


@pytest.fixture
async def visit(opened):
    made = await make_application(opened, type="device", redirect_uris=[])
    async with opened.http(event_hooks={"response": [assert_general_rules_async]}) as http:
        yield Visit(opened, http, made.application.id)


async def begin(visit, path="/oauth2/device/auth", **form):
    sent = {"client_id": visit.client_id, "scope": "openid offline", **form}
    return await visit.http.post(
        path, data={name: value for name, value in sent.items() if value is not None}
    )


async def poll(visit, code, **form):
    sent = {"grant_type": GRANT, "client_id": visit.client_id, "device_code": code, **form}
    return await visit.http.post("/oauth2/token", data={name: value for name, value in sent.items() if value})


async def signed_in(visit, **facts):
    await visit.sign_in(organization_code="org_a", **facts)
    return Browser(visit.http.cookies[SSO_COOKIE])


def error(answer):
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize(
    ("form", "status", "error_code"),
    [
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_id": "0" * 32}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"scope": '"'}, 400, "invalid_scope"),
        ({"audience": "https://unknown.test"}, 400, "unauthorized_client"),
        ({"resource": "https://unknown.test"}, 400, "invalid_target"),
    ],
)
async def test_a_request_that_is_wrong_gets_no_code(visit, form, status, error_code):
    assert error(await begin(visit, **form)) == (status, error_code)


async def test_only_applications_of_devices_get_codes(visit):
    for kind in ("reg", "spa", "m2m"):
        made = await make_application(visit.opened, type=kind)
        secret = {"client_secret": made.secret.reveal()} if made.secret else {}
        answer = await begin(visit, client_id=made.application.id, **secret)
        assert error(answer) == (400, "unauthorized_client")


async def test_the_endpoint_takes_a_form_by_post(visit):
    assert (await visit.http.get("/oauth2/device/auth")).status_code == 405
    assert error(await visit.http.post("/oauth2/device/auth", json={}))[0] == 400


@pytest.mark.parametrize("path", ["/oauth2/device/auth", "/oauth2/v2/device_authorization"])
async def test_a_device_is_told_its_code_and_what_to_show(visit, path):
    answer = await begin(visit, path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    code = body["user_code"]
    assert len(code) == 8
    assert set(code) <= set(USER_CODE_LETTERS)
    assert body.pop("device_code").startswith("cs_dc_")
    assert body.pop("qr_code").startswith("data:image/png;base64,")
    assert body == {
        "user_code": code,
        "verification_uri": f"{ISSUER}/device",
        "verification_uri_complete": f"{ISSUER}/device?user_code={code}",
        "expires_in": 600,
        "interval": 5,
    }


async def test_a_device_that_names_no_application_is_the_one_of_the_policy(visit):
    context = visit.opened.context()
    site = await make_application(visit.opened)
    for unfit in (site.application.id, "nobody"):
        with pytest.raises(Exception, match="of type device"):
            await policies.change_policy(context, "access", {"device_application_id": unfit})
    await policies.change_policy(context, "access", {"device_application_id": visit.client_id})
    assert (await begin(visit, client_id=None)).status_code == 200


# N12
async def test_neither_code_is_stored(visit):
    body = (await begin(visit)).json()
    async with visit.opened.context().reading() as work:
        rows = (await (await work.connection.described()).exec_driver_sql("SELECT * FROM device_codes")).all()
    assert len(rows) == 1
    stored = repr(rows)
    assert body["device_code"] not in stored
    assert body["user_code"] not in stored


# N01, N02
async def test_a_device_waits_and_one_that_does_not_waits_longer(visit):
    code = (await begin(visit)).json()["device_code"]
    clock = visit.opened.clock
    assert error(await poll(visit, code)) == (400, "authorization_pending")
    clock.move(5)
    assert error(await poll(visit, code)) == (400, "authorization_pending")
    clock.move(4)
    assert error(await poll(visit, code)) == (400, "slow_down")
    clock.move(9)
    assert error(await poll(visit, code)) == (400, "slow_down")
    clock.move(15)
    assert error(await poll(visit, code)) == (400, "authorization_pending")


# N03, N05
async def test_codes_that_are_wrong_or_over_are_refused(visit):
    code = (await begin(visit)).json()["device_code"]
    another = await make_application(visit.opened, type="device", redirect_uris=[])
    assert error(await poll(visit, code, client_id=another.application.id)) == (400, "invalid_grant")
    for wrong in (code[:-1], code + "a", code.swapcase(), "cs_ac_" + "a" * 43, "x"):
        assert error(await poll(visit, wrong)) == (400, "invalid_grant")
    assert error(await poll(visit, None)) == (400, "invalid_request")
    assert error(await poll(visit, code)) == (400, "authorization_pending")
    visit.opened.clock.move(600)
    assert error(await poll(visit, code)) == (400, "expired_token")
    with pytest.raises(NotFound):
        await device_codes.find_device_request(visit.opened.context(), "BCDFGHJK", address="a")


async def test_a_device_that_is_denied_is_told_so(visit):
    body = (await begin(visit)).json()
    browser = await signed_in(visit)
    context = visit.opened.context()
    with pytest.raises(NotPermitted):
        await device_codes.deny_device(context, body["user_code"], Browser())
    await device_codes.deny_device(context, body["user_code"], browser)
    assert error(await poll(visit, body["device_code"])) == (400, "access_denied")
    for answer in (device_codes.allow_device, device_codes.deny_device):
        with pytest.raises(NotFound):
            await answer(context, body["user_code"], browser)


# N04, R-03
async def test_a_device_that_is_allowed_gets_tokens_once(visit):
    body = (await begin(visit)).json()
    browser = await signed_in(visit)
    context = visit.opened.context()
    typed = f"{body['user_code'][:4].lower()}-{body['user_code'][4:]} "
    found = await device_codes.find_device_request(context, typed, address="192.0.2.1")
    assert found.client_id == visit.client_id
    with pytest.raises(NotPermitted):
        await device_codes.allow_device(context, typed, Browser())
    allowed = await device_codes.allow_device(context, typed, browser)
    assert allowed.id == visit.client_id
    answers = await asyncio.gather(*(poll(visit, body["device_code"], scope="email") for _ in range(12)))
    good = [each for each in answers if each.status_code == 200]
    assert len(good) == 1
    assert {error(each) for each in answers if each.status_code != 200} == {(400, "invalid_grant")}
    tokens = good[0].json()
    assert tokens["scope"] == "openid offline"
    claims = json.loads(base64.urlsafe_b64decode(tokens["access_token"].split(".")[1] + "=="))
    assert (claims["sub"], claims["org_code"], claims["azp"]) == (USER, "org_a", visit.client_id)
    refreshed = await visit.http.post(
        "/oauth2/token",
        data={
            "grant_type": "refresh_token",
            "client_id": visit.client_id,
            "refresh_token": tokens["refresh_token"],
        },
    )
    assert refreshed.status_code == 200
    assert error(await poll(visit, body["device_code"])) == (400, "invalid_grant")


async def test_of_several_answers_one_counts(visit):
    body = (await begin(visit)).json()
    browser = await signed_in(visit)
    context = visit.opened.context()
    answers = [device_codes.allow_device, device_codes.deny_device] * 3
    came = await asyncio.gather(
        *(answer(context, body["user_code"], browser) for answer in answers), return_exceptions=True
    )
    refused = [each for each in came if isinstance(each, Exception)]
    assert len(refused) == 5
    assert all(isinstance(each, NotFound | Conflict) for each in refused)


# N10
async def test_who_is_suspended_or_left_meanwhile_lets_no_device_in(visit):
    context = visit.opened.context()
    body = (await begin(visit)).json()
    await device_codes.allow_device(context, body["user_code"], await signed_in(visit))
    async with context.storing() as work:
        await work.users.replace(replace(await work.users.find(USER), is_suspended=True))
    assert error(await poll(visit, body["device_code"])) == (400, "invalid_grant")
    other = (await begin(visit)).json()
    with pytest.raises(NotPermitted):
        await device_codes.allow_device(context, other["user_code"], Browser(visit.http.cookies[SSO_COOKIE]))


# N06
async def test_codes_are_not_guessed(visit):
    context = visit.opened.context()
    for number in range(20):
        with pytest.raises(NotFound):
            await device_codes.find_device_request(
                context, f"BCDFGHJ{USER_CODE_LETTERS[number]}", address="a"
            )
    body = (await begin(visit)).json()
    with pytest.raises(TooOften):
        await device_codes.find_device_request(context, body["user_code"], address="a")
    await device_codes.find_device_request(context, body["user_code"], address="b")
    for text in ("", "é" * 8, "AEIOUAEI", "BCDFGHJ", "BCDFGHJKL", "\ud800" * 8):
        with pytest.raises(NotFound):
            await device_codes.find_device_request(context, text, address="c")


async def test_codes_are_not_asked_for_without_end(visit):
    answers = [await begin(visit) for _ in range(61)]
    assert [each.status_code for each in answers] == [200] * 60 + [429]
    assert answers[-1].headers["retry-after"] == "60"


# N07
async def test_a_person_is_shown_what_the_device_would_get(visit):
    opened = visit.opened
    context = opened.context()
    management = await opened.management()
    made = await management.post("/api/v1/apis", json={"name": "Orders", "audience": "urn:orders"})
    api_id = made.json()["api"]["id"]
    scope = (await management.post(f"/api/v1/apis/{api_id}/scopes", json={"key": "read:orders"})).json()
    await management.patch(
        f"/api/v1/apis/{api_id}/applications", json={"applications": [{"id": visit.client_id}]}
    )
    await management.aclose()
    async with context.storing() as work:
        await put(
            work, "membership_scopes", user_id=USER, organization_code="org_a", scope_id=scope["scope"]["id"]
        )
    body = (await begin(visit, audience="urn:orders")).json()
    runtime = opened.platform.directory.runtimes[0]
    assert await device_codes.consent_to_device(context, runtime, body["user_code"], Browser()) is None
    browser = await signed_in(visit)
    shown = await device_codes.consent_to_device(context, runtime, body["user_code"].lower(), browser)
    assert (shown.code, shown.application.id) == (body["user_code"], visit.client_id)
    assert (shown.scopes, shown.audiences) == (("openid", "offline"), ("urn:orders",))
    assert (shown.api_scopes, shown.organization.code) == (("read:orders",), "org_a")
    await device_codes.allow_device(context, body["user_code"], browser)
    tokens = (await poll(visit, body["device_code"])).json()
    claims = json.loads(base64.urlsafe_b64decode(tokens["access_token"].split(".")[1] + "=="))
    assert claims["scope"] == "openid offline read:orders"


async def test_a_sign_in_for_a_device_leads_back_to_it_and_makes_no_code(visit):
    context = visit.opened.context()
    body = (await begin(visit)).json()
    token, binder = await device_codes.begin_device_sign_in(context, body["user_code"], binder=None)
    flow = await sign_in_flows.load_flow(context, token.reveal(), binder.reveal())
    now = int(visit.opened.clock().timestamp())
    done = FlowState(
        step=Step.DONE, user_id=USER, methods=("pwd",), authenticated_at=now, organization_code="org_a"
    )
    async with context.storing() as work:
        finished = await sign_in_flows.finish_flow(context, work, flow, done, Browser())
    assert finished.answer.location == f"{ISSUER}/device?user_code={body['user_code']}"
    assert finished.session.user_id == USER
    browser = Browser(finished.session_token.reveal())
    await device_codes.allow_device(context, body["user_code"], browser)
    assert (await poll(visit, body["device_code"])).status_code == 200


async def test_no_authorization_request_can_pass_for_a_sign_in_for_a_device(visit):
    site = await make_application(visit.opened)
    answer = await visit.ask(client_id=site.application.id, response_mode="device")
    assert "error=invalid_request" in answer.headers["location"]


async def test_signing_out_of_the_browser_leaves_the_device_alone(visit):
    body = (await begin(visit, scope="openid")).json()
    browser = await signed_in(visit)
    context = visit.opened.context()
    await device_codes.allow_device(context, body["user_code"], browser)
    from claimsmith.usecases.sso_sessions import end_session

    await end_session(context, browser.session_token)
    assert (await poll(visit, body["device_code"])).status_code == 200
