"""Users become members, hold roles, permissions and scopes there, and lose all of it when they leave."""

from datetime import timedelta

import pytest

from claimsmith.domain.changes import Author
from claimsmith.domain.errors import InvalidInput, NotFound, NotPermitted
from claimsmith.domain.grants import Grant
from claimsmith.domain.memberships import Holdings
from claimsmith.domain.policies import AccessPolicy
from claimsmith.usecases import apis, applications, member_rights, memberships, organizations
from claimsmith.usecases.context import Context
from claimsmith.usecases.member_rights import HeldPermission, HeldScope, RoleHolder
from claimsmith.usecases.memberships import ChangedMembers, MemberChange
from tests.support.people import make_organization, make_permission, make_role, make_scope, make_user
from tests.support.platform import open_platform


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
def context(opened):
    return opened.context()


@pytest.fixture
async def ada(context):
    return await make_user(context, "ada@acme.test", first_name="Ada", last_name="Lovelace")


@pytest.fixture
async def acme(context):
    return await make_organization(context)


async def joined(context, user_id, code, **options):
    async with context.storing() as work:
        return await memberships.join(work, user_id, code, **options)


async def holdings(context, user_id, code):
    async with context.reading() as work:
        return await work.memberships.holdings(user_id, code)


async def codes_of(context, user_id):
    async with context.reading() as work:
        return [each.code for each in await memberships.organizations_of(work, user_id)]


def code(caught):
    return caught.value.code


async def test_who_joins_gets_the_default_roles_once(context, ada, acme):
    first = await make_role(context, "member", is_default_role=True)
    other = await make_role(context, "chief", is_creator_role=True)
    assert await joined(context, ada, acme) is True
    assert await holdings(context, ada, acme) == Holdings(frozenset({first.id}))
    await member_rights.remove_member_role(context, acme, ada, first.id)
    assert await joined(context, ada, acme) is False
    assert await holdings(context, ada, acme) == Holdings()
    assert await joined(context, ada, acme, role_ids=[other.id]) is False
    assert await holdings(context, ada, acme) == Holdings(frozenset({other.id}))


async def test_nobody_joins_what_is_not_there(context, ada):
    with pytest.raises(NotFound) as caught:
        await joined(context, ada, "org_00000000000")
    assert code(caught) == "ORGANIZATION_NOT_FOUND"


async def test_organizations_of_a_user_are_by_name(context, ada, acme):
    zoo, bank = await make_organization(context, "Zoo"), await make_organization(context, "Bank")
    for each in (zoo, acme, bank):
        await joined(context, ada, each)
    assert await codes_of(context, ada) == [acme, bank, zoo]


@pytest.mark.parametrize(
    ("switches", "email", "is_open"),
    [
        ({}, "ada@acme.test", False),
        ({"is_auto_membership_enabled": True}, None, True),
        ({"is_allow_registrations": True}, "ada@acme.test", True),
        ({"is_auto_membership_enabled": True, "allowed_domains": ["acme.test"]}, "ada@ACME.test", True),
        ({"is_auto_membership_enabled": True, "allowed_domains": ["acme.test"]}, "ada@x.acme.test", False),
        ({"is_auto_membership_enabled": True, "allowed_domains": ["acme.test"]}, "a@notacme.test", False),
        ({"is_auto_membership_enabled": True, "allowed_domains": ["acme.test"]}, None, False),
        ({"is_auto_membership_enabled": True, "is_suspended": True}, "ada@acme.test", False),
    ],
)
async def test_organization_takes_in_whom_it_allows(context, ada, switches, email, is_open):
    made = await organizations.create_organization(context, name="Open", members=switches, feature_flags={})
    async with context.storing() as work:
        asked = memberships.join_by_asking(work, ada, made, email)
        if is_open:
            assert await asked is True
            assert await memberships.join_by_asking(work, ada, made, None) is False
            return
        with pytest.raises(NotPermitted) as caught:
            await asked
    assert code(caught) == "ORGANIZATION_NOT_OPEN"


async def at_sign_up(context, user_id, email, organization=None, **access):
    async with context.storing() as work:
        return await memberships.join_at_sign_up(
            work, AccessPolicy(**access), user_id, email=email, organization=organization
        )


async def test_sign_up_without_organization_leads_to_the_default_one(context, ada):
    default = next(each for each in (await organizations.list_organizations(context)).items)
    assert await at_sign_up(context, ada, "ada@acme.test", is_default_organization_joined=False) == []
    assert await codes_of(context, ada) == []
    await organizations.change_organization(context, default.code, {"allowed_domains": ["other.test"]})
    assert await at_sign_up(context, ada, "ada@acme.test") == []
    await organizations.change_organization(context, default.code, {"allowed_domains": []})
    assert await at_sign_up(context, ada, "ada@acme.test") == [default.code]


async def test_sign_up_joins_what_claims_the_domain(context, ada):
    claiming = {"is_auto_join_domain_list": True, "allowed_domains": ["acme.test", "acme.example"]}
    claims = await make_organization(context, "Claims", **claiming)
    await make_organization(context, "Longer", is_auto_join_domain_list=True, allowed_domains=["xacme.test"])
    await make_organization(context, "Only allows", allowed_domains=["acme.test"])
    assert await at_sign_up(context, ada, None) != [claims]
    assert await at_sign_up(context, ada, 'x"%@acme.te_t') != [claims]
    bob = await make_user(context, "bob@acme.test")
    assert await at_sign_up(context, bob, "Bob@Acme.test") == [claims]
    eve = await make_user(context, "eve@acme.test")
    asked = await organizations.create_organization(
        context, name="Asked", members={"is_auto_membership_enabled": True}, feature_flags={}
    )
    assert await at_sign_up(context, eve, "eve@acme.test", asked) == [asked.code, claims]


async def test_founder_gets_creator_and_default_roles(context, ada):
    chief = await make_role(context, "chief", is_creator_role=True)
    member = await make_role(context, "member", is_default_role=True)
    await make_role(context, "other")
    async with context.storing() as work:
        made = await memberships.found_organization(work, ada, "Ada's")
        with pytest.raises(InvalidInput):
            await memberships.found_organization(work, ada, "")
    assert await holdings(context, ada, made.code) == Holdings(frozenset({chief.id, member.id}))
    assert await organizations.get_organization(context, made.code) == made


async def test_members_are_changed_all_or_none(context, ada, acme):
    clerk, reading = await make_role(context, "clerk"), await make_permission(context, "read:reports")
    bob = await make_user(context, "bob@acme.test")
    change = memberships.change_members
    refused = [
        (MemberChange("kp_unknown"), "USER_NOT_FOUND", None),
        (MemberChange(bob, role_keys=["clerk", "none"]), "ROLE_NOT_FOUND", "users[1].roles[1]"),
        (MemberChange(bob, permission_keys=["none"]), "PERMISSION_NOT_FOUND", "users[1].permissions[0]"),
        (MemberChange(bob, "add"), "OPERATION_INVALID", "users[1].operation"),
    ]
    for wrong, wanted, field in refused:
        with pytest.raises((NotFound, InvalidInput)) as caught:
            await change(context, acme, [MemberChange(ada), wrong])
        assert (code(caught), caught.value.field) == (wanted, field)
    with pytest.raises(InvalidInput) as caught:
        await change(context, acme, [MemberChange(ada)] * 101)
    assert code(caught) == "TOO_MANY_OBJECTS"
    assert await codes_of(context, ada) == []
    given = MemberChange(ada, role_keys=["clerk"], permission_keys=["read:reports"])
    assert await change(context, acme, [given]) == ChangedMembers((ada,), (), ())
    assert await holdings(context, ada, acme) == Holdings(frozenset({clerk.id}), frozenset({reading.id}))
    again = [given, MemberChange(bob, "delete")]
    assert await change(context, acme, again) == ChangedMembers((), (ada,), ())
    gone = [MemberChange(ada, "delete"), MemberChange(bob)]
    assert await change(context, acme, gone) == ChangedMembers((bob,), (), (ada,))
    assert await holdings(context, ada, acme) == Holdings()


async def test_members_are_listed_filtered_and_paged(context, ada, acme):
    reading = await make_permission(context, "read:reports")
    clerk = await make_role(context, "clerk", permission_ids=[reading.id])
    await make_role(context, "chief")
    bob = await make_user(context, "zed@acme.test", first_name="bob")
    eve = await make_user(context, "eve@acme.test", first_name="Eve")
    for user_id, keys in ((ada, ["clerk"]), (bob, []), (eve, ["chief", "clerk"])):
        await memberships.change_members(context, acme, [MemberChange(user_id, role_keys=keys)])
    await member_rights.add_member_permission(context, acme, bob, reading.id)

    async def ids(**options):
        page = await memberships.list_members(context, acme, **options)
        return [each.user.id for each in page.items]

    assert await ids() == sorted([ada, bob, eve])
    assert await ids(sort="name_asc") == [ada, bob, eve]
    assert await ids(sort="email_desc") == [bob, eve, ada]
    assert sorted(await ids(permission_keys=["read:reports"])) == sorted([ada, bob, eve])
    assert await ids(role_keys=["clerk", "chief"]) == [eve]
    first = await memberships.list_members(context, acme, sort="name_asc", page_size=1)
    assert (first.items[0].email, first.items[0].roles) == ("ada@acme.test", (clerk,))
    assert await ids(sort="name_asc", page_size=2, next_token=first.next_token) == [bob, eve]
    with pytest.raises(InvalidInput):
        await ids(sort="joined_asc")
    holders = await member_rights.list_role_holders(context, clerk.id)
    assert list(holders.items) == [RoleHolder(each, (acme,)) for each in sorted([ada, eve])]
    listed = await member_rights.list_organization_role_holders(context, acme, clerk.id, page_size=1)
    assert (listed.items, listed.has_more) == ([min(ada, eve)], True)
    assert await member_rights.count_organization_role_holders(context, acme, clerk.id) == 2


async def test_member_holds_what_roles_contain_and_what_was_given(context, ada, acme):
    reading, writing = await make_permission(context, "read"), await make_permission(context, "write")
    await make_permission(context, "nobody")
    see = await make_scope(context, "see")
    take = await make_scope(context, "take", see.api_id)
    clerk = await make_role(context, "clerk", permission_ids=[reading.id], scope_ids=[see.id])
    await joined(context, ada, acme, role_ids=[clerk.id])
    for permission in (reading, writing):
        await member_rights.add_member_permission(context, acme, ada, permission.id)
    await member_rights.add_member_scope(context, acme, ada, take.api_id, take.id)
    assert await member_rights.list_member_roles(context, acme, ada) == [clerk]
    assert await member_rights.list_member_permissions(context, acme, ada) == [
        HeldPermission(reading, (clerk,), True),
        HeldPermission(writing, (), True),
    ]
    assert await member_rights.list_member_scopes(context, acme, ada) == [
        HeldScope(see, (clerk,), False),
        HeldScope(take, (), True),
    ]
    await member_rights.remove_member_permission(context, acme, ada, reading.id)
    with pytest.raises(NotFound) as caught:
        await member_rights.remove_member_permission(context, acme, ada, reading.id)
    assert code(caught) == "NOT_HELD"
    await apis.delete_scope(context, take.api_id, take.id)
    await member_rights.remove_member_role(context, acme, ada, clerk.id)
    assert await member_rights.list_member_scopes(context, acme, ada) == []
    assert await member_rights.list_member_permissions(context, acme, ada) == [
        HeldPermission(writing, (), True)
    ]


async def test_strangers_hold_nothing(context, ada, acme):
    clerk = await make_role(context, "clerk")
    for refused in (
        member_rights.list_member_roles(context, acme, ada),
        member_rights.add_member_role(context, acme, ada, clerk.id),
        member_rights.remove_member_role(context, acme, ada, clerk.id),
        member_rights.list_member_permissions(context, acme, ada),
        memberships.remove_member(context, acme, ada),
    ):
        with pytest.raises(NotFound) as caught:
            await refused
        assert code(caught) == "MEMBERSHIP_NOT_FOUND"


async def test_guarded_role_is_assigned_by_who_may(context, ada, acme):
    guard = await make_permission(context, "assign:chief")
    chief = await make_role(context, "chief", assignment_permission_id=guard.id)
    leader = await make_role(context, "leader", permission_ids=[guard.id])
    bob, elsewhere = await make_user(context, "bob@acme.test"), await make_organization(context, "Bank")
    for user_id in (ada, bob):
        await joined(context, user_id, acme)
    await joined(context, bob, elsewhere, role_ids=[leader.id])
    assign = member_rights.add_member_role
    with pytest.raises(NotPermitted) as caught:
        await assign(context, acme, ada, chief.id, assigned_by=bob)
    assert code(caught) == "ROLE_ASSIGNMENT_NOT_PERMITTED"
    with pytest.raises(NotPermitted):
        await memberships.change_members(
            context, acme, [MemberChange(ada, role_keys=["chief"])], assigned_by=bob
        )
    await member_rights.add_member_role(context, acme, bob, leader.id)
    await assign(context, acme, ada, chief.id, assigned_by=bob)
    assert await member_rights.list_member_roles(context, acme, ada) == [chief]


async def test_program_hands_out_no_management_scope_it_lacks(opened, context, ada, acme):
    await (await opened.management()).aclose()
    management = (await apis.list_apis(context, with_scopes=True)).items[0]
    scope = next(each for each in management.scopes if each.key == "delete:roles")
    mighty = await make_role(context, "mighty", scope_ids=[scope.id])
    await joined(context, ada, acme)
    limited = Context(
        context.platform, context.environment, Author("application", "x"), frozenset({"read:roles"})
    )
    for refused in (
        member_rights.add_member_role(limited, acme, ada, mighty.id),
        member_rights.add_member_scope(limited, acme, ada, scope.api_id, scope.id),
    ):
        with pytest.raises(NotPermitted) as caught:
            await refused
        assert code(caught) == "SCOPE_ESCALATION"
    assert await holdings(context, ada, acme) == Holdings()


async def grant_of(context, user_id, organization_code, grant_id):
    made = await applications.create_application(context, name=grant_id, type="reg")
    async with context.storing() as work:
        grant = Grant(
            id=grant_id,
            grant_type="authorization_code",
            user_id=user_id,
            client_id=made.application.id,
            organization_code=organization_code,
            session_id=None,
            scopes=("openid",),
            audiences=(),
            authenticated_at=work.now,
            created_at=work.now,
            expires_at=work.now + timedelta(hours=1),
        )
        await work.grants.add(grant, None)


async def revocation(context, grant_id):
    async with context.reading() as work:
        grant = await work.grants.find(grant_id)
        return grant and grant.revoked_because


async def test_who_leaves_loses_the_grants_of_that_organization(context, ada, acme):
    bank = await make_organization(context, "Bank")
    bob = await make_user(context, "bob@acme.test")
    for user_id, organization, grant in ((ada, acme, "a" * 15), (ada, bank, "b" * 15), (bob, acme, "c" * 15)):
        await joined(context, user_id, organization)
        await grant_of(context, user_id, organization, grant)
    await memberships.remove_member(context, acme, ada)
    assert await codes_of(context, ada) == [bank]
    assert await revocation(context, "a" * 15) == "membership_removed"
    assert await revocation(context, "b" * 15) is None
    assert await revocation(context, "c" * 15) is None
    await organizations.change_organization(context, bank, {"is_suspended": True})
    assert await revocation(context, "b" * 15) == "organization_suspended"
    await organizations.change_organization(context, bank, {"is_suspended": False})
    assert await revocation(context, "b" * 15) == "organization_suspended"
