"""Lead one person through one sign-in: begin a flow, find it again, move it on, finish or refuse it.

A flow is known by an opaque token in the address of its pages. The token alone opens nothing: the browser
that began the flow holds a second one, the binder, in a cookie. Of both only the hash is stored. Each step
raises the flow's version, so that of two answers to one page one wins.
"""

from datetime import timedelta

from claimsmith.crypto.secrets import hash_secret, make_opaque_token
from claimsmith.domain.authorization_answers import AuthorizationAnswer
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.errors import Conflict, DomainError, NotFound
from claimsmith.domain.secrets import PlainSecret, SecretHash
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow
from claimsmith.oauth.authorization.answers import error_answer, expired_answer
from claimsmith.oauth.errors import OAuthError
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

LIFETIME_SECONDS = 3_600
TOKEN_PREFIX = "flow"  # noqa: S105 - a prefix
BINDER_PREFIX = "bind"


class FlowOver(DomainError):
    """Say that a sign-in is finished, refused or out of time.

    `request` is what it was for. `answer` is set when the application wants to hear of it, so that it can
    begin again (`supports_reauth`); without one, a page says so.
    """

    default_code = "SIGN_IN_OVER"

    def __init__(
        self, message: str, *, request: AuthorizationRequest, answer: AuthorizationAnswer | None
    ) -> None:
        super().__init__(message)
        self.request = request
        self.answer = answer


async def begin_flow(
    context: Context, request: AuthorizationRequest, state: FlowState, *, binder: PlainSecret | None
) -> tuple[PlainSecret, PlainSecret]:
    """Begin a sign-in; return the token of the flow and the binder of the browser.

    A browser keeps the binder it has, so that sign-ins in several tabs do not undo each other.
    """
    token = make_opaque_token(TOKEN_PREFIX)
    if binder is None or not _is_binder(binder):
        binder = make_opaque_token(BINDER_PREFIX)
    async with context.storing() as work:
        flow = SignInFlow(
            hash=bytes(hash_secret(token.reveal())),
            request=request,
            state=state,
            version=0,
            created_at=work.now,
            expires_at=work.now + timedelta(seconds=LIFETIME_SECONDS),
        )
        await work.sign_in_flows.add(flow, bytes(hash_secret(binder.reveal())))
    return token, binder


async def load_flow(context: Context, token: str, binder: str | None) -> SignInFlow:
    """Return the flow of a token and the binder of its browser.

    Raises `NotFound` for an unknown token and for another browser's alike, `FlowOver`.
    """
    async with context.reading() as work:
        found = await work.sign_in_flows.find(bytes(hash_secret(token)))
        now = work.now
    if found is None or not SecretHash(found[1]).matches(binder or ""):
        raise NotFound(
            "This sign-in is unknown here, or was begun in another browser. Go back to the application and "
            "sign in again.",
            code="SIGN_IN_NOT_FOUND",
        )
    flow = found[0]
    if flow.ended_at is not None:
        raise _over(context, flow, "This sign-in is over. Go back to the application.")
    if flow.expires_at <= now:
        raise _over(context, flow, "This sign-in took too long. Go back to the application and begin again.")
    return flow


async def save_flow(work: Work, flow: SignInFlow, state: FlowState) -> SignInFlow:
    """Move a flow on; return it as it is now. Raises `Conflict` when somebody moved it meanwhile."""
    moved = await work.sign_in_flows.advance(flow, state, work.now)
    if moved is None:
        raise _conflict()
    return moved


async def refuse_flow(context: Context, flow: SignInFlow, error: OAuthError) -> AuthorizationAnswer:
    """End a flow with a refusal; return what goes to the application. Raises `Conflict`."""
    async with context.storing() as work:
        await end_flow(work, flow)
    return error_answer(flow.request, context.environment.issuer, error)


async def end_flow(work: Work, flow: SignInFlow) -> None:
    """End a flow within a transaction. Raises `Conflict` when somebody moved or ended it meanwhile."""
    if not await work.sign_in_flows.end(flow, work.now):
        raise _conflict()


def _over(context: Context, flow: SignInFlow, message: str) -> FlowOver:
    request = flow.request
    answer = expired_answer(request, context.environment.issuer) if request.supports_reauth else None
    return FlowOver(message, request=request, answer=answer)


def _conflict() -> Conflict:
    return Conflict(
        "This page was answered already, in another tab or by a second click. Open the sign-in again.",
        code="SIGN_IN_MOVED_ON",
    )


def _is_binder(binder: PlainSecret) -> bool:
    """Tell whether a text can be a binder this server made: nobody may plant a short one."""
    text = binder.reveal()
    return text.startswith(f"{BINDER_PREFIX}_") and 40 <= len(text) <= 60 and text.isascii()
