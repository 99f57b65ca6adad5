"""Codes are spent once, refresh tokens rotate once, and revoking ends everything."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from claimsmith.crypto.secrets import hash_secret
from claimsmith.domain.applications import Application, ApplicationType
from claimsmith.domain.grants import Grant, GrantLifetimes
from claimsmith.usecases.grants import StoredGrants
from tests.storage.conftest import NOW
from tests.support.rows import USER, put_member, put_organization, put_user

APPLICATION = Application("client", "App", ApplicationType.REG, created_at=NOW, updated_at=NOW)
CODE = "cs_ac_code"
HASH = bytes(hash_secret(CODE))
LATER = GrantLifetimes(NOW + timedelta(days=15), NOW + timedelta(days=15))

GRANT = Grant(
    id="0123456789abcde",
    grant_type="authorization_code",
    user_id=USER,
    client_id="client",
    organization_code="org_a",
    session_id="session",
    scopes=("openid", "offline"),
    audiences=("https://api.test",),
    authenticated_at=NOW,
    requested_at=NOW,
    created_at=NOW,
    expires_at=NOW + timedelta(seconds=60),
    methods=("pwd",),
    nonce="n",
    redirect_uri="https://app.test/cb",
    code_challenge="c",
    code_expires_at=NOW + timedelta(seconds=60),
)


@pytest.fixture
async def granted(database):
    async with database.storing("one") as work:
        await put_user(work)
        await put_organization(work, "org_a")
        await put_member(work, USER, "org_a")
        await work.applications.add(APPLICATION)
        await work.grants.add(GRANT, code_hash=HASH)
    return database


async def in_one(database, call):
    async with database.storing("one") as work:
        return await call(work.grants)


async def rotate(granted, *, presented=1, client_id="client", seconds=0, lifetimes=LATER):
    asked = StoredGrants(granted)
    now = NOW + timedelta(seconds=seconds)
    grant = replace(GRANT, client_id=client_id)
    return await asked.rotate("one", grant, now, presented=presented, lifetimes=lifetimes)


async def in_force(granted, token_id="jti", grant_id=GRANT.id):
    return await StoredGrants(granted).find_in_force("one", grant_id, token_id)


async def test_grant_comes_back_as_it_was(granted):
    assert await in_one(granted, lambda grants: grants.find(GRANT.id)) == GRANT


async def test_grant_comes_back_with_its_user(granted):
    asked = StoredGrants(granted)
    found = await asked.find("one", GRANT.id)
    assert found.grant == GRANT
    async with granted.reading("one") as work:
        assert found.subject == await work.subjects.read(USER, "org_a")
    assert await asked.subject("one", USER, "org_a") == found.subject
    assert await asked.find_by_code("one", CODE) == found
    assert await asked.find_by_code("one", "cs_ac_other") is None
    assert await asked.find("one", "fedcba987654321") is None


async def test_other_environments_have_no_such_grant(granted):
    async with granted.storing("two") as work:
        assert await work.grants.find(GRANT.id) is None
        assert await work.grants.take_code(GRANT.id, sequence=1, lifetimes=LATER) is None
        assert not await work.grants.revoke(GRANT.id, "test")
        assert await work.grants.revoke_where(user_id=USER, because="test") == 0
    asked = StoredGrants(granted)
    assert await asked.find("two", GRANT.id) is None
    assert await asked.find_by_code("two", CODE) is None
    assert await asked.find_in_force("two", GRANT.id, "jti") is None
    assert not await asked.take_code("two", GRANT.id, NOW, sequence=1, lifetimes=LATER)
    assert await asked.take_code("one", GRANT.id, NOW, sequence=1, lifetimes=LATER)
    assert not await asked.rotate("two", GRANT, NOW, presented=1, lifetimes=LATER)
    assert not await asked.revoke("two", GRANT.id, "test")


async def test_one_of_many_takes_the_code(granted):
    """D04."""
    taken = await asyncio.gather(
        *(
            in_one(granted, lambda grants: grants.take_code(GRANT.id, sequence=1, lifetimes=LATER))
            for _ in range(20)
        )
    )
    winners = [grant for grant in taken if grant is not None]
    assert winners == [
        replace(
            GRANT,
            code_used_at=NOW,
            sequence=1,
            refresh_expires_at=LATER.refresh_expires_at,
            expires_at=LATER.expires_at,
        )
    ]


async def test_expired_code_is_not_taken(granted, monkeypatch):
    """D05."""
    monkeypatch.setattr(granted, "_now", lambda: NOW + timedelta(seconds=60))
    assert (
        await in_one(granted, lambda grants: grants.take_code(GRANT.id, sequence=1, lifetimes=LATER)) is None
    )


async def test_one_of_many_rotates(granted):
    """G02."""
    await in_one(granted, lambda grants: grants.take_code(GRANT.id, sequence=1, lifetimes=LATER))
    rotated = await asyncio.gather(*(rotate(granted) for _ in range(20)))
    assert sorted(rotated) == [False] * 19 + [True]
    assert (await in_one(granted, lambda grants: grants.find(GRANT.id))).sequence == 2


@pytest.mark.parametrize(
    ("client_id", "presented", "seconds"),
    [("another", 1, 0), ("client", 2, 0), ("client", 0, 0), ("client", 1, 15 * 86_400)],
)
async def test_what_is_not_in_force_does_not_rotate(granted, client_id, presented, seconds):
    """G06, G11."""
    await in_one(granted, lambda grants: grants.take_code(GRANT.id, sequence=1, lifetimes=LATER))
    assert not await rotate(granted, client_id=client_id, presented=presented, seconds=seconds)


async def test_grant_is_kept_as_long_as_its_longest_token(granted):
    soon = GrantLifetimes(NOW + timedelta(days=1), NOW + timedelta(days=1))
    await in_one(granted, lambda grants: grants.take_code(GRANT.id, sequence=1, lifetimes=LATER))
    assert await rotate(granted, lifetimes=soon)
    rotated = await in_one(granted, lambda grants: grants.find(GRANT.id))
    assert (rotated.refresh_expires_at, rotated.expires_at) == (soon.refresh_expires_at, LATER.expires_at)


@pytest.mark.parametrize(
    "condition",
    [
        {"user_id": USER},
        {"session_id": "session"},
        {"organization_code": "org_a"},
        {"client_id": "client"},
        {"user_id": USER, "organization_code": "org_a"},
    ],
)
async def test_revoking_ends_what_meets_the_conditions(granted, condition):
    async def revoke(**given):
        return await in_one(granted, lambda grants: grants.revoke_where(because="test", **given))

    await in_one(granted, lambda grants: grants.take_code(GRANT.id, sequence=1, lifetimes=LATER))
    assert await revoke(**{**condition, "user_id": "kp_another"}) == 0
    assert await in_force(granted)
    assert await revoke(**condition) == 1
    assert await revoke(**condition) == 0
    revoked = await in_one(granted, lambda grants: grants.find(GRANT.id))
    assert (revoked.revoked_at, revoked.revoked_because) == (NOW, "test")
    assert not await in_force(granted)
    assert not await rotate(granted)


async def test_what_is_of_a_session_is_spared_by_its_name(granted):
    async def revoke(session_id):
        return await in_one(
            granted,
            lambda grants: grants.revoke_where(user_id=USER, keeps_session_id=session_id, because="test"),
        )

    assert await revoke(GRANT.session_id) == 0
    assert await revoke("another") == 1


async def test_nobody_revokes_everything(granted):
    with pytest.raises(ValueError, match="revoke_where needs"):
        await in_one(granted, lambda grants: grants.revoke_where(because="test"))


@pytest.mark.parametrize("ending", ["user", "organization", "membership", "token", "application"])
async def test_grant_is_out_of_force_when_what_it_rests_on_ends(granted, ending):
    assert await in_force(granted)
    assert not await in_force(granted, grant_id="fedcba987654321")
    async with granted.storing("one") as work:
        if ending == "token":
            await work.revoked_tokens.add("jti", expires_at=NOW, revoked_at=NOW)
        else:
            table, values = {
                "user": ("users", {"is_suspended": True}),
                "organization": ("organizations", {"is_suspended": True}),
                "membership": ("memberships", None),
                "application": ("applications", None),
            }[ending]
            from claimsmith.storage import tables

            chosen = tables.metadata.tables[table]
            if values is None:
                await work.connection.execute(work.grants.delete(chosen))
            else:
                await work.connection.execute(work.grants.update(chosen).values(**values))
    assert not await in_force(granted)
    assert bool(await in_force(granted, "another jti")) == (ending == "token")


async def test_grant_without_organization_needs_no_membership(granted):
    alone = replace(GRANT, id="aaaaaaaaaaaaaaa", organization_code=None)
    async with granted.storing("one") as work:
        await work.grants.add(alone)
    assert await in_force(granted, grant_id=alone.id)


async def test_sweeping_forgets_what_is_over(granted):
    async def sweep(seconds):
        return await in_one(granted, lambda grants: grants.sweep(NOW + timedelta(seconds=seconds)))

    assert await sweep(60) == 0
    assert await sweep(61) == 1
    assert await in_one(granted, lambda grants: grants.find(GRANT.id)) is None
