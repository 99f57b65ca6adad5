"""Set, import, try and take away the passwords of users, and sign users up.

`set_password` and `register_user` are what people do; `give_password` and `import_password` are
administration, and are recorded as changes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from claimsmith.crypto.common_passwords import common_passwords
from claimsmith.crypto.imported_hashes import check_imported
from claimsmith.domain.passwords import OWN_METHOD, StoredPassword, check_chosen
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.domain.users import IdentityType, User
from claimsmith.storage.work import Work
from claimsmith.usecases import sso_sessions
from claimsmith.usecases.accepted_terms import keep_accepted
from claimsmith.usecases.context import Context
from claimsmith.usecases.factor_trials import forgive
from claimsmith.usecases.identities import NewIdentity, put_identity
from claimsmith.usecases.marketing import keep_marketing, prepare_marketing
from claimsmith.usecases.password_trials import verify_password
from claimsmith.usecases.security_notices import Telling, administration_telling, tell
from claimsmith.usecases.user_records import end_access, find_user, put_user

__all__ = [
    "check_new_password",
    "give_password",
    "import_password",
    "imported",
    "register_user",
    "replace_own_password",
    "set_password",
    "unlock",
    "verify_password",
]


def check_new_password(text: str, field: str = "password", unlike: tuple[str, ...] = ()) -> PlainSecret:
    """Return a password that may be chosen. Raises `InvalidInput` for one that is short, long or common.

    `unlike` are the names and addresses of the user, which a password must not be made of.
    """
    check_chosen(text, field, common_passwords(), unlike)
    return PlainSecret(text)


async def set_password(
    context: Context, user_id: str, plain: PlainSecret | str, *, is_temporary: bool = False
) -> None:
    """Give a user the password that the user chose. Raises `NotFound`, `InvalidInput`, `Unavailable`.

    A request to reset it is fulfilled, a lock is gone, and whoever was signed in as this user no longer is.
    """
    made = await _hashed(context, user_id, plain, is_temporary=is_temporary)
    async with context.storing() as work:
        await _put(work, made, is_temporary=is_temporary)


async def replace_own_password(
    context: Context, session: SsoSession, plain: str, *, ends_others: bool, telling: Telling
) -> None:
    """Give the person of a session another password, and tell so by mail; the session goes on.

    With `ends_others` every other one ends, with its grants. Raises `NotFound`, `InvalidInput`,
    `Unavailable`.
    """
    made = await _hashed(context, session.user_id, plain, is_temporary=False)
    async with context.storing() as work:
        await work.passwords.put(made)
        await work.users.fulfil_reset(session.user_id)
        if ends_others:
            await sso_sessions.end_others(work, session, "password_changed")
        await tell(work, session.user_id, "password_changed", telling)


async def give_password(
    context: Context, user_id: str, plain: PlainSecret | str, *, is_temporary: bool = False
) -> None:
    """Give a user a password as an administrator; a temporary one is good once, for setting another.

    Raises `NotFound`, `InvalidInput`, `Unavailable`.
    """
    made = await _hashed(context, user_id, plain, is_temporary=is_temporary)
    async with context.changing() as work:
        await _tell_replaced(context, work, user_id)
        await _put(work, made, is_temporary=is_temporary)
        work.record("user", user_id, "changed")


async def import_password(
    context: Context,
    user_id: str,
    *,
    method: str,
    hash: str,
    parameters: Mapping[str, str | int] | None = None,
    is_temporary: bool = False,
) -> None:
    """Give a user the password of which another system made a hash. Raises `NotFound`, `InvalidInput`.

    It is verified as it was made at the next sign-in, and hashed anew then.
    """
    made = imported(context, user_id, method, hash, parameters or {}, is_temporary=is_temporary)
    async with context.changing() as work:
        await _tell_replaced(context, work, user_id)
        await _put(work, made, is_temporary=is_temporary)
        work.record("user", user_id, "changed")


def imported(
    context: Context,
    user_id: str,
    method: str,
    hash: str,
    parameters: Mapping[str, str | int],
    *,
    is_temporary: bool = False,
) -> StoredPassword:
    """Return the record of a hash that another system made. Raises `InvalidInput`."""
    check_imported(method, hash, parameters)
    now = context.platform.now()
    return StoredPassword(user_id, method, hash, now, dict(parameters), is_temporary)


async def unlock(context: Context, user_id: str) -> None:
    """Let a locked password, and locked second factors, be tried again. Raises `NotFound`."""
    async with context.changing() as work:
        await find_user(work, user_id)
        await work.passwords.forgive(user_id)
        await forgive(work, user_id)
        work.record("user", user_id, "changed")


async def register_user(
    context: Context,
    *,
    identity: tuple[IdentityType, str, str],
    is_verified: bool,
    first_name: str | None = None,
    last_name: str | None = None,
    password: PlainSecret | str | None = None,
    also: Sequence[NewIdentity] = (),
    marketing: Mapping[str, str] | None = None,
    has_marketing_consent: bool | None = None,
    accepted_terms: dict[str, Any] | None = None,
) -> User:
    """Sign a user up with one identity: its type, compared and shown form, and perhaps others `also`.

    Raises `AlreadyExists` when somebody has one of them, also when two sign up with it at once: one wins, and
    nothing is made for the other. `marketing` parameters become the user's `kp_usr_...` properties; others
    are dropped. `accepted_terms` is what `accepted_now` returned. Raises `InvalidInput`, `Unavailable` too.
    """
    type, value, shown_value = identity
    hash = None
    if password is not None:
        names = tuple(each for each in (value, first_name, last_name) if each)
        text = password.reveal() if isinstance(password, PlainSecret) else password
        hash = await context.platform.password_hashing.hash(check_new_password(text, unlike=names))
    await prepare_marketing(context, marketing or {}, has_marketing_consent)
    async with context.storing() as work:
        user = await put_user(work, {"first_name": first_name, "last_name": last_name})
        for each in (NewIdentity(type, shown_value, is_verified), *also):
            await put_identity(work, user.id, each)
        if hash is not None:
            await work.passwords.put(StoredPassword(user.id, OWN_METHOD, hash, work.now))
        await keep_marketing(work, user.id, marketing or {}, has_marketing_consent)
        await keep_accepted(work, user.id, accepted_terms)
    return user


async def _hashed(
    context: Context, user_id: str, plain: PlainSecret | str, *, is_temporary: bool
) -> StoredPassword:
    async with context.reading() as work:
        user = await find_user(work, user_id)
        names = [each.value for each in await work.users.identities_of(user_id)]
    unlike = tuple(each for each in (*names, user.first_name, user.last_name) if each)
    text = plain.reveal() if isinstance(plain, PlainSecret) else plain
    hash = await context.platform.password_hashing.hash(check_new_password(text, unlike=unlike))
    return StoredPassword(user_id, OWN_METHOD, hash, context.platform.now(), is_temporary=is_temporary)


async def _tell_replaced(context: Context, work: Work, user_id: str) -> None:
    """Tell a user whose password administration replaces. A first one is no news to whoever is to have it."""
    if await work.passwords.find(user_id) is not None:
        telling = await administration_telling(work, context.environment)
        await tell(work, user_id, "password_changed", telling)


async def _put(work: Work, password: StoredPassword, *, is_temporary: bool) -> None:
    await find_user(work, password.user_id)
    await work.passwords.put(password)
    if not is_temporary:
        await work.users.fulfil_reset(password.user_id)
    await end_access(work, password.user_id, "password_changed")
