"""Let people who are signed in see how they sign in, change the password and end sessions.

All of it is about the person of the session in the browser, and nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from claimsmith.domain.errors import InvalidInput, NotFound
from claimsmith.domain.mfa import FactorType, UserFactors, addable_factors
from claimsmith.domain.organizations import Organization
from claimsmith.domain.passkeys import Passkey
from claimsmith.domain.policies import EnvironmentPolicies, MfaPolicy
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.usecases import sso_sessions
from claimsmith.usecases.context import Context
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.mfa import factors_of, mfa_policy
from claimsmith.usecases.own_access import check_own_password, is_fresh, organization_of, own_session
from claimsmith.usecases.passwords import check_new_password, replace_own_password
from claimsmith.usecases.security_notices import Telling

MOST_SHOWN = 50
CURRENT_FIELD, FIRST_FIELD, SECOND_FIELD = "p_current_password", "p_first_password", "p_second_password"


@dataclass(frozen=True, slots=True)
class OwnSecurity:
    """Hold what somebody sees of how they sign in.

    `addable` are the kinds of factor that could be set up; `may_make_codes` tells whether recovery codes are
    of use. Unless `is_fresh`, who it is must be proved once more before anything is changed.
    """

    session: SsoSession
    organization: Organization | None
    policy: MfaPolicy
    factors: UserFactors
    addable: tuple[FactorType, ...]
    passkeys: Sequence[Passkey]
    sessions: Sequence[SsoSession]
    has_password: bool
    has_address: bool
    is_fresh: bool

    @property
    def may_make_codes(self) -> bool:
        """Tell whether recovery codes can be made: to stand in for a factor that is there."""
        return self.policy.is_recovery_codes_enabled and bool(self.factors.factors)


async def own_security(context: Context, policies: EnvironmentPolicies, token: str | None) -> OwnSecurity:
    """Return how whoever is signed in signs in. Raises `NotSignedIn`."""
    async with context.reading() as work:
        session = await own_session(work, token)
        organization = await organization_of(work, session)
        policy = await mfa_policy(work, policies, organization)
        factors = await factors_of(work, session.user_id)
        has_address = bool(await proved_addresses(work, session.user_id))
        found = await work.sso_sessions.live_of_user(session.user_id, work.now, limit=MOST_SHOWN)
        others = [each for each in found if each.id != session.id]
        return OwnSecurity(
            session=session,
            organization=organization,
            policy=policy,
            factors=factors,
            addable=addable_factors(policy, factors, has_address=has_address),
            passkeys=await work.passkeys.of_user(session.user_id),
            sessions=[session, *others],
            has_password=await work.passwords.find(session.user_id) is not None,
            has_address=has_address,
            is_fresh=await is_fresh(work, session),
        )


async def change_own_password(
    context: Context,
    token: str | None,
    *,
    current: str,
    first: str,
    second: str,
    ends_others: bool,
    telling: Telling,
) -> None:
    """Replace the password by one that was typed twice, if the present one is given.

    `ends_others` signs the person out everywhere else. Raises `NotSignedIn`, `InvalidInput`, `TooOften`,
    `Unavailable`.
    """
    async with context.reading() as work:
        session = await own_session(work, token)
        names = [each.value for each in await work.users.identities_of(session.user_id)]
    check_new_password(first, FIRST_FIELD, tuple(names))
    if first != second:
        raise InvalidInput(
            "The two passwords differ. Type the same one twice.", field=SECOND_FIELD, code="PASSWORDS_DIFFER"
        )
    await check_own_password(context, session.user_id, current, CURRENT_FIELD)
    try:
        await replace_own_password(context, session, first, ends_others=ends_others, telling=telling)
    except InvalidInput as problem:
        raise InvalidInput(problem.message, field=FIRST_FIELD, code=problem.code) from None


async def end_own_session(context: Context, token: str | None, session_id: str) -> bool:
    """End one session of the person, with every grant of it; tell whether it was the one in this browser.

    Raises `NotSignedIn`, `NotFound`.
    """
    async with context.storing() as work:
        session = await own_session(work, token)
        found = await work.sso_sessions.find(session_id)
        if found is None or found.user_id != session.user_id:
            raise NotFound(f"You have no session {session_id!r}.", code="SESSION_NOT_FOUND")
        await work.grants.revoke_where(session_id=found.id, because="sessions_ended")
        await sso_sessions.end(work, found)
    return found.id == session.id


async def end_own_others(context: Context, token: str | None) -> None:
    """Sign the person out everywhere but here. Raises `NotSignedIn`."""
    async with context.storing() as work:
        await sso_sessions.end_others(work, await own_session(work, token), "sessions_ended")
