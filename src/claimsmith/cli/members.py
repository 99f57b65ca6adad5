"""`claimsmith member ...`: who belongs to an organization, and what members hold there."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.advice import again
from claimsmith.cli.commands import Commands
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.finding import (
    confirmed,
    every,
    the_api,
    the_permission,
    the_role,
    the_scope_ids,
    the_user,
)
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.memberships import Member
    from claimsmith.usecases.context import Context

commands = Commands(
    "Let users into organizations, and give them roles, permissions and API scopes there.",
    example="claimsmith member add $ORGANIZATION ada@example.com --role clerk",
)

Code = Annotated[str, typer.Argument(metavar="ORGANIZATION", help="Code, as `organization list` shows it.")]
User = Annotated[str, typer.Argument(metavar="USER", help="Id, email address or username.")]
RoleKey = Annotated[str | None, typer.Option("--role", help="Key or id of a role.")]
PermissionKey = Annotated[str | None, typer.Option("--permission", help="Key or id of a permission.")]
ApiName = Annotated[str | None, typer.Option("--api", help="Id, audience or name of the API of --scope.")]
ScopeKey = Annotated[str | None, typer.Option("--scope", help="Key or id of a scope of --api.")]


@commands.command("list")
async def list_members(context: "Context", organization: Code) -> Listing:
    """List the members of an organization."""
    from claimsmith.usecases import memberships

    found = await every(memberships.list_members, context, organization_code=organization)
    return Listing(
        ("id", "email", "first_name", "last_name", "roles"),
        [_shown(each) for each in found],
        f"No member yet. Add one: {again('member add ORGANIZATION USER')}",
    )


@commands.command("add")
async def add_member(
    context: "Context",
    organization: Code,
    user: User,
    role: Annotated[list[str] | None, typer.Option(help="Key of a role; else the default ones.")] = None,
) -> Done:
    """Make a user a member. Whoever is one gets the roles too."""
    from claimsmith.usecases import memberships
    from claimsmith.usecases.memberships import MemberChange

    user_id = (await the_user(context, user)).user.id
    change = MemberChange(user_id, role_keys=role or None)
    await memberships.change_members(context, organization, [change])
    return Done("The user is a member.", {"id": user_id, "organization_code": organization})


@commands.command("show")
async def show_member(context: "Context", organization: Code, user: User) -> Record:
    """Show what a member holds: roles, permissions and API scopes, given directly or by a role."""
    from claimsmith.usecases import member_rights

    user_id = (await the_user(context, user)).user.id
    roles = await member_rights.list_member_roles(context, organization, user_id)
    permissions = await member_rights.list_member_permissions(context, organization, user_id)
    scopes = await member_rights.list_member_scopes(context, organization, user_id)
    return Record(
        {
            "id": user_id,
            "organization_code": organization,
            "roles": [each.key for each in roles],
            "permissions": [each.permission.key for each in permissions],
            "direct_permissions": [each.permission.key for each in permissions if each.is_direct],
            "scopes": [each.scope.key for each in scopes],
            "direct_scopes": [each.scope.key for each in scopes if each.is_direct],
        }
    )


@commands.command("give")
async def give(
    context: "Context",
    organization: Code,
    user: User,
    *,
    role: RoleKey = None,
    permission: PermissionKey = None,
    api: ApiName = None,
    scope: ScopeKey = None,
) -> Done:
    """Give a member a role, a permission or a scope of an API."""
    from claimsmith.usecases import member_rights

    user_id = (await the_user(context, user)).user.id
    kind, held = await _held(context, role=role, permission=permission, api=api, scope=scope)
    if kind == "role":
        await member_rights.add_member_role(context, organization, user_id, held[0])
    elif kind == "permission":
        await member_rights.add_member_permission(context, organization, user_id, held[0])
    else:
        await member_rights.add_member_scope(context, organization, user_id, *held)
    return Done(f"The member has the {kind}.", {"id": user_id, "organization_code": organization})


@commands.command("take")
async def take(
    context: "Context",
    organization: Code,
    user: User,
    *,
    role: RoleKey = None,
    permission: PermissionKey = None,
    api: ApiName = None,
    scope: ScopeKey = None,
) -> Done:
    """Take a role, or a permission or scope that was given directly, from a member."""
    from claimsmith.usecases import member_rights

    user_id = (await the_user(context, user)).user.id
    kind, held = await _held(context, role=role, permission=permission, api=api, scope=scope)
    if kind == "role":
        await member_rights.remove_member_role(context, organization, user_id, held[0])
    elif kind == "permission":
        await member_rights.remove_member_permission(context, organization, user_id, held[0])
    else:
        await member_rights.remove_member_scope(context, organization, user_id, *held)
    return Done(f"The member has the {kind} no more.", {"id": user_id, "organization_code": organization})


@commands.command("remove")
async def remove_member(
    context: "Context",
    organization: Code,
    user: User,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Done:
    """Remove a member, with the tokens and sessions of the user in this organization."""
    from claimsmith.usecases import memberships

    user_id = (await the_user(context, user)).user.id
    confirmed(f"Removing {user} from {organization}", yes=yes)
    await memberships.remove_member(context, organization, user_id)
    return Done("The user is no member any more.", {"id": user_id, "organization_code": organization})


async def _held(
    context: "Context", *, role: str | None, permission: str | None, api: str | None, scope: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return the one thing that was named: its kind, and the ids that lead to it."""
    if [role is not None, permission is not None, scope is not None].count(True) != 1:
        raise CommandFailed("Name one thing: --role KEY, --permission KEY, or --api API --scope KEY.")
    if role is not None:
        return "role", ((await the_role(context, role)).id,)
    if permission is not None:
        return "permission", ((await the_permission(context, permission)).id,)
    if api is None or scope is None:
        raise CommandFailed("A scope belongs to an API: add --api API.")
    details = await the_api(context, api)
    return "scope", (details.api.id, *the_scope_ids(details, [scope]))


def _shown(member: "Member") -> dict[str, Any]:
    user = member.user
    return {
        "id": user.id,
        "email": member.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_suspended": user.is_suspended,
        "joined_at": member.joined_at,
        "roles": [role.key for role in member.roles],
    }
