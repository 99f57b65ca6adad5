"""Userinfo, and what introspection and revocation make of users' tokens."""

import pytest

from tests.endpoints.test_user_tokens import change, kim  # noqa: F401 - a fixture
from tests.support.rows import USER
from tests.support.signed_in import AUDIENCE, ORGANIZATION

PATHS = ["/oauth2/v2/user_profile", "/oauth2/userinfo", "/oauth2/user_profile"]


async def ask(kim, path, token=None, *, method="GET", headers=None, **form):  # noqa: F811
    sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    async with kim.opened.http(headers=sent) as http:
        return await http.request(method, path, data=form or None)


@pytest.mark.parametrize("path", PATHS)
async def test_strangers_are_refused(kim, path):  # noqa: F811
    """H08, H05."""
    token = (await kim.tokens())["access_token"]
    nothing = await ask(kim, path)
    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, "Bearer")
    in_query = await ask(kim, f"{path}?access_token={token}")
    assert (in_query.status_code, in_query.headers["www-authenticate"]) == (401, "Bearer")
    for wrong in ("garbage", "a.b.c", f"{token}x", f"{token}.x"):
        refused = await ask(kim, path, wrong)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
        assert refused.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    kim.opened.clock.move(86_400)
    assert (await ask(kim, path, token)).status_code == 401


@pytest.mark.parametrize("path", PATHS)
async def test_only_access_tokens_with_openid_open(kim, path):  # noqa: F811
    """H02, H04, H19."""
    tokens = await kim.tokens()
    for other in (tokens["id_token"], tokens["refresh_token"]):
        assert (await ask(kim, path, other)).status_code == 401
    without = (await kim.tokens(scopes=("profile",)))["access_token"]
    machine = kim.management.headers["authorization"].removeprefix("Bearer ")
    for token in (without, machine):
        refused = await ask(kim, path, token)
        assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
        assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="openid"'


async def test_two_tokens_are_refused(kim):  # noqa: F811
    """H06, H07."""
    token = (await kim.tokens())["access_token"]
    both = await ask(kim, PATHS[0], token, method="POST", access_token=token)
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")
    assert (await ask(kim, PATHS[0], method="POST", access_token=token)).status_code == 200
    assert (await ask(kim, PATHS[0], token, method="POST")).status_code == 200
    for scheme in ("bearer", "BEARER"):
        answer = await ask(kim, PATHS[0], headers={"Authorization": f"{scheme} {token}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("users", {"is_suspended": True}),
        ("users", None),
        ("memberships", None),
        ("organizations", {"is_suspended": True}),
        ("grants", None),
        ("applications", None),
    ],
)
async def test_token_is_dead_when_its_ground_is_gone(kim, table, values):  # noqa: F811
    """H20, I11, R-12: at once, at userinfo and introspection."""
    token = (await kim.tokens())["access_token"]
    bearer = {"Authorization": kim.management.headers["authorization"]}
    await change(kim, table, values)
    if table == "applications":
        kim.opened.platform.directory._forget_all(kim.opened.environment.id)
        assert (await ask(kim, PATHS[0], token)).status_code == 401
        return
    assert (await ask(kim, PATHS[0], token)).status_code == 401
    async with kim.opened.http(headers=bearer) as http:
        answer = await http.post("/oauth2/introspect", data={"token": token})
    assert answer.json() == {"active": False}


async def test_scopes_decide_what_is_told(kim):  # noqa: F811
    at = int(kim.opened.clock().timestamp())
    known = {"sub": USER, "id": USER, "provided_id": "u-991", "updated_at": at}
    profile = {
        "name": "Kim Ode",
        "given_name": "Kim",
        "family_name": "Ode",
        "preferred_username": "kim",
    }
    email = {"email": "kim@orchard.test", "email_verified": True}
    for scopes, more in (((), {}), (("profile",), profile), (("email",), email)):
        token = (await kim.tokens(scopes=("openid", *scopes)))["access_token"]
        for path in PATHS[:2]:
            answer = await ask(kim, path, token)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
            assert answer.json() == {**known, **more}


async def test_first_shape_has_every_member(kim):  # noqa: F811
    token = (await kim.tokens())["access_token"]
    assert (await ask(kim, PATHS[2], token)).json() == {
        "id": USER,
        "preferred_email": "kim@orchard.test",
        "username": "kim",
        "provided_id": "u-991",
        "first_name": "Kim",
        "last_name": "Ode",
        "picture": None,
    }
    token = (await kim.tokens(scopes=("openid",)))["access_token"]
    told = (await ask(kim, PATHS[2], token)).json()
    assert {name for name, value in told.items() if value is not None} == {"id", "provided_id"}


# Introspection and revocation


async def status(kim, path, token, application=None):  # noqa: F811
    sent = {**(application or kim.web).credentials, "token": token}
    async with kim.opened.http() as http:
        return await http.post(path, data=sent)


async def test_introspection_shows_a_users_token(kim):  # noqa: F811
    token = (await kim.tokens())["access_token"]
    shown = (await status(kim, "/oauth2/introspect", token)).json()
    at = int(kim.opened.clock().timestamp())
    assert len(shown.pop("jti")) == 36
    assert shown == {
        "active": True,
        "client_id": kim.web.id,
        "token_type": "Bearer",
        "iss": "http://127.0.0.1:8000",
        "aud": [AUDIENCE],
        "sub": USER,
        "exp": at + 86_400,
        "iat": at,
        "scope": "openid profile email offline read:orders write:orders",
        "org_code": ORGANIZATION,
        "permissions": ["refund:orders", "view:orders"],
    }


async def test_introspection_uses_plain_names_under_the_hasura_mapping(kim):  # noqa: F811
    path = f"/applications/{kim.web.id}/token_profiles/access"
    await kim.manage("PUT", path, {"hasura_mapping": True})
    shown = (await status(kim, "/oauth2/introspect", (await kim.tokens())["access_token"])).json()
    assert (shown["org_code"], shown["permissions"]) == (ORGANIZATION, ["refund:orders", "view:orders"])


async def test_refresh_token_is_shown_to_its_client_alone(kim):  # noqa: F811
    """I08, I09."""
    tokens = await kim.tokens()
    at = int(kim.opened.clock().timestamp())
    assert (await status(kim, "/oauth2/introspect", tokens["refresh_token"])).json() == {
        "active": True,
        "client_id": kim.web.id,
        "token_type": "refresh_token",
        "iss": "http://127.0.0.1:8000",
        "sub": USER,
        "exp": at + 1_296_000,
        "iat": at,
        "scope": "openid profile email offline",
    }
    made = await kim.manage("POST", "/applications", {"name": "Other", "type": "m2m"})
    other = made["application"]
    form = {"client_id": other["client_id"], "client_secret": other["client_secret"]}
    async with kim.opened.http() as http:
        answer = await http.post("/oauth2/introspect", data={**form, "token": tokens["refresh_token"]})
    assert answer.json() == {"active": False}
    await kim.refresh(tokens["refresh_token"])
    assert not await kim.is_active(tokens["refresh_token"])


async def test_id_token_is_no_access_token(kim):  # noqa: F811
    tokens = await kim.tokens()
    assert not await kim.is_active(tokens["id_token"])
    assert (await status(kim, "/oauth2/revoke", tokens["id_token"])).status_code == 200
    assert await kim.is_active(tokens["access_token"])


async def test_public_clients_cannot_introspect(kim):  # noqa: F811
    """I07; and a user's token is no management token."""
    tokens = await kim.tokens(kim.public)
    refused = await status(kim, "/oauth2/introspect", tokens["access_token"], kim.public)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    async with kim.opened.http(headers=bearer) as http:
        assert (await http.post("/oauth2/introspect", data={"token": "x"})).status_code == 401
        assert (await http.get("/api/v1/apis")).status_code == 401


async def test_revoking_a_refresh_token_ends_the_sign_in(kim):  # noqa: F811
    """I04, by a public client too; a replaced refresh token serves as well."""
    for application in (kim.web, kim.public):
        tokens = await kim.tokens(application)
        refreshed = (await kim.refresh(tokens["refresh_token"], application)).json()
        answer = await status(kim, "/oauth2/revoke", tokens["refresh_token"], application)
        assert (answer.status_code, answer.content) == (200, b"")
        for each in (tokens, refreshed):
            assert (await ask(kim, PATHS[0], each["access_token"])).status_code == 401
        refused = await kim.refresh(refreshed["refresh_token"], application)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_revoking_an_access_token_ends_that_one(kim):  # noqa: F811
    tokens = await kim.tokens()
    assert (await status(kim, "/oauth2/revoke", tokens["access_token"])).status_code == 200
    assert not await kim.is_active(tokens["access_token"])
    refreshed = await kim.refresh(tokens["refresh_token"])
    assert await kim.is_active(refreshed.json()["access_token"])


async def test_another_clients_tokens_stay(kim):  # noqa: F811
    """I03."""
    tokens = await kim.tokens()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        refused = await status(kim, "/oauth2/revoke", token, kim.public)
        assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    assert await kim.is_active(tokens["access_token"])
    assert await kim.is_active(tokens["refresh_token"])
