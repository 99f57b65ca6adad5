"""Passwords are set, tried, locked, imported and replaced; people sign up."""

import asyncio
import hashlib
from dataclasses import replace

import pytest

from claimsmith.crypto.imported_hashes import METHODS
from claimsmith.domain.changes import Change
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, Unavailable
from claimsmith.domain.passwords import PasswordVerdict
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.users import IdentityType
from claimsmith.usecases import passwords, policies, users
from claimsmith.usecases.environments import add_environment
from claimsmith.usecases.identities import NewIdentity
from tests.support.platform import open_platform
from tests.unit.crypto.test_imported_hashes import VECTORS
from tests.unit.usecases.test_apis import changes_after, version_of

EMAIL, USERNAME = IdentityType.EMAIL, IdentityType.USERNAME
GOOD, OTHER = "correct horse battery", "staple battery horse"


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as platform:
        yield platform


@pytest.fixture
def context(opened):
    return opened.context()


@pytest.fixture
async def ada(context):
    """Make a user with an email address, a username and a password."""
    given = [NewIdentity(EMAIL, "ada@example.com"), NewIdentity(USERNAME, "ada_l")]
    made = await users.create_user(context, first_name="Ada", identities=given)
    await passwords.give_password(context, made.user.id, GOOD)
    return made.user


async def tried(context, plain, value="ada@example.com", type=EMAIL):
    return await passwords.verify_password(context, type, value, plain)


async def stored(context, user_id):
    async with context.reading() as work:
        return await work.passwords.find(user_id)


async def test_a_password_is_good_with_every_identity_of_its_user(context, ada):
    good = PasswordVerdict("good", ada.id)
    assert await tried(context, GOOD) == good
    assert await tried(context, GOOD, "ada_l", USERNAME) == good
    assert await tried(context, GOOD, "ada_l", EMAIL) == PasswordVerdict("wrong")
    assert await tried(context, OTHER) == PasswordVerdict("wrong")
    assert await tried(context, GOOD, "nobody@example.com") == PasswordVerdict("wrong")


async def test_another_environment_knows_neither_user_nor_password(opened, context, ada):
    made = await add_environment(opened.platform, code="two", name="Two", issuer="http://127.0.0.1:8000/two")
    other = opened.context(made)
    assert await tried(other, GOOD) == PasswordVerdict("wrong")
    with pytest.raises(NotFound):
        await passwords.give_password(other, ada.id, OTHER)


async def test_five_wrong_ones_lock_for_five_minutes(opened, context, ada):
    assert [(await tried(context, OTHER)).outcome for _ in range(5)] == ["wrong"] * 4 + ["locked"]
    assert await tried(context, GOOD) == PasswordVerdict("locked", retry_after_seconds=300)
    opened.clock.move(299)
    assert await tried(context, GOOD) == PasswordVerdict("locked", retry_after_seconds=1)
    opened.clock.move(1)
    assert (await tried(context, OTHER)).outcome == "wrong"
    assert (await tried(context, GOOD)).outcome == "good"
    assert (await users.get_user(context, ada.id)).user.failed_sign_ins == 6


async def test_a_good_one_forgives_the_wrong_ones_before_it(context, ada):
    for _ in range(3):
        for _ in range(4):
            assert (await tried(context, OTHER)).outcome == "wrong"
        assert (await tried(context, GOOD)).outcome == "good"


async def test_a_stranger_is_locked_like_a_user(opened, context, ada):
    async def outcomes(value):
        first = [await tried(context, OTHER, value) for _ in range(6)]
        opened.clock.move(300)
        return [*first, await tried(context, OTHER, value)]

    known, unknown = await outcomes("ada@example.com"), await outcomes("nobody@example.com")
    assert known == unknown
    await passwords_of_nobody(context)


async def passwords_of_nobody(context):
    """Nothing that is stored of a stranger tells who it was."""
    from sqlalchemy import select

    from claimsmith.storage.tables import rate_limits

    async with context.platform.database.across_environments() as connection:
        rows = (await connection.execute(select(rate_limits.c.key))).all()
    assert rows and not any("nobody" in row[0] for row in rows)


async def test_many_tries_at_once_are_no_more_than_the_policy_allows(context, ada):
    outcomes = await asyncio.gather(
        *(tried(context, f"wrong {number} wrong") for number in range(20)), return_exceptions=True
    )
    verdicts = [each.outcome for each in outcomes if isinstance(each, PasswordVerdict)]
    assert verdicts.count("wrong") <= 4
    assert {type(each) for each in outcomes} <= {PasswordVerdict, Unavailable}
    assert (await tried(context, GOOD)).outcome == "locked"


async def test_who_could_not_be_checked_was_not_counted(context, ada):
    hashing = context.platform.password_hashing
    taken = 0
    while hashing._places.acquire(blocking=False):
        taken += 1
    for value in ("ada@example.com", "nobody@example.com"):
        for _ in range(7):
            with pytest.raises(Unavailable):
                await tried(context, OTHER, value)
    for _ in range(taken):
        hashing._places.release()
    assert (await tried(context, OTHER)).outcome == "wrong"
    assert (await tried(context, GOOD)).outcome == "good"
    assert (await users.get_user(context, ada.id)).user.failed_sign_ins == 1
    assert (await tried(context, OTHER, "nobody@example.com")).outcome == "wrong"


async def test_the_policy_says_how_many_and_how_long(opened, context, ada):
    await policies.change_policy(context, "protection", {"attempts_before_lockout": 2, "lockout_seconds": 60})
    assert [(await tried(context, OTHER)).outcome for _ in range(2)] == ["wrong", "locked"]
    assert (await tried(context, GOOD)).retry_after_seconds == 60
    await passwords.unlock(context, ada.id)
    assert (await tried(context, GOOD)).outcome == "good"


async def test_a_temporary_password_is_good_once_and_for_changing_it(context, ada):
    await passwords.give_password(context, ada.id, OTHER, is_temporary=True)
    outcomes = await asyncio.gather(tried(context, OTHER), tried(context, OTHER))
    assert sorted(each.outcome for each in outcomes) == ["must_change", "wrong"]
    assert (await tried(context, OTHER)).outcome == "wrong"
    await passwords.set_password(context, ada.id, "a chosen one of mine")
    assert (await tried(context, "a chosen one of mine")).outcome == "good"


async def test_a_reset_that_was_requested_is_fulfilled_by_setting_another(context, ada):
    await users.change_user(context, ada.id, {"is_password_reset_requested": True})
    assert await tried(context, GOOD) == PasswordVerdict("must_change", ada.id)
    await passwords.set_password(context, ada.id, OTHER)
    assert (await tried(context, OTHER)).outcome == "good"
    assert not (await users.get_user(context, ada.id)).user.is_password_reset_requested


@pytest.mark.parametrize("text", ["short", "password1", "ada@example.com", "Ada_L 99", "x9" * 600])
async def test_a_password_that_may_not_be_chosen_changes_nothing(context, ada, text):
    before = await version_of(context)
    for attempt in (passwords.set_password, passwords.give_password):
        with pytest.raises(InvalidInput):
            await attempt(context, ada.id, text)
    assert await version_of(context) == before
    assert (await tried(context, GOOD)).outcome == "good"


async def test_nobody_has_no_password(context):
    nobody = "kp_" + "0" * 32
    attempts = [
        passwords.set_password(context, nobody, GOOD),
        passwords.give_password(context, nobody, GOOD),
        passwords.import_password(context, nobody, method="md5", hash="0" * 32),
        passwords.unlock(context, nobody),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound) as caught:
            await attempt
        assert caught.value.code == "USER_NOT_FOUND"


async def test_the_hash_of_another_system_is_verified_once_and_replaced(context, ada):
    before = await version_of(context)
    salted = hashlib.sha256(b"salt" + OTHER.encode()).hexdigest()
    await passwords.import_password(
        context,
        ada.id,
        method="sha256",
        hash=salted,
        parameters={"salt": "salt", "salt_position": "prefix"},
    )
    assert await changes_after(context, before) == [Change("user", ada.id, "changed")]
    assert (await tried(context, GOOD)).outcome == "wrong"
    assert (await stored(context, ada.id)).method == "sha256"
    assert (await tried(context, OTHER)).outcome == "good"
    upgraded = await stored(context, ada.id)
    assert (upgraded.method, upgraded.parameters, upgraded.hash[:10]) == ("argon2id", {}, "$argon2id$")
    assert (await tried(context, OTHER)).outcome == "good"


@pytest.mark.parametrize("method", METHODS)
async def test_the_hash_of_each_method_is_verified_once_and_replaced(context, ada, method):
    known = next(each for each in VECTORS if each[0] == method)
    _, hash, parameters, password = known
    await passwords.import_password(context, ada.id, method=method, hash=hash, parameters=parameters)
    assert (await tried(context, "x" + password)).outcome == "wrong"
    assert (await stored(context, ada.id)).method == method
    assert (await tried(context, password)).outcome == "good"
    assert (await stored(context, ada.id)).method == "argon2id"
    assert (await tried(context, password)).outcome == "good"
    assert (await tried(context, "x" + password)).outcome == "wrong"


async def test_a_hash_that_cannot_be_verified_is_refused(context, ada):
    with pytest.raises(InvalidInput) as caught:
        await passwords.import_password(context, ada.id, method="bcrypt", hash="$2a$05$short")
    assert caught.value.field == "hashed_password"
    assert (await tried(context, GOOD)).outcome == "good"


async def test_what_is_stored_shows_no_hash(context, ada):
    assert "argon2id$" not in repr(await stored(context, ada.id))


async def sign_up(context, **members):
    return await passwords.register_user(
        context,
        **{"identity": (EMAIL, "new@example.com", "New@example.com"), "is_verified": True, **members},
    )


async def test_signs_a_user_up(context):
    user = await sign_up(
        context,
        first_name="New",
        last_name="User",
        password=PlainSecret(GOOD),
        marketing={"utm_source": "news", "unknown_tag": "x", "gclid": "12\x0034"},
    )
    found = await users.get_user(context, user.id)
    assert replace(found.user, created_at=user.created_at, updated_at=user.updated_at) == user
    identity = found.identities[0]
    assert (identity.value, identity.shown_value) == ("new@example.com", "New@example.com")
    assert (identity.is_verified, identity.is_primary) == (True, True)
    assert await tried(context, GOOD, "new@example.com") == PasswordVerdict("good", user.id)
    async with context.reading() as work:
        values = await work.properties.values_of(user.id)
    assert values == {"kp_usr_utm_source": "news", "kp_usr_gclid": "1234"}


async def test_of_several_who_sign_up_with_one_address_one_wins(context):
    outcomes = await asyncio.gather(*(sign_up(context) for _ in range(5)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["AlreadyExists"] * 4 + ["User"]
    assert len((await users.list_users(context)).items) == 1


async def test_a_sign_up_that_is_refused_leaves_nothing(context, ada):
    with pytest.raises(AlreadyExists) as caught:
        await sign_up(context, identity=(EMAIL, "ada@example.com", "ada@example.com"), password=GOOD)
    assert caught.value.code == "EMAIL_ALREADY_EXISTS"
    for password in ("new@example.com", "password", "Newton!!"):
        with pytest.raises(InvalidInput):
            await sign_up(context, last_name="Newton", password=password)
    assert len((await users.list_users(context)).items) == 1
