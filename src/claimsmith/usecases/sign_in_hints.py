"""Skip the first page of a sign-in whose application asked on a screen of its own who comes."""

from claimsmith.domain.errors import DomainError
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sign_in_flows import SignInFlow, Step
from claimsmith.domain.sign_in_steps import read_hint
from claimsmith.domain.sso_sessions import Browser
from claimsmith.domain.users import IdentityType
from claimsmith.domain.views import EnvironmentView
from claimsmith.usecases.context import Context
from claimsmith.usecases.sign_in import SignIn, open_sign_in
from claimsmith.usecases.sign_in_flows import load_flow
from claimsmith.usecases.sign_in_identities import Newcomer, submit_identity, submit_sign_up


async def enter_with_hint(
    context: Context,
    view: EnvironmentView,
    opened: tuple[PlainSecret, PlainSecret],
    *,
    browser: Browser,
    language: str,
) -> Step:
    """Enter the identity of a hint as if it was typed on the first page; return the page that comes next.

    `opened` are the token of the flow and the binder. A hint that the page would refuse leads to the page,
    which shows it: a hint is a guess of the application. So does a sign-up whose page asks for more. A hint
    counts for the limits as what is typed does.
    """
    flow = await load_flow(context, opened[0].reveal(), opened[1].reveal())
    typed = read_hint(flow.request.login_hint)
    if not typed:
        return flow.state.step
    sign_in = await open_sign_in(context, view, flow, browser=browser, language=language)
    is_new = flow.state.step is Step.SIGN_UP
    if is_new and _asks_more(sign_in):
        return flow.state.step
    try:
        entered = submit_sign_up(sign_in, Newcomer(typed)) if is_new else submit_identity(sign_in, typed)
        onward = await entered
    except DomainError:
        return flow.state.step
    return onward.state.step if isinstance(onward, SignInFlow) else Step.DONE


def _asks_more(sign_in: SignIn) -> bool:
    """Tell whether the page of a sign-up asks for more than who comes."""
    options, methods = sign_in.application.options, sign_in.methods
    asks_username = methods.offers(IdentityType.USERNAME) and not methods.offers(IdentityType.EMAIL)
    asks_person = options.is_ask_for_name or options.has_marketing_consent
    return asks_person or asks_username or sign_in.asks_for_terms
