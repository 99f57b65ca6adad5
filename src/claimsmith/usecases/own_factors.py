"""Let people who are signed in add and remove second factors, and make recovery codes anew."""

import re
from dataclasses import dataclass

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import InvalidInput, NotPermitted
from claimsmith.domain.mfa import FactorType, addable_factors
from claimsmith.domain.policies import EnvironmentPolicies
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.mfa import (
    TotpSetUp,
    confirm_totp,
    factors_of,
    mfa_policy,
    take_factor_away,
    totp_set_up,
)
from claimsmith.usecases.mfa_codes import confirm_factor_code, factor_address, send_factor_code
from claimsmith.usecases.own_access import APP, MAIL, check_verdict, fresh_session, organization_of
from claimsmith.usecases.recovery_codes import make_recovery_codes
from claimsmith.usecases.security_notices import Telling, tell

SET_UP_SECONDS = 3_600
_ONCE = re.compile(r"([0-9]{10})\.[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OwnSetUp:
    """Hold an app that is being set up; `once` is what the seed was made from, and goes with the code."""

    session: SsoSession
    app: TotpSetUp
    once: str


async def begin_own_app(
    context: Context, policies: EnvironmentPolicies, token: str | None, *, once: str | None = None
) -> OwnSetUp:
    """Return what a new app is to be given, the same for the same `once`.

    Raises `NotSignedIn`, `NotFresh`, `NotPermitted`, `InvalidInput` for a set-up that is too old.
    """
    async with context.reading() as work:
        session = await _may_add(work, policies, token, FactorType.AUTHENTICATOR_APP)
        addresses = await proved_addresses(work, session.user_id)
        identities = await work.users.identities_of(session.user_id)
        now = work.now
    if once is None:
        once = f"{int(now.timestamp()):010d}.{random_hex(32)}"
    elif (found := _ONCE.fullmatch(once)) is None or not (
        0 <= now.timestamp() - int(found.group(1)) <= SET_UP_SECONDS
    ):
        raise InvalidInput("This set-up took too long. Begin again.", code="SET_UP_TOO_OLD")
    account = [*addresses, *(each.shown_value for each in identities), session.user_id][0]
    app = totp_set_up(
        context,
        session.user_id,
        _app_subject(session, once),
        account=account,
        issuer=context.environment.name,
    )
    return OwnSetUp(session, app, once)


async def add_own_app(
    context: Context,
    policies: EnvironmentPolicies,
    token: str | None,
    *,
    once: str,
    code: str,
    telling: Telling,
) -> tuple[PlainSecret, ...]:
    """Take the first code of an app; return new recovery codes if there were none.

    Raises `NotSignedIn`, `NotFresh`, `NotPermitted`, `InvalidInput`, `TooOften`, `AlreadyExists`.
    """
    begun = await begin_own_app(context, policies, token, once=once)
    session, subject = begun.session, _app_subject(begun.session, once)
    check_verdict(await confirm_totp(context, session.user_id, subject, code, telling=telling), APP)
    return await _first_codes(context, policies, session)


async def own_mail_address(context: Context, policies: EnvironmentPolicies, token: str | None) -> str:
    """Return where codes by mail would go. Raises `NotSignedIn`, `NotFresh`, `NotPermitted`."""
    async with context.reading() as work:
        session = await _may_add(work, policies, token, FactorType.EMAIL)
        return await factor_address(work, session.user_id)


async def send_own_set_up_code(
    context: Context, policies: EnvironmentPolicies, token: str | None, telling: Telling, *, lifetime: int
) -> str:
    """Send the code that makes codes by mail a second factor; return the address.

    Raises `NotSignedIn`, `NotFresh`, `NotPermitted`, `TooOften`.
    """
    async with context.reading() as work:
        session = await _may_add(work, policies, token, FactorType.EMAIL)
    return await send_factor_code(
        context,
        session.user_id,
        _mail_subject(session),
        language=telling.language,
        sender=telling.sender,
        lifetime_seconds=lifetime,
        organization=telling.organization,
        kind="code_confirm",
    )


async def add_own_mail(
    context: Context, policies: EnvironmentPolicies, token: str | None, *, code: str, telling: Telling
) -> tuple[PlainSecret, ...]:
    """Make codes by mail a second factor; return new recovery codes if there were none.

    Raises as `add_own_app` does.
    """
    async with context.reading() as work:
        session = await _may_add(work, policies, token, FactorType.EMAIL)
    subject = _mail_subject(session)
    verdict = await confirm_factor_code(context, session.user_id, subject, code, telling=telling)
    check_verdict(verdict, MAIL)
    return await _first_codes(context, policies, session)


async def remove_own_factor(context: Context, token: str | None, factor_id: str, telling: Telling) -> None:
    """Take a second factor away. Raises `NotSignedIn`, `NotFresh`, `NotFound`."""
    async with context.storing() as work:
        session = await fresh_session(work, token)
        await take_factor_away(work, session.user_id, factor_id, telling)


async def make_own_codes(
    context: Context, policies: EnvironmentPolicies, token: str | None, telling: Telling
) -> tuple[PlainSecret, ...]:
    """Return new recovery codes; the older ones are good no more.

    Raises `NotSignedIn`, `NotFresh`, `NotPermitted`.
    """
    async with context.storing() as work:
        session = await fresh_session(work, token)
        policy = await mfa_policy(work, policies, await organization_of(work, session))
        factors = await factors_of(work, session.user_id)
        if not policy.is_recovery_codes_enabled or not factors.factors:
            raise NotPermitted(
                "Recovery codes stand in for a second factor, and are not in use here.",
                code="RECOVERY_CODES_OFF",
            )
        codes = await make_recovery_codes(work, context, session.user_id)
        await tell(work, session.user_id, "recovery_codes_made", telling)
    return codes


async def _may_add(
    work: Work, policies: EnvironmentPolicies, token: str | None, type: FactorType
) -> SsoSession:
    session = await fresh_session(work, token)
    policy = await mfa_policy(work, policies, await organization_of(work, session))
    factors = await factors_of(work, session.user_id)
    has_address = bool(await proved_addresses(work, session.user_id))
    if type not in addable_factors(policy, factors, has_address=has_address):
        raise NotPermitted("This second factor cannot be set up here.", code="FACTOR_NOT_USABLE")
    return session


async def _first_codes(
    context: Context, policies: EnvironmentPolicies, session: SsoSession
) -> tuple[PlainSecret, ...]:
    async with context.storing() as work:
        policy = await mfa_policy(work, policies, await organization_of(work, session))
        factors = await factors_of(work, session.user_id)
        if not policy.is_recovery_codes_enabled or factors.recovery_codes_left:
            return ()
        return await make_recovery_codes(work, context, session.user_id)


def _app_subject(session: SsoSession, once: str) -> str:
    return f"own app|{session.id}|{once}"


def _mail_subject(session: SsoSession) -> str:
    return f"own mail|{session.id}"
