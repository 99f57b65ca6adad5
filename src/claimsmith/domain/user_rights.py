"""Work out what a user may do in an organization: pure rules over what was read.

Outside an organization a user holds nothing, and so does somebody who is no member of the one named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from claimsmith.domain.permissions import Permission
from claimsmith.domain.roles import Role
from claimsmith.domain.subjects import SubjectView
from claimsmith.domain.views import ApiGrant, EnvironmentView


@dataclass(frozen=True, slots=True)
class HeldPermissions:
    """Hold the permissions of a user by key, and how many come from roles and directly."""

    by_key: Mapping[str, Permission]
    from_roles: int
    direct: int


def held_roles(subject: SubjectView, environment: EnvironmentView) -> tuple[Role, ...]:
    """Return the roles that a user holds in the organization, by key."""
    if not subject.is_member:
        return ()
    held = (environment.roles[each].role for each in subject.role_ids if each in environment.roles)
    return tuple(sorted(held, key=lambda role: role.key))


def held_permissions(subject: SubjectView, environment: EnvironmentView) -> HeldPermissions:
    """Return the permissions of a user's roles together with those given to the user directly."""
    if not subject.is_member:
        return HeldPermissions({}, 0, 0)
    known = environment.permissions
    of_roles = {
        permission_id
        for role_id in subject.role_ids
        if role_id in environment.roles
        for permission_id in environment.roles[role_id].permission_ids
        if permission_id in known
    }
    direct = {each for each in subject.permission_ids if each in known}
    found = sorted((known[each] for each in of_roles | direct), key=lambda permission: permission.key)
    return HeldPermissions({each.key: each for each in found}, len(of_roles), len(direct))


def granted_api_scopes(
    subject: SubjectView, environment: EnvironmentView, apis: Iterable[ApiGrant]
) -> tuple[str, ...]:
    """Return the API scopes of a user at some APIs, sorted, without repeats.

    They are the scopes of the user's roles together with those given to the user directly, both in the
    organization, as far as these APIs have them, and as far as the user allowed them where that counts.
    Whether they are enabled for the application does not matter: that decides what the application may do by
    itself.
    """
    if not subject.is_member:
        return ()
    held = set(subject.scope_ids)
    for role_id in subject.role_ids:
        if role_id in environment.roles:
            held |= environment.roles[role_id].scope_ids
    return tuple(
        sorted(
            {
                key
                for api in apis
                for key, scope_id in api.scope_ids.items()
                if scope_id in held and _is_allowed(subject, api.api.audience, key)
            }
        )
    )


def _is_allowed(subject: SubjectView, audience: str, key: str) -> bool:
    return subject.allowed_scopes is None or key in subject.allowed_scopes.get(audience, ())
