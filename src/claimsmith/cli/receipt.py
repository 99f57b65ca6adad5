"""Draw a previewed token as a receipt: one line per claim with its bytes, then the total and the budget."""

from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from claimsmith.usecases.token_previews import Preview

BAR_WIDTH = 10
LONGEST_VALUE = 60


def draw_receipt(console: Console, found: "Preview", *, values: bool) -> None:
    """Print what a token carries and why, what it does not and why, and its length.

    With `values` each claim's value is shown below its name.
    """
    marks = {name: sign for sign, kind in (("+", "added"), ("~", "changed")) for name in found.diff[kind]}
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("claim", overflow="fold")
    table.add_column("bytes", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("why", overflow="fold")
    most = max((found.bytes_by_claim.get(line.claim, 0) for line in found.trace), default=1)
    for line in found.trace:
        count = found.bytes_by_claim.get(line.claim, 0)
        name = Text(f"{marks.get(line.claim, ' ')} {line.claim}", style="bold")
        why = Text(line.because)
        if values:
            why.append(f"\n{_short(found.claims.get(line.claim))}", style="cyan")
        table.add_row(name, str(count), _bar(count, most), why)
    if found.trace:
        console.print(table)
        console.print()
    _draw_total(console, found)
    _draw_omitted(console, found)
    if found.diff["removed"]:
        console.print(f"Removed by these settings: {', '.join(found.diff['removed'])}", style="yellow")
    for gate in found.needs:
        console.print(f"Needs {gate.needed}: {gate.because} {gate.remedy}", style="yellow")
    if marks:
        console.print("+ added and ~ changed by settings that are not saved.", style="yellow")


def _draw_total(console: Console, found: "Preview") -> None:
    payload = len(orjson.dumps(found.claims))
    over = found.size_bytes - found.budget_bytes
    share = round(100 * found.size_bytes / found.budget_bytes)
    verdict = (
        f"{over} bytes over its budget of {found.budget_bytes}" if over > 0 else f"{share} % of its budget"
    )
    console.print(
        Text.assemble(
            ("Token: ", "bold"),
            f"{found.size_bytes} bytes, ",
            (verdict, "red" if over > 0 else "green"),
            "" if over > 0 else f" of {found.budget_bytes}",
            f" (payload {payload}, times 4/3 in base64url, and an {found.header['alg']} signature).",
        )
    )


def _draw_omitted(console: Console, found: "Preview") -> None:
    if not found.omitted:
        return
    console.print()
    console.print("Not in this token", style="bold")
    for line in found.omitted:
        console.print(
            Padding(Text.assemble((line.claim, "bold"), f": {line.because}"), (0, 0, 0, 2), expand=False)
        )
        if line.fix:
            console.print(Padding(Text(f"To get it: {line.fix}", style="green"), (0, 0, 0, 4), expand=False))


def _bar(count: int, most: int) -> Text:
    filled = max(1, round(BAR_WIDTH * count / most)) if count else 0
    return Text("#" * filled + "." * (BAR_WIDTH - filled), style="magenta")


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."
