"""`claimsmith demo`: the whole story in one command, on a real server."""

import asyncio
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.commands import Commands, Common
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.output import Drawn, show

if TYPE_CHECKING:
    from claimsmith.cli.demo_server import DemoServer
    from claimsmith.cli.demo_steps import DemoStory
    from claimsmith.settings import Settings
    from claimsmith.usecases.bootstrap import ManagementCredentials

commands = Commands()


@commands.command("demo", takes=("data", "as_json"), example="claimsmith demo --once")
def demo(
    common: Common,
    once: Annotated[bool, typer.Option("--once", help="Stop after printing, for scripts.")] = False,
) -> int:
    """Show what Claimsmith does: an API, a machine, and its token before and after one switch.

    Starts a server on SQLite in a fresh directory and a free port of this machine, sets everything up through
    the management API, verifies both tokens and prints them side by side. Then serves until Ctrl-C. The
    directory is removed at the end, unless --data names one.
    """
    directory = common.data or Path(tempfile.mkdtemp(prefix="claimsmith-demo-"))
    if common.data is not None and common.data.exists() and any(common.data.iterdir()):
        raise CommandFailed(f"{common.data} is not empty; the demo begins with an empty directory.")
    signal.signal(signal.SIGTERM, _leave)
    try:
        return _run(directory, common, once=once)
    finally:
        if common.data is None:
            shutil.rmtree(directory, ignore_errors=True)


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _run(directory: Path, common: Common, *, once: bool) -> int:
    from claimsmith.cli import demo_drawing as drawing
    from claimsmith.cli.demo_server import DemoServer
    from claimsmith.cli.demo_steps import run_story
    from claimsmith.settings import read_settings

    console = drawing.demo_console(quiet=common.as_json)
    drawing.draw_title(console)
    with DemoServer(directory) as server:
        settings = read_settings({"data": directory, "port": server.port}, environ={})
        drawing.draw_step(console, "A server on SQLite in a fresh directory", server.url)
        management, link = asyncio.run(_credentials(settings))
        story = run_story(management, lambda what, detail: drawing.draw_step(console, what, detail))
        if common.as_json:
            show(Drawn(_data(story, link), lambda _: None), as_json=True)
        drawing.draw_story(console, story)
        drawing.draw_ways_on(console, story, link, directory)
        if not once:
            return _serve_on(server, console)
    drawing.draw_end(console)
    return 0


async def _credentials(settings: "Settings") -> "tuple[ManagementCredentials, str]":
    """Make what an operator makes: management credentials, and a link to the console."""
    from claimsmith.cli.commands import author
    from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
    from claimsmith.opening import opened
    from claimsmith.usecases.bootstrap import bootstrap
    from claimsmith.usecases.console_sessions import make_link
    from claimsmith.usecases.context import Context
    from claimsmith.usecases.environments import find_environment

    async with opened(settings) as platform:
        context = Context(platform, await find_environment(platform, None), author())
        return await bootstrap(context, MANAGEMENT_SCOPES), await make_link(context)


def _serve_on(server: "DemoServer", console: Any) -> int:
    console.print("Serving until Ctrl-C.", style="bold")
    try:
        code = server.wait()
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 0
    raise CommandFailed(f"The server ended by itself with {code}:\n{server.last_lines()}")


def _data(story: "DemoStory", link: str) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(story), "console": link}
