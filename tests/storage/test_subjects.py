"""Everything about one user comes in one statement."""

from claimsmith.domain.organizations import Organization
from claimsmith.domain.users import Identity, IdentityType, User
from tests.storage.conftest import NOW
from tests.support.rows import USER, put, put_identity, put_member, put_organization, put_user
from tests.support.statements import Counted


async def fill(work):
    """Make a user of two organizations with something of every kind, and another user with the same."""
    await put_organization(work, "org_a", name="A", external_id="crm-1", allowed_domains=["a.test"])
    await put_organization(work, "org_b", name="B")
    for code in ("read", "write", "other"):
        await put(work, "permissions", id=f"p_{code}", key=code, name=code)
        await put(work, "roles", id=f"r_{code}", key=code, name=code)
    api = {"name": "api", "audience": "https://api.test", "created_at": NOW}
    await put(work, "apis", id="api", signing_algorithm="RS256", token_shape="platform", **api)
    for code in ("read", "write", "other"):
        await put(work, "api_scopes", id=f"s_{code}", api_id="api", key=code, origin="manual")
    await put(work, "property_categories", id="c", name="c", context="usr")
    for key in ("tier", "city", "vip"):
        await put(
            work, "properties", id=key, key=key, name=key, context="usr", type="boolean", category_id="c"
        )
    for key, kind, default in (("dark", "bool", "false"), ("size", "int", "1"), ("shape", "json", "{}")):
        await put(
            work,
            "feature_flags",
            key=key,
            id=key,
            name=key,
            type=kind,
            default_value=default,
            allow_override_level="usr",
            created_at=NOW,
        )
    for user_id in (USER, "kp_2"):
        await put_user(work, user_id, first_name="Kim", last_name="Ode")
        await put_identity(work, user_id, "email", f"{user_id}@a.test")
        await put_identity(work, user_id, "username", f"name-{user_id}", verified=False)
        for code in ("org_a", "org_b"):
            await put_member(work, user_id, code)


async def fill_rights(work):
    for code, name in (("org_a", "read"), ("org_b", "other")):
        membership = {"user_id": USER, "organization_code": code}
        await put(work, "membership_roles", **membership, role_id=f"r_{name}")
        await put(work, "membership_permissions", **membership, permission_id=f"p_{name}")
        await put(work, "membership_scopes", **membership, scope_id=f"s_{name}")
    for owner, key, value in ((USER, "tier", "gold"), (USER, "vip", True), ("org_a", "city", "")):
        await put(work, "property_values", owner_id=owner, property_id=key, value=value)
    for level, owner, key, value in (
        ("usr", USER, "dark", "true"),
        ("usr", "kp_2", "size", "9"),
        ("org", "org_a", "size", "7"),
        ("org", "org_b", "size", "8"),
        ("org", "org_a", "shape", '{"a":[1]}'),
        ("env", "", "dark", "false"),
    ):
        await put(work, "feature_flag_overrides", level=level, owner_id=owner, flag_key=key, value=value)


async def test_reads_everything_in_one_statement(database):
    async with database.storing("one") as work:
        await fill(work)
        await fill_rights(work)
    async with Counted(database.engine) as counted, database.reading("one") as work:
        subject = await work.subjects.read(USER, "org_a")
    assert counted.kinds == ["SELECT"]
    assert subject.user == User(id=USER, first_name="Kim", last_name="Ode", created_at=NOW, updated_at=NOW)
    email = subject.primary(IdentityType.EMAIL)
    assert email == Identity(
        id=f"identity_email_{USER}@a.test",
        user_id=USER,
        type=IdentityType.EMAIL,
        value=f"{USER}@a.test",
        shown_value=f"{USER}@a.test",
        is_verified=True,
        is_primary=True,
        created_at=NOW,
    )
    assert [each.type.value for each in subject.identities] == ["email", "username"]
    assert subject.organization == Organization(
        code="org_a", name="A", external_id="crm-1", allowed_domains=("a.test",), created_at=NOW
    )
    assert subject.is_member
    assert subject.role_ids == {"r_read"}
    assert subject.permission_ids == {"p_read"}
    assert subject.scope_ids == {"s_read"}
    assert subject.organizations == {"org_a": "A", "org_b": "B"}
    assert subject.user_values == {"tier": "gold", "vip": True}
    assert subject.organization_values == {"city": ""}
    assert subject.user_flags == {"dark": True}
    assert subject.organization_flags == {"size": 7, "shape": {"a": [1]}}


async def test_without_organization_there_is_nothing_of_one(database):
    async with database.storing("one") as work:
        await fill(work)
        await fill_rights(work)
        subject = await work.subjects.read(USER, None)
    assert subject.organization is None
    assert not subject.is_member
    assert not subject.role_ids | subject.permission_ids | subject.scope_ids
    assert subject.organizations == {"org_a": "A", "org_b": "B"}
    assert subject.user_flags == {"dark": True}
    assert subject.organization_flags == {}


async def test_strangers_are_no_members(database):
    async with database.storing("one") as work:
        await put_user(work)
        await put_organization(work, "org_a")
        assert await work.subjects.read("kp_nobody", "org_a") is None
        subject = await work.subjects.read(USER, "org_a")
        assert subject.organization.code == "org_a"
        assert not subject.is_member
        assert (await work.subjects.read(USER, "org_none")).organization is None


async def test_other_environments_are_out_of_sight(database):
    async with database.storing("one") as work:
        await fill(work)
        await fill_rights(work)
    async with database.storing("two") as work:
        assert await work.subjects.read(USER, "org_a") is None
        await put_user(work)
        subject = await work.subjects.read(USER, "org_a")
    assert (subject.organization, subject.organizations, subject.identities) == (None, {}, ())
    assert (subject.user_flags, subject.user_values) == ({}, {})
