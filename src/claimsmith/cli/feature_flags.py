"""`claimsmith flag ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.advice import again
from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.finding import confirmed, the_user
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claimsmith.domain.feature_flags import FeatureFlag
    from claimsmith.usecases.context import Context

commands = Commands(
    "Define feature flags and set their values for the environment, an organization or a user.",
    example='claimsmith flag create "Dark mode" --key dark_mode --default true',
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="Key of the flag.")]
Organization = Annotated[
    str | None, typer.Option(metavar="CODE", help="For this organization instead of the environment.")
]
User = Annotated[
    str | None,
    typer.Option(metavar="USER", help="For this user (id, email address or username) instead."),
]
_KINDS: dict[str, Kind] = {
    "name": "text",
    "description": "text",
    "default_value": "text",
    "allow_override_level": "text",
}


@commands.command("list")
async def list_flags(context: "Context", organization: Organization = None, user: User = None) -> Listing:
    """List flags with their values; with --organization or --user, what that one overrides."""
    from claimsmith.usecases import feature_flags

    _at_most_one(organization, user)
    if user is not None:
        found_user = await the_user(context, user)
        of_user = await feature_flags.user_values(context, found_user.user.id)
        return _overrides(of_user, "user", f"The user {user} overrides no flag.")
    if organization is None:
        found = await feature_flags.all_flags(context)
        return Listing(
            ("key", "name", "type", "value", "level", "allow_override_level"),
            [_shown(flag) for flag in found],
            f"No flag yet. Make one: {again('flag create NAME --key KEY --type bool --default false')}",
        )
    values = await feature_flags.organization_values(context, organization)
    return _overrides(values, "organization", f"The organization {organization} overrides no flag.")


@commands.command(
    "create", example='claimsmith flag create "Page size" --key page_size --type int --default 25'
)
async def create_flag(
    context: "Context",
    *,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    key: Annotated[str, typer.Option(help="What tokens carry; it never changes.")],
    default: Annotated[str, typer.Option(help="Value where nothing overrides it.")],
    type: Annotated[str, typer.Option(help="bool, str, int or json; it never changes.")] = "bool",
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    allow_override: Annotated[
        str | None, typer.Option(help="How far down it may be overridden: env, org or usr [usr].")
    ] = None,
) -> Record:
    """Define a flag."""
    from claimsmith.usecases import feature_flags

    flag = await feature_flags.create_flag(
        context,
        name=name,
        key=key,
        type=type,
        default_value=default,
        description=description,
        allow_override_level=allow_override,
    )
    return Record(_shown(flag))


@commands.command("set", example="claimsmith flag set dark_mode false")
async def set_value(
    context: "Context",
    key: Key,
    value: Annotated[str, typer.Argument(help="true, 12, a text, or a JSON object.")],
    organization: Organization = None,
    user: User = None,
) -> Done:
    """Override a flag for the environment, one organization or one user. The next token carries the value."""
    from claimsmith.usecases import feature_flags

    _at_most_one(organization, user)
    if user is not None:
        user_id = (await the_user(context, user)).user.id
        await feature_flags.set_user_value(context, user_id, key, value)
        return Done(f"{key} is {value} for {user}.", {"key": key, "user_id": user_id})
    if organization is None:
        await feature_flags.set_environment_value(context, key, value)
        return Done(f"{key} is {value} in this environment.", {"key": key})
    await feature_flags.set_organization_value(context, organization, key, value)
    return Done(f"{key} is {value} for {organization}.", {"key": key, "organization_code": organization})


@commands.command("clear")
async def clear_value(
    context: "Context", key: Key, organization: Organization = None, user: User = None
) -> Done:
    """Clear an override, so that the value above it applies again."""
    from claimsmith.usecases import feature_flags

    _at_most_one(organization, user)
    if user is not None:
        user_id = (await the_user(context, user)).user.id
        await feature_flags.clear_user_value(context, user_id, key)
        return Done(f"{user} no longer overrides {key}.", {"key": key, "user_id": user_id})
    if organization is None:
        await feature_flags.clear_environment_value(context, key)
        return Done(f"{key} has its default in this environment.", {"key": key})
    await feature_flags.clear_organization_value(context, organization, key)
    return Done(f"{organization} no longer overrides {key}.", {"key": key, "organization_code": organization})


@commands.command("change")
async def change_flag(
    context: "Context",
    key: Key,
    assignments: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)],
) -> Record:
    """Change the definition of a flag: name, description, default_value, allow_override_level."""
    from claimsmith.usecases import feature_flags

    flag = await feature_flags.change_flag(context, key, read_assignments(assignments, _KINDS))
    return Record(_shown(flag))


@commands.command("delete")
async def delete_flag(
    context: "Context", key: Key, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> Done:
    """Delete a flag with all its overrides."""
    from claimsmith.usecases import feature_flags

    confirmed(f"Deleting the flag {key!r}", yes=yes)
    await feature_flags.delete_flag(context, key)
    return Done(f"Deleted the flag {key!r}.", {"key": key})


def _at_most_one(organization: str | None, user: str | None) -> None:
    if organization is not None and user is not None:
        raise CommandFailed("Say for whom: give --organization or --user, not both.")


def _overrides(values: "Sequence[tuple[FeatureFlag, object]]", level: str, nothing: str) -> Listing:
    rows = [{**_shown(flag), "value": value, "level": level} for flag, value in values]
    return Listing(("key", "name", "type", "value"), rows, nothing)


def _shown(flag: "FeatureFlag") -> dict[str, Any]:
    from claimsmith.domain.feature_flags import UNSET, evaluate

    found = evaluate(flag)
    members = asdict(flag)
    if flag.environment_value is UNSET:
        members["environment_value"] = None
    return {**members, "value": found.value, "level": found.level}
