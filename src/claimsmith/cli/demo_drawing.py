"""Draw the demo so that it reads as well without colours and on 80 columns."""

import io
import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from claimsmith.cli.output import console as plain_console

if TYPE_CHECKING:
    from claimsmith.cli.demo_steps import DemoStory

WIDEST = 110
NARROWEST = 80
STEP_WIDTH = 38
_STAMPS = ("iat", "exp", "jti")


def demo_console(*, quiet: bool) -> Console:
    """Return the console to draw on; a quiet one throws everything away."""
    if quiet:
        return Console(file=io.StringIO())
    made = plain_console()
    made.width = min(made.width, WIDEST) if made.is_terminal else NARROWEST
    return made


def draw_title(console: Console) -> None:
    """Print what is about to be shown."""
    console.print(Text("Claimsmith demo: one switch, seen before it is saved", style="bold"))
    console.print()


def draw_step(console: Console, what: str, detail: str) -> None:
    """Print one thing that has been done."""
    line = Text.assemble(("[done] ", "green"), what)
    if len(what) + len(detail) + 10 > console.width:
        console.print(line)
        console.print(Text(f"       {detail}", style="cyan"))
        return
    console.print(line.append(f": {detail}", style="cyan"))


def draw_story(console: Console, story: "DemoStory") -> None:
    """Print both tokens side by side, the difference, and the reasons."""
    console.print()
    console.print(_side_by_side(story))
    console.print()
    added = [name for name in story.after.claims if name not in story.before.claims]
    console.print("The difference", style="bold")
    for name in added:
        console.print(Text(f"  + {name}: {_json(story.after.claims[name])}", style="green"))
    console.print("  (iat, exp and jti differ between any two tokens.)")
    console.print()
    console.print("The reasons", style="bold")
    reasons = Table(box=None, show_header=False, padding=(0, 1))
    reasons.add_column(no_wrap=True)
    reasons.add_column(overflow="fold")
    reasons.add_row("before", Text(story.left_out))
    reasons.add_row("after", Text(story.put_in))
    foreseen = "as the preview foretold" if story.foreseen["added"] == added else "unlike the preview"
    reasons.add_row("claims", Text(f"{len(added)} added, {foreseen}."))
    before, after = story.before.size_bytes, story.after.size_bytes
    reasons.add_row("size", Text(f"{before} bytes before, {after} after; budget {story.budget_bytes}."))
    console.print(reasons)


def _side_by_side(story: "DemoStory") -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold underline", padding=(0, 2, 0, 0), expand=True)
    table.add_column("", width=1, header_style="")
    table.add_column("claim", no_wrap=True, style="bold")
    table.add_column("before", overflow="fold", ratio=1)
    table.add_column("after", overflow="fold", ratio=1)
    before, after = story.before.claims, story.after.claims
    for name in {**before, **after}:
        added = name not in before
        mark = "+" if added else "~" if before[name] != after.get(name) else ""
        table.add_row(
            Text(mark, style="green"),
            name,
            Text("(absent)" if added else _json(before[name])),
            Text(_json(after.get(name)), style="green" if added else "dim" if name in _STAMPS else ""),
        )
    return table


def draw_ways_on(console: Console, story: "DemoStory", link: str, directory: Path) -> None:
    """Print how to see the same in the console, and how to repeat the request."""
    console.print()
    console.print("See it in the console (the link works once, for ten minutes)", style="bold")
    console.print(link, soft_wrap=True)
    console.print()
    console.print("Get the token yourself", style="bold")
    lines = [
        f"curl {story.issuer}/oauth2/token",
        "  -d grant_type=client_credentials",
        f"  -d client_id={story.client_id}",
        f"  -d client_secret={story.client_secret}",
        f"  -d audience={story.audience}",
    ]
    console.print(" \\\n".join(lines), soft_wrap=True)
    console.print()
    console.print("Read its receipt", style="bold")
    lines = [
        f"{this_program()} token preview",
        f"  --data {shlex.quote(str(directory))}",
        f"  --application {story.client_id}",
    ]
    console.print(" \\\n".join(lines), soft_wrap=True)
    console.print()


def draw_end(console: Console) -> None:
    """Print that the server has ended, and how to have one that stays."""
    console.print("The server has ended (--once), so nothing above can be asked any more.")
    console.print("To look around while it serves", style="bold")
    console.print(f"{this_program()} demo", soft_wrap=True)


def this_program() -> str:
    """Return the words that start this program from the shell that started it.

    An environment that is not activated has no `claimsmith` on the path.
    """
    started, here = Path(sys.argv[0]).absolute(), Path.cwd()
    if started.name != "claimsmith":
        return f"{shlex.quote(sys.executable)} -m claimsmith"
    on_path = shutil.which("claimsmith")
    if on_path is not None and Path(on_path).absolute() == started:
        return "claimsmith"
    if not started.is_relative_to(here):
        return shlex.quote(str(started))
    nearby = str(started.relative_to(here))
    return shlex.quote(nearby if "/" in nearby else f"./{nearby}")


def _json(value: Any) -> str:
    """Return JSON with spaces, where lines can break between its members."""
    return json.dumps(value, ensure_ascii=False)
