"""Make users, roles and organizations for tests."""

from claimsmith.domain.users import IdentityType
from claimsmith.usecases import apis, organizations, permissions, role_contents, roles, users
from claimsmith.usecases.identities import NewIdentity


async def make_user(context, email, **members):
    """Return the id of a new user with a verified address."""
    identity = NewIdentity(IdentityType.EMAIL, email, is_verified=True)
    made = await users.create_user(context, identities=[identity], **members)
    return made.user.id


async def make_organization(context, name="Acme", **members):
    """Return the code of a new organization."""
    made = await organizations.create_organization(context, name=name, members=members, feature_flags={})
    return made.code


async def make_role(context, key, *, permission_ids=(), scope_ids=(), **members):
    """Return a new role with what it contains."""
    role = await roles.create_role(context, name=key.title(), key=key, **members)
    operations = [(each, None) for each in permission_ids]
    await role_contents.change_role_permissions(context, role.id, operations)
    for scope_id in scope_ids:
        await role_contents.add_role_scope(context, role.id, scope_id)
    return role


async def make_permission(context, key):
    """Return a new permission."""
    return await permissions.create_permission(context, name=key, key=key)


async def make_scope(context, key, api_id=None):
    """Return a new scope, of a new API unless one is given."""
    if api_id is None:
        api_id = (await apis.create_api(context, name="Orders", audience="https://orders.test")).id
    return await apis.add_scope(context, api_id, key=key)
