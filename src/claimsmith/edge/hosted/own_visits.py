"""Answer people about their own account: who is signed in, the pages they see, the forms they send.

Every form is bound to the session. A form that needs a proof that is not there leads to the page that takes
one.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.domain.errors import DomainError, NotPermitted
from claimsmith.domain.organizations import Organization
from claimsmith.domain.policies import EnvironmentPolicies
from claimsmith.domain.secrets import PlainSecret
from claimsmith.edge.browsers import browser_of, person_context
from claimsmith.edge.errors import domain_status
from claimsmith.edge.guards import check_origin
from claimsmith.edge.hosted.form_tokens import check_form_token, form_token
from claimsmith.edge.hosted.rendering import render, texts_for
from claimsmith.edge.page_forms import Form, read_form
from claimsmith.texts import Texts
from claimsmith.usecases.context import Context
from claimsmith.usecases.own_access import NotFresh, NotSignedIn, own_organization
from claimsmith.usecases.rate_limits import TooOften
from claimsmith.usecases.security_notices import Telling

PURPOSE = "own security"


@dataclass(frozen=True, slots=True)
class Own:
    """Hold one request of somebody about the own account."""

    request: Request
    context: Context
    policies: EnvironmentPolicies
    token: str | None
    organization: Organization | None
    texts: Texts

    @property
    def telling(self) -> Telling:
        """Return how the person is told what was changed."""
        environment = self.context.environment
        return Telling(environment.name, environment.issuer, self.texts.language, self.organization)

    @property
    def code_seconds(self) -> int:
        """Return for how long a code by mail is good."""
        return self.policies.access.code_lifetime_seconds

    def address(self, page: str = "", **query: str) -> str:
        """Return the address of a page."""
        path = f"{self.request.scope['root_path']}/auth/security" + (f"/{page}" if page else "")
        return path + (f"?{urlencode(query)}" if query else "")

    def go(self, page: str = "", **query: str) -> Response:
        """Send the browser to a page."""
        return RedirectResponse(self.address(page, **query), 303)

    def page(self, template: str, here: str, problem: DomainError | None = None, **values: Any) -> Response:
        """Answer with a page."""
        return render(
            self.request,
            template,
            texts=self.texts,
            status=_status(problem),
            organization=self.organization,
            problem=problem,
            here=self.address(here),
            home=self.address(),
            minutes=self.code_seconds // 60,
            issuer=self.context.environment.name,
            form_token=form_token(self.request, PURPOSE, self.token or ""),
            **values,
        )

    def codes(self, codes: Sequence[PlainSecret]) -> Response:
        """Show new recovery codes: in this answer, and nowhere later. Without any, go back."""
        return self.page("security_codes.html", "", codes=codes) if codes else self.go(done="added")

    def not_signed_in(self) -> Response:
        """Say that nobody is signed in to this browser."""
        return render(self.request, "security_signed_out.html", texts=self.texts, status=401)


Act = Callable[[Own, Form], Awaitable[Response]]


def page_of(show: Callable[[Own], Awaitable[Response]], acts: Mapping[str, Act]) -> Any:
    """Return the endpoint of one page: what it shows, and what its buttons do."""

    async def respond(request: Request) -> Response:
        form = None
        if request.method == "POST":
            check_origin(request)
            form = await read_form(request)
            given = form.text("form_token")
            check_form_token(request, PURPOSE, browser_of(request).session_token or "", given)
        own = await _own(request)
        try:
            if form is None:
                return await show(own)
            act = acts.get(form.text("action"))
            if act is None:
                raise HTTPException(404)
            return await act(own, form)
        except NotSignedIn:
            return own.not_signed_in()
        except NotFresh:  # before what it is a kind of
            return own.go("confirm", next=request.url.path.rpartition("/security")[2].strip("/"))
        except NotPermitted:
            return own.go(done="refused")

    return respond


async def _own(request: Request) -> Own:
    context, token = person_context(request), browser_of(request).session_token
    policies = request.scope["claimsmith.runtime"].view.policies
    organization = await own_organization(context, token)
    return Own(request, context, policies, token, organization, texts_for(request))


def _status(problem: DomainError | None) -> int:
    if problem is None:
        return 200
    return 429 if isinstance(problem, TooOften) else domain_status(problem)
