"""`claimsmith serve`."""

from pathlib import Path
from typing import Annotated

import typer

from claimsmith.cli.commands import Commands, Common

commands = Commands()


@commands.command(
    "serve",
    takes=("data", "database_url", "config"),
    example="claimsmith serve --data claimsmith-data --port 8000",
)
def serve(
    common: Common,
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [8000].")] = None,
    issuer: Annotated[
        str | None, typer.Option(help="Issuer URL of the default environment; else it follows host and port.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes [1].")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="TLS certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="TLS private key (PEM).")] = None,
    plans_file: Annotated[
        Path | None,
        typer.Option(
            "--plans", metavar="FILE", help="Plans of the businesses (TOML); else everything is unlocked."
        ),
    ] = None,
) -> int:
    """Serve until SIGTERM or Ctrl-C.

    At the first start an embedded SQLite database and the master key are made in --data. PostgreSQL is
    migrated by: claimsmith migrate.
    """
    settings = common.settings(
        host=host,
        port=port,
        issuer=issuer,
        workers=workers,
        tls_cert=tls_cert,
        tls_key=tls_key,
        plans_file=plans_file,
    )
    from claimsmith import serving

    return serving.serve(settings)
