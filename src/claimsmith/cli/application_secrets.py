"""`claimsmith application secrets ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, the_application
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.client_secrets import NewSecret
    from claimsmith.usecases.context import Context

commands = Commands(
    "Make, rotate and revoke client secrets. Several may be alive at once.",
    example="claimsmith application secrets add Robot --name 2027",
)

Which = Annotated[str, typer.Argument(metavar="APPLICATION", help="Id (client_id) or name.")]
SecretId = Annotated[
    str, typer.Argument(metavar="SECRET_ID", help="Id, as `application secrets list` shows it.")
]


@commands.command("list")
async def list_secrets(context: "Context", application: Which) -> Listing:
    """List the secrets of an application: name, first characters, expiry, last use. Never the secrets."""
    from claimsmith.usecases import client_secrets

    found = await the_application(context, application)
    return Listing(
        ("id", "name", "hint", "created_at", "expires_at", "last_used_at"),
        [asdict(each) for each in await client_secrets.list_secrets(context, found.id)],
    )


@commands.command(
    "add", example="claimsmith application secrets add Robot --name quarter --expires-in 7776000"
)
async def add_secret(
    context: "Context",
    application: Which,
    name: Annotated[str, typer.Option(help="What tells this secret from the others.")],
    expires_in: Annotated[
        int | None, typer.Option(metavar="SECONDS", help="Seconds until it expires; without it, never.")
    ] = None,
) -> Record:
    """Make another secret. It is shown this once; those that are alive stay alive."""
    from claimsmith.usecases import client_secrets

    found = await the_application(context, application)
    return _new(await client_secrets.add_secret(context, found.id, name=name, expires_in_seconds=expires_in))


@commands.command("rotate", example="claimsmith application secrets rotate Robot $SECRET_ID --overlap 86400")
async def rotate_secret(
    context: "Context",
    application: Which,
    secret_id: SecretId,
    overlap: Annotated[
        int, typer.Option(metavar="SECONDS", help="How long the old secret goes on working.")
    ] = 0,
    expires_in: Annotated[
        int | None,
        typer.Option(metavar="SECONDS", help="Seconds until the new one expires; without it, never."),
    ] = None,
) -> Record:
    """Replace a secret by a new one, which is shown this once."""
    from claimsmith.usecases import client_secrets

    found = await the_application(context, application)
    new = await client_secrets.rotate_secret(
        context, found.id, secret_id, overlap_seconds=overlap, expires_in_seconds=expires_in
    )
    return _new(new)


@commands.command("revoke")
async def revoke_secret(
    context: "Context",
    application: Which,
    secret_id: SecretId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Done:
    """Delete a secret. It stops working on every server process within a second."""
    from claimsmith.usecases import client_secrets

    found = await the_application(context, application)
    confirmed(f"Revoking the secret {secret_id} of {found.name!r}", yes=yes)
    await client_secrets.revoke_secret(context, found.id, secret_id)
    return Done(f"Revoked {secret_id}.", {"id": secret_id})


def _new(made: "NewSecret") -> Record:
    return Record(
        {
            "id": made.record.id,
            "client_id": made.record.application_id,
            "name": made.record.name,
            "client_secret": made.secret.reveal(),
            "expires_at": made.record.expires_at,
        },
        ("The secret is not stored and cannot be shown again.",),
    )
