"""Send one-time codes to people who sign in, and take them back.

A code belongs to one sign-in, and so to one browser, and to one identity in it. It is made whether or not
anybody has the identity, so that both take the same time and lead to the same page.
"""

from dataclasses import replace

from claimsmith.domain.environments import split_issuer
from claimsmith.domain.errors import Conflict, InvalidInput
from claimsmith.domain.messages import Channel
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow, Step
from claimsmith.domain.users import IdentityType, User
from claimsmith.storage.work import Work
from claimsmith.usecases.identities import mark_verified
from claimsmith.usecases.messages import send
from claimsmith.usecases.one_time_codes import check_code, issue_code
from claimsmith.usecases.rate_limits import take
from claimsmith.usecases.sign_in import Onward, SignIn, limit, move, proceed
from claimsmith.usecases.sign_in_accounts import accepted
from claimsmith.usecases.sign_in_flows import save_flow

CODE_FIELD = "p_confirmation_code"
CODES_IN_WINDOW = 6
WINDOW_SECONDS = 900


async def send_code(sign_in: SignIn, state: FlowState, purpose: str) -> SignInFlow:
    """Make a code for the identity of a state, send it to whoever may have it, and lead to its page.

    Raises `LimitReached`.
    """
    identity = identity_of(state)
    await take(
        sign_in.context,
        f"codes sent|{identity[0]}|{identity[1]}",
        limit=CODES_IN_WINDOW,
        window_seconds=WINDOW_SECONDS,
    )
    lifetime = sign_in.access.code_lifetime_seconds
    waiting = replace(state, step=Step.VERIFY, purpose=purpose)
    async with sign_in.context.storing() as work:
        flow = await save_flow(work, sign_in.flow, waiting)
        code = await issue_code(work, sign_in.context, purpose, subject(flow), lifetime_seconds=lifetime)
        recipient = await _recipient(work, sign_in, identity, purpose)
        await _send(work, sign_in, recipient, f"code_{purpose}", code)
    return flow


async def submit_resend(sign_in: SignIn) -> SignInFlow:
    """Send another code; the one before is dead. Raises `LimitReached`."""
    return await send_code(sign_in, sign_in.state, sign_in.state.purpose or "sign_in")


async def submit_code(sign_in: SignIn, text: str) -> Onward:
    """Take a code: the identity it was sent to is proved.

    Raises `InvalidInput`, `LimitReached`, `SignInRefused`.
    """
    state = sign_in.state
    identity, purpose = identity_of(state), state.purpose or ""
    await limit(sign_in, "code", identity)
    if not await check_code(sign_in.context, purpose, subject(sign_in.flow), text):
        raise _wrong()
    async with sign_in.context.storing() as work:
        user = await work.users.find_by_identity(IdentityType(identity[0]), identity[1])
        if user is not None:
            return await _known(work, sign_in, user)
    if purpose == "reset":
        raise _wrong()
    return await _unknown(sign_in)


async def _known(work: Work, sign_in: SignIn, user: User) -> Onward:
    state = sign_in.state
    proved = await _address(work, identity_of(state), user)
    if proved is not None:
        await mark_verified(work, user.id, *proved)
    must_set = state.purpose == "reset"
    return await proceed(
        work,
        sign_in,
        replace(
            state,
            user_id=user.id,
            purpose=None,
            methods=(*state.methods, "otp"),
            authenticated_at=int(work.now.timestamp()),
            draft={"must_set_password": True} if must_set else {},
        ),
    )


async def _unknown(sign_in: SignIn) -> Onward:
    """Lead on somebody who proved an identity that nobody has: to the account that is to be opened."""
    state = sign_in.state
    if not sign_in.may_sign_up(identity_of(state)):
        raise InvalidInput(
            "There is no account with this, and nobody can sign up here. Ask to be invited.",
            code="SIGN_UP_CLOSED",
        )
    now = int(sign_in.context.platform.now().timestamp())
    proved = replace(
        state,
        methods=("otp",),
        authenticated_at=now,
        draft={**state.draft, "is_identity_proved": True},
    )
    if state.purpose == "sign_in" and sign_in.application.options.is_ask_for_name:
        return await move(sign_in, replace(proved, step=Step.SIGN_UP))
    return await accepted(sign_in, proved)


async def _recipient(work: Work, sign_in: SignIn, identity: tuple[str, str, str], purpose: str) -> str | None:
    """Return where a code goes: to the identity itself if it may be proved, or to the address of its user."""
    type = IdentityType(identity[0])
    user = await work.users.find_by_identity(type, identity[1])
    if user is None:
        is_awaited = purpose != "reset" and type is not IdentityType.USERNAME
        return identity[1] if is_awaited and sign_in.may_sign_up(identity) else None
    if user.is_suspended:
        return None
    found = await _address(work, identity, user)
    return found[1] if found else None


async def _address(work: Work, identity: tuple[str, str, str], user: User) -> tuple[IdentityType, str] | None:
    """Return what a code proves: the identity that was typed, or of a username the user's email address."""
    type = IdentityType(identity[0])
    if type is not IdentityType.USERNAME:
        return type, identity[1]
    identities = await work.users.identities_of(user.id)
    addresses = [each for each in identities if each.type is IdentityType.EMAIL]
    addresses.sort(key=lambda each: not each.is_primary)
    return (IdentityType.EMAIL, addresses[0].value) if addresses else None


async def _send(work: Work, sign_in: SignIn, recipient: str | None, kind: str, code: PlainSecret) -> None:
    is_phone = recipient is not None and recipient.startswith("+") and "@" not in recipient
    await send(
        work,
        kind=kind,
        recipient=recipient,
        language=sign_in.language,
        values={
            "code": code.reveal(),
            "minutes": str(sign_in.access.code_lifetime_seconds // 60),
            "sender": sign_in.application.name,
            "domain": split_issuer(sign_in.context.environment.issuer)[1],
        },
        channel=Channel.PHONE if is_phone else Channel.MAIL,
        organization=sign_in.organization,
    )


def subject(flow: SignInFlow) -> str:
    """Return what a code is bound to: the sign-in and the identity that is being proved in it."""
    identity = identity_of(flow.state)
    return f"{flow.hash.hex()}|{identity[0]}|{identity[1]}"


def identity_of(state: FlowState) -> tuple[str, str, str]:
    """Return what was typed to say who it is. Raises `Conflict` when the sign-in has begun anew."""
    if state.identity is None:
        raise Conflict("This sign-in has begun anew. Open it again.", code="SIGN_IN_MOVED_ON")
    return state.identity


def _wrong() -> InvalidInput:
    return InvalidInput(
        "This code is wrong, or good no more. Check the newest message, or ask for another code.",
        field=CODE_FIELD,
        code="CODE_WRONG",
    )
