"""Take who people say they are: to sign in, to sign up, to choose a new password.

What is taken begins the sign-in anew: nothing that was proved for another identity stays.
"""

from dataclasses import dataclass, replace
from typing import Any

from claimsmith.domain.errors import InvalidInput, NotFound, NotPermitted
from claimsmith.domain.identities import identity_value
from claimsmith.domain.keys_and_names import check_name
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow, Step
from claimsmith.domain.sign_in_steps import Method, read_identity
from claimsmith.domain.users import IdentityType
from claimsmith.storage.work import Work
from claimsmith.usecases.accepted_terms import accepted_now
from claimsmith.usecases.rate_limits import refuse_too_often
from claimsmith.usecases.sign_in import Onward, SignIn, count_attempt, limit, move
from claimsmith.usecases.sign_in_accounts import USERNAME_FIELD, accepted, username_taken
from claimsmith.usecases.sign_in_codes import send_code
from claimsmith.usecases.sign_in_flows import moved_on
from claimsmith.usecases.user_records import LONGEST_PERSONAL_NAME

EMAIL_FIELD = "p_email"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Hold what somebody who signs up has typed. `username` is asked for where people sign in with one."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    has_marketing_consent: bool | None = None
    has_accepted_terms: bool = False


async def submit_identity(sign_in: SignIn, text: str) -> SignInFlow:
    """Take an email address, username or phone number; ask for the password, or send a code.

    What happens is the same whether or not anybody has the identity, unless the policy lets people be told.
    Raises `InvalidInput`, `NotFound` by that policy, `LimitReached`.
    """
    identity = _given(sign_in, text)
    state = FlowState(identity=identity)
    is_by_password = sign_in.methods.method_of(identity) is Method.PASSWORD
    moved, is_refused = None, False
    async with sign_in.context.storing() as work:
        wait = await count_attempt(work, sign_in, "identity", identity)
        if wait is None:
            is_refused = not sign_in.access.is_enumeration_protected and await _is_unknown(work, identity)
            if is_by_password and not is_refused:
                at_password = replace(state, step=Step.PASSWORD)
                moved = await work.sign_in_flows.advance(sign_in.flow, at_password, work.now)
    refuse_too_often(wait)
    if is_refused:
        raise NotFound(
            "There is no account with this. Check what you typed, or sign up.",
            field=EMAIL_FIELD,
            code="ACCOUNT_NOT_FOUND",
        )
    if is_by_password:
        return moved_on(moved)
    return await send_code(sign_in, state, "sign_in")


async def submit_sign_up(sign_in: SignIn, newcomer: Newcomer) -> Onward:
    """Take names and an address from somebody new; send the code that proves the address.

    There is no account until the address is proved; until then, what was typed is in the flow alone. Somebody
    who proved an address that turned out to be new comes here too, for the names. Raises `InvalidInput`,
    `NotPermitted` where nobody may sign up, `AlreadyExists` for a username, `LimitReached`.
    """
    _check_terms(sign_in, newcomer)
    draft = {
        "first_name": _personal_name(newcomer.first_name, "p_first_name"),
        "last_name": _personal_name(newcomer.last_name, "p_last_name"),
        "has_marketing_consent": newcomer.has_marketing_consent,
        "username": await _free_username(sign_in, newcomer.username),
        "is_username_taken": False,
        "accepted_terms": _accepted_terms(sign_in),
    }
    proved = sign_in.state
    if proved.draft.get("is_identity_proved"):
        return await accepted(sign_in, replace(proved, draft={**proved.draft, **draft}))
    identity = _new_identity(sign_in, newcomer.email)
    refuse_closed(sign_in, identity)
    await limit(sign_in, "sign-up", identity)
    return await send_code(sign_in, FlowState(step=Step.SIGN_UP, identity=identity, draft=draft), "sign_up")


async def submit_forgotten(sign_in: SignIn, text: str) -> SignInFlow:
    """Take who forgot the password and send a code. Raises `InvalidInput`, `LimitReached`."""
    identity = _given(sign_in, text)
    await limit(sign_in, "forgotten", identity)
    return await send_code(sign_in, FlowState(identity=identity), "reset")


async def submit_other_way(sign_in: SignIn) -> SignInFlow:
    """Go back to the beginning: nothing that was typed or proved stays."""
    return await move(sign_in, FlowState(step=Step.SIGN_IN))


def refuse_closed(sign_in: SignIn, identity: tuple[str, str, str]) -> None:
    """Refuse somebody new whom the policy does not let in. Raises `NotPermitted`, `InvalidInput`."""
    if sign_in.may_sign_up(identity):
        return
    if not sign_in.access.is_self_sign_up_allowed:
        raise NotPermitted("Nobody can sign up here by themselves. Ask to be invited.", code="SIGN_UP_CLOSED")
    raise InvalidInput(
        "Addresses of this domain cannot sign up here. Use the address of your organization.",
        field=EMAIL_FIELD,
        code="DOMAIN_NOT_ALLOWED",
    )


def _given(sign_in: SignIn, text: str) -> tuple[str, str, str]:
    """Return the identity that was typed; one that an invitation is for is changed by nothing."""
    return sign_in.invited or read_identity(text, sign_in.methods, EMAIL_FIELD)


def _new_identity(sign_in: SignIn, text: str) -> tuple[str, str, str]:
    if sign_in.invited:
        return sign_in.invited
    type = sign_in.methods.sign_up_type
    value, shown = identity_value(type, text, EMAIL_FIELD)
    return type.value, value, shown


async def _is_unknown(work: Work, identity: tuple[str, str, str]) -> bool:
    return await work.users.find_by_identity(IdentityType(identity[0]), identity[1]) is None


def _accepted_terms(sign_in: SignIn) -> dict[str, Any] | None:
    """Return what was accepted: the links that the page showed, as they are now."""
    return accepted_now(sign_in.context, sign_in.application) if sign_in.asks_for_terms else None


def _check_terms(sign_in: SignIn, newcomer: Newcomer) -> None:
    if sign_in.asks_for_terms and not newcomer.has_accepted_terms:
        raise InvalidInput(
            "Accept the terms to go on.", field="p_has_clickwrap_accepted", code="TERMS_NOT_ACCEPTED"
        )


async def _free_username(sign_in: SignIn, text: str) -> str | None:
    if not sign_in.methods.offers(IdentityType.USERNAME) or not text.strip():
        return None
    value, shown = identity_value(IdentityType.USERNAME, text, USERNAME_FIELD)
    async with sign_in.context.reading() as work:
        if await work.users.find_by_identity(IdentityType.USERNAME, value) is not None:
            raise username_taken()
    return shown


def _personal_name(text: str, field: str) -> str | None:
    return check_name(text, field, LONGEST_PERSONAL_NAME) if text.strip() else None
