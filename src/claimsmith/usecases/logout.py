"""Sign people out of a browser (OpenID Connect RP-Initiated Logout 1.0, and the platform's own parameters).

A link on any page of the world leads here, so signing out needs a sign that it is meant: an ID token of the
person who is signed in, or the platform's `redirect` to a registered logout URI by a navigation of the whole
window. Without one the person is asked. Nobody is ever sent to an address that is not registered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from claimsmith.domain.applications import Application
from claimsmith.domain.authorization_answers import AuthorizationAnswer
from claimsmith.domain.redirect_uris import match_redirect_uri
from claimsmith.domain.sso_sessions import Browser, SsoSession
from claimsmith.oauth.authorization.asked import TRUE, Parameters
from claimsmith.oauth.authorization.hints import hinted_subject
from claimsmith.storage.work import Work
from claimsmith.usecases import sso_sessions
from claimsmith.usecases.context import Context
from claimsmith.usecases.directory import Runtime

STANDARD = "post_logout_redirect_uri"
PLATFORM = ("redirect", "redirect_uri")
LONGEST_STATE = 4_096
MOST_COOKIES = 20


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Say that nobody is signed in to the browser any more. `target` is where it goes, if anywhere.

    `is_target_unknown` says that it was to go somewhere that is not registered. `applications` are those that
    may have left a cookie of their own in the browser.
    """

    target: str | None = None
    is_target_unknown: bool = False
    applications: tuple[Application, ...] = ()


@dataclass(frozen=True, slots=True)
class MustConfirm:
    """Say that the person must be asked. `parameters` are what `confirm_logout` wants to have back."""

    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """Hold a request to sign out as far as it can be believed.

    `subject` is whom a good ID token names. `is_hint_bad` says that there was one which is not good.
    """

    application: Application | None
    name: str
    target: str | None
    state: str | None
    all_sessions: bool
    subject: str | None
    is_hint_bad: bool
    is_target_unknown: bool


async def request_logout(
    context: Context,
    runtime: Runtime,
    pairs: Sequence[tuple[str, str]],
    browser: Browser,
    *,
    is_navigation: bool,
) -> SignedOut | MustConfirm:
    """Sign out, or say that the person must be asked first.

    `is_navigation` is false when the browser says that this is not a whole page which is being opened.
    """
    parameters = Parameters.of(pairs)
    claims = _claims(runtime, parameters, context.platform.now().timestamp())
    async with context.reading() as work:
        session = await sso_sessions.find_live(work, browser.session_token)
        wish = await _wish(work, runtime, parameters, claims, session)
        visited = await _visited(work, wish, session)
    if session is None:
        is_known = wish.subject is not None or wish.name in PLATFORM
        return _signed_out(wish if is_known else replace(wish, target=None), visited)
    by_hint = wish.subject == session.user_id
    by_platform = wish.name in PLATFORM and wish.target is not None and wish.subject is None
    if not is_navigation or not (by_hint or by_platform):
        return MustConfirm(_to_confirm(wish))
    await _end(context, session, all_sessions=wish.all_sessions)
    return _signed_out(wish, visited)


async def confirm_logout(
    context: Context, runtime: Runtime, pairs: Sequence[tuple[str, str]], browser: Browser
) -> SignedOut:
    """Sign out after the person said so, on a form of our own; `pairs` are those of `MustConfirm`."""
    parameters = Parameters.of(pairs)
    async with context.reading() as work:
        session = await sso_sessions.find_live(work, browser.session_token)
        wish = await _wish(work, runtime, parameters, None, session)
        visited = await _visited(work, wish, session)
    if session is not None:
        await _end(context, session, all_sessions=wish.all_sessions)
    return _signed_out(wish, visited)


async def _visited(work: Work, wish: _Wish, session: SsoSession | None) -> tuple[Application, ...]:
    """Return the applications with cookies of their own that were signed in to from this browser."""
    known = {wish.application.id} if wish.application is not None else set()
    if session is not None:
        known |= set(await work.grants.clients_of_session(session.id, MOST_COOKIES))
    found = [await work.applications.find(client_id) for client_id in sorted(known)]
    return tuple(each for each in found if each is not None and each.options.has_own_refresh_cookie)


async def _end(context: Context, session: SsoSession, *, all_sessions: bool) -> None:
    async with context.storing() as work:
        if all_sessions:
            await sso_sessions.end_of_user(work, session.user_id)
        else:
            await sso_sessions.end(work, session)


def _claims(runtime: Runtime, parameters: Parameters, now: float) -> Mapping[str, object] | None:
    token = parameters.single.get("id_token_hint")
    return runtime.verify_hint(token, now) if token else None


async def _wish(
    work: Work,
    runtime: Runtime,
    parameters: Parameters,
    claims: Mapping[str, object] | None,
    session: SsoSession | None,
) -> _Wish:
    """Read a request. What comes twice is not there; a bad ID token takes the target with it (O03)."""
    single = {name: value for name, value in parameters.single.items() if name not in parameters.twice}
    client_id = single.get("client_id") or _audience(claims)
    application = await work.applications.find(client_id) if client_id else None
    subject = hinted_subject(claims, client_id) if client_id and application is not None else None
    is_hint_bad = "id_token_hint" in parameters.single and subject is None
    name = next((each for each in (STANDARD, *PLATFORM) if each in single), "")
    asked = single.get(name)
    target = None
    if asked is not None and not is_hint_bad:
        target = await _registered(work, runtime, asked, application, session, is_platform=name in PLATFORM)
    return _Wish(
        application,
        name,
        target,
        (single.get("state") or "")[:LONGEST_STATE] or None,
        single.get("all_sessions", "").lower() in TRUE,
        subject,
        is_hint_bad,
        is_target_unknown=asked is not None and target is None,
    )


def _audience(claims: Mapping[str, object] | None) -> str | None:
    """Return the client that an ID token was issued to, when it names one alone."""
    audience = (claims or {}).get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    return audiences[0] if len(audiences) == 1 and isinstance(audiences[0], str) else None


async def _registered(
    work: Work,
    runtime: Runtime,
    asked: str,
    application: Application | None,
    session: SsoSession | None,
    *,
    is_platform: bool,
) -> str | None:
    """Return the address when it is a logout URI of the application, or `None`.

    The platform names no application: then it is the one whose sign-in began the session, or any that
    registered exactly this address.
    """
    if application is None and is_platform:
        if session is not None and session.client_id is not None:
            application = await work.applications.find(session.client_id)
        if application is None or not _matches(runtime, asked, application):
            application = await work.applications.with_logout_uri(asked)
    if application is None or not _matches(runtime, asked, application):
        return None
    return asked


def _matches(runtime: Runtime, asked: str, application: Application) -> bool:
    match = match_redirect_uri(
        asked,
        application.logout_uris,
        is_public=not application.type.is_confidential,
        is_production=runtime.environment.is_production,
    )
    return match is not None


def _signed_out(wish: _Wish, visited: tuple[Application, ...]) -> SignedOut:
    if wish.target is None:
        return SignedOut(None, wish.is_target_unknown, visited)
    state = (("state", wish.state),) if wish.state is not None else ()
    location = AuthorizationAnswer(wish.target, "query", state).location if state else wish.target
    return SignedOut(location, applications=visited)


def _to_confirm(wish: _Wish) -> tuple[tuple[str, str], ...]:
    """Return what is believed of a request: the page shows it, and its form sends it back."""
    members = {
        "client_id": wish.application.id if wish.application else None,
        wish.name or STANDARD: wish.target,
        "state": wish.state if wish.target is not None else None,
        "all_sessions": "true" if wish.all_sessions else None,
    }
    return tuple((name, value) for name, value in members.items() if value)
