"""Signing out: who is asked first, where the browser goes, what ends, and who hears of it."""

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from claimsmith.claims.size import payload_bytes
from claimsmith.crypto.jwt_verification import verify_jwt
from claimsmith.domain.apis import SigningAlgorithm
from claimsmith.outbound.http_client import OutboundAnswer, OutboundFailed, OutboundRefused
from claimsmith.usecases import applications, passwords, sso_sessions, users
from claimsmith.usecases.logout import confirm_logout
from claimsmith.usecases.logout_notices import deliver_notices
from tests.support.browser import SSO_COOKIE, URI, Visit, make_application, refused, told
from tests.support.general_rules import assert_general_rules_async
from tests.support.platform import ISSUER, open_platform
from tests.support.rows import USER, put_user

HOME = "https://app.test/bye"
OTHER_USER = "kp_" + "2" * 32


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        async with opened.context().storing() as work:
            await put_user(work)
            await put_user(work, OTHER_USER)
        yield opened


@pytest.fixture
async def visit(opened):
    made = await make_application(opened, logout_uris=[HOME])
    async with opened.http(event_hooks={"response": [assert_general_rules_async]}) as http:
        yield Visit(opened, http, made.application.id, {"secret": made.secret.reveal()})


def id_token(opened, client_id, **claims):
    runtime = opened.platform.directory.runtimes[0]
    now = int(opened.clock().timestamp())
    payload = {
        "iss": ISSUER,
        "sub": USER,
        "aud": [client_id],
        "iat": now - 7_200,
        "exp": now - 3_600,
        **claims,
    }
    return runtime.keys.signer(SigningAlgorithm.RS256, now).sign(payload_bytes(payload), "JWT")


async def leave(visit, **sent):
    return await visit.http.get("/logout", params=sent)


async def is_signed_in(visit):
    return "code" in told(await visit.ask(prompt="none"))


def asked(answer):
    """Return what the page that asks is told."""
    where = urlsplit(answer.headers["location"])
    assert (answer.status_code, where.netloc, where.path) == (302, "", "/auth/sign-out")
    assert "set-cookie" not in answer.headers
    return dict(parse_qsl(where.query))


def gone(answer):
    """Return where a browser goes that is signed out, after checking that its cookies are taken out."""
    assert answer.status_code == 302
    cleared = answer.headers.get_list("set-cookie")
    assert [each.partition("=")[0] for each in cleared] == [SSO_COOKIE, "refresh_token", "_kbrte"]
    assert all("Max-Age=0" in each for each in cleared)
    return answer.headers["location"]


# O01-O06
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"state": "s"},
        {"redirect": ""},
        {"redirect": "https://evil.test"},
        {"redirect": HOME + "?foo=bar"},
        {"redirect": "//evil.test"},
        {"redirect": "/\\evil.test"},
        {"redirect_uri": "https://app.test/cb"},
        {"post_logout_redirect_uri": "https://evil.test"},
        {"post_logout_redirect_uri": HOME},
        {"post_logout_redirect_uri": HOME, "client_id": "CLIENT"},
        {"post_logout_redirect_uri": HOME, "id_token_hint": "a.b.c"},
        {"redirect": HOME, "id_token_hint": "a.b.c"},
        {"redirect": HOME, "id_token_hint": "OTHER_USER"},
        {"post_logout_redirect_uri": HOME, "id_token_hint": "OTHER_USER"},
        {"post_logout_redirect_uri": HOME, "id_token_hint": "ANOTHER"},
        {"post_logout_redirect_uri": HOME, "id_token_hint": "GOOD", "client_id": "ANOTHER_CLIENT"},
        {"all_sessions": "true"},
    ],
)
async def test_without_a_sign_that_it_is_meant_the_person_is_asked(visit, sent):
    another = await make_application(visit.opened)
    names = {
        "CLIENT": visit.client_id,
        "ANOTHER_CLIENT": another.application.id,
        "GOOD": id_token(visit.opened, visit.client_id),
        "OTHER_USER": id_token(visit.opened, visit.client_id, sub=OTHER_USER),
        "ANOTHER": id_token(visit.opened, "f" * 32),
    }
    await visit.sign_in()
    answer = await leave(visit, **{name: names.get(value, value) for name, value in sent.items()})
    members = asked(answer)
    assert set(members.values()) <= {HOME, visit.client_id, another.application.id, "true", ""}
    if sent.get("id_token_hint") in ("a.b.c", "ANOTHER") or "ANOTHER_CLIENT" in sent.values():
        assert HOME not in members.values()
    assert await is_signed_in(visit)


async def test_a_picture_on_another_page_signs_nobody_out(visit):
    await visit.sign_in()
    hint = id_token(visit.opened, visit.client_id)
    for kind in ("image", "iframe", "empty", "script"):
        headers = {"Sec-Fetch-Dest": kind, "Sec-Fetch-Site": "cross-site"}
        for sent in ({"redirect": HOME}, {"id_token_hint": hint}):
            asked(await visit.http.get("/logout", params=sent, headers=headers))
    assert (await visit.http.head("/logout", params={"redirect": HOME})).status_code == 405
    assert await is_signed_in(visit)


async def test_the_address_of_another_environment_is_not_known(visit):
    from claimsmith.usecases.environments import add_environment

    other = await add_environment(
        visit.opened.platform, code="staging", name="Staging", issuer="http://127.0.0.1:8001"
    )
    await visit.opened.platform.directory.start()
    await make_application(visit.opened, environment=other, logout_uris=["https://staging.test/bye"])
    await visit.sign_in()
    assert asked(await leave(visit, redirect="https://staging.test/bye")) == {}


@pytest.mark.parametrize("name", ["redirect", "redirect_uri"])
async def test_the_platforms_parameters_sign_out_and_go_back(visit, name):
    await visit.sign_in()
    assert gone(await leave(visit, **{name: HOME})) == HOME
    assert refused(await visit.ask(prompt="none"))[0] == "login_required"


async def test_the_python_sdk_names_its_client_and_a_state(visit):
    await visit.sign_in()
    answer = await leave(visit, client_id=visit.client_id, redirect_uri=HOME, state="a&b")
    assert gone(answer) == HOME + "?state=a%26b"


async def test_an_id_token_of_who_is_signed_in_is_enough(visit):
    hint = id_token(visit.opened, visit.client_id)
    await visit.sign_in()
    assert gone(await leave(visit, id_token_hint=hint)) == "/auth/signed-out"
    await visit.sign_in()
    answer = await leave(visit, id_token_hint=hint, post_logout_redirect_uri=HOME, state="s 1")
    assert gone(answer) == HOME + "?state=s+1"
    await visit.sign_in()
    answer = await leave(visit, id_token_hint=hint, post_logout_redirect_uri=HOME, client_id=visit.client_id)
    assert gone(answer) == HOME
    await visit.sign_in()
    answer = await leave(visit, id_token_hint=hint, post_logout_redirect_uri=HOME + "?foo=bar", state="s")
    assert gone(answer) == "/auth/signed-out"
    assert not await signed_in_count(visit)


async def signed_in_count(visit, user=USER):
    return len((await sso_sessions.list_sessions(visit.opened.context(), user)).sessions)


async def test_a_form_of_another_site_goes_on_as_a_get(visit):
    await visit.sign_in()
    token = visit.http.cookies[SSO_COOKIE]
    visit.http.cookies.clear()
    hint = id_token(visit.opened, visit.client_id)
    answer = await visit.http.post("/logout", data={"id_token_hint": hint, "state": "a b"})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/logout?id_token_hint=")
    visit.http.cookies.set(SSO_COOKIE, token, domain="127.0.0.1", path="/")
    assert gone(await visit.http.get(answer.headers["location"])) == "/auth/signed-out"


async def test_who_is_signed_out_already_goes_back_only_where_that_is_known(visit):
    hint = id_token(visit.opened, visit.client_id)
    for sent, where in (
        ({}, "/auth/signed-out"),
        ({"redirect": HOME}, HOME),
        ({"redirect": "https://evil.test"}, "/auth/signed-out"),
        ({"post_logout_redirect_uri": HOME}, "/auth/signed-out"),
        ({"post_logout_redirect_uri": HOME, "client_id": visit.client_id}, "/auth/signed-out"),
        ({"post_logout_redirect_uri": HOME, "id_token_hint": hint}, HOME),
        ({"post_logout_redirect_uri": HOME, "id_token_hint": hint[:-3] + "AAA"}, "/auth/signed-out"),
    ):
        assert gone(await leave(visit, **sent)) == where


async def test_what_the_page_asked_is_done_when_it_is_confirmed(visit):
    opened = visit.opened
    await visit.sign_in()
    members = asked(await leave(visit, post_logout_redirect_uri=HOME, client_id=visit.client_id, state="s"))
    browser = sso_sessions.Browser(visit.http.cookies[SSO_COOKIE])
    runtime = opened.platform.directory.runtimes[0]
    done = await confirm_logout(opened.context(), runtime, list(members.items()), browser)
    assert done.target == HOME + "?state=s"
    assert not await signed_in_count(visit)
    forged = [("post_logout_redirect_uri", "https://evil.test"), ("client_id", visit.client_id)]
    assert (await confirm_logout(opened.context(), runtime, forged, browser)).target is None


# O08
async def test_one_browser_signs_out_alone_unless_all_are_meant(visit):
    await visit.sign_in()
    await visit.sign_in(OTHER_USER)
    await visit.sign_in()
    gone(await leave(visit, redirect=HOME))
    assert (await signed_in_count(visit), await signed_in_count(visit, OTHER_USER)) == (1, 1)
    await visit.sign_in()
    gone(await leave(visit, redirect=HOME, all_sessions="true"))
    assert (await signed_in_count(visit), await signed_in_count(visit, OTHER_USER)) == (0, 1)


# O11, O12
async def test_grants_end_with_their_session_but_for_those_with_a_refresh_token(visit):
    await visit.sign_in()
    tokens, unspent, online = (
        {},
        told(await visit.ask())["code"],
        told(await visit.ask(scope="openid"))["code"],
    )
    offline = told(await visit.ask())["code"]
    for name, code in (("offline", offline), ("online", online)):
        answer = await exchange(visit, grant_type="authorization_code", code=code, redirect_uri=URI)
        assert answer.status_code == 200, answer.text
        tokens[name] = answer.json()
    gone(await leave(visit, redirect=HOME))
    late = await exchange(visit, grant_type="authorization_code", code=unspent, redirect_uri=URI)
    assert late.json()["error"] == "invalid_grant"
    assert not await is_active(visit, tokens["online"]["access_token"])
    assert await is_active(visit, tokens["offline"]["access_token"])
    again = await exchange(
        visit, grant_type="refresh_token", refresh_token=tokens["offline"]["refresh_token"]
    )
    assert again.status_code == 200
    await sso_sessions.end_sessions(visit.opened.context(), USER)
    assert not await is_active(visit, again.json()["access_token"])


async def exchange(visit, **form):
    credentials = {"client_id": visit.client_id, "client_secret": visit.sent["secret"]}
    return await visit.http.post("/oauth2/token", data={**credentials, **form})


async def is_active(visit, token):
    credentials = (visit.client_id, visit.sent["secret"])
    answer = await visit.http.post("/oauth2/introspect", data={"token": token}, auth=credentials)
    return answer.json()["active"]


class Calls:
    """Stand where the network is: keep what would be sent, and answer as told."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    async def request(self, method, url, *, headers, body, most_bytes):
        assert (method, most_bytes) == ("POST", 0)
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.sent.append((url, dict(parse_qsl(body.decode()))))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return OutboundAnswer(answer, {}, b"")


@pytest.fixture
async def told_by(visit):
    """Sign in to one application that wants to be told and to one that does not, then sign out."""
    opened = visit.opened
    hook = {"backchannel_logout_uri": "https://app.test/logged-out"}
    await applications.change_application(opened.context(), visit.client_id, hook)
    silent = await make_application(opened)
    session = await visit.sign_in()
    for client_id in (visit.client_id, visit.client_id, silent.application.id):
        assert "code" in told(await visit.ask(client_id=client_id))
    gone(await leave(visit, redirect=HOME))

    async def deliver(calls):
        platform = opened.platform
        return await deliver_notices(replace(platform, outbound=calls))

    return session, deliver


# O09
async def test_an_application_that_wants_to_know_is_told_once(visit, told_by):
    session, deliver = told_by
    calls = Calls(200)
    assert await deliver(calls) == 1
    assert await deliver(calls) == 0
    ((url, form),) = calls.sent
    assert (url, list(form)) == ("https://app.test/logged-out", ["logout_token"])
    token = form["logout_token"]
    header = json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    assert (header["typ"], header["alg"]) == ("logout+jwt", "RS256")
    runtime = visit.opened.platform.directory.runtimes[0]
    now = int(visit.opened.clock().timestamp())
    claims = dict(verify_jwt(token, runtime.keys, now=now, issuer=ISSUER, typ=frozenset({"logout+jwt"})))
    assert len(claims.pop("jti")) == 36
    assert claims == {
        "iss": ISSUER,
        "sub": USER,
        "aud": visit.client_id,
        "iat": now,
        "exp": now + 120,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        "sid": session.id,
    }
    assert runtime.verify(token, now) is None
    assert runtime.verify_hint(token, now) is None


# O10
@pytest.mark.parametrize("how", ["suspended", "password", "ended"])
async def test_applications_hear_of_what_an_administrator_ends(visit, how):
    context = visit.opened.context()
    hook = {"backchannel_logout_uri": "https://app.test/logged-out"}
    await applications.change_application(context, visit.client_id, hook)
    await visit.sign_in()
    assert await is_signed_in(visit)
    if how == "suspended":
        await users.change_user(context, USER, {"is_suspended": True})
    elif how == "password":
        await passwords.give_password(context, USER, "orange kettle over nine hills")
    else:
        await sso_sessions.end_sessions(context, USER)
    calls = Calls(200)
    assert await deliver_notices(replace(visit.opened.platform, outbound=calls)) == 1
    assert [url for url, _ in calls.sent] == ["https://app.test/logged-out"]


async def test_a_call_that_fails_is_tried_again_and_one_that_cannot_work_is_not(visit, told_by):
    _, deliver = told_by
    clock = visit.opened.clock
    calls = Calls(OutboundFailed("no answer"), 503, 204)
    assert await deliver(calls) == 0
    clock.move(29)
    assert (await deliver(calls), len(calls.sent)) == (0, 1)
    clock.move(1)
    assert (await deliver(calls), len(calls.sent)) == (0, 2)
    clock.move(300)
    assert (await deliver(calls), len(calls.sent)) == (1, 3)


@pytest.mark.parametrize("answer", [OutboundRefused("loopback"), 400, 404])
async def test_what_cannot_work_is_given_up(visit, told_by, answer):
    _, deliver = told_by
    calls = Calls(answer)
    assert await deliver(calls) == 0
    visit.opened.clock.move(86_000)
    assert (await deliver(calls), len(calls.sent)) == (0, 1)


async def test_a_call_is_given_up_after_five(visit, told_by):
    _, deliver = told_by
    calls = Calls(*[500] * 6)
    for _ in range(8):
        await deliver(calls)
        visit.opened.clock.move(20_000)
    assert len(calls.sent) == 5


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.test/x",
        "javascript:alert(1)",
        "com.app:/x",
        "https://*.app.test/x",
        "https://{organization.handle}.app.test/x",
        "https://app.test/x#y",
        "//app.test/x",
    ],
)
async def test_an_address_that_is_not_one_https_url_is_not_saved(visit, uri):
    management = await visit.opened.management()
    answer = await management.patch(
        f"/api/v1/applications/{visit.client_id}", json={"backchannel_logout_uri": uri}
    )
    await management.aclose()
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "backchannel_logout_uri"
