"""Invitations are stored alike on both databases, and of several who accept one, one is told so."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from claimsmith.domain.invitations import Invitation
from claimsmith.domain.organizations import Organization
from claimsmith.domain.paging import Page
from claimsmith.storage.invitations import InvitationQuery

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADA = Invitation("inv_1", "ada@acme.test", "org_1", ("role_1",), NOW, NOW + timedelta(days=7), "Ada", "L")
BOB = Invitation("inv_2", "bob@acme.test", "org_1", (), NOW, NOW + timedelta(days=7))


async def filled(work):
    await work.organizations.add(Organization("org_1", "Acme", created_at=NOW))
    await work.invitations.add(ADA, b"a" * 32)
    await work.invitations.add(BOB, b"b" * 32)
    return work.invitations


async def test_invitation_is_found_renewed_counted_and_listed(database):
    async with database.storing("one") as work:
        store = await filled(work)
        assert await store.find("inv_1") == await store.find_by_hash(b"a" * 32) == ADA
        renewed = replace(ADA, expires_at=NOW + timedelta(days=9), sent_at=NOW)
        await store.renew(renewed, b"c" * 32)
        assert await store.find_by_hash(b"a" * 32) is None
        assert await store.find_by_hash(b"c" * 32) == renewed
        assert await store.count("org_1", created_after=NOW - timedelta(1), now=NOW) == (2, 2)
        assert await store.count("org_1", created_after=NOW, now=NOW + timedelta(8)) == (0, 1)
        for order, wanted in (
            ("created_on", [renewed, BOB]),
            ("name", [BOB, renewed]),
            ("email", [renewed, BOB]),
        ):
            query = InvitationQuery("org_1", order=order)
            first = await store.page_of(query, page_size=1, next_token=None)
            rest = await store.page_of(query, page_size=1, next_token=first.next_token)
            assert (first.items, rest) == (wanted[:1], Page(wanted[1:])), order
        assert await store.pending_for("org_1", "ada@acme.test", NOW) == [renewed]
        assert await store.revoke("inv_1", NOW) is True
        assert await store.revoke("inv_1", NOW) is False
        assert await store.pending_for("org_1", "ada@acme.test", NOW) == []
    async with database.reading("two") as other:
        assert await other.invitations.find("inv_1") is None
        assert await other.invitations.find_by_hash(b"b" * 32) is None


async def test_one_of_several_accepts(database):
    async with database.storing("one") as work:
        await filled(work)

    async def accepted(number):
        async with database.storing("one") as work:
            return await work.invitations.accept("inv_1", f"kp_{number}", NOW)

    assert sorted(await asyncio.gather(*map(accepted, range(4)))) == [False, False, False, True]
    async with database.storing("one") as work:
        assert await work.invitations.revoke("inv_1", NOW) is False
        assert await work.invitations.accept("inv_2", "kp_1", NOW + timedelta(days=7)) is False
