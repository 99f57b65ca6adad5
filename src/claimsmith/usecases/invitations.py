"""Invite people into organizations: make, list, send again, revoke and accept invitations.

A link holds a code of 256 random bits, of which only the hash is stored: it is shown once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from claimsmith.crypto.secrets import hash_secret, make_opaque_token, random_hex
from claimsmith.domain.errors import InvalidInput, NotFound, NotPermitted
from claimsmith.domain.identities import identity_value
from claimsmith.domain.invitations import LIFETIME_SECONDS, Invitation, invitation_link
from claimsmith.domain.keys_and_names import check_name
from claimsmith.domain.organizations import Organization
from claimsmith.domain.paging import Page
from claimsmith.domain.roles import Role
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.users import IdentityType
from claimsmith.storage.invitations import InvitationQuery
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.invitation_rules import (
    Destination,
    check_lifetime,
    check_limits,
    find_destination,
    not_usable,
    refuse_disabled,
    refuse_suspended,
)
from claimsmith.usecases.member_rights import check_may_assign, roles_by_key
from claimsmith.usecases.memberships import join
from claimsmith.usecases.messages import send
from claimsmith.usecases.organizations import find_organization

CODE_PREFIX = "inv"
SORTS = ("created_on_asc", "created_on_desc", "email_asc", "email_desc", "name_asc", "name_desc")


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """Hold what an invitation is to be. Roles are keys; none means the default roles of new members.

    `send_email` puts the link into a mail to the address, in the language of the invite application.
    """

    email: str
    role_keys: Sequence[str] = ()
    first_name: str | None = None
    last_name: str | None = None
    lifetime_seconds: int = LIFETIME_SECONDS
    send_email: bool = False


@dataclass(frozen=True, slots=True)
class ListedInvitation:
    """Hold an invitation with its roles as far as they exist, in the order of their keys."""

    invitation: Invitation
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """Hold an invitation with its code and its link, which are shown this once."""

    listed: ListedInvitation
    code: PlainSecret
    link: PlainSecret


async def invite(
    context: Context, organization_code: str, wanted: NewInvitation, *, assigned_by: str | None = None
) -> IssuedInvitation:
    """Invite an address into an organization; an invitation it has there already is revoked.

    `assigned_by` is the user who invites, if one does: see `member_rights.give_roles`. Raises `NotFound`,
    `InvalidInput`, `LimitReached`; `NotPermitted` when invitations are off or lead nowhere, for a suspended
    organization, and for a role that may not be assigned.
    """
    email, _ = identity_value(IdentityType.EMAIL, wanted.email, "email")
    for field, name in (("first_name", wanted.first_name), ("last_name", wanted.last_name)):
        if name:
            check_name(name, field)
    check_lifetime(wanted.lifetime_seconds)
    async with context.changing() as work:
        destination = await find_destination(work)
        organization = await find_organization(work, organization_code)
        refuse_suspended(organization)
        roles = await roles_by_key(work, list(dict.fromkeys(wanted.role_keys)), "roles")
        await check_may_assign(context, work, organization_code, roles, assigned_by=assigned_by)
        await _revoke_pending(work, organization_code, email)
        await check_limits(work, organization_code)
        invitation = Invitation(
            id=f"inv_{random_hex(32)}",
            email=email,
            organization_code=organization_code,
            role_ids=tuple(role.id for role in roles),
            created_at=work.now,
            expires_at=work.now + timedelta(seconds=wanted.lifetime_seconds),
            first_name=wanted.first_name or None,
            last_name=wanted.last_name or None,
            sent_at=work.now if wanted.send_email else None,
        )
        code = make_opaque_token(CODE_PREFIX)
        link = PlainSecret(invitation_link(destination.login_uri, code.reveal()))
        await work.invitations.add(invitation, bytes(hash_secret(code.reveal())))
        if wanted.send_email:
            await _send(work, invitation, organization, destination, link)
        work.record("invitation", invitation.id, "created")
    return IssuedInvitation(ListedInvitation(invitation, _by_key(roles)), code, link)


async def renew_invitation(
    context: Context, organization_code: str, reference: str, *, send_email: bool = False
) -> IssuedInvitation:
    """Give an invitation another code and seven days more; the link it had ends.

    `send_email` puts the link into a mail to the address. One that expired comes back to life. Raises
    `NotFound`; `NotPermitted` for one that was accepted or revoked, and when invitations are off or lead
    nowhere.
    """
    async with context.changing() as work:
        destination = await find_destination(work)
        organization = await find_organization(work, organization_code)
        refuse_suspended(organization)
        invitation = await _referred(work, organization_code, reference)
        if invitation.standing(work.now) in ("accepted", "revoked"):
            raise NotPermitted(
                f"The invitation of {invitation.email} was {invitation.standing(work.now)}; make a new one.",
                code="INVITATION_OVER",
            )
        ends = work.now + timedelta(seconds=LIFETIME_SECONDS)
        renewed = replace(invitation, expires_at=ends, sent_at=work.now if send_email else invitation.sent_at)
        code = make_opaque_token(CODE_PREFIX)
        link = PlainSecret(invitation_link(destination.login_uri, code.reveal()))
        await work.invitations.renew(renewed, bytes(hash_secret(code.reveal())))
        if send_email:
            await _send(work, renewed, organization, destination, link)
        work.record("invitation", invitation.id, "changed")
        listed = await _listed(work, [renewed])
    return IssuedInvitation(listed[0], code, link)


async def list_invitations(
    context: Context,
    organization_code: str,
    *,
    sort: str | None = None,
    with_accepted: bool = False,
    with_revoked: bool = False,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[ListedInvitation]:
    """Return one page of an organization's invitations, the oldest first unless `sort` says otherwise.

    Raises `NotFound`, `InvalidInput`.
    """
    if sort not in (None, *SORTS):
        raise InvalidInput(f"sort is {sort!r}; use {', '.join(SORTS)}.", field="sort", code="SORT_INVALID")
    order, _, direction = (sort or SORTS[0]).rpartition("_")
    async with context.reading() as work:
        await find_organization(work, organization_code)
        query = InvitationQuery(
            organization_code,
            with_accepted=with_accepted,
            with_revoked=with_revoked,
            order=order,  # type: ignore[arg-type]  # one of SORTS
            descending=direction == "desc",
        )
        page = await work.invitations.page_of(query, page_size=page_size, next_token=next_token)
        return Page(await _listed(work, page.items), page.next_token)


async def get_invitation(context: Context, organization_code: str, reference: str) -> ListedInvitation:
    """Return one invitation by its id, or by its code. Raises `NotFound`."""
    async with context.reading() as work:
        return (await _listed(work, [await _referred(work, organization_code, reference)]))[0]


async def revoke_invitation(context: Context, organization_code: str, reference: str) -> None:
    """Revoke an invitation by its id, or by its code; one that is revoked stays so.

    Raises `NotFound`, `NotPermitted` for one that was accepted.
    """
    async with context.changing() as work:
        invitation = await _referred(work, organization_code, reference)
        if not await work.invitations.revoke(invitation.id, work.now) and invitation.accepted_at is not None:
            raise NotPermitted(
                f"The invitation of {invitation.email} was accepted; remove the member instead.",
                code="INVITATION_OVER",
            )
        work.record("invitation", invitation.id, "deleted")


async def find_invitation(work: Work, code: str) -> Invitation:
    """Return the invitation of a code, if it can be accepted now.

    Raises `NotPermitted` (`INVITATIONS_DISABLED`) when invitations are off, `NotFound`
    (`INVITATION_NOT_USABLE`, in one wording) for any other reason.
    """
    refuse_disabled((await work.policies.all()).access)
    invitation = await work.invitations.find_by_hash(bytes(hash_secret(code)))
    if invitation is None or invitation.standing(work.now) != "pending":
        raise not_usable()
    refuse_suspended(await find_organization(work, invitation.organization_code))
    return invitation


async def accept_invitation(work: Work, invitation: Invitation, user_id: str) -> Organization:
    """Make a user a member by an invitation; return the organization. Of several who try, one succeeds.

    Whoever is a member already gets the roles too. Raises `NotPermitted` (`INVITATION_EMAIL_MISMATCH`)
    unless the user has proved the address that was invited, `NotFound` (`INVITATION_NOT_USABLE`) when it was
    accepted or revoked meanwhile.
    """
    identities = await work.users.identities_of(user_id)
    if not any(
        each.type is IdentityType.EMAIL and each.value == invitation.email and each.is_verified
        for each in identities
    ):
        raise NotPermitted(
            "This invitation is for another email address. Sign in with the address it was sent to.",
            code="INVITATION_EMAIL_MISMATCH",
        )
    organization = await find_organization(work, invitation.organization_code)
    refuse_suspended(organization)
    if not await work.invitations.accept(invitation.id, user_id, work.now):
        raise not_usable()
    known = {role.id for role in await work.roles.all()}
    role_ids = [role_id for role_id in invitation.role_ids if role_id in known]
    await join(work, user_id, organization.code, role_ids=role_ids if invitation.role_ids else None)
    return organization


async def _send(
    work: Work,
    invitation: Invitation,
    organization: Organization,
    destination: Destination,
    link: PlainSecret,
) -> None:
    remaining = invitation.expires_at - work.now
    await send(
        work,
        kind="invitation",
        recipient=invitation.email,
        language=destination.language,
        values={
            "sender": destination.application_name,
            "organization": organization.name,
            "email": invitation.email,
            "link": link.reveal(),
            "days": str(max(1, round(remaining / timedelta(days=1)))),
        },
        organization=organization,
    )


async def _revoke_pending(work: Work, organization_code: str, email: str) -> None:
    for older in await work.invitations.pending_for(organization_code, email, work.now):
        await work.invitations.revoke(older.id, work.now)
        work.record("invitation", older.id, "deleted")


async def _referred(work: Work, organization_code: str, reference: str) -> Invitation:
    await find_organization(work, organization_code)
    found = await work.invitations.find(reference)
    if found is None:
        found = await work.invitations.find_by_hash(bytes(hash_secret(reference)))
    if found is None or found.organization_code != organization_code:
        raise NotFound(f"{organization_code} has no such invitation.", code="INVITATION_NOT_FOUND")
    return found


async def _listed(work: Work, invitations: Sequence[Invitation]) -> list[ListedInvitation]:
    roles = {role.id: role for role in await work.roles.all()}
    return [
        ListedInvitation(each, _by_key([roles[role_id] for role_id in each.role_ids if role_id in roles]))
        for each in invitations
    ]


def _by_key(roles: Sequence[Role]) -> tuple[Role, ...]:
    return tuple(sorted(roles, key=lambda role: role.key))
