"""`claimsmith console-link`."""

from typing import TYPE_CHECKING

from claimsmith.cli.commands import Commands
from claimsmith.cli.output import Drawn

if TYPE_CHECKING:
    from rich.console import Console

    from claimsmith.usecases.context import Context

commands = Commands()


@commands.command("console-link", example="claimsmith console-link --environment production")
async def console_link(context: "Context") -> Drawn:
    """Print a link that opens the console. It works once, for ten minutes."""
    from claimsmith.usecases import console_sessions

    url = await console_sessions.make_link(context)

    def draw(console: "Console") -> None:
        console.print(url, soft_wrap=True)

    return Drawn({"url": url, "expires_in_seconds": console_sessions.LINK_LIFETIME_SECONDS}, draw)
