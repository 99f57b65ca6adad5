"""Let people into the self-serve portal by one-time links, and let them look after their profile there.

A link is a secret of 256 random bits, good once within five minutes. It is made for whoever holds an access
token of a user, or for an application with the management API. The visit that it begins opens the portal
alone: it signs nobody in, and changes neither passwords nor factors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from claimsmith.crypto.secrets import hash_secret, make_opaque_token
from claimsmith.domain.applications import Application
from claimsmith.domain.errors import InvalidInput, NotPermitted
from claimsmith.domain.keys_and_names import check_url
from claimsmith.domain.origins import is_among, lookup_keys, origin_of
from claimsmith.domain.plans import CustomerType
from claimsmith.domain.portal import (
    LINK_LIFETIME_SECONDS,
    VISIT_LIFETIME_SECONDS,
    PortalVisit,
    page_of,
)
from claimsmith.domain.redirect_uris import match_redirect_uri
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.subjects import SubjectView
from claimsmith.domain.uris import shown
from claimsmith.oauth.bearer import UserCaller
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.organizations import find_organization
from claimsmith.usecases.rate_limits import take
from claimsmith.usecases.user_records import find_user, with_members

LINK_PREFIX = "portal_link"
SESSION_PREFIX = "portal"
LINKS_OF_USER = 60
WINDOW_SECONDS = 900
RETURN_FIELD = "return_url"


class NoVisit(NotPermitted):
    """Say that a link to the portal is not good (any more), or that the visit it began is over."""

    def __init__(self) -> None:
        super().__init__("Open the portal from your application again.", code="PORTAL_VISIT_OVER")


@dataclass(frozen=True, slots=True)
class PortalPerson:
    """Hold who is in the portal, as it is now: the user, within the organization of the visit if any.

    `sold_to` says to whom there are plans.
    """

    context: Context
    visit: PortalVisit
    subject: SubjectView
    sold_to: frozenset[CustomerType] = frozenset()


@dataclass(frozen=True, slots=True)
class BegunVisit:
    """Hold a visit that has just begun; `token` goes into the cookie."""

    visit: PortalVisit
    token: PlainSecret


async def link_for_caller(
    context: Context, caller: UserCaller, *, subnav: str | None, return_url: str | None
) -> str:
    """Return a new link for the holder of a user's access token, within the organization signed in to.

    Raises `InvalidInput`, `TooOften`.
    """
    grant = caller.token.grant
    assert grant is not None  # noqa: S101 - a machine is no user
    visit = _visit(context, grant.user_id, grant.organization_code, subnav)
    application = caller.token.client.view.application
    async with context.reading() as work:
        checked = await _checked_return(context, work, return_url, application)
    return await _make_link(context, replace(visit, grant_id=grant.id, return_url=checked))


async def link_for_user(
    context: Context,
    user_id: str,
    *,
    organization_code: str | None = None,
    subnav: str | None = None,
    return_url: str | None = None,
) -> str:
    """Return a new link for a user, for an application that sends the user there.

    Raises `NotFound` for the user and the organization, `InvalidInput`, `NotPermitted`, `TooOften`.
    """
    visit = _visit(context, user_id, organization_code, subnav)
    async with context.reading() as work:
        if (await find_user(work, user_id)).is_suspended:
            raise NotPermitted(f"The user {user_id!r} is suspended.", code="USER_SUSPENDED")
        if organization_code is not None:
            await find_organization(work, organization_code)
            if await work.memberships.find(user_id, organization_code) is None:
                raise InvalidInput(
                    f"The user {user_id!r} is no member of {shown(organization_code)}; add the user first, "
                    "or leave out organization_code.",
                    field="organization_code",
                    code="MEMBERSHIP_MISSING",
                )
        checked = await _checked_return(context, work, return_url, None)
    return await _make_link(context, replace(visit, return_url=checked))


async def begin_visit(context: Context, key: str) -> BegunVisit:
    """Spend a link and begin its visit. Raises `NoVisit` for one that is unknown, spent or expired."""
    token = make_opaque_token(SESSION_PREFIX)
    async with context.storing() as work:
        visit = await work.portal_visits.begin(
            bytes(hash_secret(key)),
            bytes(hash_secret(token.reveal())),
            now=work.now,
            expires_at=work.now + timedelta(seconds=VISIT_LIFETIME_SECONDS),
        )
    if visit is None:
        raise NoVisit()
    return BegunVisit(visit, token)


async def person_in_portal(context: Context, token: str | None) -> PortalPerson:
    """Return who a visit is of. Raises `NoVisit`."""
    async with context.reading() as work:
        return await person_within(context, work, token)


async def end_visit(context: Context, token: str | None) -> PortalVisit | None:
    """End a visit and return it; `None` when there was none."""
    if not token:
        return None
    hash = bytes(hash_secret(token))
    async with context.storing() as work:
        visit = await work.portal_visits.find(hash)
        await work.portal_visits.end(hash)
    return visit


async def change_own_profile(context: Context, token: str | None, members: Mapping[str, str]) -> None:
    """Change the first and last name of whoever is in the portal; the next token has them.

    Raises `NoVisit`, `InvalidInput`.
    """
    async with context.storing() as work:
        person = await person_within(context, work, token)
        user = await find_user(work, person.visit.user_id)
        names = {name: members[name] for name in ("first_name", "last_name") if name in members}
        await work.users.replace(replace(with_members(user, names), updated_at=work.now))


async def person_within(context: Context, work: Work, token: str | None) -> PortalPerson:
    """Return who a visit is of, within a transaction. Raises `NoVisit`."""
    visit = await work.portal_visits.find(bytes(hash_secret(token))) if token else None
    if visit is None or visit.expires_at <= work.now:
        raise NoVisit()
    if visit.grant_id is not None and await work.grants.find_in_force(visit.grant_id, "") is None:
        raise NoVisit()
    subject = await work.subjects.read(visit.user_id, visit.organization_code)
    if subject is None or subject.user.is_suspended:
        raise NoVisit()
    organization = subject.organization
    if visit.organization_code is not None and (
        organization is None or organization.is_suspended or not subject.is_member
    ):
        raise NoVisit()
    sold_to = {each.group.type for each in await work.plans.all() if each.latest_version}
    return PortalPerson(context, visit, subject, frozenset(sold_to))


def _visit(context: Context, user_id: str, organization_code: str | None, subnav: str | None) -> PortalVisit:
    page = page_of(subnav)
    if page.is_of_organization and organization_code is None:
        raise InvalidInput(
            f"subnav is {shown(subnav)}, and there is no organization that this could be about: sign in to "
            "one, or name it.",
            field="subnav",
            code="ORGANIZATION_REQUIRED",
        )
    now = context.platform.now()
    return PortalVisit(user_id, page, now, now + timedelta(seconds=LINK_LIFETIME_SECONDS), organization_code)


async def _make_link(context: Context, visit: PortalVisit) -> str:
    await take(context, f"portal-link|{visit.user_id}", limit=LINKS_OF_USER, window_seconds=WINDOW_SECONDS)
    key = make_opaque_token(LINK_PREFIX)
    async with context.storing() as work:
        await work.portal_visits.add(bytes(hash_secret(key.reveal())), visit)
    return f"{context.environment.issuer}/portal_redirect?key={key.reveal()}"


async def _checked_return(
    context: Context, work: Work, url: str | None, application: Application | None
) -> str | None:
    """Return the address that the portal leads back to, if it is one of the environment's applications.

    It is on the site of a registered redirect URI, or exactly a redirect URI of the application itself. Any
    other would make every link an open redirect (RFC 9700 §4.11). Raises `InvalidInput`.
    """
    if not url:
        return None
    if application is not None and _is_own(context, url, application):
        return url
    checked = check_url(url, RETURN_FIELD)
    origin = origin_of(checked)
    known = await work.applications.origins_at(lookup_keys(origin)) if origin else ()
    if origin is None or not is_among(origin, known, is_production=context.environment.is_production):
        raise InvalidInput(
            f"return_url is {shown(url)}; no application has a redirect URI on that site. Register one "
            "there, or lead back to another address.",
            field=RETURN_FIELD,
            code="RETURN_URL_UNKNOWN",
        )
    return checked


def _is_own(context: Context, url: str, application: Application) -> bool:
    found = match_redirect_uri(
        url,
        application.redirect_uris,
        is_public=not application.type.is_confidential,
        is_production=context.environment.is_production,
    )
    return found is not None
