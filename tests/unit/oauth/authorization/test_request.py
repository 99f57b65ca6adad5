"""Each check refuses what its standard refuses, and the whole table makes one request."""

import base64
import json

import pytest

from claimsmith.domain.apis import Api, SigningAlgorithm
from claimsmith.domain.applications import Application, ApplicationType
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.environments import Environment
from claimsmith.domain.views import ApiGrant, ClientView, EnvironmentView
from claimsmith.oauth.authorization.asked import Asked, Parameters
from claimsmith.oauth.authorization.reauth_state import with_earlier
from claimsmith.oauth.authorization.request import answerable, judge
from claimsmith.oauth.errors import OAuthError

URI = "https://app.test/cb"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
GOOD = {"client_id": "c1", "redirect_uri": URI, "response_type": "code", "scope": "openid"}
IDENTITY = {"aud": ["c1"], "sub": "kp_1"}


def client(kind=ApplicationType.REG):
    apis = [
        Api("1", "Orders", "https://orders.test"),
        Api("2", "Bills", "bills"),
        Api("3", "Fast", "https://fast.test", signing_algorithm=SigningAlgorithm.EDDSA),
    ]
    return ClientView(
        EnvironmentView(Environment("e", "production", "Production", "https://id.test")),
        Application("c1", "Web", kind, redirect_uris=(URI,)),
        grants={api.audience: ApiGrant(api, frozenset()) for api in apis},
    )


def asked(pairs=(), kind=ApplicationType.REG, hints=None, **single):
    sent = [(name, value) for name, value in {**GOOD, **single}.items() if value is not None]
    parameters = Parameters.of([*sent, *pairs])
    return Asked(client(kind), URI, parameters, (hints or {}).get)


def judged(*given, **members):
    return judge(asked(*given, **members), requested_at=1_000)


def refusal(*given, **members):
    with pytest.raises(OAuthError) as caught:
        judged(*given, **members)
    return caught.value.error, caught.value.reason


# B03
@pytest.mark.parametrize("name", ["state", "scope", "nonce", "code_challenge", "prompt", "response_type"])
def test_a_known_parameter_comes_once(name):
    assert refusal([(name, "a"), (name, "a")]) == ("invalid_request", "parameter_repeated")
    assert refusal([(name, ""), (name, "")]) == ("invalid_request", "parameter_repeated")


# B05
def test_an_unknown_parameter_is_ignored_even_twice():
    assert judged([("foo", "a"), ("foo", "b")]).scopes == ("openid",)


@pytest.mark.parametrize("kind", [ApplicationType.M2M, ApplicationType.DEVICE])
def test_applications_that_nobody_signs_in_to_are_refused(kind):
    assert refusal(kind=kind, code_challenge=CHALLENGE, code_challenge_method="S256") == (
        "unauthorized_client",
        "grant_not_allowed",
    )


# B20, B23
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ],
)
def test_request_objects_and_registrations_are_refused_by_their_codes(name, error):
    assert refusal(**{name: "x"})[0] == error


# B01, B02
@pytest.mark.parametrize(
    ("response_type", "error"),
    [
        (None, "invalid_request"),
        ("", "invalid_request"),
        ("token", "unsupported_response_type"),
        ("id_token token", "unsupported_response_type"),
        ("code token", "unsupported_response_type"),
        ("Code", "unsupported_response_type"),
        ("none", "unsupported_response_type"),
    ],
)
def test_the_response_type_is_code(response_type, error):
    assert refusal(response_type=response_type)[0] == error


# A28
@pytest.mark.parametrize("mode", ["fragment", "form_post.jwt", "query.jwt", "web_message", "Query"])
def test_other_response_modes_are_refused(mode):
    assert refusal(response_mode=mode) == ("invalid_request", "response_mode_unsupported")


# C01, C05, C06, C07, C08
@pytest.mark.parametrize(
    ("challenge", "method", "reason"),
    [
        (None, None, "pkce_missing"),
        (None, "S256", "pkce_malformed"),
        (CHALLENGE, None, "pkce_malformed"),
        (CHALLENGE, "plain", "pkce_malformed"),
        (CHALLENGE, "s256", "pkce_malformed"),
        (CHALLENGE, "S512", "pkce_malformed"),
        (CHALLENGE + "=", "S256", "pkce_malformed"),
        (CHALLENGE[:-1], "S256", "pkce_malformed"),
        (CHALLENGE[:-1] + "+", "S256", "pkce_malformed"),
        (CHALLENGE[:-1] + "é", "S256", "pkce_malformed"),
        (CHALLENGE + "\n", "S256", "pkce_malformed"),
    ],
)
def test_a_public_client_sends_a_good_challenge(challenge, method, reason):
    members = {"code_challenge": challenge, "code_challenge_method": method}
    assert refusal(kind=ApplicationType.SPA, **members) == ("invalid_request", reason)
    if reason != "pkce_missing":
        assert refusal(**members) == ("invalid_request", reason)


def test_a_confidential_client_may_do_without_a_challenge():
    assert judged().code_challenge is None


# B09
@pytest.mark.parametrize("scope", ['openid "', "openid \\", "openid \x7f", "openid é", "a\tb"])
def test_what_is_no_scope_is_refused(scope):
    assert refusal(scope=scope) == ("invalid_scope", "scope_malformed")
    assert refusal(scope=" ".join(f"s{number}" for number in range(10_000)))[0] == "invalid_scope"


# B04, B06, B08
@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        (None, ()),
        ("", ()),
        ("openid offline profile", ("openid", "offline", "profile")),
        ("offline_access openid openid", ("offline_access", "openid")),
        ("openid read:orders address OPENID", ("openid",)),
    ],
)
def test_scopes_that_are_not_known_are_left_out(scope, granted):
    assert judged(scope=scope).scopes == granted


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ([("audience", "unknown")], ("unauthorized_client", "audience_not_authorized")),
        ([("audience", "https://orders.test unknown")], ("unauthorized_client", "audience_not_authorized")),
        ([("audience", "https://orders.test/")], ("unauthorized_client", "audience_not_authorized")),
        ([("resource", "https://unknown.test")], ("invalid_target", "resource_not_authorized")),
        ([("resource", "bills")], ("invalid_target", "resource_malformed")),
        ([("resource", "https://orders.test#x")], ("invalid_target", "resource_malformed")),
        ([("resource", "https://[")], ("invalid_target", "resource_malformed")),
        ([("audience", "bills https://fast.test")], ("invalid_target", "audiences_not_combinable")),
        ([("audience", " ".join(map(str, range(21))))], ("invalid_request", "too_many_audiences")),
    ],
)
def test_an_api_that_the_application_may_not_use_is_refused(pairs, error):
    assert refusal(pairs) == error


@pytest.mark.parametrize(
    ("pairs", "audiences"),
    [
        ([("audience", "")], ()),
        ([("audience", "bills")], ("bills",)),
        ([("audience", "bills"), ("audience", ""), ("audience", "https://orders.test")], None),
        ([("audience", " bills  https://orders.test bills ")], None),
        ([("resource", "https://orders.test"), ("audience", "bills")], ("https://orders.test", "bills")),
    ],
)
def test_audiences_come_in_every_shape_that_sdks_send(pairs, audiences):
    assert judged(pairs).audiences == (
        audiences if audiences is not None else ("bills", "https://orders.test")
    )


# B13, B15
@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"prompt": "none login"}, "prompt_malformed"),
        ({"prompt": "consent none"}, "prompt_malformed"),
        ({"prompt": "Login"}, "prompt_malformed"),
        ({"prompt": "sign-in"}, "prompt_malformed"),
        ({"max_age": "-1"}, "max_age_malformed"),
        ({"max_age": "1e9"}, "max_age_malformed"),
        ({"max_age": "1" + "0" * 20}, "max_age_malformed"),
        ({"max_age": "１２"}, "max_age_malformed"),
        ({"max_age": "1_000"}, "max_age_malformed"),
        ({"max_age": " 5"}, "max_age_malformed"),
        ({"max_age": "5.0"}, "max_age_malformed"),
    ],
)
def test_a_prompt_or_an_age_that_is_none_is_refused(members, reason):
    assert refusal(**members) == ("invalid_request", reason)


def test_prompts_and_ages_are_read():
    assert judged(prompt="login  consent login", max_age="0").prompts == ("login", "consent")
    assert judged(max_age="0").max_age_seconds == 0
    assert judged(start_page="registration").prompts == ("create",)
    assert judged(start_page="registration", prompt="login").prompts == ("login",)
    assert judged(start_page="login").prompts == ()


# B17
@pytest.mark.parametrize(
    "claims",
    [
        None,
        {"aud": ["c2"], "sub": "kp_1"},
        {"aud": "c2", "sub": "kp_1"},
        {"aud": ["https://orders.test"], "azp": "c1", "sub": "kp_1"},
        {"aud": ["c1"]},
        {"aud": ["c1"], "sub": 1},
        {"sub": "kp_1"},
        {"aud": 5, "sub": "kp_1"},
    ],
)
def test_a_hint_that_is_no_id_token_of_this_client_is_refused(claims):
    assert refusal(hints={"t": claims}, id_token_hint="t") == ("invalid_request", "id_token_hint_invalid")


# B18, B24
def test_hints_are_wishes():
    request = judged(hints={"t": IDENTITY}, id_token_hint="t", login_hint="a@b.test", lang="en-AU")
    assert (request.expected_subject, request.login_hint, request.language) == ("kp_1", "a@b.test", "en-AU")
    request = judged(login_hint="a" * 10_240, lang="../../x", ui_locales="de-AT xx-<b> fr " + "en " * 50)
    assert (request.login_hint, request.language) == (None, "de-AT fr en")


# B19
@pytest.mark.parametrize(
    "claims",
    [
        "x",
        "[]",
        "1",
        "null",
        '"x"',
        "[" * 2_000,
        '{"id_token": []}',
        '{"id_token": {"sub": 1}}',
        '{"id_token": {"sub": {"value": 1}}}',
        '{"id_token": {"sub": {"essential": "yes"}}}',
        '{"userinfo": {"email": {"values": "x"}}}',
        '{"userinfo": "x"}',
        '{"a": "' + "x" * 5_000 + '"}',
    ],
)
def test_claims_that_are_malformed_are_refused(claims):
    assert refusal(claims=claims) == ("invalid_request", "claims_malformed")


def test_an_essential_authentication_context_cannot_be_met():
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["urn:high"]}}})
    assert refusal(claims=claims) == ("unmet_authentication_requirements", "acr_unmet")


def test_claims_that_may_be_ignored_are_and_a_subject_is_kept():
    wanted = {
        "userinfo": {"email": None, "name": {"essential": True}},
        "id_token": {
            "acr": {"values": ["urn:high"]},
            "auth_time": {"essential": True},
            "sub": {"value": "kp_1"},
        },
        "other": 5,
    }
    request = judged(claims=json.dumps(wanted), acr_values="urn:high urn:low")
    assert (request.expected_subject, request.acr_values) == ("kp_1", ("urn:high", "urn:low"))
    assert judged(claims=json.dumps(wanted), hints={"t": IDENTITY}, id_token_hint="t").expected_subject
    assert refusal(
        claims=json.dumps(wanted), hints={"t": {**IDENTITY, "sub": "kp_2"}}, id_token_hint="t"
    ) == ("invalid_request", "id_token_hint_invalid")


# B10, B11
@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"state": "s" * 4_097}, "parameter_too_long"),
        ({"nonce": "n" * 513}, "parameter_too_long"),
        ({"invitation_code": "i" * 256}, "parameter_too_long"),
        ({"connection_id": "conn_\x07"}, "parameter_too_long"),
        ({"org_name": "a\nb"}, "parameter_too_long"),
        ({"org_code": "acme"}, "organization_unknown"),
        ({"org_code": "org_../x"}, "organization_unknown"),
    ],
)
def test_what_is_too_long_or_not_plain_is_refused(members, reason):
    assert refusal(**members) == ("invalid_request", reason)


def test_the_whole_table_makes_one_request():
    sent = {
        "response_mode": "form_post",
        "state": 'é&#"<>\r\n',
        "nonce": "n" * 384,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "audience": "bills",
        "org_code": "org_1a2b3c4d5e6",
        "connection_id": "conn_1",
        "invitation_code": "inv_1",
        "is_invitation": "true",
        "supports_reauth": "true",
        "plan_interest": "gold",
        "utm_source": "news",
        "gclid": "g" * 300,
        "fbclid": "a\x07",
        "org_name": "",
    }
    assert judged(**sent) == AuthorizationRequest(
        client_id="c1",
        redirect_uri=URI,
        scopes=("openid",),
        audiences=("bills",),
        state='é&#"<>\r\n',
        nonce="n" * 384,
        code_challenge=CHALLENGE,
        response_mode="form_post",
        connection_id="conn_1",
        organization_code="org_1a2b3c4d5e6",
        invitation_code="inv_1",
        supports_reauth=True,
        plan_interest="gold",
        marketing={"gclid": "g" * 255, "utm_source": "news"},
        original={name: value for name, value in {**GOOD, **sent}.items() if value},
        requested_at=1_000,
    )


def test_an_organization_to_create_is_no_organization_to_sign_in_to():
    request = judged(is_create_org="true", org_name="Acme", org_code="org_1")
    assert (request.creates_organization, request.organization_name) == (True, "Acme")
    assert request.organization_code is None


def test_a_faulty_request_is_answered_where_it_says_if_that_is_good():
    faulty = answerable(asked(state="s", response_mode="form_post", response_type="token"))
    assert (faulty.redirect_uri, faulty.state, faulty.response_mode) == (URI, "s", "form_post")
    assert answerable(asked([("state", "b")], state="a")).state is None
    assert answerable(asked(state="s" * 5_000)).state is None
    assert answerable(asked(response_mode="fragment")).response_mode == "query"


def packed(members):
    return base64.b64encode(json.dumps(members).encode()).decode()


def test_an_earlier_request_fills_what_is_absent_and_never_says_who_asks():
    earlier = {
        "client_id": "c2",
        "redirect_uri": "https://evil.test",
        "state": "x",
        "code_challenge": "y",
        "org_code": "org_1",
        "audience": "bills",
        "scope": "email",
        "nonce": "z",
        "prompt": 5,
    }
    found = with_earlier(Parameters.of([*GOOD.items(), ("reauth_state", packed(earlier))]))
    assert found.single == {**GOOD, "reauth_state": packed(earlier), "org_code": "org_1"}
    assert found.repeated == {"audience": ["bills"]}


@pytest.mark.parametrize("text", ["x", "e30", packed([]), packed({"a": "\x00"}), "é", "A" * 10_000, "=" * 8])
def test_an_earlier_request_that_is_none_is_ignored(text):
    found = with_earlier(Parameters.of([*GOOD.items(), ("reauth_state", text)]))
    assert {**found.single, "reauth_state": ""} == {**GOOD, "reauth_state": ""}
