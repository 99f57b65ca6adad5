"""Take passwords: the one that proves an identity, and a new one."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from claimsmith.domain.errors import DomainError, InvalidInput
from claimsmith.domain.passwords import PasswordVerdict
from claimsmith.domain.sign_in_flows import FlowState
from claimsmith.domain.users import IdentityType
from claimsmith.storage.work import Work
from claimsmith.usecases.password_trials import accept, compare, count_trial, refusal
from claimsmith.usecases.passwords import check_new_password, set_password
from claimsmith.usecases.rate_limits import refuse_too_often
from claimsmith.usecases.security_notices import tell
from claimsmith.usecases.sign_in import Onward, SignIn, count_attempt, proceed
from claimsmith.usecases.sign_in_accounts import open_account
from claimsmith.usecases.sign_in_codes import identity_of, send_code
from claimsmith.usecases.users import find_user

PASSWORD_FIELD = "p_password"  # noqa: S105 - a field
FIRST_FIELD = "p_first_password"
SECOND_FIELD = "p_second_password"


class AccountLocked(DomainError):
    """Say that too many wrong passwords were given, and when the next one is looked at."""

    default_code = "ACCOUNT_LOCKED"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("Too many wrong passwords were given. No password is taken for a while.")
        self.retry_after_seconds = retry_after_seconds


async def submit_password(sign_in: SignIn, plain: str) -> Onward:
    """Take the password of the identity that was typed.

    One that is temporary, or is to be reset, leads to the choice of a new one. An address that was never
    proved is proved by a code as well. Raises `InvalidInput`, `AccountLocked`, `LimitReached`,
    `SignInRefused`, `Unavailable`.
    """
    identity = identity_of(sign_in.state)
    type, value = IdentityType(identity[0]), identity[1]
    trial, protection = None, sign_in.view.policies.protection
    sign_in.context.platform.password_hashing.insist_on_room()
    async with sign_in.context.storing() as work:
        wait = await count_attempt(work, sign_in, "password", identity)
        if wait is None:
            trial = await count_trial(sign_in.context, work, type, value, protection)
    refuse_too_often(wait)
    assert trial is not None  # noqa: S101 - who need not wait has tried
    verified = await compare(sign_in.context, trial, plain)
    _refuse(refusal(trial, verified))
    try:
        async with sign_in.context.storing() as work:
            verdict = await accept(work, trial, verified)
            if await _is_proved(work, type, value, verdict):
                return await proceed(work, sign_in, _proved(sign_in.state, verdict, work.now))
    except DomainError:
        # The password was right all the same, whatever came of it.
        async with sign_in.context.storing() as work:
            await accept(work, trial, verified)
        raise
    _refuse(verdict)
    proved = replace(sign_in.state, methods=("pwd",), draft=_draft(verdict))
    return await send_code(sign_in, proved, "reset" if proved.draft else "sign_in")


async def submit_new_password(sign_in: SignIn, first: str, second: str) -> Onward:
    """Take a new password, typed twice: of somebody new, or in place of one that was forgotten or given.

    Whoever was signed in with the old one no longer is, and the owner is told. Raises `InvalidInput`,
    `AlreadyExists`, `SignInRefused`, `Unavailable`.
    """
    state = sign_in.state
    checked = check_new_password(first, FIRST_FIELD)
    if first != second:
        raise InvalidInput(
            "The two passwords differ. Type the same one twice.", field=SECOND_FIELD, code="PASSWORDS_DIFFER"
        )
    try:
        if state.user_id is None:
            return await open_account(sign_in, state, password=checked)
        await set_password(sign_in.context, state.user_id, checked)
    except InvalidInput as problem:
        raise InvalidInput(problem.message, field=FIRST_FIELD, code=problem.code) from None
    draft = {name: value for name, value in state.draft.items() if name != "must_set_password"}
    async with sign_in.context.storing() as work:
        await tell(work, state.user_id, "password_changed", sign_in.telling)
        return await proceed(work, sign_in, replace(state, session_id=None, draft=draft))


def _refuse(verdict: PasswordVerdict | None) -> None:
    """Raise for a password that is not good."""
    if verdict is None or verdict.user_id is not None:
        return
    if verdict.outcome == "locked":
        raise AccountLocked(verdict.retry_after_seconds or 1)
    raise InvalidInput(
        "The password is wrong, or there is no such account.", field=PASSWORD_FIELD, code="PASSWORD_WRONG"
    )


def _draft(verdict: PasswordVerdict) -> dict[str, Any]:
    return {"must_set_password": True} if verdict.outcome == "must_change" else {}


def _proved(state: FlowState, verdict: PasswordVerdict, now: datetime) -> FlowState:
    at = int(now.timestamp())
    proved = replace(state, methods=("pwd",), draft=_draft(verdict))
    return replace(proved, user_id=verdict.user_id, authenticated_at=at)


async def _is_proved(work: Work, type: IdentityType, value: str, verdict: PasswordVerdict) -> bool:
    """Tell whether a password is enough: not when it is to be reset, or the address was never proved.

    A username is proved by its password alone.
    """
    if verdict.user_id is None or (await find_user(work, verdict.user_id)).is_password_reset_requested:
        return False
    return any(
        (each.type, each.value) == (type, value) and (each.is_verified or type is IdentityType.USERNAME)
        for each in await work.users.identities_of(verdict.user_id)
    )
