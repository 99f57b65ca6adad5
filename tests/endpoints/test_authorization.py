"""The authorization endpoint: what is told to a page, what to the application, and who comes in silently."""

from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from claimsmith.claims.size import payload_bytes
from claimsmith.domain.apis import SigningAlgorithm
from claimsmith.edge.oauth.authorization import AuthorizationRoute
from claimsmith.edge.oauth.device_authorization import DeviceAuthorizationRoute
from claimsmith.edge.oauth.introspection import TokenStatusRoutes
from claimsmith.edge.oauth.userinfo import UserinfoRoutes
from claimsmith.edge.routes import make_protocol_app
from claimsmith.usecases import application_access, applications, roles, sign_in_flows, sso_sessions
from claimsmith.usecases.environments import add_environment
from claimsmith.usecases.grants import StoredGrants
from tests.support.browser import (
    BINDER_COOKIE,
    CHALLENGE,
    SSO_COOKIE,
    URI,
    Visit,
    make_application,
    page,
    refused,
    step,
    told,
)
from tests.support.general_rules import assert_general_rules_async
from tests.support.platform import ISSUER, open_platform
from tests.support.rows import USER, put, put_member, put_organization, put_user


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        async with opened.context().storing() as work:
            await put_user(work)
        yield opened


@pytest.fixture
async def visit(opened):
    made = await make_application(opened)
    hooks = {"response": [assert_general_rules_async]}
    async with opened.http(event_hooks=hooks) as http:
        yield Visit(opened, http, made.application.id)


async def count(opened, table):
    async with opened.context().reading() as work:
        statement = f"SELECT count(*) FROM {table}"
        return (await (await work.connection.described()).exec_driver_sql(statement)).scalar()


# A01-A05, A18, A19: whatever else is wrong, nothing goes to an address that nobody registered.
WRONG_TARGETS = [
    ({"client_id": None}, "parameter_missing"),
    ({"client_id": ""}, "parameter_missing"),
    ({"client_id": "0" * 32}, "client_unknown"),
    ({"client_id": "<svg onload=alert(1)>"}, "client_unknown"),
    ({"redirect_uri": None}, "parameter_missing"),
    ({"redirect_uri": ""}, "parameter_missing"),
    ({"redirect_uri": "https://evil.test"}, "redirect_uri_unknown"),
    ({"redirect_uri": URI + "?x=1"}, "redirect_uri_unknown"),
    ({"redirect_uri": URI + "/"}, "redirect_uri_unknown"),
    ({"redirect_uri": "//app.test/cb"}, "redirect_uri_unknown"),
    ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri_unknown"),
    ({"redirect_uri": URI + "\r\nLocation: https://evil.test"}, "redirect_uri_unknown"),
]
FAULTS = [
    {},
    {"response_type": "token"},
    {"response_type": None},
    {"scope": '"'},
    {"prompt": "none"},
    {"prompt": "bogus"},
    {"request": "x"},
    {"request_uri": "https://evil.test/r"},
    {"max_age": "-1"},
    {"claims": "{"},
    {"code_challenge_method": "plain"},
    {"response_mode": "form_post"},
    {"response_mode": "form_post.jwt"},
]


@pytest.mark.parametrize(("target", "reason"), WRONG_TARGETS)
async def test_a_wrong_client_or_redirect_uri_is_told_to_a_page(visit, target, reason):
    for fault in FAULTS:
        members = page(await visit.ask(**{**fault, **target}))
        assert members["reason"] == reason
        assert set(members) <= {"reason", "client_id"}
        answer = await visit.http.post("/oauth2/auth", data=dict(visit.parameters(**{**fault, **target})))
        assert answer.status_code == 302
        assert answer.headers["location"].startswith(("/auth/error?", "/oauth2/auth?"))
    assert await count(visit.opened, "sign_in_flows") == 0


async def test_the_page_of_a_wrong_request_speaks_the_language_asked_for(visit):
    for asked in ({"lang": "de-AT"}, {"ui_locales": "xx de"}, {"lang": "de", "ui_locales": "en"}):
        answer = await visit.ask(redirect_uri="https://evil.test", **asked)
        assert page(answer)["lang"] == "de"
        told = await visit.http.get(answer.headers["location"])
        assert (told.status_code, '<html lang="de">' in told.text) == (400, True)
    assert page(await visit.ask(redirect_uri="https://evil.test", lang="<b>"))["lang"] == "en"


# A02, B03
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_client_or_redirect_uri_that_comes_twice_is_told_to_a_page(visit, name):
    same = dict(visit.parameters())[name]
    for second in (same, "https://evil.test", ""):
        assert page(await visit.ask((name, second)))["reason"] == "parameter_repeated"


async def test_an_application_of_another_environment_is_unknown(visit):
    other = await add_environment(
        visit.opened.platform, code="staging", name="Staging", issuer="http://127.0.0.1:8001"
    )
    await visit.opened.platform.directory.start()
    made = await make_application(visit.opened, environment=other)
    assert page(await visit.ask(client_id=made.application.id)) == {"reason": "client_unknown"}


async def test_a_request_that_is_no_form_or_too_long_is_told_to_a_page(visit):
    post = visit.http.post
    for answer in (
        await visit.ask(state="s" * 17_000),
        await visit.http.get("/oauth2/auth?client_id=%ff"),
        await visit.http.get("/oauth2/auth?" + "&".join(f"p{number}=1" for number in range(65))),
        await post("/oauth2/auth", json={"client_id": visit.client_id}),
        await post("/oauth2/auth", data={"state": "s" * 17_000}),
    ):
        assert page(answer)["reason"] in {
            "request_too_long",
            "form_not_utf8",
            "too_many_parameters",
            "content_type_wrong",
        }


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_do_nothing(visit, method):
    await visit.sign_in()
    answer = await visit.http.request(method, "/oauth2/auth", params=visit.parameters())
    assert answer.status_code == 405
    assert await count(visit.opened, "grants") == 0


# A25, A29, W10
async def test_no_other_site_reads_an_answer_and_nothing_keeps_it(visit):
    for answer in (
        await visit.http.get(
            "/oauth2/auth", params=visit.parameters(), headers={"Origin": "https://app.test"}
        ),
        await visit.ask(client_id="x"),
        await visit.ask(prompt="none"),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


# A20, B01, B02, B07, B09, B12, B13, B15, B23, C01, K01
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": '"'}, "invalid_scope"),
        ({"audience": "https://unknown.test"}, "unauthorized_client"),
        ({"resource": "https://unknown.test"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "１２"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "http://127.0.0.1:1/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"claims": "[]"}, "invalid_request"),
        ({"id_token_hint": "a.b.c"}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"org_code": "org_unknown"}, "invalid_request"),
        ({"nonce": "n" * 600}, "invalid_request"),
    ],
)
async def test_what_else_is_wrong_is_told_to_the_application(visit, fault, error):
    assert refused(await visit.ask(**fault)) == (error, "s1")
    assert await count(visit.opened, "sign_in_flows") == 0


async def test_a_person_who_is_not_signed_in_is_said_so_in_the_words_of_the_platform(visit):
    answer = await visit.ask(prompt="none")
    assert answer.headers["location"] == (
        f"{URI}?error=login_required&error_description=User+authentication+is+required&state=s1"
        f"&iss={quote(ISSUER, safe='')}"
    )


async def test_a_public_client_without_a_challenge_is_refused(visit):
    made = await make_application(visit.opened, type="spa")
    assert refused(await visit.ask(client_id=made.application.id))[0] == "invalid_request"
    assert step(
        await visit.ask(client_id=made.application.id, code_challenge=CHALLENGE, code_challenge_method="S256")
    )


# B10
@pytest.mark.parametrize("state", ["x" * 1_500, "ä&=#?%\r\nSet-Cookie: a=b", "<script>", '{"kinde":1}', " "])
async def test_the_state_comes_back_byte_for_byte(visit, state):
    assert refused(await visit.ask(prompt="none", state=state)) == ("login_required", state)
    await visit.sign_in()
    assert told(await visit.ask(state=state))["state"] == state


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ({}, "sign-in"),
        ({"prompt": "login"}, "sign-in"),
        ({"prompt": "select_account"}, "sign-in"),
        ({"prompt": "create"}, "sign-up"),
        ({"start_page": "registration"}, "sign-up"),
        ({"invitation_code": "inv_1", "is_invitation": "true"}, "invitation"),
        ({"prompt": "consent"}, "sign-in"),
        ({"foo": "bar", "has_success_page": "true", "pages_mode": "preview"}, "sign-in"),
    ],
)
async def test_a_sign_in_begins_at_its_page_bound_to_its_browser(visit, asked, first):
    answer = await visit.ask(**asked)
    assert step(answer) == first
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{BINDER_COOKIE}=bind_")
    assert cookie.endswith("; HttpOnly; Path=/; SameSite=lax")
    token = parse_qs(urlsplit(answer.headers["location"]).query)["flow"][0]
    binder = visit.http.cookies[BINDER_COOKIE]
    flow = await sign_in_flows.load_flow(visit.opened.context(), token, binder)
    assert flow.request.client_id == visit.client_id
    assert (flow.state.step.value, flow.state.user_id) == (first, None)


async def test_two_sign_ins_of_one_browser_do_not_undo_each_other(visit):
    tokens = [parse_qs(urlsplit((await visit.ask()).headers["location"]).query)["flow"][0] for _ in range(2)]
    binder = visit.http.cookies[BINDER_COOKIE]
    for token in tokens:
        await sign_in_flows.load_flow(visit.opened.context(), token, binder)


async def test_a_post_begins_a_sign_in_too_and_goes_on_as_a_get_where_lax_cookies_are_sent(visit):
    answer = await visit.http.post("/oauth2/auth", data=dict(visit.parameters(state="a b&c")))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/oauth2/auth?client_id=")
    assert step(await visit.http.get(answer.headers["location"])) == "sign-in"
    await visit.sign_in()
    answer = await visit.http.post("/oauth2/auth", data=dict(visit.parameters(state="a b&c")))
    assert told(answer)["state"] == "a b&c"
    both = await visit.http.post("/oauth2/auth?client_id=x&prompt=none", data=dict(visit.parameters()))
    assert "code" in told(both)


async def test_a_session_answers_silently(visit):
    session = await visit.sign_in()
    for prompt in (None, "none"):
        answer = await visit.ask(prompt=prompt, nonce="n1")
        members = told(answer)
        assert list(members) == ["code", "state", "scope", "iss"]
        assert (members["state"], members["scope"], members["iss"]) == ("s1", "openid offline", ISSUER)
        assert "set-cookie" not in answer.headers
        grant = await grant_of(visit, members["code"])
        assert (grant.user_id, grant.client_id, grant.session_id) == (USER, visit.client_id, session.id)
        assert (grant.nonce, grant.redirect_uri, grant.scopes) == ("n1", URI, ("openid", "offline"))
        assert (grant.authenticated_at, grant.methods) == (session.authenticated_at, ("pwd",))
    assert await count(visit.opened, "sign_in_flows") == 0


# A06
async def test_the_query_of_a_registered_uri_is_kept(visit):
    uri = "https://app.test/cb?a=1"
    await applications.change_application(visit.opened.context(), visit.client_id, {"redirect_uris": [uri]})
    await visit.sign_in()
    answer = await visit.ask(redirect_uri=uri)
    assert answer.headers["location"].startswith("https://app.test/cb?a=1&code=cs_ac_")
    assert page(await visit.ask(redirect_uri="https://app.test/cb?a=2"))["reason"] == "redirect_uri_unknown"


# B14
@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ({"prompt": "login"}, "sign-in"),
        ({"prompt": "select_account"}, "sign-in"),
        ({"prompt": "create"}, "sign-up"),
        ({"prompt": "consent"}, "consent"),
        ({"max_age": "0"}, "sign-in"),
        ({"max_age": "59"}, "sign-in"),
    ],
)
async def test_a_session_is_not_enough_for_everything(visit, asked, first):
    await visit.sign_in()
    visit.opened.clock.move(60)
    assert step(await visit.ask(**asked)) == first


async def test_a_session_that_is_young_enough_answers(visit):
    await visit.sign_in()
    visit.opened.clock.move(60)
    assert "code" in told(await visit.ask(max_age="60", prompt="none"))
    assert refused(await visit.ask(max_age="59", prompt="none"))[0] == "login_required"


# O07, S21, W05: a cookie that is old, planted, somebody's or nobody's signs nobody in.
async def test_a_cookie_that_opens_nothing_signs_nobody_in(visit):
    await visit.sign_in()
    good = visit.http.cookies[SSO_COOKIE]
    for text in (good[:-1], good + "a", good.upper(), "x", "sso_", "\x00"):
        headers = {"Cookie": f"{SSO_COOKIE}={text}"}
        visit.http.cookies.clear()
        answer = await visit.http.get("/oauth2/auth", params=visit.parameters(prompt="none"), headers=headers)
        assert refused(answer)[0] == "login_required"
    await sso_sessions.end_session(visit.opened.context(), good)
    visit.http.cookies.set(SSO_COOKIE, good, domain="127.0.0.1", path="/")
    assert refused(await visit.ask(prompt="none"))[0] == "login_required"


async def test_a_session_lasts_while_it_is_used(visit):
    await visit.sign_in()
    for _ in range(3):
        visit.opened.clock.move(80_000)
        assert "code" in told(await visit.ask(prompt="none"))
    visit.opened.clock.move(86_400)
    assert refused(await visit.ask(prompt="none"))[0] == "login_required"


@pytest.mark.parametrize("members", [{"is_suspended": True}, None])
async def test_a_user_who_is_suspended_or_gone_is_not_signed_in(visit, members):
    await visit.sign_in()
    async with visit.opened.context().storing() as work:
        if members is None:
            await work.users.remove(USER)
        else:
            await work.users.replace(replace(await work.users.find(USER), **members))
    assert refused(await visit.ask(prompt="none"))[0] == "login_required"
    assert step(await visit.ask()) == "sign-in"


async def organizations(visit, *codes, members=()):
    async with visit.opened.context().storing() as work:
        for code in codes:
            await put_organization(work, code, handle=code.removeprefix("org_"))
        for code in members:
            await put_member(work, USER, code)


async def organization_of(visit, answer):
    return (await grant_of(visit, told(answer)["code"])).organization_code


async def grant_of(visit, code):
    context = visit.opened.context()
    found = await StoredGrants(context.platform.database).find_by_code(context.environment.id, code)
    return found.grant


async def test_an_organization_is_switched_to_silently(visit):
    await organizations(visit, "org_a", "org_b", members=["org_a", "org_b"])
    await visit.sign_in(organization_code="org_a")
    assert await organization_of(visit, await visit.ask(prompt="none")) == "org_a"
    assert await organization_of(visit, await visit.ask(prompt="none", org_code="org_b")) == "org_b"
    assert await organization_of(visit, await visit.ask()) == "org_b"


async def test_one_of_several_organizations_is_chosen_on_a_page(visit):
    await organizations(visit, "org_a", "org_b", members=["org_a", "org_b"])
    await visit.sign_in()
    assert step(await visit.ask()) == "organization"
    assert refused(await visit.ask(prompt="none"))[0] == "account_selection_required"


async def test_the_only_organization_needs_no_choice(visit):
    await organizations(visit, "org_a", members=["org_a"])
    await visit.sign_in(organization_code="org_gone")
    assert await organization_of(visit, await visit.ask()) == "org_a"


# B25, V-040
async def test_an_organization_that_the_user_is_not_in_is_not_signed_in_to(visit):
    await organizations(visit, "org_a", "org_b", members=["org_a"])
    await visit.sign_in(organization_code="org_a")
    for prompt in ("none", None):
        answer = await visit.ask(prompt=prompt, org_code="org_b", login_hint="username:b")
        assert refused(answer)[0] == "access_denied"


async def test_a_suspended_organization_is_told_to_a_page(visit):
    await organizations(visit, "org_a", members=["org_a"])
    async with visit.opened.context().storing() as work:
        await work.organizations.replace(replace(await work.organizations.find("org_a"), is_suspended=True))
    await visit.sign_in(organization_code="org_a")
    assert page(await visit.ask(org_code="org_a")) == {
        "reason": "organization_suspended",
        "client_id": visit.client_id,
    }
    assert refused(await visit.ask(org_code="org_a", prompt="none"))[0] == "organization_suspended"
    assert refused(await visit.ask(prompt="none"))[0] == "access_denied"


async def test_a_handle_in_the_redirect_uri_is_the_organization_that_is_signed_in_to(visit):
    pattern = "https://{organization.handle}.app.test/cb"
    await applications.change_application(
        visit.opened.context(), visit.client_id, {"redirect_uris": [pattern]}
    )
    await organizations(visit, "org_a", "org_b", members=["org_a", "org_b"])
    await visit.sign_in(organization_code="org_b")
    uri = "https://a.app.test/cb"
    answer = await visit.ask(redirect_uri=uri)
    assert told(answer, uri)["code"]
    for wrong in (
        {"redirect_uri": "https://c.app.test/cb"},
        {"redirect_uri": pattern},
        {"redirect_uri": uri, "org_code": "org_b"},
        {"redirect_uri": uri, "is_create_org": "true"},
    ):
        assert page(await visit.ask(**wrong))["reason"] == "redirect_uri_unknown"


async def test_a_wildcard_is_for_environments_that_are_not_production(visit):
    opened = visit.opened
    pattern, uri = "https://pr-*.app.test/cb", "https://pr-7.app.test/cb"
    await applications.change_application(opened.context(), visit.client_id, {"redirect_uris": [pattern]})
    assert page(await visit.ask(redirect_uri=uri))["reason"] == "redirect_uri_unknown"
    issuer = "http://127.0.0.1:8001"
    other = await add_environment(opened.platform, code="staging", name="Staging", issuer=issuer)
    await opened.platform.directory.start()
    made = await make_application(opened, environment=other, redirect_uris=[pattern])
    async with opened.http(issuer) as http:
        parameters = visit.parameters(client_id=made.application.id, redirect_uri=uri)
        assert step(await http.get("/oauth2/auth", params=parameters)) == "sign-in"


def id_token(opened, **claims):
    runtime = opened.platform.directory.runtimes[0]
    now = int(opened.clock().timestamp())
    payload = {"iss": ISSUER, "sub": USER, "iat": now - 7_200, "exp": now - 3_600, **claims}
    return runtime.keys.signer(SigningAlgorithm.RS256, now).sign(payload_bytes(payload), "JWT")


# B16, B17
async def test_a_hint_names_who_must_be_signed_in(visit):
    await visit.sign_in()
    own = {"aud": [visit.client_id]}
    hint = id_token(visit.opened, **own)
    assert "code" in told(await visit.ask(prompt="none", id_token_hint=hint))
    other = id_token(visit.opened, **own, sub="kp_other")
    assert refused(await visit.ask(prompt="none", id_token_hint=other))[0] == "login_required"
    assert step(await visit.ask(id_token_hint=other)) == "sign-in"
    for wrong in (
        id_token(visit.opened, aud=["another"]),
        id_token(visit.opened, **own, iss="https://evil.test"),
        hint[:-4] + "AAAA",
        hint.rpartition(".")[0] + ".",
    ):
        assert refused(await visit.ask(prompt="none", id_token_hint=wrong))[0] == "invalid_request"


# A27, V-012, V-013
async def test_a_form_post_escapes_what_it_carries_and_runs_one_script(visit):
    await visit.sign_in()
    state = '"><script>alert(1)</script>'
    answer = await visit.ask(response_mode="form_post", state=state)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert answer.text.count("<script>") == 1
    assert f'<form method="post" action="{URI}">' in answer.text
    assert '<button type="submit">' in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    refusal = await visit.ask(response_mode="form_post", prompt="none login")
    assert 'name="error" value="invalid_request"' in refusal.text


async def test_a_private_scheme_takes_no_form_post(visit):
    await applications.change_application(
        visit.opened.context(), visit.client_id, {"redirect_uris": ["com.app.test:/cb"]}
    )
    answer = await visit.ask(redirect_uri="com.app.test:/cb", response_mode="form_post")
    assert told(answer, "com.app.test:/cb")["error"] == "invalid_request"


async def test_who_begins_sign_ins_without_end_is_slowed_down(visit):
    route = AuthorizationRoute(lambda: 0.0, most_a_minute=3)
    visit.opened.app._routes["oauth2"] = make_protocol_app(
        route,
        DeviceAuthorizationRoute(None, lambda: 0.0),
        TokenStatusRoutes(None, None),
        UserinfoRoutes(None),
    )
    assert [step(await visit.ask()) for _ in range(3)] == ["sign-in"] * 3
    assert page(await visit.ask()) == {"reason": "too_many_sign_ins"}
    await visit.sign_in()
    assert page(await visit.ask(prompt="none")) == {"reason": "too_many_sign_ins"}


async def test_only_roles_that_may_use_the_application_come_in(visit):
    context = visit.opened.context()
    role = await roles.create_role(context, key="staff", name="Staff")
    await application_access.add_access_role(context, visit.client_id, role.id)
    await applications.change_application(context, visit.client_id, {"is_access_control_enabled": True})
    await organizations(visit, "org_a", "org_b", members=["org_a", "org_b"])
    async with context.storing() as work:
        await put(work, "membership_roles", user_id=USER, organization_code="org_b", role_id=role.id)
    await visit.sign_in()
    assert refused(await visit.ask(prompt="none", org_code="org_a"))[0] == "access_denied"
    assert "code" in told(await visit.ask(prompt="none", org_code="org_b"))
