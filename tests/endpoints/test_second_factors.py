"""Second factors and passkeys of users as administrators see them, and what organizations have instead."""

import pyotp
import pytest

from claimsmith.usecases import mfa, passkeys, recovery_codes
from claimsmith.usecases.memberships import join
from tests.endpoints.assertions import sound
from tests.support.authenticator import Authenticator
from tests.support.people import make_organization, make_user
from tests.support.platform import ISSUER

USERS, ORGANIZATIONS = "/api/v1/users", "/api/v1/organizations"


@pytest.fixture
async def management(opened):
    async with await opened.management() as client:
        yield client


@pytest.fixture
async def ada(opened):
    """Return a user with an app and recovery codes."""
    context = opened.context()
    user_id = await make_user(context, "ada@example.com")
    shown = mfa.totp_set_up(context, user_id, "flow", account="ada@example.com", issuer="Orders")
    code = pyotp.TOTP(shown.secret.reveal()).at(opened.clock())
    assert (await mfa.confirm_totp(context, user_id, "flow", code)).is_good
    async with context.storing() as work:
        await recovery_codes.make_recovery_codes(work, context, user_id)
    return user_id


@pytest.fixture
async def acme(opened):
    return await make_organization(opened.context())


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("path", ["/users/kp_unknown/mfa", "/organizations/org_unknown/users/kp_1/mfa"])
async def test_nobody_reads_or_resets_factors_without_a_token(opened, method, path):
    async with opened.http() as http:
        answer = sound(await http.request(method, f"/api/v1{path}"))
    assert answer.status_code == 401


async def test_unknown_users_factors_and_passkeys_are_not_found(management, ada, acme):
    for method, path, code in (
        ("GET", f"{USERS}/kp_unknown/mfa", "USER_NOT_FOUND"),
        ("DELETE", f"{USERS}/kp_unknown/mfa", "USER_NOT_FOUND"),
        ("DELETE", f"{USERS}/{ada}/mfa/mfa_unknown", "FACTOR_NOT_FOUND"),
        ("GET", f"{ORGANIZATIONS}/{acme}/users/{ada}/mfa", "MEMBERSHIP_NOT_FOUND"),
        ("DELETE", f"{ORGANIZATIONS}/{acme}/users/{ada}/mfa", "MEMBERSHIP_NOT_FOUND"),
        ("GET", f"{ORGANIZATIONS}/org_unknown/passkey", "ORGANIZATION_NOT_FOUND"),
        ("GET", f"{USERS}/kp_unknown/passkeys", "USER_NOT_FOUND"),
        ("DELETE", f"{USERS}/{ada}/passkeys/psk_unknown", "PASSKEY_NOT_FOUND"),
    ):
        answer = sound(await management.request(method, path))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, code), path


async def test_factors_are_read_removed_and_reset(opened, management, ada):
    answer = sound(await management.get(f"{USERS}/{ada}/mfa")).json()
    factor = answer["mfa"]
    assert answer == {
        "code": "OK",
        "message": "Success",
        "mfa": {
            "id": factor["id"],
            "type": "authenticator_app",
            "created_on": factor["created_on"],
            "name": None,
            "is_verified": True,
            "usage_count": 0,
            "last_used_on": None,
        },
        "factors": [factor],
        "recovery_codes_left": 10,
    }
    gone = sound(await management.delete(f"{USERS}/{ada}/mfa/{factor['id']}"))
    assert gone.json() == {"code": "FACTOR_DELETED", "message": "Factor deleted"}
    reset = sound(await management.delete(f"{USERS}/{ada}/mfa"))
    assert reset.json() == {"code": "MFA_RESET", "message": "MFA reset"}
    left = sound(await management.get(f"{USERS}/{ada}/mfa")).json()
    assert (left["mfa"], left["factors"], left["recovery_codes_left"]) == (None, [], 0)


async def test_factors_of_members_are_those_of_the_users(opened, management, ada, acme):
    async with opened.context().storing() as work:
        await join(work, ada, acme)
    path = f"{ORGANIZATIONS}/{acme}/users/{ada}/mfa"
    shown = sound(await management.get(path)).json()
    assert shown == (await management.get(f"{USERS}/{ada}/mfa")).json()
    gone = sound(await management.delete(f"{path}/{shown['mfa']['id']}"))
    assert gone.status_code == 200
    assert sound(await management.delete(path)).status_code == 200
    assert (await management.get(f"{USERS}/{ada}/mfa")).json()["factors"] == []


@pytest.mark.parametrize(
    ("factors", "code"),
    [(["mfa:sms"], "FACTOR_NOT_SUPPORTED"), ([], "FACTORS_REQUIRED"), ("mfa:email", "INVALID_INPUT")],
)
async def test_factors_that_an_organization_cannot_have_are_refused(management, acme, factors, code):
    answer = sound(await management.put(f"{ORGANIZATIONS}/{acme}/mfa", json={"enabled_factors": factors}))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)


async def test_an_organization_has_factors_of_its_own(opened, management, acme):
    body = {"enabled_factors": ["mfa:email"], "is_recovery_codes_enabled": False}
    answer = sound(await management.put(f"{ORGANIZATIONS}/{acme}/mfa", json=body))
    assert answer.json() == {"code": "ORGANIZATION_MFA_UPDATED", "message": "Organization MFA updated"}
    async with opened.context().reading() as work:
        own = (await work.organization_policies.find(acme)).mfa
    assert (own.enabled_factors, own.is_recovery_codes_enabled) == (("mfa:email",), False)


async def test_an_organization_overrides_the_policy_of_passkeys(management, acme):
    path = f"{ORGANIZATIONS}/{acme}/passkey"
    plain = {
        "enabled": False,
        "policy": "off",
        "is_override_environment_passkey_settings": False,
        "environment_policy": "off",
    }
    assert sound(await management.get(path)).json() == {"code": "OK", "message": "Success", **plain}
    refused = sound(await management.put(path, json={"policy": "always"}))
    assert refused.status_code == 400
    updated = {"code": "ORGANIZATION_PASSKEY_UPDATED", "message": "Organization passkey policy updated"}
    answer = sound(await management.put(path, json={"policy": "mandatory"}))
    assert answer.json() == {**updated, **plain, "policy": "mandatory"}
    answer = sound(await management.put(path, json={"is_override_environment_passkey_settings": True}))
    overridden = {
        "enabled": True,
        "policy": "mandatory",
        "is_override_environment_passkey_settings": True,
        "environment_policy": "off",
    }
    assert answer.json() == {**updated, **overridden}


async def test_passkeys_are_listed_and_deleted(opened, management, ada):
    context = opened.context()
    issuer = ISSUER
    async with context.storing() as work:
        options = await passkeys.passkey_options(context, work, ada, "flow", user_name="ada")
        answer = Authenticator(issuer).create(options)
        made = await passkeys.add_passkey(context, work, ada, "flow", answer, name="Laptop")
    listed = sound(await management.get(f"{USERS}/{ada}/passkeys")).json()
    assert listed == {
        "code": "OK",
        "message": "Success",
        "passkeys": [
            {
                "id": made.id,
                "name": "Laptop",
                "is_backed_up": False,
                "total_sign_ins": 0,
                "last_signed_in_on": None,
                "created_on": listed["passkeys"][0]["created_on"],
            }
        ],
    }
    gone = sound(await management.delete(f"{USERS}/{ada}/passkeys/{made.id}"))
    assert gone.json() == {"code": "PASSKEY_DELETED", "message": "Passkey deleted"}
    assert (await management.get(f"{USERS}/{ada}/passkeys")).json()["passkeys"] == []
