"""Tell what an application asks for, remember what its users allow, and let it be taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimsmith.domain.apis import Api, Scope
from claimsmith.domain.applications import Application
from claimsmith.domain.consents import PROFILE, Consent, is_more_than
from claimsmith.domain.errors import NotFound
from claimsmith.domain.organizations import Organization
from claimsmith.domain.user_rights import granted_api_scopes
from claimsmith.domain.views import ApiGrant, EnvironmentView
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.user_records import find_user

WITHDRAWN = "consent_withdrawn"


@dataclass(frozen=True, slots=True)
class AskedApi:
    """Hold one API that is asked for, with the scopes that the user has there, in the order of their keys."""

    api: Api
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class AskedRights:
    """Hold what an application asks a user for, within an organization or outside of any."""

    user_id: str
    client_id: str
    organization_code: str | None
    scopes: tuple[str, ...]
    apis: Sequence[AskedApi]

    @property
    def by_audience(self) -> Mapping[str, tuple[str, ...]]:
        """Return the keys of the scopes by audience, as consents are kept."""
        profile = {PROFILE: self.scopes} if self.scopes else {}
        return {**profile, **{each.api.audience: tuple(key.key for key in each.scopes) for each in self.apis}}


@dataclass(frozen=True, slots=True)
class ListedConsents:
    """Hold what a user allowed one application, by organization and audience; organizations by their code."""

    application: Application
    consents: Sequence[Consent]
    organizations: Mapping[str, Organization]


async def asked_rights(
    work: Work,
    view: EnvironmentView,
    *,
    user_id: str,
    client_id: str,
    organization_code: str | None,
    scopes: tuple[str, ...],
    audiences: Iterable[str],
) -> AskedRights:
    """Return what an application asks for: OIDC scopes, and the API scopes that the user has at audiences."""
    subject = await work.subjects.read(user_id, organization_code)
    found: list[AskedApi] = []
    for audience in audiences:
        api = await work.apis.find_by_audience(audience)
        if api is None or subject is None:
            continue
        every = await work.apis.scopes_of(api.id)
        grant = ApiGrant(api, frozenset(), {scope.key: scope.id for scope in every})
        held = set(granted_api_scopes(subject, view, [grant]))
        found.append(AskedApi(api, tuple(scope for scope in every if scope.key in held)))
    return AskedRights(user_id, client_id, organization_code, scopes, found)


async def is_allowed(work: Work, asked: AskedRights) -> bool:
    """Tell whether a user allowed before all that is asked for."""
    given = await work.consents.given(asked.user_id, asked.client_id, asked.organization_code)
    return not is_more_than(asked.by_audience, given)


async def keep_consent(work: Work, asked: AskedRights) -> None:
    """Remember that a user allows what is asked for, beside what was allowed before."""
    given = await work.consents.given(asked.user_id, asked.client_id, asked.organization_code)
    for audience, scopes in asked.by_audience.items():
        await work.consents.put(
            Consent(
                asked.user_id,
                asked.client_id,
                asked.organization_code,
                audience,
                tuple(sorted({*given.get(audience, ()), *scopes})),
                work.now,
            )
        )


async def list_consents(context: Context, user_id: str) -> list[ListedConsents]:
    """Return what a user allowed, by application. Raises `NotFound`."""
    async with context.reading() as work:
        await find_user(work, user_id)
        return await consents_of(work, user_id)


async def withdraw_consents(context: Context, user_id: str, application_id: str) -> None:
    """Take back all that a user allowed an application, and end its grants with every token of them.

    Raises `NotFound` for an unknown user, and when the user allowed the application nothing.
    """
    async with context.changing() as work:
        await find_user(work, user_id)
        await take_back(work, user_id, application_id)
        work.record("user", user_id, WITHDRAWN)


async def consents_of(work: Work, user_id: str) -> list[ListedConsents]:
    """Return within a transaction what a user allowed, in the order of the applications' names."""
    found: dict[str, list[Consent]] = {}
    for consent in await work.consents.of_user(user_id):
        found.setdefault(consent.client_id, []).append(consent)
    codes = {each.organization_code for consents in found.values() for each in consents}
    organizations = {
        code: organization
        for code in codes
        if code is not None and (organization := await work.organizations.find(code)) is not None
    }
    listed = [
        ListedConsents(application, consents, organizations)
        for client_id, consents in found.items()
        if (application := await work.applications.find(client_id)) is not None
    ]
    return sorted(listed, key=lambda each: (each.application.name, each.application.id))


async def take_back(work: Work, user_id: str, application_id: str) -> None:
    """Do within a transaction what `withdraw_consents` does. Raises `NotFound`."""
    if not await work.consents.remove(user_id, application_id):
        raise NotFound(
            f"The user {user_id!r} allowed the application {application_id!r} nothing.",
            code="CONSENT_NOT_FOUND",
        )
    await work.grants.revoke_where(user_id=user_id, client_id=application_id, because=WITHDRAWN)
