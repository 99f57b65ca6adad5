"""`claimsmith environment ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.advice import again
from claimsmith.cli.commands import ALL_SHARED, Commands
from claimsmith.cli.output import Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.environments import Environment
    from claimsmith.usecases.context import Context

commands = Commands(
    "Keep environments apart: each has its own issuer, keys and everything else.",
    example="claimsmith environment add staging --issuer https://staging.example.com",
)

SHARED = tuple(name for name in ALL_SHARED if name != "environment")
"""What these commands take: none of them acts inside one environment."""


@commands.command("list", takes=SHARED)
async def list_environments(context: "Context") -> Listing:
    """List the environments of this installation."""
    from claimsmith.usecases import environments

    found = await environments.list_environments(context.platform)
    return Listing(("code", "name", "issuer", "is_default", "created_at"), [_shown(each) for each in found])


@commands.command(
    "add", takes=SHARED, example="claimsmith environment add test --issuer https://id.example.com/test"
)
async def add_environment(
    context: "Context",
    code: Annotated[str, typer.Argument(help="Short code, such as staging, for --environment.")],
    issuer: Annotated[
        str, typer.Option(help="Its issuer URL; a path prefix on a host that others use is fine.")
    ],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    business: Annotated[str, typer.Option(metavar="ID", help="The business that owns it.")] = "default",
) -> Record:
    """Make an environment with its own issuer, signing keys and management API.

    A running server serves it within a second.
    """
    from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
    from claimsmith.usecases import environments
    from claimsmith.usecases.context import Context

    made = await environments.add_environment(
        context.platform,
        code=code,
        name=name or code.replace("_", " ").capitalize(),
        issuer=issuer,
        business_id=business,
    )
    await environments.ensure_management_api(
        Context(context.platform, made, context.author), MANAGEMENT_SCOPES
    )
    return Record(_shown(made), (f"Next: {again(f'bootstrap --environment {code}')}",))


def _shown(environment: "Environment") -> dict[str, Any]:
    return {**asdict(environment), "management_audience": environment.management_audience}
