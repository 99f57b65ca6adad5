"""Set up, check and take away second factors.

An app's seed is stored only once a code of it was seen. Until then it is made again and again from the
master key and from what the set-up belongs to (a sign-in, a session): nobody else can be shown it, and
loading the page again shows the same.
"""

from dataclasses import dataclass

from claimsmith.crypto.secrets import random_hex
from claimsmith.crypto.totp import SEED_BYTES, matching_step, provisioning_uri, seed_text
from claimsmith.domain.errors import AlreadyExists, NotFound
from claimsmith.domain.mfa import Factor, FactorType, UserFactors
from claimsmith.domain.organizations import Organization
from claimsmith.domain.policies import EnvironmentPolicies, MfaPolicy
from claimsmith.domain.secrets import PlainSecret
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.factor_trials import FactorVerdict, forgive, try_factor
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.security_notices import Telling, administration_telling, tell
from claimsmith.usecases.users import find_user

PURPOSE = "totp set-up"


@dataclass(frozen=True, slots=True)
class TotpSetUp:
    """Hold what an app needs: the text to type, or the URI to show as a QR code."""

    secret: PlainSecret
    uri: PlainSecret


async def mfa_policy(
    work: Work, environment: EnvironmentPolicies, organization: Organization | None
) -> MfaPolicy:
    """Return the policy that counts for whoever signs in to an organization, or to none."""
    if organization is None:
        return environment.mfa
    own = await work.organization_policies.find(organization.code)
    return own.mfa_over(environment, is_enforced=organization.is_enforce_mfa)


async def is_exempt(work: Work, organization: Organization | None, user_id: str) -> bool:
    """Tell whether a member is asked for no second factor in an organization, for the roles held there."""
    if organization is None:
        return False
    own = (await work.organization_policies.find(organization.code)).mfa
    if own is None or not own.exempt_role_ids:
        return False
    return own.exempts((await work.memberships.holdings(user_id, organization.code)).role_ids)


async def factors_of(work: Work, user_id: str) -> UserFactors:
    """Return the second factors of a user. One by mail works while its address is the user's and proved."""
    addresses = await proved_addresses(work, user_id)
    return UserFactors(
        factors=tuple(
            factor
            for factor in await work.second_factors.of_user(user_id)
            if factor.type is not FactorType.EMAIL or factor.name in addresses
        ),
        recovery_codes_left=await work.recovery_codes.left(user_id),
        is_declined=await work.second_factors.has_declined(user_id),
    )


def totp_set_up(context: Context, user_id: str, subject: str, *, account: str, issuer: str) -> TotpSetUp:
    """Return what a new app of a user is to be given.

    `subject` is what the set-up belongs to; `account` and `issuer` are what the app shows.
    """
    seed = _pending_seed(context, user_id, subject)
    uri = provisioning_uri(seed, account=account, issuer=issuer)
    return TotpSetUp(PlainSecret(seed_text(seed)), PlainSecret(uri))


async def confirm_totp(
    context: Context, user_id: str, subject: str, text: str, *, telling: Telling | None = None
) -> FactorVerdict:
    """Give a user the app of a set-up, once a code of it is right; with `telling`, the user is told by mail.

    Raises `AlreadyExists` when the user has an app: it is never replaced by whoever only knows a password.
    """
    seed = _pending_seed(context, user_id, subject)

    async def check() -> bool:
        async with context.storing() as work:
            step = matching_step(seed, text, work.now)
            if step is None:
                return False
            factor = Factor(_new_id(), user_id, FactorType.AUTHENTICATOR_APP, created_at=work.now)
            sealed = context.platform.sealer.seal(seed, context=_seal_context(context, user_id))
            if not await work.second_factors.add(factor, sealed, last_step=step):
                raise _taken()
            await work.second_factors.ask_again(user_id)
            await _tell_added(work, factor, telling)
            return True

    return await try_factor(context, user_id, check)


async def add_email_factor(work: Work, user_id: str, address: str, *, telling: Telling | None = None) -> None:
    """Let codes to an address be a second factor, once one was right. Raises `AlreadyExists`, `NotFound`."""
    factor = Factor(_new_id(), user_id, FactorType.EMAIL, name=address, created_at=work.now)
    if address not in await proved_addresses(work, user_id):
        raise NotFound("This address is none that the user has proved.", code="IDENTITY_NOT_FOUND")
    known = {each.type: each for each in (await factors_of(work, user_id)).factors}
    if FactorType.EMAIL not in known:
        await work.second_factors.remove(user_id, FactorType.EMAIL)  # of an address that is gone
    if not await work.second_factors.add_email(factor):
        raise _taken()
    await work.second_factors.ask_again(user_id)
    await _tell_added(work, factor, telling)


async def verify_totp(context: Context, user_id: str, text: str) -> FactorVerdict:
    """Check the code of a user's app. A code is good once, and none that is older after it."""

    async def check() -> bool:
        async with context.storing() as work:
            factor = await work.second_factors.find(user_id)
            if factor is None:
                return False
            opened = _seal_context(context, user_id)
            seed = context.platform.sealer.open(factor.sealed_secret, context=opened)
            step = matching_step(seed, text, work.now)
            return step is not None and await work.second_factors.use_step(user_id, step, work.now)

    return await try_factor(context, user_id, check)


async def decline_second_factor(work: Work, user_id: str) -> None:
    """Write down that a user wants no second factor for now, and is not asked again."""
    await work.second_factors.decline(user_id, work.now)


async def get_factors(context: Context, user_id: str, *, organization_code: str | None = None) -> UserFactors:
    """Return the second factors of a user, of whom `organization_code` asks for a member.

    Raises `NotFound`.
    """
    async with context.reading() as work:
        await _check_member(work, user_id, organization_code)
        return await factors_of(work, user_id)


async def remove_factor(
    context: Context, user_id: str, factor_id: str, *, organization_code: str | None = None
) -> None:
    """Take one second factor of a user away; with the last one go the recovery codes. Raises `NotFound`."""
    async with context.changing() as work:
        await _check_member(work, user_id, organization_code)
        telling = await administration_telling(work, context.environment)
        await take_factor_away(work, user_id, factor_id, telling)
        work.record("user", user_id, "changed")


async def take_factor_away(work: Work, user_id: str, factor_id: str, telling: Telling) -> None:
    """Delete one second factor of a user inside a transaction, and tell the user. Raises `NotFound`."""
    factors = await work.second_factors.of_user(user_id)
    factor = next((each for each in factors if each.id == factor_id), None)
    if factor is None:
        raise NotFound(f"The user {user_id!r} has no second factor {factor_id!r}.", code="FACTOR_NOT_FOUND")
    await work.second_factors.remove(user_id, factor.type)
    if len(factors) == 1:
        await work.recovery_codes.remove(user_id)
    await tell(work, user_id, "factor_removed", telling, {"factor": factor.type.value})


async def reset_factors(context: Context, user_id: str, *, organization_code: str | None = None) -> None:
    """Take every second factor of a user away, with recovery codes, failures and a "not now".

    Raises `NotFound`.
    """
    async with context.changing() as work:
        await _check_member(work, user_id, organization_code)
        had = [await work.second_factors.remove(user_id, type) for type in FactorType]
        if any(had):
            telling = await administration_telling(work, context.environment)
            await tell(work, user_id, "factors_reset", telling)
        await work.recovery_codes.remove(user_id)
        await work.second_factors.ask_again(user_id)
        await forgive(work, user_id)
        work.record("user", user_id, "changed")


async def _check_member(work: Work, user_id: str, organization_code: str | None) -> None:
    await find_user(work, user_id)
    if organization_code is not None:
        codes = await work.users.organization_codes_of_many([user_id])
        if organization_code not in codes[user_id]:
            raise NotFound(
                f"The user {user_id!r} is no member of {organization_code!r}.", code="MEMBERSHIP_NOT_FOUND"
            )


async def _tell_added(work: Work, factor: Factor, telling: Telling | None) -> None:
    if telling is not None:
        await tell(work, factor.user_id, "factor_added", telling, {"factor": factor.type.value})


def _pending_seed(context: Context, user_id: str, subject: str) -> bytes:
    message = f"{user_id}|{subject}".encode()
    return context.platform.macs.of(PURPOSE, context.environment.id, message)[:SEED_BYTES]


def _seal_context(context: Context, user_id: str) -> str:
    return f"{context.environment.id}|totp_factors|secret|{user_id}"


def _new_id() -> str:
    return f"mfa_{random_hex(32)}"


def _taken() -> AlreadyExists:
    return AlreadyExists(
        "This second factor is set up already. Use it, or let it be reset first.",
        code="FACTOR_ALREADY_EXISTS",
    )
