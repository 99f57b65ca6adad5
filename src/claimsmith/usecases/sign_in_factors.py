"""Ask for second factors, let people set them up, and show them their recovery codes.

Which factor a page is about is kept with the sign-in, not sent along with the form: what was sent is only
ever checked as what was asked for.
"""

import json
from dataclasses import dataclass, replace

from claimsmith.crypto.sealing import CannotOpen
from claimsmith.domain.errors import InvalidInput, NotPermitted
from claimsmith.domain.mfa import PROVED, FactorType, UserFactors, may_decline
from claimsmith.domain.policies import MfaPolicy
from claimsmith.domain.secrets import PlainSecret, SealedValue
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow
from claimsmith.storage.work import Work
from claimsmith.usecases.factor_trials import FactorVerdict
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.mfa import (
    TotpSetUp,
    confirm_totp,
    decline_second_factor,
    factors_of,
    mfa_policy,
    totp_set_up,
    verify_totp,
)
from claimsmith.usecases.mfa_codes import (
    confirm_factor_code,
    factor_address,
    send_factor_code,
    verify_factor_code,
)
from claimsmith.usecases.rate_limits import TooOften
from claimsmith.usecases.recovery_codes import make_recovery_codes, verify_recovery_code
from claimsmith.usecases.sign_in import Onward, SignIn, move, proceed
from claimsmith.usecases.sign_in_demands import RECOVERY_CODES
from claimsmith.usecases.users import find_user

CODE_FIELD = "p_confirmation_code"
RECOVERY_FIELD = "p_recovery_code"
RECOVERY = "recovery_code"
CHOSEN = "factor"


@dataclass(frozen=True, slots=True)
class FactorPage:
    """Hold what a page about second factors shows.

    `asked` is the kind of factor, or `recovery_code`, or empty when there is none; `others` are those that
    can be had instead. `address` is where codes are sent, `set_up` what a new app is to be given.
    """

    asked: str
    others: tuple[str, ...] = ()
    address: str | None = None
    is_sent: bool = False
    set_up: TotpSetUp | None = None
    may_decline: bool = False


async def factor_page(sign_in: SignIn) -> FactorPage:
    """Return what the page that asks for a second factor shows."""
    async with sign_in.context.reading() as work:
        policy, factors = await _situation(work, sign_in)
        choices = _choices(policy, factors)
        asked = _asked(sign_in.state, choices)
        address = None
        if asked == FactorType.EMAIL.value:
            address = await factor_address(work, _user_id(sign_in.state))
    others = tuple(each for each in choices if each != asked)
    return FactorPage(asked, others, address, _is_sent(sign_in.state))


async def set_up_page(sign_in: SignIn) -> FactorPage:
    """Return what the page that sets up a second factor shows."""
    user_id = _user_id(sign_in.state)
    async with sign_in.context.reading() as work:
        policy, _ = await _situation(work, sign_in)
        addresses = await proved_addresses(work, user_id)
        user = await find_user(work, user_id)
    choices = _new_choices(policy, has_address=bool(addresses))
    asked = _asked(sign_in.state, choices)
    account = addresses[0] if addresses else user.full_name or user_id
    set_up = None
    if asked == FactorType.AUTHENTICATOR_APP.value:
        set_up = totp_set_up(
            sign_in.context,
            user_id,
            _subject(sign_in.flow),
            account=account,
            issuer=sign_in.context.environment.name,
        )
    is_sent = asked == FactorType.EMAIL.value and _is_sent(sign_in.state)
    others = tuple(each for each in choices if each != asked)
    address = addresses[0] if is_sent else None
    return FactorPage(asked, others, address, is_sent, set_up, may_decline(policy))


async def submit_factor(sign_in: SignIn, code: str, recovery_code: str) -> Onward:
    """Take what was asked for: the code of an app, a code by mail, a recovery code.

    Raises `InvalidInput`, `TooOften`, `SignInRefused`.
    """
    context, state = sign_in.context, sign_in.state
    user_id = _user_id(state)
    page = await factor_page(sign_in)
    if page.asked == RECOVERY:
        _passed(await verify_recovery_code(context, user_id, recovery_code), RECOVERY)
        return await _proved(sign_in, ())
    if page.asked == FactorType.EMAIL.value:
        verdict = await verify_factor_code(context, user_id, _subject(sign_in.flow), code)
    else:
        verdict = await verify_totp(context, user_id, code)
    _passed(verdict, page.asked)
    return await _proved(sign_in, ("otp",))


async def submit_other_factor(sign_in: SignIn, factor: str) -> SignInFlow:
    """Ask for another factor that the user has; a code is sent if it is one by mail.

    Raises `InvalidInput`, `LimitReached`.
    """
    async with sign_in.context.reading() as work:
        policy, factors = await _situation(work, sign_in)
    return await _ask(sign_in, factor, _choices(policy, factors))


async def submit_set_up(sign_in: SignIn, code: str) -> Onward:
    """Take the first code of a new factor. Recovery codes follow, if there are to be any.

    Refused to whoever has a factor already: it is to be proved, not got round (S20). Raises `InvalidInput`,
    `TooOften`, `NotPermitted`, `AlreadyExists`, `SignInRefused`.
    """
    context, user_id = sign_in.context, _user_id(sign_in.state)
    async with context.reading() as work:
        policy, factors = await _situation(work, sign_in)
        has_address = bool(await proved_addresses(work, user_id))
    _check_none(policy, factors)
    asked = _asked(sign_in.state, _new_choices(policy, has_address=has_address))
    subject = _subject(sign_in.flow)
    if asked == FactorType.EMAIL.value:
        verdict = await confirm_factor_code(context, user_id, subject, code, telling=sign_in.telling)
    elif not asked:
        raise _not_usable()
    else:
        verdict = await confirm_totp(context, user_id, subject, code, telling=sign_in.telling)
    _passed(verdict, asked)
    return await _proved(sign_in, ("otp",), makes_codes=policy.is_recovery_codes_enabled)


async def submit_other_set_up(sign_in: SignIn, factor: str) -> SignInFlow:
    """Set up another kind of factor; a code is sent if it is one by mail.

    Raises `InvalidInput`, `NotPermitted`, `LimitReached`.
    """
    async with sign_in.context.reading() as work:
        policy, factors = await _situation(work, sign_in)
        has_address = bool(await proved_addresses(work, _user_id(sign_in.state)))
    _check_none(policy, factors)
    return await _ask(sign_in, factor, _new_choices(policy, has_address=has_address))


async def submit_no_factor(sign_in: SignIn) -> Onward:
    """Put off setting up a second factor, where none is required. Raises `NotPermitted`."""
    async with sign_in.context.storing() as work:
        policy, _ = await _situation(work, sign_in)
        if not may_decline(policy):
            raise NotPermitted("A second factor is required here.", code="SECOND_FACTOR_REQUIRED")
        await decline_second_factor(work, _user_id(sign_in.state))
        return await proceed(work, sign_in, _without(sign_in.state, CHOSEN))


def shown_recovery_codes(sign_in: SignIn) -> list[PlainSecret]:
    """Return the recovery codes that are to be seen on this page, and nowhere later."""
    sealed = sign_in.state.draft.get(RECOVERY_CODES)
    if sealed is None:
        return []
    try:
        text = sign_in.context.platform.sealer.open(
            SealedValue.from_text(sealed), context=_seal_context(sign_in)
        )
    except CannotOpen:
        return []
    return [PlainSecret(each) for each in json.loads(text)]


async def submit_recovery_codes(sign_in: SignIn) -> Onward:
    """Go on from the recovery codes, which are forgotten. Raises `SignInRefused`."""
    async with sign_in.context.storing() as work:
        return await proceed(work, sign_in, _without(sign_in.state, RECOVERY_CODES))


async def _situation(work: Work, sign_in: SignIn) -> tuple[MfaPolicy, UserFactors]:
    code = sign_in.state.organization_code
    organization = await work.organizations.find(code) if code else None
    policy = await mfa_policy(work, sign_in.view.policies, organization)
    return policy, await factors_of(work, _user_id(sign_in.state))


def _choices(policy: MfaPolicy, factors: UserFactors) -> tuple[str, ...]:
    """Return what can prove the second factor of a user, the first choice first."""
    had = [each.value for each in factors.usable(policy)]
    return (*had, RECOVERY) if factors.recovery_codes_left else tuple(had)


def _new_choices(policy: MfaPolicy, *, has_address: bool) -> tuple[str, ...]:
    """Return what can be set up: codes by mail only by who has proved an address."""
    return tuple(
        each.value
        for each in FactorType
        if each in policy.enabled_factors and (has_address or each is not FactorType.EMAIL)
    )


def _asked(state: FlowState, choices: tuple[str, ...]) -> str:
    chosen = str(state.draft.get(CHOSEN, ""))
    return chosen if chosen in choices else next(iter(choices), "")


async def _ask(sign_in: SignIn, factor: str, choices: tuple[str, ...]) -> SignInFlow:
    if factor not in choices:
        raise _not_usable()
    state = sign_in.state
    draft = {**state.draft, CHOSEN: factor}
    if factor == FactorType.EMAIL.value:
        await send_factor_code(
            sign_in.context,
            _user_id(state),
            _subject(sign_in.flow),
            language=sign_in.language,
            sender=sign_in.application.name,
            lifetime_seconds=sign_in.access.code_lifetime_seconds,
            organization=sign_in.organization,
        )
        draft[f"{CHOSEN}_is_sent"] = True
    return await move(sign_in, replace(state, draft=draft))


async def _proved(sign_in: SignIn, methods: tuple[str, ...], *, makes_codes: bool = False) -> Onward:
    """Go on with a second factor that was proved; with new recovery codes to be shown first, if wanted."""
    state = _without(sign_in.state, CHOSEN)
    proved = tuple(dict.fromkeys((*state.methods, *methods, PROVED)))
    state = replace(state, methods=proved, is_second_factor_proved=True)
    async with sign_in.context.storing() as work:
        if makes_codes:
            codes = await make_recovery_codes(work, sign_in.context, _user_id(state))
            text = json.dumps([each.reveal() for each in codes]).encode()
            sealed = sign_in.context.platform.sealer.seal(text, context=_seal_context(sign_in))
            state = replace(state, draft={**state.draft, RECOVERY_CODES: sealed.to_text()})
        return await proceed(work, sign_in, state)


def _check_none(policy: MfaPolicy, factors: UserFactors) -> None:
    if factors.usable(policy):
        raise NotPermitted("You have a second factor already. Sign in with it.", code="FACTOR_ALREADY_SET_UP")


def _not_usable() -> InvalidInput:
    return InvalidInput("This way is not open to you. Choose another.", code="FACTOR_NOT_USABLE")


def _passed(verdict: FactorVerdict, asked: str) -> None:
    """Raise `TooOften` or `InvalidInput` unless the factor was proved."""
    if verdict.outcome == "locked":
        seconds = verdict.retry_after_seconds or 1
        raise TooOften(
            f"Too many wrong codes were given. Wait {seconds} seconds and try again.",
            retry_after_seconds=seconds,
        )
    if verdict.is_good:
        return
    if asked == RECOVERY:
        raise InvalidInput(
            "This recovery code is wrong or was used already.",
            field=RECOVERY_FIELD,
            code="RECOVERY_CODE_WRONG",
        )
    if asked == FactorType.EMAIL.value:
        raise InvalidInput("This code is wrong, or good no more.", field=CODE_FIELD, code="CODE_WRONG")
    raise InvalidInput(
        "This code is wrong or was used already. Wait for the next one.",
        field=CODE_FIELD,
        code="FACTOR_CODE_WRONG",
    )


def _without(state: FlowState, *names: str) -> FlowState:
    dropped = {*names, f"{CHOSEN}_is_sent"}
    return replace(state, draft={name: value for name, value in state.draft.items() if name not in dropped})


def _is_sent(state: FlowState) -> bool:
    return bool(state.draft.get(f"{CHOSEN}_is_sent"))


def _user_id(state: FlowState) -> str:
    assert state.user_id is not None  # noqa: S101 - these pages are open to who proved an identity
    return state.user_id


def _subject(flow: SignInFlow) -> str:
    return flow.hash.hex()


def _seal_context(sign_in: SignIn) -> str:
    return f"{sign_in.context.environment.id}|sign_in_flows|{RECOVERY_CODES}|{sign_in.flow.hash.hex()}"
