"""`claimsmith token ...`."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli import token_profiles
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import the_application
from claimsmith.cli.output import Drawn

if TYPE_CHECKING:
    from rich.console import Console

    from claimsmith.usecases.context import Context
    from claimsmith.usecases.token_previews import Preview, PreviewRequest

commands = Commands(
    "See a token before it exists, and learn where each claim comes from.",
    example="claimsmith token preview --application Robot",
)
commands.add("profile", token_profiles.commands)

Which = Annotated[str, typer.Option("--application", metavar="APPLICATION", help="Id (client_id) or name.")]
Kind = Annotated[str, typer.Option(help="Kind of token: m2m, access or id.")]
Audience = Annotated[
    list[str] | None,
    typer.Option(
        "--audience", help="Audience; without it the application's only API. Repeat it for several."
    ),
]
Scope = Annotated[
    str, typer.Option(help="Scopes asked for, space-separated; without it all that are enabled.")
]
User = Annotated[
    str | None,
    typer.Option("--user", metavar="USER", help="For access and id: id, email address or username."),
]
Organization = Annotated[
    str | None,
    typer.Option("--organization", metavar="ORG_CODE", help="Signed in to; else the user's only one."),
]


@commands.command("preview", example="claimsmith token preview --application Robot --set feature_flags=all")
async def preview_token(
    context: "Context",
    *,
    application: Which,
    kind: Kind = "m2m",
    audience: Audience = None,
    scope: Scope = "",
    user: User = None,
    organization: Organization = None,
    assignments: token_profiles.Set = None,
) -> Drawn:
    """Show the token an application would get now, as a receipt: claim, bytes, why.

    With --set, under settings that are not saved; the receipt then says what they change. For example:
    --set include_api_scopes_in_permissions=true
    """
    found = await _preview(
        context, application, kind, assignments, _request(audience, scope, user, organization)
    )
    data = asdict(found) | {"needs": [each.needs for each in found.needs]}
    return Drawn(data, lambda console: _draw(console, found, values=True))


@commands.command("explain", example="claimsmith token explain permissions --application Robot")
async def explain_token(
    context: "Context",
    *,
    application: Which,
    claim: Annotated[str | None, typer.Argument(help="Only this claim.")] = None,
    kind: Kind = "m2m",
    audience: Audience = None,
    scope: Scope = "",
    user: User = None,
    organization: Organization = None,
    assignments: token_profiles.Set = None,
) -> Drawn:
    """Say for each claim which rule put it there; for each absent one what left it out and how to get it."""
    found = await _preview(
        context, application, kind, assignments, _request(audience, scope, user, organization)
    )
    if claim is not None:
        found = _only(found, claim)
    return Drawn(
        {
            "trace": [asdict(line) for line in found.trace],
            "omitted": [asdict(line) for line in found.omitted],
        },
        lambda console: _draw(console, found, values=False),
    )


def _request(
    audience: list[str] | None, scope: str, user: str | None, organization: str | None
) -> "PreviewRequest":
    from claimsmith.usecases.token_previews import PreviewRequest

    return PreviewRequest(None, audience or (), scope, user, organization)


async def _preview(
    context: "Context",
    application: str,
    kind: str,
    assignments: list[str] | None,
    request: "PreviewRequest",
) -> "Preview":
    from claimsmith.cli.token_advice import advised
    from claimsmith.domain.errors import InvalidInput
    from claimsmith.usecases import token_previews
    from claimsmith.usecases import token_profiles as use_case

    which = token_profiles.token_kind(kind)
    found = await the_application(context, application)
    if assignments:
        saved = await use_case.get_profile(context, found.id, which)
        request = replace(request, profile=token_profiles.changed(saved, assignments))
    try:
        return await token_previews.preview(context, found.id, which, request)
    except InvalidInput as error:
        raise await advised(context, found, error, " ".join(request.audiences).split()) from None


def _only(found: "Preview", claim: str) -> "Preview":
    """Keep the lines about one claim and about its members."""
    from claimsmith.cli.failures import CommandFailed

    trace = tuple(line for line in found.trace if line.claim == claim)
    omitted = tuple(
        absent for absent in found.omitted if absent.claim == claim or absent.claim.startswith(f"{claim}.")
    )
    if not trace and not omitted:
        names = [line.claim for line in found.trace] + [absent.claim for absent in found.omitted]
        known = ", ".join(dict.fromkeys(names))
        raise CommandFailed(f"No rule speaks of a claim {claim!r} here. It could be: {known}.")
    return replace(found, trace=trace, omitted=omitted)


def _draw(console: "Console", found: "Preview", *, values: bool) -> None:
    from claimsmith.cli.receipt import draw_receipt

    draw_receipt(console, found, values=values)
