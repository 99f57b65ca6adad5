"""Users of another system are imported whole or not at all, and those who are there are left alone."""

import hashlib

import pytest

from claimsmith.domain.users import IdentityType
from claimsmith.usecases import feature_flags, users
from claimsmith.usecases.passwords import verify_password
from claimsmith.usecases.user_import import ImportedUser, import_user
from tests.support.people import make_organization, make_permission, make_role, make_scope
from tests.support.platform import open_platform

MD5 = hashlib.md5(b"correct horse battery", usedforsecurity=False).hexdigest()
ADA = {
    "id": "1815",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "identities": [
        {"type": "email", "identity": "Ada@Example.com", "is_verified": True},
        {"type": "oauth2:google", "identity": "77", "profile": {}},
    ],
    "password": {"hashed_password": MD5, "hashing_algorithm": "md5", "salt": None},
    "properties": [{"key": "kp_usr_city", "value": "London"}, {"key": "absent", "value": "x"}],
    "feature_flags": [{"key": "beta", "value": True}, {"key": "beta_two", "value": True}],
    "organizations": [
        {
            "external_id": "acme-7",
            "roles": ["clerk", "absent"],
            "permissions": ["read"],
            "scopes": [{"audience": "https://orders.test", "scope": "read:orders"}],
        }
    ],
}


@pytest.fixture
async def context(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened.context()


async def test_imports_a_user_with_everything(context):
    code = await make_organization(context, external_id="acme-7")
    role, permission = await make_role(context, "clerk"), await make_permission(context, "read")
    scope = await make_scope(context, "read:orders")
    await feature_flags.create_flag(context, name="Beta", key="beta", type="bool", default_value="false")
    done = await import_user(context, ADA)
    assert done == ImportedUser(
        "imported",
        done.user_id,
        (
            "An identity of the type 'oauth2:google' was left out.",
            "There is no property 'absent' of the context usr.",
            "There is no feature flag 'beta_two'.",
            "1 unknown roles, permissions or scopes in Acme were left out.",
        ),
    )
    found = await users.get_user(context, done.user_id)
    assert (found.user.provided_id, found.user.full_name) == ("1815", "Ada Lovelace")
    assert [(each.value, each.is_verified) for each in found.identities] == [("ada@example.com", True)]
    assert found.organization_codes == [code]
    async with context.reading() as work:
        membership = await work.memberships.find(done.user_id, code)
        assert membership is not None
        assert await work.users.scopes_of_many([done.user_id]) != {done.user_id: []}
        assert (await work.properties.values_of(done.user_id)) == {"kp_usr_city": "London"}
    assert [flag.key for flag, _ in await feature_flags.user_values(context, done.user_id)] == ["beta"]
    verdict = await verify_password(context, IdentityType.EMAIL, "ada@example.com", "correct horse battery")
    assert verdict.outcome == "good"
    assert role and permission and scope


async def test_leaves_alone_who_is_there(context):
    first = await import_user(context, ADA)
    for record in (ADA, {"id": "1815"}, {"identities": [ADA["identities"][0]], "first_name": "Eve"}):
        assert await import_user(context, record) == ImportedUser("there", first.user_id)
    assert (await users.get_user(context, first.user_id)).user.first_name == "Ada"


async def test_a_password_that_cannot_be_verified_is_left_out(context):
    done = await import_user(context, {"id": "1", "password": {"hashed_password": "x"}})
    assert done.outcome == "imported"
    assert done.notes[0].startswith("The password was left out: hashed_password is not a bcrypt hash")
    async with context.reading() as work:
        assert await work.passwords.find(done.user_id) is None


@pytest.mark.parametrize(
    "record",
    [
        [],
        "text",
        None,
        {"surname": "x"},
        {"id": 7},
        {"id": "a\x00b"},
        {"id": "\ud800"},
        {"first_name": " "},
        {"is_suspended": "yes"},
        {"identities": {}},
        {"identities": ["x"]},
        {"identities": [{"type": "email", "identity": "none"}]},
        {"identities": [{"type": "email"}]},
        {"password": "x"},
        {"organizations": [{"external_id": "\x00"}]},
    ],
)
async def test_refuses_a_record_that_is_wrong_and_leaves_nothing(context, record):
    done = await import_user(context, record)
    assert (done.outcome, done.user_id, len(done.notes)) == ("refused", None, 1)
    assert (await users.list_users(context)).items == []


async def test_two_lines_with_one_address_make_one_user(context):
    same = {"type": "email", "identity": "ada@example.com"}
    done = await import_user(context, {"id": "1", "identities": [same, same]})
    assert done.outcome == "refused"
    assert (await users.list_users(context)).items == []


async def test_without_organizations_the_policy_decides(context):
    done = await import_user(context, {"id": "1"})
    assert len((await users.get_user(context, done.user_id)).organization_codes) == 1
    done = await import_user(context, {"id": "2", "organizations": [{"external_id": "nowhere"}]})
    assert "joined Default organization instead" in done.notes[0]
