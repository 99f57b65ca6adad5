"""Print answers: JSON for a script, tables for a person. Data goes to stdout, all else to stderr."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 240
"""Columns when nobody looks at a terminal: wide enough that no id is cut."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Hold objects of one kind. A person sees `columns` of them, a script sees all members."""

    columns: Sequence[str]
    rows: Sequence[dict[str, Any]]
    empty: str = "None yet."


@dataclass(frozen=True, slots=True)
class Record:
    """Hold one object; `notes` are for a person only."""

    members: dict[str, Any]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Say what was done; `members` is what a script may want to know of it."""

    message: str
    members: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Hold data that a person sees in a form of its own."""

    data: Any
    draw: "Callable[[Console], None]"
    exit_code: int = 0


Answer = Listing | Record | Done | Drawn


def console(*, stderr: bool = False) -> "Console":
    """Return a console that neither reads markup from data nor cuts lines in a pipe."""
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal and made.width <= 80 and "COLUMNS" not in made._environ:
        made.width = PIPE_WIDTH
    return made


def show(answer: Answer, *, as_json: bool) -> int:
    """Print an answer; return the exit code."""
    if as_json:
        _print_json(answer)
    elif isinstance(answer, Listing):
        _print_listing(answer)
    elif isinstance(answer, Record):
        _print_record(answer)
    elif isinstance(answer, Done):
        say(answer.message)
    else:
        answer.draw(console())
    return answer.exit_code if isinstance(answer, Drawn) else 0


def say(message: str) -> None:
    """Tell a person something, on stderr."""
    print(message, file=sys.stderr, flush=True)


def _print_json(answer: Answer) -> None:
    import orjson

    data: Any
    if isinstance(answer, Listing):
        data = list(answer.rows)
    elif isinstance(answer, Record):
        data = answer.members
    elif isinstance(answer, Done):
        data = {"message": answer.message, **answer.members}
    else:
        data = answer.data
    print(orjson.dumps(data, default=_plain, option=orjson.OPT_INDENT_2).decode(), flush=True)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def _print_listing(listing: Listing) -> None:
    if not listing.rows:
        say(listing.empty)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in listing.columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in listing.rows:
        table.add_row(*(text_of(row.get(column)) for column in listing.columns))
    console().print(table)


def _print_record(record: Record) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in record.members.items():
        table.add_row(name.replace("_", " "), text_of(value))
    console().print(table)
    for note in record.notes:
        say(note)


def text_of(value: Any) -> str:
    """Return a value as a person reads it in a cell."""
    if value is None or value in ((), []):
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"  # as --set takes it
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return ", ".join(text_of(item) for item in items)
    if isinstance(value, dict) and value and all(isinstance(each, list) for each in value.values()):
        return "\n".join(f"{name}: {text_of(each)}" for name, each in value.items())
    if isinstance(value, dict):
        import orjson

        return orjson.dumps(value, default=_plain).decode()
    return str(value)
