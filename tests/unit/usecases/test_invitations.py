"""People are invited, and one of them who proves the address accepts, once."""

import asyncio

import pytest

from claimsmith.domain.errors import DomainError, InvalidInput, LimitReached, NotFound, NotPermitted
from claimsmith.domain.invitations import invitation_link
from claimsmith.domain.memberships import Holdings
from claimsmith.domain.users import IdentityType
from claimsmith.usecases import applications, invitation_rules, invitations, memberships, organizations
from claimsmith.usecases.identities import NewIdentity
from claimsmith.usecases.invitations import NewInvitation
from claimsmith.usecases.messages import list_messages
from claimsmith.usecases.policies import change_policy
from claimsmith.usecases.roles import delete_role
from claimsmith.usecases.users import create_user, delete_user
from tests.support.people import make_organization, make_permission, make_role, make_user
from tests.support.platform import open_platform

LOGIN = "https://site.test/login?from=mail"


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
async def context(opened):
    context = opened.context()
    made = await applications.create_application(context, name="Site", type="reg")
    await applications.change_application(context, made.application.id, {"login_uri": LOGIN})
    await change_policy(context, "access", {"invite_application_id": made.application.id})
    return context


@pytest.fixture
async def acme(context):
    return await make_organization(context)


async def invited(context, code, email="ada@acme.test", **members):
    return await invitations.invite(context, code, NewInvitation(email, **members))


async def accepted(context, issued, user_id):
    async with context.storing() as work:
        found = await invitations.find_invitation(work, issued.code.reveal())
        return await invitations.accept_invitation(work, found, user_id)


async def refusal(awaitable):
    with pytest.raises(DomainError) as caught:
        await awaitable
    return type(caught.value), caught.value.code


async def test_invitations_need_a_place_to_lead_to(opened):
    context = opened.context()
    acme = await make_organization(context)
    assert await refusal(invited(context, acme)) == (NotPermitted, "INVITE_APPLICATION_MISSING")
    await change_policy(context, "access", {"are_invitations_allowed": False})
    assert await refusal(invited(context, acme)) == (NotPermitted, "INVITATIONS_DISABLED")


async def test_bad_invitations_are_refused(context, acme):
    assert await refusal(invited(context, "org_00000000000")) == (NotFound, "ORGANIZATION_NOT_FOUND")
    assert await refusal(invited(context, acme, "ada")) == (InvalidInput, "EMAIL_INVALID")
    assert await refusal(invited(context, acme, role_keys=["none"])) == (NotFound, "ROLE_NOT_FOUND")
    assert await refusal(invited(context, acme, first_name="n" * 65)) == (
        InvalidInput,
        "FIRST_NAME_TOO_LONG",
    )
    for seconds in (3_599, 2_592_001):
        wrong = invited(context, acme, lifetime_seconds=seconds)
        assert await refusal(wrong) == (InvalidInput, "LIFETIME_INVALID")
    await organizations.change_organization(context, acme, {"is_suspended": True})
    assert await refusal(invited(context, acme)) == (NotPermitted, "ORGANIZATION_SUSPENDED")


async def test_link_is_shown_once_and_its_code_is_stored_hashed(context, acme):
    clerk = await make_role(context, "clerk")
    issued = await invited(context, acme, "Ada@ACME.test", role_keys=["clerk", "clerk"], first_name="Ada")
    code = issued.code.reveal()
    assert issued.link.reveal() == f"{LOGIN}&invitation_code={code}&is_invitation=true"
    assert code.startswith("inv_") and len(code) > 40
    assert code not in repr(issued)
    invitation = issued.listed.invitation
    assert (invitation.email, invitation.full_name) == ("ada@acme.test", "Ada")
    assert issued.listed.roles == (clerk,)
    for reference in (invitation.id, code):
        assert await invitations.get_invitation(context, acme, reference) == issued.listed
    other = await make_organization(context, "Bank")
    wrong = invitations.get_invitation(context, other, invitation.id)
    assert await refusal(wrong) == (NotFound, "INVITATION_NOT_FOUND")


async def test_id_opens_nothing(context, acme):
    issued = await invited(context, acme)
    async with context.reading() as work:
        found = invitations.find_invitation(work, issued.listed.invitation.id)
        assert await refusal(found) == (NotFound, "INVITATION_NOT_USABLE")


def test_link_keeps_the_query_of_the_login_uri():
    assert invitation_link("https://a.test/in", "inv_x") == (
        "https://a.test/in?invitation_code=inv_x&is_invitation=true"
    )
    assert invitation_link("https://a.test/?a=&invitation_code=old#part", "inv_x") == (
        "https://a.test/?a=&invitation_code=inv_x&is_invitation=true#part"
    )


async def test_who_proves_the_address_becomes_a_member_once(context, acme):
    clerk, gone = await make_role(context, "clerk"), await make_role(context, "gone")
    await make_role(context, "member", is_default_role=True)
    issued = await invited(context, acme, role_keys=["clerk", "gone"])
    await delete_role(context, gone.id)
    eve = await make_user(context, "eve@acme.test")
    assert await refusal(accepted(context, issued, eve)) == (NotPermitted, "INVITATION_EMAIL_MISMATCH")
    unproved = await create_user(
        context, identities=[NewIdentity(IdentityType.EMAIL, "ada@acme.test", is_verified=False)]
    )
    wrong = accepted(context, issued, unproved.user.id)
    assert await refusal(wrong) == (NotPermitted, "INVITATION_EMAIL_MISMATCH")
    await delete_user(context, unproved.user.id)
    ada = await make_user(context, "Ada@Acme.test")
    assert (await accepted(context, issued, ada)).code == acme
    async with context.reading() as work:
        held = await work.memberships.holdings(ada, acme)
    assert held == Holdings(frozenset({clerk.id}))
    assert await refusal(accepted(context, issued, ada)) == (NotFound, "INVITATION_NOT_USABLE")


async def test_invitation_without_roles_gives_the_default_ones(context, acme):
    member = await make_role(context, "member", is_default_role=True)
    ada = await make_user(context, "ada@acme.test")
    await accepted(context, await invited(context, acme), ada)
    async with context.reading() as work:
        assert await work.memberships.holdings(ada, acme) == Holdings(frozenset({member.id}))


async def test_of_several_who_accept_at_once_one_wins(context, acme):
    issued = await invited(context, acme)
    ada = await make_user(context, "ada@acme.test")
    tries = await asyncio.gather(*(accepted(context, issued, ada) for _ in range(5)), return_exceptions=True)
    codes = sorted(getattr(each, "code", "") for each in tries)
    assert codes == sorted([acme] + ["INVITATION_NOT_USABLE"] * 4)


async def test_expired_invitation_comes_back_with_another_link(opened, context, acme):
    issued = await invited(context, acme, lifetime_seconds=3_600)
    opened.clock.move(3_600)
    ada = await make_user(context, "ada@acme.test")
    assert await refusal(accepted(context, issued, ada)) == (NotFound, "INVITATION_NOT_USABLE")
    renewed = await invitations.renew_invitation(context, acme, issued.listed.invitation.id)
    assert await refusal(accepted(context, issued, ada)) == (NotFound, "INVITATION_NOT_USABLE")
    assert (await accepted(context, renewed, ada)).code == acme
    again = invitations.renew_invitation(context, acme, renewed.listed.invitation.id)
    assert await refusal(again) == (NotPermitted, "INVITATION_OVER")


async def test_revoked_invitation_and_older_ones_open_nothing(context, acme):
    first = await invited(context, acme)
    second = await invited(context, acme, "ADA@acme.test")
    ada = await make_user(context, "ada@acme.test")
    assert await refusal(accepted(context, first, ada)) == (NotFound, "INVITATION_NOT_USABLE")
    for _ in range(2):
        await invitations.revoke_invitation(context, acme, second.listed.invitation.id)
    assert await refusal(accepted(context, second, ada)) == (NotFound, "INVITATION_NOT_USABLE")
    third = await invited(context, acme)
    await accepted(context, third, ada)
    revoked = invitations.revoke_invitation(context, acme, third.code.reveal())
    assert await refusal(revoked) == (NotPermitted, "INVITATION_OVER")


async def test_nothing_is_accepted_while_invitations_are_off_or_the_organization_is_suspended(context, acme):
    issued = await invited(context, acme)
    ada = await make_user(context, "ada@acme.test")
    await change_policy(context, "access", {"are_invitations_allowed": False})
    assert await refusal(accepted(context, issued, ada)) == (NotPermitted, "INVITATIONS_DISABLED")
    await change_policy(context, "access", {"are_invitations_allowed": True})
    await organizations.change_organization(context, acme, {"is_suspended": True})
    assert await refusal(accepted(context, issued, ada)) == (NotPermitted, "ORGANIZATION_SUSPENDED")


async def test_list_shows_what_is_pending_unless_asked_for_more(context, acme):
    revoked = await invited(context, acme, "a@acme.test", first_name="Zoe")
    await invitations.revoke_invitation(context, acme, revoked.listed.invitation.id)
    pending = await invited(context, acme, "c@acme.test")
    taken = await invited(context, acme, "b@acme.test", first_name="Bo")
    await accepted(context, taken, await make_user(context, "b@acme.test"))

    async def emails(**options):
        page = await invitations.list_invitations(context, acme, **options)
        return [each.invitation.email for each in page.items]

    assert await emails() == ["c@acme.test"]
    both = {"with_accepted": True, "with_revoked": True}
    assert await emails(sort="email_desc", **both) == ["c@acme.test", "b@acme.test", "a@acme.test"]
    assert await emails(sort="name_desc", **both) == ["a@acme.test", "b@acme.test", "c@acme.test"]
    first = await invitations.list_invitations(context, acme, sort="created_on_desc", page_size=1, **both)
    rest = await emails(sort="created_on_desc", next_token=first.next_token, **both)
    assert len(rest) == 2 and first.items[0].invitation.email not in rest
    assert pending.listed in (await invitations.list_invitations(context, acme)).items
    assert await refusal(emails(sort="role_asc")) == (InvalidInput, "SORT_INVALID")


async def test_invitations_of_an_organization_are_bounded(opened, context, acme, monkeypatch):
    monkeypatch.setattr(invitation_rules, "MOST_IN_A_DAY", 3)
    monkeypatch.setattr(invitation_rules, "MOST_PENDING", 4)
    for number in range(3):
        await invited(context, acme, f"{number}@acme.test")
    assert await refusal(invited(context, acme)) == (LimitReached, "TOO_MANY_INVITATIONS")
    opened.clock.move(86_401)
    await invited(context, acme, "4@acme.test")
    assert await refusal(invited(context, acme)) == (LimitReached, "TOO_MANY_INVITATIONS")


async def test_user_invites_only_to_roles_the_user_may_assign(context, acme):
    guard = await make_permission(context, "assign:chief")
    await make_role(context, "chief", assignment_permission_id=guard.id)
    bob = await make_user(context, "bob@acme.test")
    async with context.storing() as work:
        await memberships.join(work, bob, acme)
    wanted = NewInvitation("ada@acme.test", role_keys=["chief"])
    refused = invitations.invite(context, acme, wanted, assigned_by=bob)
    assert await refusal(refused) == (NotPermitted, "ROLE_ASSIGNMENT_NOT_PERMITTED")


async def test_mail_carries_the_link_of_the_moment(context, acme):
    await invited(context, acme, "eve@acme.test")
    issued = await invited(context, acme, send_email=True)
    renewed = await invitations.renew_invitation(context, acme, issued.listed.invitation.id, send_email=True)
    assert renewed.listed.invitation.sent_at is not None
    found = await list_messages(context)
    assert [(each.kind, each.recipient) for each in found] == [("invitation", "ada@acme.test")] * 2
    assert all("Acme" in each.subject and "7 days" in each.text for each in found)
    links = {issued.link.reveal(), renewed.link.reveal()}
    assert {link for each in found for link in links if link in each.text} == links
