"""Permissions and what roles contain are defined, changed and deleted, and views follow at once."""

import pytest

from claimsmith.domain.changes import Author
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.paging import Page
from claimsmith.domain.permissions import Permission
from claimsmith.usecases import apis, permissions, role_contents, roles
from claimsmith.usecases.context import Context
from claimsmith.usecases.role_contents import ChangedPermissions
from tests.support.platform import open_platform


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
def context(opened):
    return opened.context()


async def view_of(context):
    return (await context.platform.directory.current(context.environment.id)).view


async def reading_permission(context):
    return await permissions.create_permission(context, name="Read reports", key="read:reports")


async def clerk(context):
    return await roles.create_role(context, name="Clerk", key="clerk")


def refusal(caught):
    return caught.value.code, caught.value.field, caught.value.message


@pytest.mark.parametrize(
    ("members", "field", "code"),
    [
        ({"name": ""}, "name", "NAME_REQUIRED"),
        ({"name": "n" * 65}, "name", "NAME_TOO_LONG"),
        ({"key": ""}, "key", "KEY_REQUIRED"),
        ({"key": "read reports"}, "key", "KEY_INVALID"),
        ({"description": "d" * 513}, "description", "DESCRIPTION_TOO_LONG"),
    ],
)
async def test_bad_permissions_are_refused(context, members, field, code):
    with pytest.raises(InvalidInput) as caught:
        await permissions.create_permission(context, **{"name": "Read", "key": "read", **members})
    assert (caught.value.field, caught.value.code) == (field, code)
    assert (await permissions.list_permissions(context)).items == []


async def test_key_of_another_permission_is_refused(context):
    await reading_permission(context)
    other = await permissions.create_permission(context, name="Write", key="write:reports")
    for refused in (
        permissions.create_permission(context, name="Again", key="read:reports"),
        permissions.change_permission(context, other.id, {"key": "read:reports"}),
    ):
        with pytest.raises(AlreadyExists) as caught:
            await refused
        wanted = ("PERMISSION_ALREADY_EXISTS", "key", "A permission 'read:reports' exists.")
        assert refusal(caught) == wanted


async def test_permissions_are_paged_and_sorted(context):
    made = [
        await permissions.create_permission(context, name=name, key=key)
        for name, key in (("B", "b"), ("A", "a"), ("C", "c"))
    ]
    first = await permissions.list_permissions(context, page_size=2)
    assert [each.name for each in first.items] == ["A", "B"]
    rest = await permissions.list_permissions(context, page_size=2, next_token=first.next_token)
    assert rest == Page([made[2]])
    descending = await permissions.list_permissions(context, sort="id_desc")
    assert list(descending.items) == sorted(made, key=lambda each: each.id, reverse=True)
    with pytest.raises(InvalidInput) as caught:
        await permissions.list_permissions(context, sort="key_asc")
    assert caught.value.code == "SORT_INVALID"


async def test_permission_changes_and_the_view_follows(context):
    made = await reading_permission(context)
    assert (await view_of(context)).permissions == {made.id: made}
    await permissions.change_permission(context, made.id, {"key": "see:reports", "description": "See."})
    wanted = Permission(made.id, "see:reports", "Read reports", "See.")
    assert await permissions.get_permission(context, made.id) == wanted
    assert (await view_of(context)).permissions == {made.id: wanted}
    await permissions.delete_permission(context, made.id)
    assert (await view_of(context)).permissions == {}
    with pytest.raises(NotFound) as caught:
        await permissions.get_permission(context, made.id)
    assert caught.value.code == "PERMISSION_NOT_FOUND"


async def test_role_contains_permissions_until_they_go(context):
    role, reading = await clerk(context), await reading_permission(context)
    writing = await permissions.create_permission(context, name="Write reports", key="write:reports")
    change = role_contents.change_role_permissions
    both = ChangedPermissions((reading.id, writing.id), ())
    assert await change(context, role.id, [(reading.id, None), (writing.id, None)]) == both
    assert await change(context, role.id, [(reading.id, None)]) == ChangedPermissions((), ())
    assert (await view_of(context)).roles[role.id].permission_ids == {reading.id, writing.id}
    page = await role_contents.list_role_permissions(context, role.id, sort="name_desc")
    assert page == Page([writing, reading])
    assert await change(context, role.id, [(writing.id, "delete")]) == ChangedPermissions((), (writing.id,))
    await permissions.delete_permission(context, reading.id)
    assert (await view_of(context)).roles[role.id].permission_ids == frozenset()
    await change(context, role.id, [(writing.id, None)])
    await role_contents.remove_role_permission(context, role.id, writing.id)
    with pytest.raises(NotFound) as caught:
        await role_contents.remove_role_permission(context, role.id, writing.id)
    assert caught.value.code == "ROLE_PERMISSION_NOT_FOUND"


async def test_change_of_role_permissions_is_whole_or_nothing(context):
    role, reading = await clerk(context), await reading_permission(context)
    cases = [
        ([(reading.id, None), ("unknown", None)], ("PERMISSION_NOT_FOUND", None)),
        ([(reading.id, None)] * 101, ("TOO_MANY_OBJECTS", "permissions")),
        ([(reading.id, None), (reading.id, "add")], ("OPERATION_INVALID", "permissions[1].operation")),
    ]
    for operations, wanted in cases:
        with pytest.raises((NotFound, InvalidInput)) as caught:
            await role_contents.change_role_permissions(context, role.id, operations)
        assert (caught.value.code, caught.value.field) == wanted
        assert (await role_contents.list_role_permissions(context, role.id)).items == []
    with pytest.raises(NotFound) as caught:
        await role_contents.change_role_permissions(context, "unknown", [])
    assert caught.value.code == "ROLE_NOT_FOUND"


async def test_deleted_scope_leaves_no_stale_role_scope(context):
    role = await clerk(context)
    api = await apis.create_api(context, name="Orders", audience="https://orders.test")
    kept = await apis.add_scope(context, api.id, key="read:orders")
    gone = await apis.add_scope(context, api.id, key="write:orders")
    for scope in (kept, gone):
        assert await role_contents.add_role_scope(context, role.id, scope.id) == scope
    assert await role_contents.list_role_scopes(context, role.id) == [kept, gone]
    assert (await view_of(context)).roles[role.id].scope_ids == {kept.id, gone.id}
    await apis.delete_scope(context, api.id, gone.id)
    assert (await view_of(context)).roles[role.id].scope_ids == {kept.id}
    await role_contents.remove_role_scope(context, role.id, kept.id)
    for scope in (kept, gone):
        with pytest.raises(NotFound) as caught:
            await role_contents.remove_role_scope(context, role.id, scope.id)
        assert caught.value.code == "ROLE_SCOPE_NOT_FOUND"
    await role_contents.add_role_scope(context, role.id, kept.id)
    await apis.delete_api(context, api.id)
    assert (await view_of(context)).roles[role.id].scope_ids == frozenset()


async def test_management_scope_needs_a_caller_who_holds_it(opened, context):
    await (await opened.management()).aclose()
    role = await clerk(context)
    listed = (await apis.list_apis(context, with_scopes=True)).items
    scope = next(each for each in listed[0].scopes if each.key == "delete:users" or "delete" in each.key)
    limited = Context(
        context.platform, context.environment, Author("application", "x"), frozenset({"create:role_scopes"})
    )
    with pytest.raises(NotPermitted) as caught:
        await role_contents.add_role_scope(limited, role.id, scope.id)
    assert caught.value.code == "SCOPE_ESCALATION"
    await role_contents.add_role_scope(context, role.id, scope.id)


async def test_permission_that_guards_a_role_stays(context):
    guard = await reading_permission(context)
    with pytest.raises(NotFound) as caught:
        await roles.create_role(context, name="Chief", key="chief", assignment_permission_id="unknown")
    assert caught.value.code == "PERMISSION_NOT_FOUND"
    role = await roles.create_role(
        context, name="Chief", key="chief", is_creator_role=True, assignment_permission_id=guard.id
    )
    assert (await view_of(context)).roles[role.id].role == role
    with pytest.raises(NotPermitted) as caught:
        await permissions.delete_permission(context, guard.id)
    assert refusal(caught) == (
        "PERMISSION_GUARDS_ROLE",
        None,
        "Only holders of 'read:reports' may assign the role 'chief'; change its assignment_permission_id "
        "first.",
    )
    await roles.change_role(context, role.id, {"assignment_permission_id": None})
    await permissions.delete_permission(context, guard.id)
