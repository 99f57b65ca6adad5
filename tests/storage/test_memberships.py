"""Memberships, what members hold, and lists of members are stored alike on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from claimsmith.domain.apis import Api, Scope
from claimsmith.domain.memberships import Holdings, Member, Membership
from claimsmith.domain.organizations import Organization
from claimsmith.domain.paging import Page
from claimsmith.domain.permissions import Permission
from claimsmith.domain.policies import AccessPolicy, EnvironmentPolicies, policy_to_json
from claimsmith.domain.roles import Role
from claimsmith.domain.users import Identity, IdentityType, User
from claimsmith.storage.member_lists import MemberQuery

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADA = User("kp_1", "Ada", "Lovelace", created_at=NOW, updated_at=NOW)
BOB = User("kp_2", "bob", created_at=NOW, updated_at=NOW)
EVE = User("kp_3", created_at=NOW, updated_at=NOW)
ACME = Organization(
    "org_1", "Acme", is_auto_join_domain_list=True, allowed_domains=("acme.test", "b.test"), created_at=NOW
)
BANK = Organization("org_2", "Bank", is_default=True, created_at=NOW)
CLERK, CHIEF = Role("role_1", "clerk", "Clerk"), Role("role_2", "chief", "Chief")
READ, WRITE = Permission("p_1", "read", "Read"), Permission("p_2", "write", "Write")


@pytest.fixture
async def work(database):
    async with database.storing("one") as work:
        await fill(work)
        yield work


async def fill(work):
    for user in (ADA, BOB, EVE):
        await work.users.add(user)
    for number, (user, email) in enumerate(((ADA, "z@acme.test"), (BOB, "b@acme.test"))):
        await work.users.add_identity(
            Identity(
                f"i_{number}", user.id, IdentityType.EMAIL, email, email, is_primary=True, created_at=NOW
            )
        )
    for organization in (BANK, ACME):
        await work.organizations.add(organization)
    for role in (CLERK, CHIEF):
        await work.roles.add(role)
    for permission in (READ, WRITE):
        await work.permissions.add(permission)
    await work.apis.add(Api("api", "API", "urn:api", created_at=NOW))
    await work.apis.add_scope(Scope("scope_1", "api", "see"))
    await work.role_contents.add_permission(CLERK.id, READ.id)
    await work.role_contents.add_scope(CLERK.id, "scope_1")
    for position, user in enumerate((ADA, BOB, EVE)):
        assert await work.memberships.add(user.id, ACME.code, NOW + timedelta(seconds=position))


async def ids(work, **query):
    page = await work.member_lists.page_of(MemberQuery(ACME.code, **query), page_size=10, next_token=None)
    return [each.user.id for each in page.items]


async def test_membership_is_there_once_and_goes_with_what_it_holds(work):
    store = work.memberships
    assert await store.add(ADA.id, ACME.code, NOW) is False
    assert await store.find(ADA.id, ACME.code) == Membership(ADA.id, ACME.code, NOW)
    assert await store.give("role", ADA.id, ACME.code, [CLERK.id, CHIEF.id]) == 2
    assert await store.give("role", ADA.id, ACME.code, [CLERK.id]) == 0
    await store.give("permission", ADA.id, ACME.code, [READ.id])
    await store.give("scope", ADA.id, ACME.code, ["scope_1"])
    assert await store.take("role", ADA.id, ACME.code, CHIEF.id) is True
    assert await store.take("role", ADA.id, ACME.code, CHIEF.id) is False
    held = Holdings(frozenset({CLERK.id}), frozenset({READ.id}), frozenset({"scope_1"}))
    assert await store.holdings(ADA.id, ACME.code) == held
    assert await store.remove(ADA.id, ACME.code) is True
    assert await store.remove(ADA.id, ACME.code) is False
    assert await store.holdings(ADA.id, ACME.code) == Holdings()
    await store.add(ADA.id, ACME.code, NOW)
    assert await store.holdings(ADA.id, ACME.code) == Holdings()


async def test_members_are_listed_in_every_order_and_by_what_they_hold(work):
    await work.memberships.give("role", ADA.id, ACME.code, [CLERK.id, CHIEF.id])
    await work.memberships.give("role", BOB.id, ACME.code, [CLERK.id])
    await work.memberships.give("permission", EVE.id, ACME.code, [READ.id, WRITE.id])
    assert await ids(work) == ["kp_1", "kp_2", "kp_3"]
    assert await ids(work, order="name") == ["kp_3", "kp_1", "kp_2"]
    assert await ids(work, order="email", descending=True) == ["kp_1", "kp_2", "kp_3"]
    assert await ids(work, role_ids=[CLERK.id, CHIEF.id]) == ["kp_1"]
    assert await ids(work, permission_ids=[READ.id]) == ["kp_1", "kp_2", "kp_3"]
    assert await ids(work, permission_ids=[READ.id, WRITE.id]) == ["kp_3"]
    query = MemberQuery(ACME.code, order="name")
    first = await work.member_lists.page_of(query, page_size=2, next_token=None)
    assert first.items == [
        Member(EVE, NOW + timedelta(seconds=2)),
        Member(ADA, NOW, "z@acme.test", (CHIEF, CLERK)),
    ]
    rest = await work.member_lists.page_of(query, page_size=2, next_token=first.next_token)
    assert rest == Page([Member(BOB, NOW + timedelta(seconds=1), "b@acme.test", (CLERK,))])


async def test_holders_of_a_role_are_each_listed_once(work):
    await work.memberships.add(ADA.id, BANK.code, NOW)
    for code in (ACME.code, BANK.code):
        await work.memberships.give("role", ADA.id, code, [CLERK.id])
    await work.memberships.give("role", BOB.id, ACME.code, [CLERK.id])
    first = await work.member_lists.page_of_role(CLERK.id, None, page_size=1, next_token=None)
    assert first.items == [ADA.id]
    rest = await work.member_lists.page_of_role(CLERK.id, None, page_size=1, next_token=first.next_token)
    assert rest == Page([BOB.id])
    in_bank = await work.member_lists.page_of_role(CLERK.id, BANK.code, page_size=9, next_token=None)
    assert in_bank == Page([ADA.id])
    codes = await work.member_lists.organization_codes(CLERK.id, [ADA.id, EVE.id])
    assert codes == {ADA.id: [ACME.code, BANK.code], EVE.id: []}
    assert await work.member_lists.count_of_role(CLERK.id, ACME.code) == 2


async def test_domains_are_claimed_exactly(work):
    find = work.organizations.claiming_domain_of
    assert await find("x@ACME.test") == [ACME]
    for other in ("x@cme.test", "x@acme.tes", 'x@acme.test","b.test', "acme.test", "", "x@%"):
        assert await find(other) == []
    await work.organizations.replace(replace(ACME, is_suspended=True))
    assert await find("x@acme.test") == []
    assert await work.organizations.find_default() == BANK


async def test_rights_of_one_environment_are_none_of_another(database, work):
    async with database.reading("two") as other:
        assert await other.memberships.find(ADA.id, ACME.code) is None
        assert await other.memberships.organizations_of(ADA.id) == []
        assert await other.permissions.all() == []
        assert await other.role_contents.permission_ids() == {}
        assert await other.policies.all() == EnvironmentPolicies()


async def test_policies_and_role_contents_are_kept(work):
    changed = AccessPolicy(allowed_domains=("acme.test",), is_self_sign_up_allowed=False)
    for policy in (AccessPolicy(), changed):
        await work.policies.put("access", policy_to_json(policy))
    assert await work.policies.all() == EnvironmentPolicies(access=changed)
    assert await work.role_contents.permission_ids() == {CLERK.id: frozenset({READ.id})}
    assert await work.role_contents.scope_ids() == {CLERK.id: frozenset({"scope_1"})}
    await work.permissions.remove(READ.id)
    await work.apis.remove_scope("scope_1")
    assert await work.role_contents.permission_ids() == {}
    assert await work.role_contents.scope_ids() == {}
