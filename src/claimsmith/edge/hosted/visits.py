"""Find the sign-in that a request belongs to, and answer with its pages."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.domain.errors import DomainError
from claimsmith.domain.sign_in_flows import SignInFlow, Step
from claimsmith.edge.authorization_answers import answer_response
from claimsmith.edge.browsers import binder_of, browser_of, keep_session, person_context
from claimsmith.edge.hosted.form_tokens import form_token
from claimsmith.edge.hosted.rendering import render, texts_for
from claimsmith.edge.page_forms import Form
from claimsmith.texts import Texts
from claimsmith.usecases.sign_in import Onward, SignIn, open_sign_in
from claimsmith.usecases.sign_in_flows import load_flow


@dataclass(frozen=True, slots=True)
class Visit:
    """Hold one request to a page of a sign-in. `form` is empty for a page that is only looked at."""

    request: Request
    sign_in: SignIn
    flow_token: str
    binder: str
    texts: Texts
    form: Form = field(default_factory=Form)

    def page(
        self, template: str, *, status: int = 200, problem: DomainError | None = None, **values: Any
    ) -> Response:
        """Answer with a page, whose forms carry the token of this sign-in and browser."""
        return render(
            self.request,
            template,
            texts=self.texts,
            status=status,
            application=self.sign_in.application,
            organization=self.sign_in.organization,
            redirect_uri=self.sign_in.flow.request.redirect_uri,
            problem=problem,
            flow=self.flow_token,
            form_token=form_token(self.request, self.flow_token, self.binder),
            state=self.sign_in.state,
            methods=self.sign_in.methods,
            address_of=self.address_of,
            **values,
        )

    def address_of(self, step: Step | str) -> str:
        """Return the address of a page of this sign-in."""
        root = self.request.scope["root_path"]
        return f"{root}/auth/{Step(step).value}?{urlencode({'flow': self.flow_token})}"

    def go(self, step: Step) -> Response:
        """Send the browser to a page of this sign-in."""
        return RedirectResponse(self.address_of(step), 303)

    def went_on(self, onward: Onward) -> Response:
        """Send the browser on after a step was taken: to the next page, or back to the application."""
        if isinstance(onward, SignInFlow):
            return self.go(onward.state.step)
        response = answer_response(onward.answer, status=303)
        if onward.session is not None and onward.session_token is not None:
            keep_session(self.request, response, onward.session, onward.session_token)
        return response


async def visit_of(request: Request) -> Visit:
    """Return the visit of a request, by the flow in its address and the binder in its cookie.

    Raises `NotFound`, `FlowOver`.
    """
    token = request.query_params.get("flow", "")
    held = binder_of(request)
    binder = held.reveal() if held is not None else ""
    context = person_context(request)
    flow = await load_flow(context, token, binder)
    texts = texts_for(request, [flow.request.language])
    view = request.scope["claimsmith.runtime"].view
    sign_in = await open_sign_in(context, view, flow, browser=browser_of(request), language=texts.language)
    return Visit(request, sign_in, token, binder, texts)


def with_form(visit: Visit, form: Form) -> Visit:
    """Return the visit with the form that was sent."""
    return replace(visit, form=form)
