"""Render the console's templates: everything is escaped, and a name that is not there is an error."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from claimsmith.domain.errors import DomainError
from claimsmith.edge.console.json_markup import json_markup, name_markup
from claimsmith.edge.static_files import static_address
from claimsmith.usecases.console_sessions import ConsoleSession

_FOLDER = Path(__file__).parent.parent / "templates" / "console"
_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    session: ConsoleSession | None = None,
    **values: Any,
) -> HTMLResponse:
    """Answer with a page.

    Every template is given `at`, the address of the console; `static`, which makes addresses of files; the
    environment, and whether plans are in force; and the form token, without which no form of the page would
    be taken.
    """
    root = request.scope["root_path"]
    content = (
        _templates()
        .get_template(template)
        .render(
            at=f"{root}/console",
            static=lambda name: root + static_address(name),
            environment=request.scope["claimsmith.runtime"].environment,
            has_plans=request.scope["claimsmith.runtime"].view.access.plans is not None,
            here=request.scope["path"].removeprefix(root),
            form_token=session.form_token if session else None,
            **{"problem": None, "done": None, **values},
        )
    )
    return HTMLResponse(content, status)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        moment=_moment, number=_number, seconds=_seconds, json=json_markup, member_name=name_markup
    )
    templates.globals.update(is_about=_is_about)
    return templates


def _is_about(problem: DomainError | None, name: str) -> bool:
    """Tell whether a refusal names a field, or one item of it (`redirect_uris[2]`)."""
    return problem is not None and (problem.field or "").partition("[")[0] == name


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _seconds(value: int) -> str:
    """Return a span of time in its largest whole unit: `24 hours`, `90 seconds`."""
    for size, word in _SPANS:
        if value >= size and value % size == 0 and not (word == "day" and value == size):
            count = value // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{value:,} seconds"
