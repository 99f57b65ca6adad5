"""Find objects by the names that people know them by, and read lists to their end."""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from claimsmith.cli.advice import again
from claimsmith.cli.failures import CommandFailed

if TYPE_CHECKING:
    from claimsmith.domain.applications import Application
    from claimsmith.domain.billing_customers import BillingCustomer
    from claimsmith.domain.paging import Page
    from claimsmith.domain.permissions import Permission
    from claimsmith.domain.roles import Role
    from claimsmith.usecases.apis import ApiDetails
    from claimsmith.usecases.context import Context
    from claimsmith.usecases.users import UserRecord

LARGEST_PAGE = 500


async def every(read: "Callable[..., Awaitable[Page[Any]]]", context: "Context", **options: Any) -> list[Any]:
    """Return the items of all pages of a list that is read with `next_token`."""
    found: list[Any] = []
    token: str | None = None
    while True:
        page = await read(context, page_size=LARGEST_PAGE, next_token=token, **options)
        found += page.items
        token = page.next_token
        if token is None:
            return found


async def the_application(context: "Context", name: str) -> "Application":
    """Return the application with an id, or the only one with a name."""
    from claimsmith.domain.errors import NotFound
    from claimsmith.usecases import applications

    try:
        return await applications.get_application(context, name)
    except NotFound:
        found = [each for each in await every(applications.list_applications, context) if each.name == name]
    if len(found) == 1:
        application: Application = found[0]
        return application
    if found:
        ids = ", ".join(each.id for each in found)
        raise CommandFailed(f"{len(found)} applications are named {name!r}; give the id of one: {ids}.")
    raise CommandFailed(
        f"There is no application with the id or name {name!r}. To see them: {again('application list')}"
    )


async def the_api(context: "Context", name: str) -> "ApiDetails":
    """Return the API with an id or an audience, or the only one with a name."""
    from claimsmith.domain.errors import NotFound
    from claimsmith.usecases import apis

    try:
        return await apis.get_api(context, name)
    except NotFound:
        listed = [each.api for each in await every(apis.list_apis, context)]
    found = [each for each in listed if each.audience == name] or [
        each for each in listed if each.name == name
    ]
    if len(found) == 1:
        return await apis.get_api(context, found[0].id)
    if found:
        ids = ", ".join(each.id for each in found)
        raise CommandFailed(f"{len(found)} APIs are named {name!r}; give the id of one: {ids}.")
    raise CommandFailed(
        f"There is no API with the id, audience or name {name!r}. To see them: {again('api list')}"
    )


def the_scope_ids(details: "ApiDetails", names: "list[str]") -> list[str]:
    """Return the ids of scopes of one API that are given by key or id."""
    ids = {scope.key: scope.id for scope in details.scopes} | {scope.id: scope.id for scope in details.scopes}
    for name in names:
        if name not in ids:
            known = ", ".join(scope.key for scope in details.scopes) or "none yet"
            raise CommandFailed(f"The API {details.api.name!r} has no scope {name!r}; it has: {known}.")
    return [ids[name] for name in names]


def confirmed(what: str, *, yes: bool) -> None:
    """Ask before something is lost. Without a terminal to ask on, `--yes` must have been given."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandFailed(f"{what} cannot be undone; add --yes to do it.")
    print(f"{what} cannot be undone. Type yes to do it: ", end="", file=sys.stderr, flush=True)
    if input().strip().lower() != "yes":
        raise CommandFailed("Nothing was changed.")


async def the_role(context: "Context", name: str) -> "Role":
    """Return the role with a key or an id."""
    from claimsmith.usecases import roles

    found = [each for each in await every(roles.list_roles, context) if name in (each.key, each.id)]
    if not found:
        raise CommandFailed(f"There is no role {name!r}. To see them: {again('role list')}")
    role: Role = found[0]
    return role


async def the_permission(context: "Context", name: str) -> "Permission":
    """Return the permission with a key or an id."""
    from claimsmith.usecases import permissions

    listed = await every(permissions.list_permissions, context)
    found = [each for each in listed if name in (each.key, each.id)]
    if not found:
        raise CommandFailed(f"There is no permission {name!r}. To see them: {again('permission list')}")
    permission: Permission = found[0]
    return permission


async def the_user(context: "Context", name: str) -> "UserRecord":
    """Return the user with an id, an email address or a username."""
    from claimsmith.domain.errors import NotFound
    from claimsmith.domain.users import IdentityType
    from claimsmith.usecases import users

    try:
        return await users.get_user(context, name)
    except NotFound:
        kind = IdentityType.EMAIL if "@" in name else IdentityType.USERNAME
        found = (await users.list_users(context, identities={kind: [name]})).items
    if not found:
        raise CommandFailed(
            f"There is no user with the id, address or username {name!r}. To see them: {again('user list')}"
        )
    return found[0]


async def the_customer(context: "Context", name: str, *, makes: bool = False) -> "BillingCustomer":
    """Return the billing customer with an id, or that an organization (by code) or a user is.

    Where there is none, `makes` decides whether one is made or the command is refused.
    """
    from claimsmith.usecases import billing_customers

    if name.startswith("customer_"):
        return await billing_customers.get_customer(context, name)
    owner: dict[str, str] = {"organization_code": name}
    if not name.startswith("org_"):
        owner = {"user_id": (await the_user(context, name)).user.id}
    async with context.reading() as work:
        found = await billing_customers.customer_of(work, **owner)
    if found is not None:
        return found
    if makes:
        return await billing_customers.create_customer(context, **owner)
    raise CommandFailed(f"{name} is no billing customer. To see them: claimsmith billing customer list")
