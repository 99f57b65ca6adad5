"""Give an operator the first credentials of the management API."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.applications import LARGEST_NUMBER_OF_SECRETS, Application, ApplicationType
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.token_profiles import TokenKind, default_profile
from claimsmith.storage.work import Work
from claimsmith.usecases.client_secrets import add_in
from claimsmith.usecases.context import Context
from claimsmith.usecases.environments import ensure_management_api

MANAGEMENT_APPLICATION = "Management (bootstrap)"
SECRET_NAME = "bootstrap"  # noqa: S105 - a name
TOKEN_BUDGET_BYTES = 10_240


@dataclass(frozen=True, slots=True)
class ManagementCredentials:
    """Hold credentials of the management application. The secret is shown this once."""

    issuer: str
    client_id: str
    secret: PlainSecret
    audience: str


async def bootstrap(context: Context, scopes: Sequence[str]) -> ManagementCredentials:
    """Return credentials with every scope of the management API.

    The application is made if absent and found again by its name and its grant; each call makes a fresh
    secret named `bootstrap <n>` and, at ten, lets the oldest of those go.
    """
    api = await ensure_management_api(context, scopes)
    async with context.changing() as work:
        application = await _management_application(work, api.id)
        if not await work.apis.is_authorized(api.id, application.id):
            await work.apis.authorize(api.id, application.id)
        enabled = {
            scope
            for granted, keys, _ in await work.apis.grants_of(application.id)
            if granted.id == api.id
            for scope in keys
        }
        missing = [scope.id for scope in await work.apis.scopes_of(api.id) if scope.key not in enabled]
        await work.apis.enable_scopes(api.id, application.id, missing)
        secrets = await work.client_secrets.of_application(application.id)
        made = [secret for secret in secrets if secret.name.startswith(SECRET_NAME)]
        if len(secrets) >= LARGEST_NUMBER_OF_SECRETS and made:
            await work.client_secrets.remove(made[0].id)
        numbers = [int(each.name.split()[-1]) for each in made if each.name.split()[-1].isdigit()]
        new = await add_in(work, application.id, name=f"{SECRET_NAME} {max(numbers, default=0) + 1}")
    return ManagementCredentials(
        context.environment.issuer, application.id, new.secret, context.environment.management_audience
    )


async def _management_application(work: Work, api_id: str) -> Application:
    for authorized in await work.apis.authorized_applications(api_id):
        if authorized.application_name == MANAGEMENT_APPLICATION:
            found = await work.applications.find(authorized.application_id)
            if found is not None:
                return found
    application = Application(
        id=random_hex(32),
        name=MANAGEMENT_APPLICATION,
        type=ApplicationType.M2M,
        created_at=work.now,
        updated_at=work.now,
    )
    await work.applications.add(application)
    # A token with every management scope is longer than the default budget, rightly.
    profile = default_profile(application.id, TokenKind.M2M)
    await work.token_profiles.put(
        replace(profile, size_budget_bytes=TOKEN_BUDGET_BYTES, version=1, updated_at=work.now)
    )
    return application
