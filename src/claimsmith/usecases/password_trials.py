"""Try passwords: the same work and the same answers whether or not there is such a user.

Each try is counted before the password is compared, so that many at once are no more than the policy allows.
For an identity that nobody has, tries are counted and locked alike (under a MAC of the identity, not under
the identity itself), so that a lock does not tell who exists.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from claimsmith.crypto.password_hashing import Verified
from claimsmith.domain.errors import Unavailable
from claimsmith.domain.passwords import OWN_METHOD, PasswordVerdict, StoredPassword
from claimsmith.domain.policies import ProtectionPolicy
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.users import IdentityType, User
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

STRANGERS_FORGOTTEN_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Trial:
    """Hold one try that was counted. `stranger` is the key of an identity without a password.

    `until` is when the lock is over that the last try allowed brings about.
    """

    began_at: datetime
    until: datetime
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
    policy = await _policy(context)
    async with context.storing() as work:
        trial = await count_trial(context, work, type, value, policy)
    verified = await compare(context, trial, plain)
    refused = refusal(trial, verified)
    if refused is not None:
        return refused
    async with context.storing() as work:
        return await accept(work, trial, verified)


async def count_trial(
    context: Context, work: Work, type: IdentityType, value: str, policy: ProtectionPolicy
) -> Trial:
    """Begin to try a password: count it as a wrong one, in a transaction that has to be committed."""
    user = await work.users.find_by_identity(type, value)
    password = await work.passwords.find(user.id) if user else None
    until = work.now + timedelta(seconds=policy.lockout_seconds)
    trial = Trial(work.now, until, user, password)
    if user is None or password is None:
        return await _count_stranger(
            context, work, replace(trial, user=None), f"{type.value}:{value}", policy
        )
    most = policy.attempts_before_lockout
    if password.locked_until is not None and password.locked_until > work.now:
        return replace(trial, locked_until=password.locked_until)
    count = await work.passwords.count_failure(user.id, work.now)
    if count > most:  # others, counted at the same time, have used up what there was
        return replace(trial, locked_until=until)
    if count == most:
        await work.passwords.lock(user.id, until)
    # Taken back if it was none: a later write would take time that tells who exists.
    await work.users.note_failed_sign_in(user.id)
    return replace(trial, is_last=count == most)


async def compare(context: Context, trial: Trial, plain: PlainSecret | str) -> Verified:
    """Compare the password of a trial, outside of any transaction; none is compared while there is a lock.

    Raises `Unavailable` when too many are being checked; then nothing was counted.
    """
    if trial.locked_until is not None:
        return Verified(False)
    secret = plain if isinstance(plain, PlainSecret) else PlainSecret(plain)
    try:
        return await context.platform.password_hashing.verify(trial.password, secret)
    except Unavailable:
        async with context.storing() as work:
            await _uncount(work, trial)
        raise


def refusal(trial: Trial, verified: Verified) -> PasswordVerdict | None:
    """Return why a password is refused, or `None` for one that is to be accepted.

    Nothing is written for it: that would take time that tells who exists.
    """
    if trial.locked_until is not None:
        return _locked(trial.locked_until, trial.began_at)
    if verified.is_good and trial.user is not None and trial.password is not None:
        return None
    return _locked(trial.until, trial.began_at) if trial.is_last else PasswordVerdict("wrong")


async def accept(work: Work, trial: Trial, verified: Verified) -> PasswordVerdict:
    """Take back what was counted for a password that was right, and say what it is good for."""
    user, password = trial.user, trial.password
    if user is None or password is None:
        raise ValueError("nobody's password is accepted")
    # The password's row before the user's, as when a try is counted: two at once do not lock each other out.
    if password.is_temporary:
        # Good once, and of two who use it at once, for one.
        is_good = await work.passwords.take_temporary(user.id, password.hash)
        await work.users.note_failed_sign_in(user.id, -1)
        return PasswordVerdict("must_change", user.id) if is_good else PasswordVerdict("wrong")
    await work.passwords.forgive(user.id)
    if verified.better_hash is not None:
        hash = verified.better_hash
        await work.passwords.upgrade(user.id, password.hash, method=OWN_METHOD, hash=hash)
    await work.users.note_failed_sign_in(user.id, -1)
    return PasswordVerdict("must_change" if user.is_password_reset_requested else "good", user.id)


async def _policy(context: Context) -> ProtectionPolicy:
    runtime = await context.platform.directory.current(context.environment.id)
    return runtime.view.policies.protection if runtime else ProtectionPolicy()


async def _count_stranger(
    context: Context, work: Work, trial: Trial, identity: str, policy: ProtectionPolicy
) -> Trial:
    most = policy.attempts_before_lockout
    mac = context.platform.macs.of("password-lockout", work.environment_id, identity.encode())
    key = "password:" + mac.hex()
    count, locked_until = await work.passwords.count_stranger(
        key, most=most, now=work.now, forgotten_at=_forgotten_at(work)
    )
    if count == most and locked_until is None:
        await work.passwords.lock_stranger(key, trial.until)
    # Of nobody, and nothing is written: as many statements as for a user, so that time does not tell.
    await work.users.note_failed_sign_in("")
    if count > most:
        locked_until = trial.until
    return replace(trial, stranger=key, locked_until=locked_until, is_last=count == most)


async def _uncount(work: Work, trial: Trial) -> None:
    if trial.stranger:
        await work.passwords.uncount_stranger(trial.stranger, _forgotten_at(work))
    elif trial.user is not None:
        await work.passwords.uncount_failure(trial.user.id)
        await work.users.note_failed_sign_in(trial.user.id, -1)


def _forgotten_at(work: Work) -> datetime:
    return work.now + timedelta(seconds=STRANGERS_FORGOTTEN_SECONDS)


def _locked(until: datetime, now: datetime) -> PasswordVerdict:
    return PasswordVerdict("locked", retry_after_seconds=max(1, int((until - now).total_seconds() + 0.999)))
