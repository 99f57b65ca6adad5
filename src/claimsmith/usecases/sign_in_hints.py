"""Skip the first page of a sign-in whose application says already who comes, and which way."""

from claimsmith.domain.errors import DomainError
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sign_in_flows import Step
from claimsmith.domain.sign_in_steps import read_hint
from claimsmith.domain.views import EnvironmentView
from claimsmith.usecases.context import Context
from claimsmith.usecases.sign_in import open_sign_in
from claimsmith.usecases.sign_in_flows import load_flow
from claimsmith.usecases.sign_in_identities import submit_identity


async def enter_with_hint(
    context: Context,
    view: EnvironmentView,
    opened: tuple[PlainSecret, PlainSecret],
    *,
    address: str | None,
    language: str,
) -> Step:
    """Enter the identity of a hint as if it was typed on the first page; return the page that comes next.

    `opened` are the token of the flow and the binder. A hint that the page would refuse leads to the page,
    which shows it: a hint is a guess of the application. It counts for the limits as what is typed does.
    """
    flow = await load_flow(context, opened[0].reveal(), opened[1].reveal())
    typed = read_hint(flow.request.login_hint)
    if not typed:
        return Step.SIGN_IN
    sign_in = await open_sign_in(context, view, flow, address=address or "", language=language)
    try:
        return (await submit_identity(sign_in, typed)).state.step
    except DomainError:
        return Step.SIGN_IN
