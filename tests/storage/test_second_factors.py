"""Second factors, recovery codes and passkeys are spent once, and stay in their environment."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from claimsmith.domain.mfa import Factor, FactorType
from claimsmith.domain.organization_policies import OrganizationMfa, OrganizationPasskeys
from claimsmith.domain.passkeys import Passkey
from claimsmith.domain.secrets import SealedValue
from claimsmith.domain.users import User
from claimsmith.storage import tables
from tests.storage.conftest import NOW

USER = "kp_ada"
APP = Factor("mfa_1", USER, FactorType.AUTHENTICATOR_APP, created_at=NOW)
MAIL = Factor("mfa_2", USER, FactorType.EMAIL, "ada@example.com", created_at=NOW)
SEALED = SealedValue(b"sealed")
PASSKEY = Passkey("psk_1", USER, "AAAA", b"key", "Laptop", 1, ("internal",), created_at=NOW)
CODES = [bytes([number]) * 32 for number in range(3)]


@pytest.fixture
async def filled(database):
    """Store one user with everything in environment `one`, and the same user bare in `two`."""
    for code in ("one", "two"):
        async with database.storing(code) as work:
            await work.users.add(User(USER, created_at=NOW, updated_at=NOW))
    async with database.storing("one") as work:
        assert await work.second_factors.add(APP, SEALED, last_step=10)
        assert await work.second_factors.add_email(MAIL)
        await work.second_factors.decline(USER, NOW)
        await work.second_factors.decline(USER, NOW)
        await work.recovery_codes.replace(USER, CODES)
        assert await work.passkeys.add(PASSKEY)
    return database


async def test_what_was_stored_is_read_again_there_and_nowhere_else(filled):
    async with filled.reading("one") as work:
        assert await work.second_factors.of_user(USER) == (APP, MAIL)
        assert (await work.second_factors.find(USER)).sealed_secret == SEALED
        assert await work.second_factors.has_declined(USER)
        assert await work.recovery_codes.left(USER) == 3
        assert await work.passkeys.of_user(USER) == [PASSKEY]
        assert await work.passkeys.find_by_credential("AAAA") == PASSKEY
    async with filled.storing("two") as work:
        assert await work.second_factors.of_user(USER) == ()
        assert await work.second_factors.find(USER) is None
        assert not await work.second_factors.has_declined(USER)
        assert not await work.second_factors.use_step(USER, 11, NOW)
        assert not await work.second_factors.remove(USER, FactorType.EMAIL)
        assert not await work.recovery_codes.use(USER, CODES[0], NOW)
        assert await work.recovery_codes.left(USER) == 0
        assert await work.passkeys.find("psk_1") is None
        assert not await work.passkeys.has_any(USER)
        assert not await work.passkeys.use(PASSKEY, sign_count=2, is_backed_up=False, now=NOW)
        assert not await work.passkeys.remove("psk_1")


async def test_a_second_one_of_a_kind_is_not_stored(filled):
    async with filled.storing("one") as work:
        assert not await work.second_factors.add(replace(APP, id="mfa_9"), SEALED, last_step=0)
        assert not await work.second_factors.add_email(replace(MAIL, id="mfa_9"))
        assert not await work.passkeys.add(replace(PASSKEY, id="psk_9"))
        assert [each.id for each in await work.second_factors.of_user(USER)] == ["mfa_1", "mfa_2"]


async def test_of_many_who_spend_one_thing_one_wins(filled):
    async def spend(store, method, *arguments, **named):
        async with filled.storing("one") as work:
            return await getattr(getattr(work, store), method)(*arguments, **named)

    for spending in (
        ("second_factors", "use_step", USER, 11, NOW),
        ("recovery_codes", "use", USER, CODES[0], NOW),
    ):
        assert sum(await asyncio.gather(*(spend(*spending) for _ in range(8)))) == 1
    counted = {"sign_count": 2, "is_backed_up": True, "now": NOW}
    assert sum(await asyncio.gather(*(spend("passkeys", "use", PASSKEY, **counted) for _ in range(8)))) == 1
    async with filled.reading("one") as work:
        assert await work.recovery_codes.left(USER) == 2
        used = replace(PASSKEY, sign_count=2, is_backed_up=True, total_sign_ins=1, last_signed_in_at=NOW)
        assert await work.passkeys.find("psk_1") == used


async def test_steps_only_go_forward(filled):
    async with filled.storing("one") as work:
        later = NOW + timedelta(seconds=30)
        assert [await work.second_factors.use_step(USER, step, later) for step in (10, 12, 11, 12, 13)] == [
            False,
            True,
            False,
            False,
            True,
        ]
        await work.second_factors.use_email(USER, later)
        assert await work.second_factors.of_user(USER) == (
            replace(APP, total_uses=2, last_used_at=later),
            replace(MAIL, total_uses=1, last_used_at=later),
        )


async def test_everything_goes_with_its_user(filled):
    async with filled.storing("one") as work:
        await work.users.remove(USER)
        assert await work.second_factors.of_user(USER) == ()
        assert not await work.second_factors.has_declined(USER)
        assert await work.recovery_codes.left(USER) == 0
        assert await work.passkeys.of_user(USER) == []


async def test_organizations_have_policies_of_their_own(database):
    async with database.storing("one") as work:
        await work.users.insert(tables.organizations, code="org_1", name="Acme", created_at=NOW)
        assert (await work.organization_policies.find("org_1")).mfa is None
        for factors in (["mfa:email"], ["mfa:authenticator_app"]):
            values = {"enabled_factors": factors, "is_recovery_codes_enabled": False}
            await work.organization_policies.put("org_1", "mfa", values)
        passkeys = {"policy": "mandatory", "is_override_environment_passkey_settings": True}
        await work.organization_policies.put("org_1", "passkeys", passkeys)
        found = await work.organization_policies.find("org_1")
        assert found.mfa == OrganizationMfa(("mfa:authenticator_app",), is_recovery_codes_enabled=False)
        assert found.passkeys == OrganizationPasskeys("mandatory", True)
    async with database.reading("two") as work:
        assert (await work.organization_policies.find("org_1")).mfa is None
