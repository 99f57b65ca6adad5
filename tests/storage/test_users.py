"""Users, identities and passwords stay in one environment; of two writers of one value one wins."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from claimsmith.domain.apis import Api, Scope
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.passwords import StoredPassword
from claimsmith.domain.properties import Property, PropertyCategory, PropertyContext, PropertyType
from claimsmith.domain.roles import Role
from claimsmith.domain.users import Identity, IdentityType, User
from claimsmith.storage.user_filters import FoundScope, UserFilter
from tests.support.rows import put, put_member, put_organization

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EMAIL, USERNAME = IdentityType.EMAIL, IdentityType.USERNAME

ADA = User("kp_ada", "Ada", "Lovelace", provided_id="1815", created_at=NOW, updated_at=NOW)
BOB = User("kp_bob", "Bob_", None, created_at=NOW + timedelta(seconds=1), updated_at=NOW)
CYD = User("kp_cyd", None, "100%", created_at=NOW + timedelta(seconds=1), updated_at=NOW)
ADAS = Identity("identity_1", "kp_ada", EMAIL, "ada@example.com", "Ada@example.com", created_at=NOW)
NAME = Identity("identity_2", "kp_ada", USERNAME, "ada", "Ada", created_at=NOW + timedelta(seconds=1))
BOBS = Identity("identity_3", "kp_bob", EMAIL, "bob@example.com", "bob@example.com", created_at=NOW)
PASSWORD = StoredPassword("kp_ada", "md5", "0" * 32, NOW, {"salt": "s"}, is_temporary=True)


@pytest.fixture
async def filled(database):
    """Store three users in environment `one`."""
    async with database.storing("one") as work:
        for user in (CYD, BOB, ADA):
            assert await work.users.add(user)
        for identity in (NAME, ADAS, BOBS):
            assert await work.users.add_identity(identity)
        await work.passwords.put(PASSWORD)
    return database


async def test_what_was_stored_is_read_again(filled):
    async with filled.reading("one") as work:
        assert await work.users.find("kp_ada") == ADA
        assert await work.users.find_by_identity(EMAIL, "ada@example.com") == ADA
        assert await work.users.find_by_provided_id("1815") == ADA
        assert await work.users.identities_of("kp_ada") == [ADAS, NAME]
        assert await work.users.identities_of_many(["kp_bob", "kp_cyd"]) == {"kp_bob": [BOBS], "kp_cyd": []}
        assert await work.users.find_identity("identity_3") == BOBS
        assert await work.users.find_identity_by_value(USERNAME, "ada") == NAME
        assert await work.passwords.find("kp_ada") == PASSWORD
        assert await work.passwords.find("kp_bob") is None


async def test_another_environment_sees_nothing_and_may_use_the_same_values(filled):
    async with filled.storing("two") as work:
        assert await work.users.find("kp_ada") is None
        assert await work.users.find_by_identity(EMAIL, "ada@example.com") is None
        assert await work.users.find_identity("identity_1") is None
        assert await work.passwords.find("kp_ada") is None
        assert not await work.users.remove("kp_ada")
        assert not await work.users.hold("kp_ada")
        assert await work.users.add(ADA)
        assert await work.users.add_identity(ADAS)


async def test_a_value_that_is_taken_is_told_and_spoils_nothing(filled):
    async with filled.storing("one") as work:
        assert not await work.users.add_identity(replace(BOBS, id="identity_9", user_id="kp_cyd"))
        assert not await work.users.add(replace(CYD, id="kp_dee", provided_id="1815"))
        assert await work.users.add(replace(CYD, id="kp_eve"))
    async with filled.reading("one") as work:
        assert await work.users.find("kp_eve") is not None


async def test_of_two_sign_ups_with_one_address_one_wins(filled):
    async def sign_up(number):
        async with filled.storing("one") as work:
            assert await work.users.add(replace(CYD, id=f"kp_new_{number}"))
            made = replace(ADAS, id=f"identity_{number}", user_id=f"kp_new_{number}", value="new@example.com")
            won = await work.users.add_identity(made)
            await asyncio.sleep(0.02)
            return won

    won = await asyncio.gather(*(sign_up(number) for number in range(10, 14)))
    assert sorted(won) == [False, False, False, True]


BY_THEMSELVES = [
    (UserFilter(), ["kp_ada", "kp_bob", "kp_cyd"]),
    (UserFilter(ids=["kp_cyd", "kp_nobody"]), ["kp_cyd"]),
    (UserFilter(ids=[]), []),
    (UserFilter(identities={EMAIL: ["bob@example.com", "ada@example.com"]}), ["kp_ada", "kp_bob"]),
    (UserFilter(identities={EMAIL: ["ada@example.com"], USERNAME: ["bob"]}), []),
    (UserFilter(has_organization=True), []),
    (UserFilter(has_organization=False), ["kp_ada", "kp_bob", "kp_cyd"]),
    (UserFilter(active_since=NOW), []),
    (UserFilter(text="ADA LOVE"), ["kp_ada"]),
    (UserFilter(text="example.com"), ["kp_ada", "kp_bob"]),
    (UserFilter(text="b_"), ["kp_bob"]),
    (UserFilter(text="%"), ["kp_cyd"]),
    (UserFilter(text="a*lace"), ["kp_ada"]),
    (UserFilter(text="\\"), []),
]


async def test_finds_the_users_who_meet_every_condition(filled):
    async with filled.reading("one") as work:
        for narrowing, ids in BY_THEMSELVES:
            page = await work.users.page_created(narrowing, page_size=None, next_token=None)
            assert [user.id for user in page.items] == ids, narrowing
            found, _ = await work.users.page_by_id(narrowing, size=9)
            assert [user.id for user in found] == sorted(ids), narrowing


async def test_pages_neither_repeat_nor_hide_users_made_in_the_same_moment(filled):
    async with filled.reading("one") as work:
        seen, token = [], None
        while True:
            page = await work.users.page_created(UserFilter(), page_size=1, next_token=token)
            seen += [user.id for user in page.items]
            token = page.next_token
            if token is None:
                break
        assert seen == ["kp_ada", "kp_bob", "kp_cyd"]


@pytest.mark.parametrize(
    "token", ["WyIiLCAiIl0", "WyJ4IiwgInkiXQ", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwgInkiXQ"]
)
async def test_a_made_up_token_is_refused(filled, token):
    async with filled.reading("one") as work:
        with pytest.raises(InvalidInput) as caught:
            await work.users.page_created(UserFilter(), page_size=1, next_token=token)
        assert caught.value.code == "NEXT_TOKEN_INVALID"


async def test_pages_by_id_go_both_ways(filled):
    async with filled.reading("one") as work:
        forth = await work.users.page_by_id(UserFilter(), size=1, starting_after="kp_ada")
        back = await work.users.page_by_id(UserFilter(), size=1, ending_before="kp_cyd")
        assert forth == ([BOB], True)
        assert back == ([BOB], True)
        assert await work.users.page_by_id(UserFilter(), size=2, ending_before="kp_cyd") == (
            [ADA, BOB],
            False,
        )


async def test_sign_ins_are_counted(filled):
    async with filled.storing("one") as work:
        await work.users.note_sign_in("kp_ada", (NAME.type, NAME.value), None, NOW)
        await work.users.note_failed_sign_in("kp_ada")
    async with filled.reading("one") as work:
        assert await work.users.find("kp_ada") == replace(
            ADA, total_sign_ins=1, failed_sign_ins=1, last_signed_in_at=NOW
        )
        assert await work.users.identities_of("kp_ada") == [
            ADAS,
            replace(NAME, total_sign_ins=1, last_signed_in_at=NOW),
        ]


async def test_wrong_passwords_at_the_same_time_are_all_counted(filled):
    async def fail():
        async with filled.storing("one") as work:
            return await work.passwords.count_failure("kp_ada", NOW)

    assert sorted(await asyncio.gather(*(fail() for _ in range(5)))) == [1, 2, 3, 4, 5]
    async with filled.storing("one") as work:
        await work.passwords.lock("kp_ada", NOW)
        assert await work.passwords.find("kp_ada") == replace(PASSWORD, failures=5, locked_until=NOW)
        assert await work.passwords.count_failure("kp_ada", NOW - timedelta(seconds=1)) == 6
        assert await work.passwords.find("kp_ada") == replace(PASSWORD, failures=6, locked_until=NOW)
        assert await work.passwords.count_failure("kp_ada", NOW) == 1
        assert await work.passwords.find("kp_ada") == replace(PASSWORD, failures=1)
        await work.passwords.uncount_failure("kp_ada")
        assert await work.passwords.find("kp_ada") == PASSWORD
        await work.passwords.count_failure("kp_ada", NOW)
        await work.passwords.forgive("kp_ada")
        assert await work.passwords.find("kp_ada") == PASSWORD
        assert await work.passwords.count_failure("kp_bob", NOW) == 0


async def test_a_temporary_password_is_taken_once(filled):
    async with filled.storing("one") as work:
        assert not await work.passwords.take_temporary("kp_ada", "other")
        assert await work.passwords.take_temporary("kp_ada", PASSWORD.hash)
        assert not await work.passwords.take_temporary("kp_ada", PASSWORD.hash)


async def test_wrong_passwords_of_strangers_are_counted_and_locked_alike(filled):
    later = NOW + timedelta(hours=1)

    async def count(work, now=NOW):
        return await work.passwords.count_stranger("key", most=2, now=now, forgotten_at=later)

    async with filled.storing("one") as work:
        assert [await count(work), await count(work)] == [(1, None), (2, None)]
        await work.passwords.lock_stranger("key", NOW + timedelta(minutes=1))
        assert await count(work) == (2, NOW + timedelta(minutes=1))
        assert await count(work, NOW + timedelta(minutes=1)) == (1, None)
        await work.passwords.uncount_stranger("key", later)
        assert await count(work) == (1, None)


async def test_a_hash_is_upgraded_only_while_it_is_the_one_that_was_verified(filled):
    async with filled.storing("one") as work:
        assert not await work.passwords.upgrade("kp_ada", "other", method="argon2id", hash="better")
        assert await work.passwords.upgrade("kp_ada", "0" * 32, method="argon2id", hash="better")
        assert await work.passwords.find("kp_ada") == replace(
            PASSWORD, method="argon2id", hash="better", parameters={}
        )


async def test_deleting_a_user_takes_everything_along(filled):
    async with filled.storing("one") as work:
        assert await work.users.remove("kp_ada")
        assert await work.users.find_identity("identity_1") is None
        assert await work.passwords.find("kp_ada") is None
        assert await work.users.find("kp_bob") == BOB


@pytest.fixture
async def furnished(filled):
    """Give Ada properties, and scopes in two organizations: one directly, one by a role."""
    async with filled.storing("one") as work:
        await work.properties.add_category(PropertyCategory("cat_1", "General", PropertyContext.USER))
        for key, value in (("city", "London"), ("motto", 'say "\u00e9", 100%_'), ("vip", True)):
            kind = PropertyType.SINGLE_LINE_TEXT
            item = Property(f"prop_{key}", key, key, PropertyContext.USER, kind, category_id="cat_1")
            await work.properties.add([item])
            await work.properties.put_value("kp_ada", item.id, value)
        await work.apis.add(Api("orders", "Orders", "urn:orders", created_at=NOW))
        await work.apis.add_scopes([Scope("scope_1", "orders", "read"), Scope("scope_2", "orders", "write")])
        await work.roles.add(Role("role_1", "writer", "Writer"))
        for code in ("org_1", "org_2"):
            await put_organization(work, code)
            await put_member(work, "kp_ada", code)
        await put(work, "role_scopes", role_id="role_1", scope_id="scope_2")
        member = {"user_id": "kp_ada", "organization_code": "org_1"}
        await put(work, "membership_scopes", **member, scope_id="scope_1")
        await put(work, "membership_roles", **member | {"organization_code": "org_2"}, role_id="role_1")
    return filled


BY_VALUES = [
    (UserFilter(properties={"city": ["london"]}), True),
    (UserFilter(properties={"city": ["paris", "London"]}), True),
    (UserFilter(properties={"city": ["L*n"]}), True),
    (UserFilter(properties={"city": ["Lon"]}), False),
    (UserFilter(properties={"city": []}), False),
    (UserFilter(properties={"motto": ['say "\u00e9", 100%_']}), True),
    (UserFilter(properties={"motto": ["say%"]}), False),
    (UserFilter(properties={"vip": ["true"]}), True),
    (UserFilter(properties={"vip": ["FALSE"]}), False),
    (UserFilter(properties={"city": ["London"], "vip": ["false"]}), False),
    (UserFilter(properties={"nothing": ["*"]}), False),
    (UserFilter(scopes=["read"]), True),
    (UserFilter(scopes=["write", "other"]), True),
    (UserFilter(scopes=["other"]), False),
    (UserFilter(has_organization=True), True),
]


async def test_finds_users_by_properties_and_scopes(furnished):
    async with furnished.reading("one") as work:
        for narrowing, is_found in BY_VALUES:
            found, _ = await work.users.page_by_id(narrowing, size=9)
            assert [user.id for user in found] == (["kp_ada"] if is_found else []), narrowing
    async with furnished.reading("two") as work:
        for narrowing, _ in BY_VALUES:
            assert await work.users.page_by_id(narrowing, size=9) == ([], False)


async def test_scopes_of_a_user_come_from_each_organization(furnished):
    async with furnished.reading("one") as work:
        assert await work.users.scopes_of_many(["kp_ada", "kp_bob"]) == {
            "kp_ada": [FoundScope("org_1", "read", "orders"), FoundScope("org_2", "write", "orders")],
            "kp_bob": [],
        }
        assert await work.users.scopes_of_many([]) == {}
