"""Try passwords: the same work and the same answers whether or not there is such a user.

Each try is counted before the password is compared, so that many at once are no more than the policy allows.
For an identity that nobody has, tries are counted and locked alike (under a MAC of the identity, not under
the identity itself), so that a lock does not tell who exists.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from claimsmith.domain.errors import Unavailable
from claimsmith.domain.passwords import OWN_METHOD, PasswordVerdict, StoredPassword
from claimsmith.domain.policies import ProtectionPolicy
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.users import IdentityType, User
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

STRANGERS_FORGOTTEN_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class _Trial:
    """Hold one try that was counted. `stranger` is the key of an identity without a password."""

    user: User | None = None
    password: StoredPassword | None = None
    stranger: str = ""
    locked_until: datetime | None = None
    is_last: bool = False


async def verify_password(
    context: Context, type: IdentityType, value: str, plain: PlainSecret | str
) -> PasswordVerdict:
    """Try a password of the user with an identity, by its compared value.

    After `attempts_before_lockout` wrong ones in a row (policy `protection`) none is good for
    `lockout_seconds`. A temporary password is good once. The hash of another system is replaced by one of
    our own. Raises `Unavailable` when too many passwords are being checked; then nothing was counted.
    """
    secret = plain if isinstance(plain, PlainSecret) else PlainSecret(plain)
    policy = await _policy(context)
    async with context.storing() as work:
        trial = await _count(context, work, type, value, policy)
        now = work.now
    if trial.locked_until is not None:
        return _locked(trial.locked_until, now)
    try:
        verified = await context.platform.password_hashing.verify(trial.password, secret)
    except Unavailable:
        async with context.storing() as work:
            await _uncount(work, trial)
        raise
    if not verified.is_good or trial.user is None or trial.password is None:
        if trial.is_last:
            return _locked(now + timedelta(seconds=policy.lockout_seconds), now)
        return PasswordVerdict("wrong")
    async with context.storing() as work:
        return await _accept(work, trial.user, trial.password, verified.better_hash)


async def _policy(context: Context) -> ProtectionPolicy:
    runtime = await context.platform.directory.current(context.environment.id)
    return runtime.view.policies.protection if runtime else ProtectionPolicy()


async def _count(
    context: Context, work: Work, type: IdentityType, value: str, policy: ProtectionPolicy
) -> _Trial:
    user = await work.users.find_by_identity(type, value)
    password = await work.passwords.find(user.id) if user else None
    most = policy.attempts_before_lockout
    until = work.now + timedelta(seconds=policy.lockout_seconds)
    if user is None or password is None:
        message = f"{type.value}:{value}".encode()
        key = "password:" + context.platform.macs.of("password-lockout", work.environment_id, message).hex()
        count, locked_until = await work.passwords.count_stranger(
            key, most=most, now=work.now, forgotten_at=_forgotten_at(work)
        )
        if count == most and locked_until is None:
            await work.passwords.lock_stranger(key, until)
        # Of nobody, and nothing is written: as many statements as for a user, so that time does not tell.
        await work.users.note_failed_sign_in("")
        if count > most:
            locked_until = until
        return _Trial(stranger=key, locked_until=locked_until, is_last=count == most)
    if password.locked_until is not None and password.locked_until > work.now:
        return _Trial(user, password, locked_until=password.locked_until)
    count = await work.passwords.count_failure(user.id, work.now)
    if count > most:  # others, counted at the same time, have used up what there was
        return _Trial(user, password, locked_until=until)
    if count == most:
        await work.passwords.lock(user.id, until)
    # Taken back if it was none: a later write would take time that tells who exists.
    await work.users.note_failed_sign_in(user.id)
    return _Trial(user, password, is_last=count == most)


async def _uncount(work: Work, trial: _Trial) -> None:
    if trial.stranger:
        await work.passwords.uncount_stranger(trial.stranger, _forgotten_at(work))
    elif trial.user is not None:
        await work.passwords.uncount_failure(trial.user.id)
        await work.users.note_failed_sign_in(trial.user.id, -1)


def _forgotten_at(work: Work) -> datetime:
    return work.now + timedelta(seconds=STRANGERS_FORGOTTEN_SECONDS)


async def _accept(
    work: Work, user: User, password: StoredPassword, better_hash: str | None
) -> PasswordVerdict:
    await work.users.note_failed_sign_in(user.id, -1)
    if password.is_temporary:
        # Good once, and of two who use it at once, for one.
        if not await work.passwords.take_temporary(user.id, password.hash):
            return PasswordVerdict("wrong")
        return PasswordVerdict("must_change", user.id)
    await work.passwords.forgive(user.id)
    if better_hash is not None:
        await work.passwords.upgrade(user.id, password.hash, method=OWN_METHOD, hash=better_hash)
    return PasswordVerdict("must_change" if user.is_password_reset_requested else "good", user.id)


def _locked(until: datetime, now: datetime) -> PasswordVerdict:
    return PasswordVerdict("locked", retry_after_seconds=max(1, int((until - now).total_seconds() + 0.999)))
