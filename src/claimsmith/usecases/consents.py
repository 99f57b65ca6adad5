"""Tell what an application asks for, and keep what its users allow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from claimsmith.domain.apis import Api, Scope
from claimsmith.domain.sign_in_flows import SignInFlow
from claimsmith.domain.user_rights import granted_api_scopes
from claimsmith.domain.views import ApiGrant, EnvironmentView
from claimsmith.storage.work import Work
from claimsmith.usecases.sign_in import SignIn, proceed


@dataclass(frozen=True, slots=True)
class AskedApi:
    """Hold one API that is asked for, with the scopes that the user has there, in the order of their keys."""

    api: Api
    scopes: tuple[Scope, ...]


async def asked_apis(
    work: Work,
    view: EnvironmentView,
    *,
    user_id: str,
    organization_code: str | None,
    audiences: Iterable[str],
) -> list[AskedApi]:
    """Return the APIs of audiences with the scopes that a token of the user would carry."""
    subject = await work.subjects.read(user_id, organization_code)
    found: list[AskedApi] = []
    for audience in audiences:
        api = await work.apis.find_by_audience(audience)
        if api is None or subject is None:
            continue
        scopes = await work.apis.scopes_of(api.id)
        every = ApiGrant(api, frozenset(), {scope.key: scope.id for scope in scopes})
        granted = set(granted_api_scopes(subject, view, [every]))
        found.append(AskedApi(api, tuple(scope for scope in scopes if scope.key in granted)))
    return found


async def asked_in(sign_in: SignIn) -> list[AskedApi]:
    """Return the APIs that a sign-in is asked to allow."""
    async with sign_in.context.reading() as work:
        return await _asked(work, sign_in)


async def submit_consent(sign_in: SignIn) -> SignInFlow:
    """Take that the user allows what is asked for, and keep it. Raises `SignInRefused`, `Conflict`."""
    state = sign_in.state
    async with sign_in.context.storing() as work:
        allowed: list[str] = []
        for asked in await _asked(work, sign_in):
            keys = [scope.key for scope in asked.scopes]
            await keep_consent(work, state.user_id or "", sign_in.application.id, asked.api.audience, keys)
            allowed += keys
        consented = tuple(sorted({*sign_in.flow.request.scopes, *allowed}))
        return await proceed(work, sign_in, replace(state, consented=consented, is_consent_settled=True))


async def keep_consent(
    work: Work, user_id: str, client_id: str, audience: str, scopes: Iterable[str]
) -> None:
    """Note which scopes of an API a user allowed an application to use."""
    await work.consents.put(user_id, client_id, audience, list(scopes), work.now)


async def _asked(work: Work, sign_in: SignIn) -> list[AskedApi]:
    return await asked_apis(
        work,
        sign_in.view,
        user_id=sign_in.state.user_id or "",
        organization_code=sign_in.state.organization_code,
        audiences=sign_in.flow.request.audiences,
    )
