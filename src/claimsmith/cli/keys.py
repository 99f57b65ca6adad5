"""`claimsmith keys ...`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.output import Listing

if TYPE_CHECKING:
    from claimsmith.domain.signing_keys import StoredKey
    from claimsmith.usecases.context import Context

commands = Commands(
    "Look at the signing keys and rotate them without a failed verification.",
    example="claimsmith keys rotate",
)


@commands.command("list")
async def list_keys(context: "Context") -> Listing:
    """List the signing keys: published (signs later), signing, verifying (old tokens live) or retired."""
    from claimsmith.usecases import keys

    return Listing(
        ("kid", "algorithm", "state", "signs_from", "retires_at"),
        [{**_shown(each.key), "state": each.state} for each in await keys.list_keys(context)],
    )


@commands.command("rotate", example="claimsmith keys rotate --algorithm RS256 --publish-ahead 600")
async def rotate_keys(
    context: "Context",
    algorithm: Annotated[
        str | None, typer.Option(help="RS256, ES256 or EdDSA; without it, all that are in use.")
    ] = None,
    publish_ahead: Annotated[
        int,
        typer.Option(metavar="SECONDS", help="How long verifiers get to read the new key before it signs."),
    ] = 600,
) -> Listing:
    """Publish a new key, let it sign later, and retire the old one when its last token has expired.

    All three moments are fixed now; nothing more has to be done.
    """
    from claimsmith.domain.apis import SigningAlgorithm
    from claimsmith.usecases import keys

    which = None
    if algorithm is not None:
        known = {each.value.lower(): each for each in SigningAlgorithm}
        which = known.get(algorithm.lower())
        if which is None:
            raise CommandFailed(f"{algorithm!r} is no algorithm that signs here; use RS256, ES256 or EdDSA.")
    made = await keys.rotate_keys(context, algorithm=which, publish_ahead_seconds=publish_ahead)
    return Listing(("kid", "algorithm", "signs_from"), [_shown(key) for key in made])


def _shown(key: "StoredKey") -> dict[str, Any]:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm.value,
        "created_at": key.created_at,
        "signs_from": key.signs_from,
        "retires_at": key.retires_at,
        "public_jwk": dict(key.public_jwk),
    }
