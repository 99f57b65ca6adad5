"""`claimsmith organization ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, every
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.organizations import Organization
    from claimsmith.usecases.context import Context

commands = Commands(
    "Manage organizations: the customers of the business.", example="claimsmith organization create Acme"
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="Code, such as org_1a2b3c4d5e6.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)]


@commands.command("list")
async def list_organizations(context: "Context") -> Listing:
    """List the organizations of the environment."""
    from claimsmith.usecases import organizations

    return Listing(
        ("code", "name", "handle", "external_id", "is_default", "is_suspended"),
        [_shown(each) for each in await every(organizations.list_organizations, context)],
    )


@commands.command("create", example="claimsmith organization create Acme --set handle=acme")
async def create_organization(
    context: "Context",
    name: Annotated[str, typer.Argument(help="What people call it.")],
    assignments: Set = None,
    flag: Annotated[
        list[str] | None, typer.Option("--flag", metavar="KEY=VALUE", help="A feature flag's value for it.")
    ] = None,
) -> Record:
    """Make an organization. Members for --set: those of `organization set`."""
    from claimsmith.usecases import organizations

    values = dict(pair.partition("=")[::2] for pair in flag or ())
    made = await organizations.create_organization(
        context, name=name, members=read_assignments(assignments or (), _kinds()), feature_flags=values
    )
    return Record(_shown(made))


@commands.command("show")
async def show_organization(context: "Context", code: Code) -> Record:
    """Show one organization."""
    from claimsmith.usecases import organizations

    return Record(_shown(await organizations.get_organization(context, code)))


@commands.command("set")
async def change_organization(context: "Context", code: Code, assignments: Set = None) -> Record:
    """Change members of an organization.

    Members: name, handle, external_id, is_suspended, the switches is_allow_registrations,
    is_auto_membership_enabled, is_auto_join_domain_list, is_enable_advanced_orgs and is_enforce_mfa,
    allowed_domains, sender_name, sender_email, theme_code, the colours, button_border_radius,
    card_border_radius and input_border_radius (pixels), logo_uri and logo_dark_uri. An empty value takes one
    of these away.
    """
    from claimsmith.usecases import organizations

    members = read_assignments(assignments or (), _kinds())
    if members.get("handle") == "":
        del members["handle"]
        await organizations.clear_handle(context, code)
    return Record(_shown(await organizations.change_organization(context, code, members)))


@commands.command("sessions")
async def change_sessions(context: "Context", code: Code, assignments: Set = None) -> Record:
    """Set how long sessions of people who sign in to an organization last.

    Members: authenticated_session_lifetime (seconds), sso_session_persistence_mode (persistent or
    non_persistent), and the switches by which each of them counts:
    is_use_org_authenticated_session_lifetime and is_use_org_sso_session_policy.
    """
    from claimsmith.usecases import organizations

    kinds: dict[str, Kind] = dict.fromkeys(sorted(organizations.SESSION_SWITCHES), "switch")
    kinds |= {"sso_session_persistence_mode": "text", "authenticated_session_lifetime": "number"}
    members = read_assignments(assignments or (), kinds)
    return Record(_shown(await organizations.change_sessions(context, code, members)))


@commands.command("mfa")
async def organization_mfa(context: "Context", code: Code, assignments: Set = None) -> Record:
    """Show the second factors of an organization, or give it some of its own.

    Members: enabled_factors (mfa:authenticator_app, mfa:email), is_recovery_codes_enabled, and exempt_roles,
    by key or id: whose roles are all among them is asked for no second factor here. Whether one is required
    is is_enforce_mfa of the organization, and the policy mfa of the environment.
    """
    from claimsmith.cli.finding import the_role
    from claimsmith.usecases import organization_policies as usecase

    kinds: dict[str, Kind] = {
        "enabled_factors": "list",
        "is_recovery_codes_enabled": "switch",
        "exempt_roles": "list",
    }
    members = read_assignments(assignments or (), kinds)
    exempt = members.pop("exempt_roles", None)
    if exempt is not None:
        members["exempt_role_ids"] = [(await the_role(context, name)).id for name in exempt]
    if members:
        await usecase.change_organization_mfa(context, code, **members)
    own, in_force = await usecase.get_organization_mfa(context, code)
    exempt_role_ids = list(own.exempt_role_ids) if own else []
    return Record({"is_own": own is not None, **asdict(in_force), "exempt_role_ids": exempt_role_ids})


@commands.command("passkeys")
async def organization_passkeys(context: "Context", code: Code, assignments: Set = None) -> Record:
    """Show whether people of an organization are offered passkeys, or change it.

    Members: policy (off, optional or mandatory) and is_override_environment_passkey_settings, without which
    the policy of the environment counts.
    """
    from claimsmith.usecases import organization_policies as usecase

    kinds: dict[str, Kind] = {"policy": "text", "is_override_environment_passkey_settings": "switch"}
    members = read_assignments(assignments or (), kinds)
    if members:
        own, environment = await usecase.change_organization_passkeys(context, code, **members)
    else:
        own, environment = await usecase.get_organization_passkeys(context, code)
    return Record({**asdict(own), "environment_policy": environment.policy})


@commands.command("delete")
async def delete_organization(
    context: "Context", code: Code, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> Done:
    """Delete an organization with its values and the applications that belong to it."""
    from claimsmith.usecases import organizations

    found = await organizations.get_organization(context, code)
    confirmed(f"Deleting the organization {found.name!r} ({code}) with its applications", yes=yes)
    await organizations.delete_organization(context, code)
    return Done(f"Deleted the organization {found.name!r}.", {"code": code})


def _kinds() -> dict[str, Kind]:
    from claimsmith.domain.branding import LOGOS, RADII
    from claimsmith.usecases.organizations import COLOURS, SWITCHES

    kinds: dict[str, Kind] = dict.fromkeys(
        (
            "name",
            "handle",
            "external_id",
            "sender_name",
            "sender_email",
            "theme_code",
            *sorted(COLOURS),
            *RADII,
            *LOGOS,
        ),
        "text",
    )
    kinds |= dict.fromkeys((*sorted(COLOURS), *RADII, *LOGOS), "text")
    kinds |= dict.fromkeys(("is_suspended", *sorted(SWITCHES)), "switch")
    kinds["allowed_domains"] = "list"
    return kinds


def _shown(organization: "Organization") -> dict[str, Any]:
    return asdict(organization)
