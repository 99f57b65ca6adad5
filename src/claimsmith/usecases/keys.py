"""Make, open, list and rotate the signing keys of an environment.

An algorithm's first key is published before anything is signed with it: whoever chooses the algorithm for an
API waits until every process knows the key.

Rotation has three steps, all decided when it is asked for and then carried out by time alone: the new key is
published at once, signs after `publish_ahead_seconds`, and the old key leaves the JWKS when the last token it
can have signed has expired.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from claimsmith.crypto.keyring import KeyRing, SigningKey
from claimsmith.crypto.sealing import Sealer
from claimsmith.crypto.signing_keys import generate_signing_key, load_private_key
from claimsmith.domain.apis import SigningAlgorithm
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.secrets import SealedValue
from claimsmith.domain.signing_keys import StoredKey
from claimsmith.domain.token_profiles import DEFAULT_LIFETIME_SECONDS, TokenProfile
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

JWKS_MAX_AGE_SECONDS = 300
PUBLISH_AHEAD_SECONDS = 600
LEAST_PUBLISH_AHEAD_SECONDS = 5
"""Every process follows a change within a second; below this a key could sign before all know it."""
RETIREMENT_SLACK_SECONDS = 300
FIRST_KEY_SECONDS = 2
"""From when an algorithm's first key is published until it signs: every process follows within a second."""


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """Hold one signing key with what it does now: `published`, `signing`, `verifying` or `retired`."""

    key: StoredKey
    state: str


async def list_keys(context: Context) -> list[KeyStanding]:
    """Return every signing key of the environment, oldest first."""
    async with context.reading() as work:
        keys = await work.signing_keys.all()
    now = context.platform.now()
    return [KeyStanding(key, _state(key, keys, now)) for key in keys]


def _state(key: StoredKey, keys: list[StoredKey], now: datetime) -> str:
    if key.retires_at is not None and key.retires_at <= now:
        return "retired"
    if key.signs_from > now:
        return "published"
    newest = max(
        (other for other in keys if other.algorithm is key.algorithm and other.signs_from <= now),
        key=lambda other: (other.signs_from, other.kid),
    )
    return "signing" if newest.kid == key.kid else "verifying"


async def rotate_keys(
    context: Context,
    *,
    algorithm: SigningAlgorithm | None = None,
    publish_ahead_seconds: int = PUBLISH_AHEAD_SECONDS,
) -> list[StoredKey]:
    """Begin the rotation of one algorithm's key, or of every algorithm in use; return the new keys.

    `publish_ahead_seconds` is how long verifiers get to read the new key before it signs: longer than they
    cache the JWKS. Raises `InvalidInput` below 5 seconds, or for an algorithm that has no key.
    """
    if publish_ahead_seconds < LEAST_PUBLISH_AHEAD_SECONDS:
        raise InvalidInput(
            f"publish_ahead_seconds is {publish_ahead_seconds}; give verifiers at least "
            f"{LEAST_PUBLISH_AHEAD_SECONDS} seconds to read the new key.",
            field="publish_ahead_seconds",
        )
    made = []
    async with context.changing() as work:
        keys = [
            key for key in await work.signing_keys.all() if not key.retires_at or key.retires_at > work.now
        ]
        in_use = {key.algorithm for key in keys}
        wanted = in_use if algorithm is None else {algorithm} & in_use
        if not wanted:
            raise InvalidInput(
                f"No API of this environment signs with {algorithm}; there is no key to rotate.",
                field="algorithm",
            )
        signs_from = work.now + timedelta(seconds=publish_ahead_seconds)
        retires_at = signs_from + timedelta(seconds=await _longest_lifetime(work) + RETIREMENT_SLACK_SECONDS)
        for each in sorted(wanted):
            new = _new_key(context, each, work.now, signs_from)
            await work.signing_keys.add(new)
            for key in keys:
                if key.algorithm is each and key.retires_at is None:
                    await work.signing_keys.retire(key.kid, max(retires_at, key.needed_until or retires_at))
            work.record("signing_key", new.kid, "created")
            made.append(new)
    return made


async def keep_keys(work: Work, before: TokenProfile, after: TokenProfile) -> None:
    """Keep keys for their tokens when a profile changes, in the transaction that changes it.

    A rotation works out when a key retires from the lifetimes in force. Tokens of a longer one that was
    shortened before, or is set while the old key still signs, must find their key in the JWKS, too.
    """
    keys = await work.signing_keys.all()
    for key in keys:
        until = _signs_until(key, keys)
        if until is not None and until > work.now and key.retires_at is not None:
            needed = until + timedelta(seconds=after.lifetime_seconds + RETIREMENT_SLACK_SECONDS)
            if needed > key.retires_at:
                await work.signing_keys.retire(key.kid, needed)
                work.record("signing_key", key.kid, "changed")
        elif until is None and after.lifetime_seconds < before.lifetime_seconds:
            needed = work.now + timedelta(seconds=before.lifetime_seconds + RETIREMENT_SLACK_SECONDS)
            if key.needed_until is None or needed > key.needed_until:
                await work.signing_keys.need(key.kid, needed)


def _signs_until(key: StoredKey, keys: list[StoredKey]) -> datetime | None:
    """Return when the next key of the same algorithm takes over, or `None` when there is none."""
    return min(
        (
            other.signs_from
            for other in keys
            if other.algorithm is key.algorithm and other.signs_from > key.signs_from
        ),
        default=None,
    )


async def add_first_key(context: Context, work: Work, algorithm: SigningAlgorithm) -> None:
    """Make a key in the transaction that makes its environment; it signs at once, as nobody verifies yet."""
    await _add_key(context, work, algorithm, work.now)


async def await_signing_key(context: Context, algorithm: SigningAlgorithm) -> None:
    """Return when a key of an algorithm signs; publish one if there is none, and wait until all know it.

    Call it before the transaction that asks for the algorithm, and outside of any: a process that signs with
    the key and another that serves a JWKS without it must not be at one time.
    """
    async with context.reading() as work:
        signs_from = await _signs_from(work, algorithm)
    if signs_from is None:
        async with context.changing() as work:
            signs_from = await _signs_from(work, algorithm)
            if signs_from is None:
                signs_from = work.now + timedelta(seconds=FIRST_KEY_SECONDS)
                await _add_key(context, work, algorithm, signs_from)
    left = (signs_from - context.platform.now()).total_seconds()
    if left > 0:
        await context.platform.sleep(left)


async def _signs_from(work: Work, algorithm: SigningAlgorithm) -> datetime | None:
    """Return when the oldest key that has not retired begins or began to sign, or `None` without one."""
    return min(
        (
            key.signs_from
            for key in await work.signing_keys.all()
            if key.algorithm is algorithm and (key.retires_at is None or key.retires_at > work.now)
        ),
        default=None,
    )


async def _add_key(context: Context, work: Work, algorithm: SigningAlgorithm, signs_from: datetime) -> None:
    new = _new_key(context, algorithm, work.now, signs_from)
    await work.signing_keys.add(new)
    work.record("signing_key", new.kid, "created")


async def check_master_key(context: Context) -> None:
    """Open the signing keys of an environment. Raises `CannotOpen` when they need another master key."""
    async with context.reading() as work:
        keys = await work.signing_keys.all()
    open_keyring(context.platform.sealer, context.environment.id, keys)


def open_keyring(sealer: Sealer, environment_id: str, keys: list[StoredKey]) -> KeyRing:
    """Unseal stored keys. Raises what the sealer raises when the master key is another one."""
    return KeyRing(
        SigningKey(
            kid=key.kid,
            algorithm=key.algorithm.value,
            public_jwk=dict(key.public_jwk),
            private_key=load_private_key(
                sealer.open(
                    SealedValue.from_text(key.sealed_private_key),
                    context=_seal_context(environment_id, key.kid),
                )
            ),
            signs_from=key.signs_from.timestamp(),
            retires_at=key.retires_at.timestamp() if key.retires_at else None,
        )
        for key in keys
    )


def _new_key(context: Context, algorithm: SigningAlgorithm, now: datetime, signs_from: datetime) -> StoredKey:
    made = generate_signing_key(algorithm.value)
    sealed = context.platform.sealer.seal(
        made.private_pkcs8, context=_seal_context(context.environment.id, made.kid)
    )
    return StoredKey(made.kid, algorithm, made.public_jwk, sealed.to_text(), now, signs_from)


def _seal_context(environment_id: str, kid: str) -> str:
    return f"{environment_id}|signing_keys|private|{kid}"


async def _longest_lifetime(work: Work) -> int:
    return max(await work.token_profiles.longest_lifetime_seconds(), *DEFAULT_LIFETIME_SECONDS.values())
