"""`claimsmith perform ...`: do what a client does, over HTTP, and show what comes back."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.commands import Commands, Common
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.output import Drawn, say

if TYPE_CHECKING:
    from rich.console import Console

commands = Commands(
    "Do what a client does, over HTTP, and show what comes back.",
    example="claimsmith perform client-credentials --client-id $CLIENT_ID",
)

SECRET_VARIABLE = "CLAIMSMITH_CLIENT_SECRET"  # noqa: S105 - the name of a variable


@commands.command(
    "client-credentials",
    takes=("config", "as_json"),
    example="claimsmith perform client-credentials --client-id $CLIENT_ID --scope read:orders",
)
def client_credentials(
    common: Common,
    *,
    client_id: Annotated[str, typer.Option(help="Client id: the id of an application.")],
    issuer: Annotated[str | None, typer.Option(help="Issuer URL; else http://127.0.0.1:8000.")] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(help=f"Its secret; better in {SECRET_VARIABLE}, or typed when asked for."),
    ] = None,
    audience: Annotated[str | None, typer.Option(help="Audience; not needed with one API.")] = None,
    scope: Annotated[
        str | None, typer.Option(help="Scopes, space-separated; without it all enabled.")
    ] = None,
) -> Drawn:
    """Get an M2M token (RFC 6749 §4.4), verify it against the issuer's JWKS, and print it decoded.

    Works against any running server; it reads no data directory.
    """
    from claimsmith.cli.token_client import TokenClient

    secret = _secret(client_secret)
    wanted = {"audience": audience, "scope": scope}
    with TokenClient(issuer or _configured_issuer(common)) as client:
        token, answer = client.client_credentials(client_id, secret, wanted)
        verified = client.verify(token)
    data = {
        "issuer": client.issuer,
        "access_token": token,
        "expires_in": answer.get("expires_in"),
        "scope": answer.get("scope"),
        "header": verified.header,
        "claims": verified.claims,
        "verified": True,
    }
    return Drawn(data, lambda console: _draw(console, data))


def _configured_issuer(common: Common) -> str:
    settings = common.settings()
    return settings.issuer or settings.derived_issuer


def _secret(given: str | None) -> str:
    if given is not None:
        say(
            "Note: every user of this machine can see a secret on the command line; "
            f"use {SECRET_VARIABLE} instead."
        )
        return given
    found = os.environ.get(SECRET_VARIABLE)
    if found:
        return found
    if not sys.stdin.isatty():
        raise CommandFailed(f"No client secret: set {SECRET_VARIABLE}.")
    import getpass

    return getpass.getpass("Client secret: ")


def _draw(console: "Console", data: dict[str, Any]) -> None:
    import orjson

    def printed(value: Any) -> str:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()

    console.print("header", style="bold")
    console.print(printed(data["header"]))
    console.print("claims", style="bold")
    console.print(printed(data["claims"]))
    console.print(
        f"verified: the signature, issuer and times hold, by the JWKS of {data['issuer']}", style="green"
    )
    console.print("token", style="bold")
    console.print(data["access_token"], soft_wrap=True)
