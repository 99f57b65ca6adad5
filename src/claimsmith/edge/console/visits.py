"""Hold what every page of the console is given, and check the visitor before any page runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.domain.errors import DomainError, NotFound
from claimsmith.edge.console.rendering import render
from claimsmith.edge.errors import domain_status
from claimsmith.edge.guards import check_form_token, check_origin, operator_context, require_session
from claimsmith.edge.page_forms import Form, read_form
from claimsmith.usecases.console_sessions import ConsoleSession
from claimsmith.usecases.context import Context


@dataclass(frozen=True, slots=True)
class Visit:
    """Hold one request of a signed-in operator. `form` is empty for a page that is only looked at."""

    request: Request
    context: Context
    session: ConsoleSession
    form: Form

    def word(self, name: str) -> str:
        """Return a variable part of the path."""
        return str(self.request.path_params[name])

    def asked(self, name: str) -> str | None:
        """Return a query parameter, or `None` for one that is absent or empty."""
        return self.request.query_params.get(name) or None

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Answer with a page. `?done=` names the message of what was done just before."""
        return render(
            self.request,
            template,
            status=status,
            session=self.session,
            **{"done": self.asked("done"), **values},
        )

    def refused(self, template: str, problem: DomainError, **values: Any) -> Response:
        """Answer with the form again and the message beside its field; an unknown object is a 404 page."""
        if isinstance(problem, NotFound) and not problem.field:
            raise problem
        return self.page(template, status=domain_status(problem), problem=problem, done=None, **values)

    def go(self, path: str, done: str | None = None) -> Response:
        """Send the browser to another page of the console, after a form was taken."""
        query = "?" + urlencode({"done": done}) if done else ""
        return RedirectResponse(f"{self.request.scope['root_path']}/console{path}{query}", 303)


Handler = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def shows(handler: Handler) -> Endpoint:
    """Make an endpoint of a handler that only shows something."""

    async def endpoint(request: Request) -> Response:
        session = await require_session(request)
        return await handler(Visit(request, operator_context(request, session), session, Form()))

    return endpoint


def takes(handler: Handler) -> Endpoint:
    """Make an endpoint of a handler that takes a form."""

    async def endpoint(request: Request) -> Response:
        session = await require_session(request)
        check_origin(request)
        form = await read_form(request)
        check_form_token(session, form.text("form_token"))
        return await handler(Visit(request, operator_context(request, session), session, form))

    return endpoint
