"""Tell who is signed in to a browser, and let them prove once more that it is they.

Whoever changes how they sign in has proved who they are a short while ago: a session that was left open, or
was stolen, changes nothing that outlives it. Somebody with a second factor proves that one; somebody without
gives the password, or a code by mail.
"""

from dataclasses import dataclass

from claimsmith.domain.errors import InvalidInput, NotPermitted
from claimsmith.domain.mfa import PROVED, FactorType, UserFactors
from claimsmith.domain.organizations import Organization
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.domain.users import Identity
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.factor_trials import FactorVerdict
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.mfa import factors_of, verify_totp
from claimsmith.usecases.mfa_codes import factor_address, send_factor_code, verify_sent_code
from claimsmith.usecases.password_trials import verify_password
from claimsmith.usecases.rate_limits import TooOften
from claimsmith.usecases.recovery_codes import verify_recovery_code
from claimsmith.usecases.security_notices import Telling
from claimsmith.usecases.sso_sessions import confirm, find_live
from claimsmith.usecases.users import find_user

PASSWORD = "password"  # noqa: S105 - a way to prove who one is
MAIL = "mail"
APP = "app"
RECOVERY = "recovery"
FIELDS = {PASSWORD: "p_password", RECOVERY: "p_recovery_code"}
CODE_FIELD = "p_confirmation_code"


class NotSignedIn(NotPermitted):
    """Say that there is no session in this browser."""

    def __init__(self) -> None:
        super().__init__("Sign in first.", code="NOT_SIGNED_IN")


class NotFresh(NotPermitted):
    """Say that the person is to prove once more who it is."""

    def __init__(self) -> None:
        super().__init__("Confirm first that it is you.", code="SIGN_IN_NOT_FRESH")


@dataclass(frozen=True, slots=True)
class OwnProof:
    """Hold how somebody can prove who it is: the first way is the one that is asked for.

    `address` is where a code by mail goes; `shown_identity` is who the password is of.
    """

    session: SsoSession
    ways: tuple[str, ...]
    address: str | None = None
    shown_identity: str | None = None


async def own_session(work: Work, token: str | None) -> SsoSession:
    """Return the session of whoever is signed in. Raises `NotSignedIn`."""
    session = await find_live(work, token)
    if session is None or (await find_user(work, session.user_id)).is_suspended:
        raise NotSignedIn
    return session


async def is_fresh(work: Work, session: SsoSession) -> bool:
    """Tell whether the person of a session has proved a short while ago who it is.

    A sign-in counts as that for whoever has no second factor, or gave it.
    """
    factors = await factors_of(work, session.user_id)
    return session.is_fresh(work.now, needs=PROVED if factors.factors else None)


async def fresh_session(work: Work, token: str | None) -> SsoSession:
    """Return the session of somebody who may change how to sign in. Raises `NotSignedIn`, `NotFresh`."""
    session = await own_session(work, token)
    if not await is_fresh(work, session):
        raise NotFresh
    return session


async def organization_of(work: Work, session: SsoSession) -> Organization | None:
    """Return the organization that a session is in, whose policies count and whose look pages have."""
    code = session.organization_code
    return await work.organizations.find(code) if code else None


async def own_organization(context: Context, token: str | None) -> Organization | None:
    """Return the organization that whoever is signed in is in; `None` without one, or without a session."""
    async with context.reading() as work:
        session = await find_live(work, token)
        return await organization_of(work, session) if session is not None else None


async def own_proof(context: Context, token: str | None) -> OwnProof:
    """Return how whoever is signed in can prove once more who it is. Raises `NotSignedIn`."""
    async with context.reading() as work:
        return await _proof(work, await own_session(work, token))


async def own_password_identity(context: Context, token: str | None) -> Identity | None:
    """Return the identity that the password of whoever is signed in goes with; `None` without a password.

    Raises `NotSignedIn`.
    """
    async with context.reading() as work:
        session = await own_session(work, token)
        if await work.passwords.find(session.user_id) is None:
            return None
        return await _password_identity(work, session.user_id)


async def send_own_code(context: Context, token: str | None, telling: Telling, *, lifetime: int) -> str:
    """Send a code for proving who one is; return the address. `lifetime` is in seconds.

    Raises `NotSignedIn`, `InvalidInput`, `TooOften`.
    """
    proof = await own_proof(context, token)
    _check_way(proof, MAIL)
    return await send_factor_code(
        context,
        proof.session.user_id,
        _subject(proof.session),
        language=telling.language,
        sender=telling.sender,
        lifetime_seconds=lifetime,
        organization=telling.organization,
        kind="code_confirm",
    )


async def prove_again(
    context: Context, token: str | None, way: str, text: str
) -> tuple[SsoSession, PlainSecret]:
    """Take a proof; return the session with its new token.

    Raises `NotSignedIn`, `InvalidInput`, `TooOften`, `Unavailable`.
    """
    proof = await own_proof(context, token)
    _check_way(proof, way)
    await _check(context, proof.session, way, text)
    async with context.storing() as work:
        confirmed = await confirm(work, await own_session(work, token))
    if confirmed is None:
        raise NotSignedIn
    return confirmed


async def check_own_password(context: Context, user_id: str, text: str, field: str) -> None:
    """Take the password of a user, counted as at a sign-in. Raises `InvalidInput`, `TooOften`."""
    async with context.reading() as work:
        identity = await _password_identity(work, user_id)
    wrong = InvalidInput("The password is wrong.", field=field, code="OWN_PASSWORD_WRONG")
    if identity is None:
        raise wrong
    verdict = await verify_password(context, identity.type, identity.value, text)
    if verdict.outcome == "locked":
        raise _too_often(verdict.retry_after_seconds)
    if verdict.outcome != "good" or verdict.user_id != user_id:
        raise wrong


async def _check(context: Context, session: SsoSession, way: str, text: str) -> None:
    if way == PASSWORD:
        await check_own_password(context, session.user_id, text, FIELDS[PASSWORD])
        return
    verdict: FactorVerdict
    if way == APP:
        verdict = await verify_totp(context, session.user_id, text)
    elif way == RECOVERY:
        verdict = await verify_recovery_code(context, session.user_id, text)
    else:
        verdict = await verify_sent_code(context, session.user_id, _subject(session), text)
    check_verdict(verdict, way)


def check_verdict(verdict: FactorVerdict, way: str) -> None:
    """Raise `TooOften` or `InvalidInput` unless a factor was proved."""
    if verdict.outcome == "locked":
        raise _too_often(verdict.retry_after_seconds)
    if not verdict.is_good:
        code = {APP: "FACTOR_CODE_WRONG", RECOVERY: "RECOVERY_CODE_WRONG"}.get(way, "CODE_WRONG")
        raise InvalidInput("This code is wrong.", field=FIELDS.get(way, CODE_FIELD), code=code)


async def _proof(work: Work, session: SsoSession) -> OwnProof:
    factors = await factors_of(work, session.user_id)
    addresses = await proved_addresses(work, session.user_id)
    if factors.factors:
        has_mail = factors.of_type(FactorType.EMAIL) is not None
        address = await factor_address(work, session.user_id) if has_mail else None
        return OwnProof(session, _factor_ways(factors), address)
    identity = await _password_identity(work, session.user_id)
    has_password = identity is not None and await work.passwords.find(session.user_id) is not None
    ways = (*((PASSWORD,) if has_password else ()), *((MAIL,) if addresses else ()))
    shown = identity.shown_value if identity is not None else None
    return OwnProof(session, ways, next(iter(addresses), None), shown)


def _factor_ways(factors: UserFactors) -> tuple[str, ...]:
    had = {APP: FactorType.AUTHENTICATOR_APP, MAIL: FactorType.EMAIL}
    ways = [way for way, type in had.items() if factors.of_type(type) is not None]
    return (*ways, RECOVERY) if factors.recovery_codes_left else tuple(ways)


async def _password_identity(work: Work, user_id: str) -> Identity | None:
    """Return an identity that the user signs in with and a password goes with, the primary one first."""
    found = sorted(await work.users.identities_of(user_id), key=lambda each: not each.is_primary)
    return next(iter(found), None)


def _check_way(proof: OwnProof, way: str) -> None:
    if way not in proof.ways:
        raise InvalidInput("This way is not open to you. Choose another.", code="FACTOR_NOT_USABLE")


def _too_often(seconds: int | None) -> TooOften:
    wait = seconds or 1
    return TooOften(
        f"Too many wrong ones were given. Wait {wait} seconds and try again.", retry_after_seconds=wait
    )


def _subject(session: SsoSession) -> str:
    """Return what a code by mail belongs to: this session, and proving once more who one is."""
    return f"own proof|{session.id}"
