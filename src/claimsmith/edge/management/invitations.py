"""Serve `/api/v1/organization/{org_code}/invites`."""

from datetime import datetime
from typing import Any

from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import invitations
from claimsmith.usecases.invitations import IssuedInvitation, ListedInvitation, NewInvitation

operations = Operations("Organizations")
INVITES = "/organization/{org_code}/invites"


class NewInvite(Body):
    """Hold the body of `POST /organization/{org_code}/invites`; `roles` are keys."""

    email: str
    roles: list[str]
    first_name: str | None = None
    last_name: str | None = None
    send_email: bool = False


class Renewal(Body):
    """Hold the body of `POST /organization/{org_code}/invites/{invite_code}/renew`."""

    send_email: bool = False


class ShownInvitedRole(Shown):
    """Hold a role that an invitation gives."""

    key: str
    name: str


class ShownInvite(Shown):
    """Hold an invitation without its secret: `code` is then the id, by which it is addressed."""

    id: str
    code: str
    email: str
    first_name: str | None
    last_name: str | None
    full_name: str | None
    created_on: Moment
    expires_on: Moment
    is_sent: bool
    accepted_on: Moment | None
    roles: list[ShownInvitedRole]
    is_revoked: bool


class ShownIssuedInvite(ShownInvite):
    """Hold an invitation with its link, whose secret `code` is, this once."""

    invite_link: str


class ShownInviteAlone(ShownInvite):
    """Hold an invitation without an envelope: its `code` stands where that of an answer would."""

    message: str


@operations.operation(
    f"GET {INVITES}",
    "getOrganizationInvites",
    scope="read:organization_invites",
    answer={"invites": list[ShownInvite], "next_token": str | None},
)
async def get_organization_invites(
    context: Caller,
    org_code: str,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
    include_revoked: bool = False,
    include_accepted: bool = False,
) -> dict[str, Any]:
    """List the invitations of an organization that were neither accepted nor revoked, or those too."""
    page = await invitations.list_invitations(
        context,
        org_code,
        sort=sort,
        with_accepted=include_accepted,
        with_revoked=include_revoked,
        page_size=page_size,
        next_token=next_token,
    )
    return ok(invites=[_shown(each) for each in page.items], next_token=page.next_token)


@operations.operation(
    f"POST {INVITES}",
    "createOrganizationInvite",
    scope="create:organization_invites",
    status=201,
    answer={"invite": ShownIssuedInvite},
)
async def create_organization_invite(context: Caller, org_code: str, body: NewInvite) -> dict[str, Any]:
    """Invite an address; the answer holds the code and the link of the invitation, this once."""
    members = body.model_dump(exclude={"roles"})
    wanted = NewInvitation(role_keys=body.roles, **members)
    issued = await invitations.invite(context, org_code, wanted)
    return ok("Invitation created", "INVITATION_CREATED", invite=_shown_once(issued))


@operations.operation(
    f"GET {INVITES}/{{invite_code}}",
    "getOrganizationInvite",
    scope="read:organization_invites",
    answer=ShownInviteAlone,
)
async def get_organization_invite(context: Caller, org_code: str, invite_code: str) -> ShownInviteAlone:
    """Read one invitation by its id or its code."""
    return _alone(await invitations.get_invitation(context, org_code, invite_code))


@operations.operation(
    f"DELETE {INVITES}/{{invite_code}}", "deleteOrganizationInvite", scope="delete:organization_invites"
)
async def delete_organization_invite(context: Caller, org_code: str, invite_code: str) -> dict[str, Any]:
    """Revoke an invitation by its id or its code; its link opens nothing any more."""
    await invitations.revoke_invitation(context, org_code, invite_code)
    return ok("Invitation revoked", "INVITATION_REVOKED")


@operations.operation(
    f"POST {INVITES}/{{invite_code}}/renew",
    "renewOrganizationInvite",
    scope="create:organization_invites",
    answer={"invite": ShownIssuedInvite},
)
async def renew_organization_invite(
    context: Caller, org_code: str, invite_code: str, body: Renewal | None = None
) -> dict[str, Any]:
    """Give an invitation another link and seven days more; the answer holds the link, this once."""
    send_email = body.send_email if body else False
    issued = await invitations.renew_invitation(context, org_code, invite_code, send_email=send_email)
    return ok("Invitation renewed", "INVITATION_RENEWED", invite=_shown_once(issued))


def _alone(listed: ListedInvitation) -> ShownInviteAlone:
    return {"message": "Success", **_shown(listed)}


def _shown(listed: ListedInvitation) -> ShownInvite:
    invitation = listed.invitation
    return {
        "id": invitation.id,
        "code": invitation.id,
        "email": invitation.email,
        "first_name": invitation.first_name,
        "last_name": invitation.last_name,
        "full_name": invitation.full_name,
        "created_on": invitation.created_at.isoformat(),
        "expires_on": invitation.expires_at.isoformat(),
        "is_sent": invitation.sent_at is not None,
        "accepted_on": _moment(invitation.accepted_at),
        "roles": [{"key": role.key, "name": role.name} for role in listed.roles],
        "is_revoked": invitation.revoked_at is not None,
    }


def _shown_once(issued: IssuedInvitation) -> ShownIssuedInvite:
    shown = _shown(issued.listed)
    shown["code"] = issued.code.reveal()
    return {**shown, "invite_link": issued.link.reveal()}


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
