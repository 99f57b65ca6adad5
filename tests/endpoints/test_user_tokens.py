"""POST /oauth2/token for users: authorization_code and refresh_token."""

import base64
import hashlib
from uuid import UUID

import pytest

from claimsmith.storage import tables
from tests.endpoints.test_token import assert_refused, claims_of, header_of
from tests.support.rows import USER
from tests.support.signed_in import (
    AUDIENCE,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    REDIRECT_URI,
    SCOPES,
    sign_in,
)


@pytest.fixture
async def kim(opened):
    management = await opened.management()
    yield await sign_in(opened, management)
    await management.aclose()


async def change(kim, table, values):
    """Change every row of a table, as another part of the server would; no values mean deleting them."""
    chosen = tables.metadata.tables[table]
    async with kim.opened.context().storing() as work:
        store = work.grants
        statement = store.delete(chosen) if values is None else store.update(chosen).values(**values)
        await work.connection.execute(statement)


# What is refused


async def test_confidential_client_needs_its_secret(kim):
    """E06, G07."""
    code = await kim.code()
    assert_refused(await kim.redeem(code, client_secret=None), 401, "invalid_client")
    assert_refused(await kim.redeem(code, client_secret="x" * 52), 401, "invalid_client")
    refresh_token = (await kim.redeem(code)).json()["refresh_token"]
    assert_refused(await kim.refresh(refresh_token, client_secret=None), 401, "invalid_client")


async def test_public_client_that_sends_a_secret_is_refused(kim):
    """E16."""
    code = await kim.code(kim.public)
    assert_refused(await kim.redeem(code, kim.public, client_secret="x"), 401, "invalid_client")
    assert (await kim.redeem(code, kim.public)).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"code_verifier": None},
        {"code_verifier": "w" * 50},
        {"code_verifier": "v" * 50 + "="},
        {"code_verifier": "v" * 42},
        {"code_verifier": "v" * 129},
        {"redirect_uri": None},
        {"redirect_uri": f"{REDIRECT_URI}//"},
        {"redirect_uri": "https://app.orders.test/callback2"},
        {"redirect_uri": "https://APP.orders.test/callback"},
    ],
)
async def test_failed_proof_neither_gives_tokens_nor_burns_the_code(kim, form):
    """C02, C03, C08, D07; C09, D03: whoever fails a check changes nothing."""
    code = await kim.code()
    assert_refused(await kim.redeem(code, **form), 400, "invalid_grant")
    tokens = (await kim.redeem(code)).json()
    assert_refused(await kim.redeem(code, **form), 400, "invalid_grant")
    assert await kim.is_active(tokens["access_token"])


async def test_verifier_equal_to_the_challenge_is_wrong(kim):
    """C03."""
    from tests.support.signed_in import CHALLENGE

    assert_refused(await kim.redeem(await kim.code(), code_verifier=CHALLENGE), 400, "invalid_grant")


async def test_verifier_without_a_challenge_is_a_downgrade(kim):
    """C04; and C01 again: a public client is given nothing without a challenge."""
    code = await kim.code(code_challenge=None)
    assert_refused(await kim.redeem(code), 400, "invalid_grant")
    assert (await kim.redeem(code, code_verifier=None)).status_code == 200
    code = await kim.code(kim.public, code_challenge=None)
    assert_refused(await kim.redeem(code, kim.public, code_verifier=None), 400, "invalid_grant")


async def test_one_trailing_slash_of_the_redirect_uri_may_differ(kim):
    assert (await kim.redeem(await kim.code(), redirect_uri=f"{REDIRECT_URI}/")).status_code == 200
    code = await kim.code(redirect_uri=f"{REDIRECT_URI}/")
    assert (await kim.redeem(code)).status_code == 200


async def test_code_expires_after_sixty_seconds(kim):
    """D05."""
    code = await kim.code()
    kim.opened.clock.move(60)
    assert_refused(await kim.redeem(code), 400, "invalid_grant")


async def test_code_and_refresh_token_belong_to_one_client(kim):
    """D06, G06."""
    code = await kim.code()
    assert_refused(await kim.redeem(code, kim.public), 400, "invalid_grant")
    tokens = (await kim.redeem(code)).json()
    assert_refused(await kim.refresh(tokens["refresh_token"], kim.public), 400, "invalid_grant")
    assert await kim.is_active(tokens["access_token"])
    assert (await kim.refresh(tokens["refresh_token"])).status_code == 200


async def test_misspelt_codes_and_refresh_tokens_are_unknown(kim):
    """D08, D11, G14."""
    code = await kim.code()
    for wrong in (code[:-1], code + "A", code.swapcase(), "cs_ac_", "x", f"{code} {code}"):
        assert_refused(await kim.redeem(wrong), 400, "invalid_grant")
    tokens = (await kim.redeem(code)).json()
    good = tokens["refresh_token"]
    grant, number, mac = good.removeprefix("cs_rt_").split("_")
    for wrong in (
        good[:-1],
        f"{good}0",
        good.upper(),
        f"cs_rt_{grant}_{number}",
        f"cs_rt_{grant}_2_{mac}",
        f"cs_rt_{grant}_01_{mac}",
        f"cs_rt_{'0' * 15}_{number}_{mac}",
        code,
        tokens["access_token"],
    ):
        assert_refused(await kim.refresh(wrong), 400, "invalid_grant")
    assert_refused(await kim.redeem(good), 400, "invalid_grant")
    assert (await kim.refresh(good)).status_code == 200


async def test_code_used_twice_ends_all_that_came_from_it(kim):
    """D01, D02."""
    code = await kim.code()
    tokens = (await kim.redeem(code)).json()
    refreshed = (await kim.refresh(tokens["refresh_token"])).json()
    kim.opened.clock.move(90)
    assert_refused(await kim.redeem(code), 400, "invalid_grant")
    for each in (tokens, refreshed):
        assert not await kim.is_active(each["access_token"])
    assert_refused(await kim.refresh(refreshed["refresh_token"]), 400, "invalid_grant")


@pytest.mark.parametrize(
    ("table", "values", "error"),
    [
        ("users", {"is_suspended": True}, "invalid_grant"),
        ("users", None, "invalid_grant"),
        ("memberships", None, "invalid_grant"),
        ("organizations", {"is_suspended": True}, "invalid_grant"),
        ("api_applications", None, "invalid_target"),
    ],
)
async def test_nothing_is_issued_when_the_ground_is_gone(kim, table, values, error):
    """D09, D10, G09, G10."""
    tokens = await kim.tokens()
    code = await kim.code()
    await change(kim, table, values)
    if table == "api_applications":
        kim.opened.platform.directory._forget_all(kim.opened.environment.id)
    assert_refused(await kim.redeem(code), 400, error)
    assert_refused(await kim.refresh(tokens["refresh_token"]), 400, error)


async def test_nothing_is_issued_without_a_role_that_may_use_the_application(kim):
    """G10: an application whose access is controlled asks at each token."""
    path = f"/applications/{kim.web.id}"
    await kim.manage("POST", f"{path}/access_roles/role_buyer")
    await kim.manage("PATCH", path, {"is_access_control_enabled": True})
    tokens = await kim.tokens()
    code = await kim.code()
    await change(kim, "membership_roles", None)
    for refused in (await kim.redeem(code), await kim.refresh(tokens["refresh_token"])):
        assert_refused(refused, 400, "invalid_grant")
        assert (
            refused.json()["error_description"] == "None of the roles of the user may use this application."
        )
    await kim.manage("PATCH", path, {"is_access_control_enabled": False})
    assert (await kim.refresh(tokens["refresh_token"])).status_code == 200


async def test_what_was_not_granted_is_refused(kim):
    """G08, G09."""
    tokens = await kim.tokens(scopes=("openid", "offline"))
    refresh_token = tokens["refresh_token"]
    assert_refused(await kim.refresh(refresh_token, scope="openid email"), 400, "invalid_scope")
    assert_refused(await kim.refresh(refresh_token, audience="https://other.test"), 400, "invalid_target")
    assert_refused(await kim.refresh(refresh_token, resource="https://other.test"), 400, "invalid_target")
    narrow = (await kim.refresh(refresh_token, scope="offline")).json()
    assert (narrow["scope"], "id_token" in narrow) == ("offline", False)
    assert (await kim.refresh(narrow["refresh_token"])).json()["scope"] == "openid offline"


async def test_code_request_has_no_scope_and_narrows_by_resource_alone(kim):
    """RFC 6749 §3.2: what is not known is ignored; RFC 8707 §2.2."""
    answer = await kim.redeem(await kim.code(), scope="unknown", audience="https://other.test")
    assert (answer.status_code, answer.json()["scope"]) == (200, " ".join(SCOPES))
    code = await kim.code()
    assert_refused(await kim.redeem(code, resource="https://other.test"), 400, "invalid_target")
    answer = await kim.redeem(code, resource=AUDIENCE)
    assert claims_of(answer.json()["access_token"])["aud"] == [AUDIENCE]


async def test_no_refresh_token_without_offline(kim):
    """G12."""
    for scopes, expected in (
        (("openid",), False),
        (("openid", "offline"), True),
        (("openid", "offline_access"), True),
    ):
        assert ("refresh_token" in await kim.tokens(scopes=scopes)) is expected


# Refreshing


async def test_previous_refresh_token_has_the_same_successor_for_thirty_seconds(kim):
    first = (await kim.tokens())["refresh_token"]
    second = (await kim.refresh(first)).json()["refresh_token"]
    kim.opened.clock.move(29)
    again = (await kim.refresh(first)).json()
    assert again["refresh_token"] == second
    assert await kim.is_active(again["access_token"])
    assert (await kim.refresh(second)).status_code == 200


async def test_replaced_refresh_token_ends_the_family(kim):
    """G01: after the grace period, and at any time when a newer one was used."""
    for uses, seconds in ((1, 30), (2, 0)):
        tokens = await kim.tokens()
        last = tokens
        for _ in range(uses):
            last = (await kim.refresh(last["refresh_token"])).json()
        kim.opened.clock.move(seconds)
        refused = await kim.refresh(tokens["refresh_token"])
        assert_refused(refused, 400, "invalid_grant")
        assert_refused(await kim.refresh(last["refresh_token"]), 400, "invalid_grant")
        assert not await kim.is_active(last["access_token"])
        assert (await kim.userinfo(last["access_token"])).status_code == 401


async def test_other_families_of_the_user_stay(kim):
    tokens, other = await kim.tokens(), await kim.tokens()
    last = (await kim.refresh((await kim.refresh(tokens["refresh_token"])).json()["refresh_token"])).json()
    assert_refused(await kim.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert not await kim.is_active(last["access_token"])
    assert await kim.is_active(other["access_token"])
    assert (await kim.refresh(other["refresh_token"])).status_code == 200


async def test_lifetime_of_refresh_tokens_rolls(kim):
    """G11, as far as there is an idle lifetime."""

    lifetime = 1_296_000
    tokens = await kim.tokens()
    for _ in range(3):
        kim.opened.clock.move(lifetime - 1)
        tokens = (await kim.refresh(tokens["refresh_token"])).json()
    kim.opened.clock.move(lifetime)
    assert_refused(await kim.refresh(tokens["refresh_token"]), 400, "invalid_grant")


DAY = 86_400


async def test_refresh_tokens_end_however_often_they_are_used(kim):
    """G11: ninety days by default, also for the one before within its grace period."""
    tokens = await kim.tokens()
    for _ in range(9):
        kim.opened.clock.move(10 * DAY - 1)
        tokens = (await kim.refresh(tokens["refresh_token"])).json()
    assert (await kim.introspect(tokens["refresh_token"]))["exp"] == int(kim.opened.clock().timestamp()) + 9
    before = tokens["refresh_token"]
    tokens = (await kim.refresh(before)).json()
    kim.opened.clock.move(9)
    for refresh_token in (before, tokens["refresh_token"]):
        refused = await kim.refresh(refresh_token)
        assert_refused(refused, 400, "invalid_grant")
        assert "too long ago" in refused.json()["error_description"]
    assert not await kim.is_active(tokens["refresh_token"])
    assert await kim.is_active(tokens["access_token"])


async def test_a_policy_moves_the_end_of_refresh_tokens_that_are_out(kim):
    tokens = await kim.tokens()
    await kim.manage("PUT", "/policies/refresh", {"absolute_lifetime_seconds": 3600})
    kim.opened.clock.move(3600)
    assert_refused(await kim.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    await kim.manage("PUT", "/policies/refresh", {"absolute_lifetime_seconds": 0})
    for _ in range(20):
        kim.opened.clock.move(14 * DAY)
        tokens = (await kim.refresh(tokens["refresh_token"])).json()
    assert await kim.is_active(tokens["access_token"])


async def test_refreshed_tokens_carry_what_is_true_now(kim):
    tokens = await kim.tokens()
    assert claims_of(tokens["access_token"])["permissions"] == ["refund:orders", "view:orders"]
    await change(kim, "membership_permissions", None)
    await change(kim, "users", {"first_name": "Kay"})
    refreshed = (await kim.refresh(tokens["refresh_token"])).json()
    assert claims_of(refreshed["access_token"])["permissions"] == ["view:orders"]
    assert claims_of(refreshed["id_token"])["name"] == "Kay Ode"


# What is issued


async def test_answer_has_all_tokens(kim):
    answer = await kim.redeem(await kim.code())
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert list(tokens) == [
        "access_token",
        "expires_in",
        "id_token",
        "refresh_token",
        "scope",
        "token_type",
    ]
    assert tokens["expires_in"] == 86_400
    assert tokens["scope"] == "openid profile email offline"
    assert tokens["token_type"] == "bearer"


async def test_access_token_says_what_the_user_may_do(kim):
    claims = claims_of((await kim.tokens())["access_token"])
    now = int(kim.opened.clock().timestamp())
    token_id = UUID(claims.pop("jti"))
    assert (token_id.version, str(token_id.variant)) == (8, "specified in RFC 4122")
    assert claims == {
        "iss": "http://127.0.0.1:8000",
        "aud": [AUDIENCE],
        "azp": kim.web.id,
        "sub": USER,
        "iat": now,
        "exp": now + 86_400,
        "scope": "openid profile email offline read:orders write:orders",
        "scp": list(SCOPES),
        "org_code": ORGANIZATION,
        "permissions": ["refund:orders", "view:orders"],
    }


async def test_switch_adds_the_users_api_scopes_to_permissions(kim):
    path = f"/applications/{kim.web.id}/token_profiles/access"
    await kim.manage("PUT", path, {"include_api_scopes_in_permissions": True})
    claims = claims_of((await kim.tokens())["access_token"])
    assert claims["permissions"] == ["read:orders", "refund:orders", "view:orders", "write:orders"]
    assert claims["scp"] == list(SCOPES)
    for changes in (
        {"audiences": ()},
        {"organization_code": OTHER_ORGANIZATION},
        {"organization_code": None},
    ):
        claims = claims_of((await kim.tokens(**changes))["access_token"])
        assert claims.get("permissions") == (
            ["refund:orders", "view:orders"] if "audiences" in changes else None
        )
        assert claims["aud"] == ([] if "audiences" in changes else [AUDIENCE])
        assert claims.get("org_code") == changes.get("organization_code", ORGANIZATION)


async def test_id_token_says_who_signed_in(kim):
    tokens = await kim.tokens()
    claims = claims_of(tokens["id_token"])
    assert header_of(tokens["id_token"])["alg"] == "RS256"
    now = int(kim.opened.clock().timestamp())
    assert UUID(claims.pop("jti")).version == 8
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims == {
        "iss": "http://127.0.0.1:8000",
        "aud": [kim.web.id],
        "azp": kim.web.id,
        "sub": USER,
        "iat": now,
        "exp": now + 3_600,
        "auth_time": now,
        "rat": now - 20,
        "amr": ["pwd"],
        "sid": "session_1",
        "nonce": "n-1",
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        "org_codes": [OTHER_ORGANIZATION, ORGANIZATION],
        "email": "kim@orchard.test",
        "email_verified": True,
        "name": "Kim Ode",
        "given_name": "Kim",
        "family_name": "Ode",
        "preferred_username": "kim",
        "provided_id": "u-991",
        "updated_at": now,
    }


async def test_refreshed_id_token_repeats_the_sign_in_but_not_the_nonce(kim):
    """OpenID Connect Core §12.2."""
    tokens = await kim.tokens()
    first = claims_of(tokens["id_token"])
    kim.opened.clock.move(100)
    second = claims_of((await kim.refresh(tokens["refresh_token"])).json()["id_token"])
    assert "nonce" not in second
    for name in ("iss", "sub", "aud", "azp", "auth_time", "sid"):
        assert second[name] == first[name]
    assert second["iat"] == first["iat"] + 100


async def test_scopes_decide_what_an_id_token_tells(kim):
    claims = claims_of((await kim.tokens(scopes=("openid",)))["id_token"])
    assert not {"email", "email_verified", "name", "given_name", "preferred_username"} & claims.keys()
    assert "id_token" not in await kim.tokens(scopes=("profile",))


async def test_nothing_usable_is_stored(kim):
    """D12, G15."""
    code = await kim.code()
    tokens = (await kim.redeem(code)).json()
    async with kim.opened.context().reading() as work:
        rows = (await work.connection.execute(work.grants.select(tables.grants))).all()
    stored = repr(rows)
    assert tokens["refresh_token"].rpartition("_")[2] not in stored
    assert code not in stored


async def test_a_claim_about_other_providers_is_shown_and_cannot_be_chosen(kim):
    path = f"/applications/{kim.web.id}/token_profiles/id"
    refused = await kim.management.put(f"/api/v1{path}", json={"additional_claims": ["social_identity"]})
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["field"]) == (400, "additional_claims[0]")
    assert error["message"] == (
        "'social_identity' cannot be chosen: People sign in with what this server keeps; there is no other "
        "identity provider to tell of."
    )
    assert "ext_provider" not in claims_of((await kim.tokens())["id_token"])
