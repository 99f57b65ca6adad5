"""Take passwords: the one that proves an identity, and a new one."""

from dataclasses import replace

from claimsmith.domain.errors import DomainError, InvalidInput
from claimsmith.domain.sign_in_flows import SignInFlow
from claimsmith.domain.users import IdentityType
from claimsmith.storage.work import Work
from claimsmith.usecases.passwords import check_new_password, set_password, verify_password
from claimsmith.usecases.security_notices import tell
from claimsmith.usecases.sign_in import SignIn, limit, proceed
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


async def submit_password(sign_in: SignIn, plain: str) -> SignInFlow:
    """Take the password of the identity that was typed.

    One that is temporary, or is to be reset, leads to the choice of a new one. An address that was never
    proved is proved by a code as well. Raises `InvalidInput`, `AccountLocked`, `LimitReached`,
    `SignInRefused`, `Unavailable`.
    """
    identity = identity_of(sign_in.state)
    await limit(sign_in, "password", identity)
    type = IdentityType(identity[0])
    verdict = await verify_password(sign_in.context, type, identity[1], plain)
    if verdict.outcome == "locked":
        raise AccountLocked(verdict.retry_after_seconds or 1)
    if verdict.outcome == "wrong" or verdict.user_id is None:
        raise InvalidInput(
            "The password is wrong, or there is no such account.", field=PASSWORD_FIELD, code="PASSWORD_WRONG"
        )
    draft = {"must_set_password": True} if verdict.outcome == "must_change" else {}
    proved = replace(sign_in.state, methods=("pwd",), draft=draft)
    async with sign_in.context.reading() as work:
        is_proved = await _is_proved(work, type, identity[1])
        user = await find_user(work, verdict.user_id)
    if not is_proved or user.is_password_reset_requested:
        return await send_code(sign_in, proved, "reset" if draft else "sign_in")
    async with sign_in.context.storing() as work:
        now = int(work.now.timestamp())
        known = replace(proved, user_id=verdict.user_id, authenticated_at=now)
        return await proceed(work, sign_in, known)


async def submit_new_password(sign_in: SignIn, first: str, second: str) -> SignInFlow:
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


async def _is_proved(work: Work, type: IdentityType, value: str) -> bool:
    """Tell whether an identity needs no proof by code; a username is proved by its password alone."""
    identity = await work.users.find_identity_by_value(type, value)
    return identity is not None and (identity.is_verified or type is IdentityType.USERNAME)
