"""`claimsmith token profile ...`."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.advice import again
from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.finding import the_application
from claimsmith.cli.output import Drawn, Record

if TYPE_CHECKING:
    from rich.console import Console

    from claimsmith.domain.token_profiles import TokenKind, TokenProfile
    from claimsmith.usecases.context import Context
    from claimsmith.usecases.token_profiles import ProfileChoices

commands = Commands(
    "Choose what an application's tokens of one kind carry.",
    example="claimsmith token profile show --application Robot",
)

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help=SET_HELP,
    ),
]
Which = Annotated[str, typer.Option("--application", metavar="APPLICATION", help="Id (client_id) or name.")]
KindOption = Annotated[str, typer.Option("--kind", help="Kind of token: m2m, access or id.")]
_KINDS: dict[str, Kind] = {
    "include_api_scopes_in_permissions": "switch",
    "additional_claims": "list",
    "feature_flags": "choice",
    "properties": "list",
    "hasura_mapping": "switch",
    "lifetime_seconds": "number",
    "size_budget_bytes": "number",
}


@commands.command("show")
async def show_profile(context: "Context", application: Which, kind: KindOption = "m2m") -> Record:
    """Show the saved profile, or the default one (version 0)."""
    from claimsmith.usecases import token_profiles

    found = await the_application(context, application)
    return Record(asdict(await token_profiles.get_profile(context, found.id, token_kind(kind))))


@commands.command("set", example="claimsmith token profile set --application Robot --set feature_flags=all")
async def set_profile(
    context: "Context", application: Which, kind: KindOption = "m2m", assignments: Set = None
) -> Record:
    """Change members of the profile and save it; the next token follows it. What is not given stays.

    Members: include_api_scopes_in_permissions, additional_claims, feature_flags (all, none or keys),
    properties, hasura_mapping, lifetime_seconds, size_budget_bytes.
    """
    from claimsmith.usecases import token_profiles

    if not assignments:
        raise CommandFailed(f"Give at least one --set NAME=VALUE. Members are: {', '.join(_KINDS)}.")
    found = await the_application(context, application)
    saved = await token_profiles.get_profile(context, found.id, token_kind(kind))
    stored = await token_profiles.put_profile(
        context, changed(saved, assignments), expected_version=saved.version
    )
    return Record(asdict(stored), (f"To see the token: {again(f'token preview --application {found.id}')}",))


@commands.command("choices")
async def list_choices(context: "Context", application: Which, kind: KindOption = "m2m") -> Drawn:
    """List everything the profile could carry, with the reason for what it cannot."""
    from claimsmith.domain.gates import API_SCOPES_IN_PERMISSIONS
    from claimsmith.usecases import gates, token_profiles

    found = await the_application(context, application)
    choices = await token_profiles.profile_choices(context, found.id, token_kind(kind))
    gate = await gates.gate(context, API_SCOPES_IN_PERMISSIONS)
    if gate is not None and choices.scopes_switch_blocked_because is None:
        choices = replace(choices, scopes_switch_blocked_because=f"{gate.because} {gate.remedy}")
    return Drawn(asdict(choices), lambda console: _draw(console, choices))


def changed(profile: "TokenProfile", assignments: list[str]) -> "TokenProfile":
    """Return a profile with the members that `--set` options give."""
    given = read_assignments(assignments, _KINDS)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    return replace(profile, **values)


def token_kind(text: str) -> "TokenKind":
    """Return a kind of token by its word."""
    from claimsmith.domain.token_profiles import TokenKind

    try:
        return TokenKind(text)
    except ValueError:
        raise CommandFailed(f"--kind is {text!r}; use m2m, access or id.") from None


def _draw(console: "Console", choices: "ProfileChoices") -> None:
    switch = choices.scopes_switch_blocked_because
    console.print(f"include_api_scopes_in_permissions: {switch or 'can be switched'}")
    for title in ("additional_claims", "feature_flags", "properties"):
        console.print(title, style="bold")
        if title == "feature_flags" and choices.feature_flags_blocked_because:
            console.print(f"  {choices.feature_flags_blocked_because}")
        for choice in getattr(choices, title):
            blocked = f" - {choice.blocked_because}" if choice.blocked_because else ""
            console.print(f"  {choice.key}{blocked}", style="dim" if blocked else "")
        if not getattr(choices, title):
            console.print("  none are defined")
