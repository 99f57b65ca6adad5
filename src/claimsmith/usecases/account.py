"""Tell users what they may do and what is known of them, as it is now: the questions of the account API."""

from datetime import datetime

from claimsmith.domain.entitlements import Entitlements
from claimsmith.domain.feature_flags import UNSET, EvaluatedFlag, FeatureFlag, evaluate
from claimsmith.domain.permissions import Permission
from claimsmith.domain.properties import Property, PropertyContext
from claimsmith.domain.roles import Role
from claimsmith.domain.user_rights import held_permissions, held_roles
from claimsmith.domain.views import EnvironmentView
from claimsmith.oauth.bearer import UserAccess, UserCaller
from claimsmith.usecases.context import Platform
from claimsmith.usecases.grants import StoredGrants
from claimsmith.usecases.live_tokens import live_tokens


def user_access(platform: Platform) -> UserAccess:
    """Return what lets holders of users' access tokens in."""
    return UserAccess(live_tokens(platform), StoredGrants(platform.database))


def permissions_of(caller: UserCaller) -> list[Permission]:
    """Return the permissions that the user holds in the organization signed in to, by key."""
    return list(held_permissions(caller.subject, _environment(caller)).by_key.values())


def roles_of(caller: UserCaller) -> list[Role]:
    """Return the roles that the user holds in the organization signed in to, by key."""
    return list(held_roles(caller.subject, _environment(caller)))


def feature_flags_of(caller: UserCaller) -> list[tuple[FeatureFlag, EvaluatedFlag]]:
    """Return every flag of the environment with the value that applies to the user, by key."""
    subject = caller.subject
    of_organization = subject.organization_flags if subject.is_member else {}
    return [
        (
            flag,
            evaluate(
                flag,
                organization_override=of_organization.get(key, UNSET),
                user_override=subject.user_flags.get(key, UNSET),
            ),
        )
        for key, flag in sorted(_environment(caller).flags.items())
    ]


def properties_of(caller: UserCaller) -> list[tuple[Property, str | bool]]:
    """Return the public properties of users that the user has a value for, by key."""
    known, values = _environment(caller).properties, caller.subject.user_values
    return [
        (known[key], value)
        for key, value in sorted(values.items())
        if key in known and known[key].context is PropertyContext.USER and not known[key].is_private
    ]


def entitlements_of(caller: UserCaller, now: datetime) -> Entitlements:
    """Return what the plan includes: the organization's if it has one, else the user's own."""
    return Entitlements.of(caller.subject.plans_at(now), now)


def _environment(caller: UserCaller) -> EnvironmentView:
    return caller.token.client.view.environment
