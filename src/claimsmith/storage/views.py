"""Compile the views that tokens are issued from."""

import math
from dataclasses import replace
from functools import lru_cache

from claimsmith.domain.apis import Api
from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.environments import Environment
from claimsmith.domain.views import ApiGrant, ClientView, EnvironmentView, LiveSecret, RoleView
from claimsmith.storage.businesses import BusinessStore
from claimsmith.storage.work import Work

_MOST_SHARED = 1_024
_NONE: frozenset[str] = frozenset()


async def environment_view(work: Work, environment: Environment) -> EnvironmentView:
    """Read what all tokens of an environment share; the queries are as many whatever is in it."""
    permission_ids = await work.role_contents.permission_ids()
    scope_ids = await work.role_contents.scope_ids()
    nothing: frozenset[str] = frozenset()
    return EnvironmentView(
        environment=environment,
        flags={flag.key: flag for flag in await work.feature_flags.all()},
        properties={item.key: item for item in await work.properties.all()},
        roles={
            role.id: RoleView(role, permission_ids.get(role.id, nothing), scope_ids.get(role.id, nothing))
            for role in await work.roles.all()
        },
        permissions={permission.id: permission for permission in await work.permissions.all()},
        policies=await work.policies.all(),
        access=await BusinessStore(work.connection).access(environment.business_id),
    )


async def client_view(work: Work, shared: EnvironmentView, client_id: str) -> ClientView | None:
    """Read everything about one client; a handful of queries by key, however many clients there are.

    The same queries run for a client that does not exist, so that the time taken does not tell (E14).
    """
    secrets = await work.client_secrets.with_hashes(client_id)
    grants = await work.apis.grants_of(client_id)
    profiles = await work.token_profiles.of_application(client_id)
    values = await work.properties.values_of(client_id)
    access_roles = await work.roles.access_roles(client_id)
    application = await work.applications.find(client_id)
    if application is None:
        return None
    view = ClientView(
        environment=shared,
        application=application,
        secrets=tuple(
            LiveSecret(secret.id, hash, secret.expires_at.timestamp() if secret.expires_at else math.inf)
            for secret, hash in secrets
        ),
        grants={api.audience: _grant(api, enabled, tuple(ids.items())) for api, enabled, ids in grants},
        profiles=profiles,
        application_values=values,
        access_role_ids=frozenset(role.id for role in access_roles) or _NONE,
    )
    if application.type is not ApplicationType.M2M:
        view = replace(view, connections=tuple(await work.connections.of_application(client_id)))
    if application.organization_code is None:
        return view
    return await _with_organization(work, view, application.organization_code)


@lru_cache(_MOST_SHARED)
def _grant(api: Api, enabled: frozenset[str], scope_ids: tuple[tuple[str, str], ...]) -> ApiGrant:
    """Return what an application may at an API, as one object for all that may the same: many are kept."""
    return ApiGrant(api, enabled, dict(scope_ids))


async def _with_organization(work: Work, view: ClientView, code: str) -> ClientView:
    customer = await work.billing_customers.of_organization(code)
    return replace(
        view,
        organization=await work.organizations.find(code),
        organization_flags=await work.feature_flags.organization_overrides(code),
        organization_values=await work.properties.values_of(code),
        organization_agreements=await work.agreements.held_by(customer.id) if customer else (),
    )
