"""Users are created with identities, changed, suspended and deleted."""

import asyncio

import pytest

from claimsmith.domain.changes import Change
from claimsmith.domain.errors import AlreadyExists, InvalidInput, LimitReached, NotFound
from claimsmith.domain.users import IdentityType
from claimsmith.usecases import identities, users
from claimsmith.usecases.identities import NewIdentity
from tests.support.platform import open_platform
from tests.unit.usecases.test_apis import changes_after, version_of

EMAIL, USERNAME, PHONE = IdentityType.EMAIL, IdentityType.USERNAME, IdentityType.PHONE


@pytest.fixture
async def context(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened.context()


async def make(context, *texts, **members):
    given = [NewIdentity(EMAIL if "@" in text else USERNAME, text) for text in texts]
    return await users.create_user(context, identities=given, **members)


@pytest.mark.parametrize(
    ("members", "code", "field"),
    [
        ({"first_name": " Ada"}, "FIRST_NAME_INVALID", "first_name"),
        ({"last_name": "x" * 256}, "LAST_NAME_TOO_LONG", "last_name"),
        ({"last_name": "a\u202eb"}, "LAST_NAME_INVALID", "last_name"),
        ({"picture": "javascript:alert(1)"}, "PICTURE_INVALID", "picture"),
        ({"picture": "/me.png"}, "PICTURE_INVALID", "picture"),
        ({"provided_id": "x" * 256}, "PROVIDED_ID_TOO_LONG", "provided_id"),
        ({"provided_id": "a\x00"}, "PROVIDED_ID_INVALID", "provided_id"),
    ],
)
async def test_refuses_what_is_malformed(context, members, code, field):
    before = await version_of(context)
    with pytest.raises(InvalidInput) as caught:
        await make(context, **members)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert await version_of(context) == before


async def test_an_identity_that_is_taken_stops_all(context):
    await make(context, "ada@example.com")
    with pytest.raises(AlreadyExists) as caught:
        await make(context, "new@example.com", "ADA@example.com")
    assert (caught.value.code, caught.value.field) == ("EMAIL_ALREADY_EXISTS", "email")
    assert len((await users.list_users(context)).items) == 1


async def test_a_provided_id_is_held_by_one_user(context):
    await make(context, provided_id="7")
    with pytest.raises(AlreadyExists) as caught:
        await make(context, provided_id="7")
    assert (caught.value.code, caught.value.field) == ("PROVIDED_ID_ALREADY_EXISTS", "provided_id")
    other = await make(context)
    with pytest.raises(AlreadyExists):
        await users.change_user(context, other.user.id, {"provided_id": "7"})


async def test_what_does_not_exist_is_not_found(context):
    nobody = "kp_" + "0" * 32
    attempts = [
        users.get_user(context, nobody),
        users.change_user(context, nobody, {}),
        users.delete_user(context, nobody),
        users.refresh_claims(context, nobody),
        identities.list_identities(context, nobody),
        identities.add_identity(context, nobody, NewIdentity(EMAIL, "a@example.com")),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound) as caught:
            await attempt
        assert caught.value.code == "USER_NOT_FOUND"
    for attempt in (
        identities.get_identity(context, "identity_x"),
        identities.make_primary(context, "identity_x"),
        identities.delete_identity(context, "identity_x"),
    ):
        with pytest.raises(NotFound) as caught:
            await attempt
        assert caught.value.code == "IDENTITY_NOT_FOUND"


async def test_creates_a_user_with_identities_and_records_it(context):
    before = await version_of(context)
    made = await make(
        context,
        "Ada@Example.com",
        "ada",
        first_name="Ada",
        last_name="Lovelace",
        picture="https://example.com/ada.png",
        provided_id="1815",
    )
    assert len(made.user.id) == 35 and made.user.id.startswith("kp_")
    assert await users.get_user(context, made.user.id) == made
    assert (made.user.full_name, made.user.provided_id) == ("Ada Lovelace", "1815")
    assert [(each.type, each.value, each.shown_value, each.is_primary) for each in made.identities] == [
        (EMAIL, "ada@example.com", "Ada@Example.com", True),
        (USERNAME, "ada", "ada", True),
    ]
    assert await changes_after(context, before) == [Change("user", made.user.id, "created")]


async def test_changes_only_what_is_given(context):
    made = await make(context, first_name="Ada", last_name="Byron", provided_id="7")
    await users.change_user(context, made.user.id, {"last_name": "Lovelace", "is_suspended": True})
    changed = await users.change_user(context, made.user.id, {"first_name": None, "provided_id": "7"})
    assert (changed.user.first_name, changed.user.last_name) == (None, "Lovelace")
    assert changed.user.is_suspended
    with pytest.raises(InvalidInput):
        await users.change_user(context, made.user.id, {"id": "kp_other"})


async def test_of_two_creations_with_one_address_one_wins(context):
    outcomes = await asyncio.gather(
        *(make(context, "ada@example.com") for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "AlreadyExists",
        "AlreadyExists",
        "AlreadyExists",
        "UserRecord",
    ]
    assert len((await users.list_users(context)).items) == 1


async def test_the_first_identity_of_its_type_is_primary_and_is_followed_by_the_oldest(context):
    made = await make(context, "one@example.com", "two@example.com", "three@example.com")
    one, two, three = (await identities.list_identities(context, made.user.id)).items
    assert [each.is_primary for each in (one, two, three)] == [True, False, False]
    await identities.make_primary(context, three.id)
    found = (await identities.list_identities(context, made.user.id)).items
    assert [each.is_primary for each in found] == [False, False, True]
    await identities.delete_identity(context, three.id)
    found = (await identities.list_identities(context, made.user.id)).items
    assert [(each.id, each.is_primary) for each in found] == [(one.id, True), (two.id, False)]
    with pytest.raises(InvalidInput) as caught:
        await identities.keep_primary(context, one.id)
    assert caught.value.code == "IS_PRIMARY_INVALID"


async def test_a_user_has_fifty_identities_at_the_most(context):
    made = await make(context, *(f"{number}@example.com" for number in range(50)))
    with pytest.raises(LimitReached):
        await identities.add_identity(context, made.user.id, NewIdentity(PHONE, "+61491570156"))


async def test_lists_users_by_what_they_sign_in_with(context):
    ada = await make(context, "ada@example.com", "ada")
    await make(context, "bob@example.com")
    page = await users.list_users(context, identities={EMAIL: ["ADA@example.com", "not an address"]})
    assert [each.user.id for each in page.items] == [ada.user.id]
    assert (await users.list_users(context, identities={EMAIL: ["not an address"]})).items == []
    with pytest.raises(InvalidInput) as caught:
        await users.list_users(context, ids=[str(number) for number in range(101)])
    assert caught.value.code == "TOO_MANY_VALUES"


async def test_a_deleted_user_is_gone_and_the_address_is_free(context):
    made = await make(context, "ada@example.com")
    await users.delete_user(context, made.user.id, with_traces=True)
    assert (await users.list_users(context)).items == []
    await make(context, "ada@example.com")
