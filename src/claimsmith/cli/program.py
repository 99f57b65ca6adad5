"""Put the commands together. Each is imported when it is asked for: a server carries none of the others."""

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from claimsmith import __version__
from claimsmith.cli.failures import told

COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "bootstrap": "bootstrap",
    "migrate": "migrate",
    "doctor": "doctor",
    "console-link": "console_link",
    "application": "applications",
    "api": "apis",
    "token": "tokens",
    "perform": "perform",
    "flag": "feature_flags",
    "property": "properties",
    "organization": "organizations",
    "permission": "permissions",
    "role": "roles",
    "user": "users",
    "member": "members",
    "invitation": "invitations",
    "billing": "billing",
    "policy": "policies",
    "session": "sessions",
    "consent": "consents",
    "mail": "mail",
    "environment": "environments",
    "business": "businesses",
    "plan": "plans",
    "keys": "keys",
    "usage": "usage",
}
"""Each command or group of commands by its name, with the module of this package that holds it."""


class Program(TyperGroup):
    """Find commands by `COMMANDS`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import one command; `None` for a name that is none."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = typer.main.get_command(import_module(f"claimsmith.cli.{module}").commands.app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Program,
    name="claimsmith",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with: claimsmith demo. Settings may also be given as CLAIMSMITH_DATA, CLAIMSMITH_PORT, ... "
    "or in a TOML file (--config).",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"claimsmith {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: bool = typer.Option(
        False, "--version", help="Print the version and leave.", callback=_version, is_eager=True
    ),
) -> None:
    """Run and operate Claimsmith, an authorization server whose tokens can be seen before they exist."""


def run() -> int:
    """Run the command line of this process; return its exit code. No failure becomes a traceback."""
    try:
        typer.main.get_command(app).main(prog_name="claimsmith")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except Exception as error:
        sentence = told(error)
        if sentence is None:
            if sys.flags.dev_mode:
                raise
            sentence = (
                f"This is a defect of claimsmith: {type(error).__name__}: {error}. "
                "To see where, run: python -X dev -m claimsmith ..."
            )
        typer.echo(f"Error: {sentence}", err=True)
        return 1
    return 0
