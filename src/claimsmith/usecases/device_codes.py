"""Let people allow devices: begin a request, find it by the code a person types, allow or deny it (RFC 8628).

The device holds a device code of 256 random bits, of which the hash is stored. The person types a user code
of eight letters, of which a MAC is stored: who reads the database can try all of the latter only with the
master key. Trying them here is limited.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from claimsmith.crypto.secrets import hash_secret, make_opaque_token, random_hex
from claimsmith.domain.applications import Application
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.device_codes import (
    INTERVAL_SECONDS,
    LIFETIME_SECONDS,
    USER_CODE_LENGTH,
    USER_CODE_LETTERS,
    DeviceCode,
    DeviceState,
    read_user_code,
)
from claimsmith.domain.errors import Conflict, NotFound, NotPermitted
from claimsmith.domain.grants import GRANT_ID_LENGTH, Grant
from claimsmith.domain.organizations import Organization
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sign_in_flows import FlowState, Step
from claimsmith.domain.sso_sessions import Browser, SsoSession
from claimsmith.domain.subjects import SubjectView
from claimsmith.domain.user_rights import granted_api_scopes
from claimsmith.domain.views import ClientView, EnvironmentView
from claimsmith.oauth.grants.device_code import GRANT_TYPE
from claimsmith.storage.work import Work
from claimsmith.usecases.consents import asked_rights, keep_consent
from claimsmith.usecases.context import Context
from claimsmith.usecases.directory import Runtime
from claimsmith.usecases.rate_limits import take
from claimsmith.usecases.sign_in_flows import DEVICE_MODE, begin_flow
from claimsmith.usecases.sso_sessions import find_live

TOKEN_PREFIX = "cs_dc"  # noqa: S105 - a prefix
PURPOSE = "device user codes"
TRIES_OF_ADDRESS = 20
TRIES_OF_ALL = 1_000
WINDOW_SECONDS = 600


@dataclass(frozen=True, slots=True)
class BegunDevice:
    """Hold what a device is told: its own code, and the code that a person types."""

    device_code: PlainSecret
    user_code: str
    expires_in: int = LIFETIME_SECONDS
    interval: int = INTERVAL_SECONDS


@dataclass(frozen=True, slots=True)
class DeviceConsent:
    """Hold what a person is asked to allow.

    `scopes` are the OIDC scopes, `api_scopes` those that the person has at the APIs asked for, in the
    organization of the session. `code` is the user code, for the person to compare (RFC 8628 §5.4).
    """

    code: str
    application: Application
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    api_scopes: tuple[str, ...]
    organization: Organization | None


async def begin_device(
    context: Context, *, client_id: str, scopes: tuple[str, ...], audiences: tuple[str, ...]
) -> BegunDevice:
    """Keep the request of a device for ten minutes. The client and what it asks for were checked."""
    token = make_opaque_token(TOKEN_PREFIX)
    user_code = "".join(secrets.choice(USER_CODE_LETTERS) for _ in range(USER_CODE_LENGTH))
    async with context.storing() as work:
        await work.device_codes.add(
            DeviceCode(
                hash=bytes(hash_secret(token.reveal())),
                user_code_mac=_mac(context, user_code),
                client_id=client_id,
                scopes=scopes,
                audiences=audiences,
                created_at=work.now,
                expires_at=work.now + timedelta(seconds=LIFETIME_SECONDS),
            )
        )
    return BegunDevice(token, user_code)


async def default_device_application(context: Context) -> str | None:
    """Return the application of devices that name none: the one chosen in the policy `access`."""
    async with context.reading() as work:
        return (await work.policies.all()).access.device_application_id


async def find_device_request(context: Context, text: str, *, address: str) -> DeviceCode:
    """Return the pending request of a user code as somebody typed it.

    Each try counts, for the address and for everybody. Raises `TooOften`, and `NotFound` for a code that is
    unknown, expired or was answered before.
    """
    await take(context, f"device|{address}", limit=TRIES_OF_ADDRESS, window_seconds=WINDOW_SECONDS)
    await take(context, "device", limit=TRIES_OF_ALL, window_seconds=WINDOW_SECONDS)
    async with context.reading() as work:
        return await _pending(context, work, text)


async def begin_device_sign_in(
    context: Context, text: str, *, binder: PlainSecret | None
) -> tuple[PlainSecret, PlainSecret]:
    """Begin a sign-in that leads back to the page of devices; return its token and the browser's binder.

    Raises `NotFound`.
    """
    async with context.reading() as work:
        device = await _pending(context, work, text)
        now = work.now
    request = AuthorizationRequest(
        client_id=device.client_id,
        redirect_uri=f"{context.environment.issuer}/device",
        scopes=device.scopes,
        audiences=device.audiences,
        state=read_user_code(text),
        response_mode=DEVICE_MODE,
        requested_at=int(now.timestamp()),
    )
    return await begin_flow(context, request, FlowState(step=Step.SIGN_IN), binder=binder)


async def consent_to_device(
    context: Context, runtime: Runtime, text: str, browser: Browser
) -> DeviceConsent | None:
    """Return what the person of a browser's session is asked to allow; `None` when nobody is signed in.

    Raises `NotFound` for a code that is unknown, expired or was answered before.
    """
    async with context.reading() as work:
        device = await _pending(context, work, text)
        found = await _signed_in(work, browser)
        application = await work.applications.find(device.client_id)
    if found is None or application is None:
        return None
    client = await _client(context, runtime, device.client_id)
    apis = [client.grants[each] for each in device.audiences if each in client.grants]
    return DeviceConsent(
        code=read_user_code(text) or "",
        application=application,
        scopes=device.scopes,
        audiences=device.audiences,
        api_scopes=granted_api_scopes(found[1], runtime.view, apis),
        organization=found[1].organization,
    )


async def allow_device(context: Context, text: str, browser: Browser) -> Application:
    """Let a device in, for the person of the browser's session; return its application.

    What the person allows is kept as at the end of a sign-in. Whether the person may is read once more, in
    the transaction that allows it. What the device is given does not end with the session: it is another
    machine. Raises `NotFound`, `NotPermitted`, `Conflict`.
    """
    runtime = await context.platform.directory.current(context.environment.id)
    view = runtime.view if runtime is not None else EnvironmentView(context.environment)
    async with context.storing() as work:
        device = await _pending(context, work, text)
        found = await _signed_in(work, browser)
        application = await work.applications.find(device.client_id)
        if found is None or application is None:
            raise NotPermitted("Sign in first, then allow the device.", code="SIGN_IN_REQUIRED")
        session, subject = found
        await _check_allowed(work, application, subject)
        asked = await asked_rights(
            work,
            view,
            user_id=session.user_id,
            client_id=device.client_id,
            organization_code=session.organization_code,
            scopes=device.scopes,
            audiences=device.audiences,
        )
        await keep_consent(work, asked)
        grant = _grant(work, device, session)
        await work.grants.add(grant)
        if not await work.device_codes.decide(device.hash, DeviceState.ALLOWED, work.now, grant_id=grant.id):
            raise _answered()
    return application


async def deny_device(context: Context, text: str, browser: Browser) -> None:
    """Turn a device away. Raises `NotFound`, `NotPermitted` when nobody is signed in, `Conflict`."""
    async with context.storing() as work:
        device = await _pending(context, work, text)
        if await _signed_in(work, browser) is None:
            raise NotPermitted("Sign in first, then answer the device.", code="SIGN_IN_REQUIRED")
        if not await work.device_codes.decide(device.hash, DeviceState.DENIED, work.now):
            raise _answered()


def _grant(work: Work, device: DeviceCode, session: SsoSession) -> Grant:
    """Return the grant that the device code stands for: it is spent as an authorization code is, once."""
    return Grant(
        id=random_hex(GRANT_ID_LENGTH),
        grant_type=GRANT_TYPE,
        user_id=session.user_id,
        client_id=device.client_id,
        organization_code=session.organization_code,
        session_id=None,
        scopes=device.scopes,
        audiences=device.audiences,
        requested_at=device.created_at,
        authenticated_at=session.authenticated_at,
        created_at=work.now,
        expires_at=device.expires_at,
        methods=session.methods,
        code_expires_at=device.expires_at,
    )


async def _pending(context: Context, work: Work, text: str) -> DeviceCode:
    code = read_user_code(text)
    device = await work.device_codes.find_by_user_code(_mac(context, code)) if code else None
    if device is None or not device.is_pending(work.now):
        raise NotFound(
            "This code is not known, or is over. Compare it with the one on the device, or begin anew there.",
            code="DEVICE_CODE_NOT_FOUND",
            field="user_code",
        )
    return device


async def _signed_in(work: Work, browser: Browser) -> tuple[SsoSession, SubjectView] | None:
    session = await find_live(work, browser.session_token)
    if session is None:
        return None
    subject = await work.subjects.read(session.user_id, session.organization_code)
    return None if subject is None or subject.user.is_suspended else (session, subject)


async def _check_allowed(work: Work, application: Application, subject: SubjectView) -> None:
    organization = subject.organization
    if organization is not None and (organization.is_suspended or not subject.is_member):
        raise NotPermitted(
            "You are not a member of this organization any more, or it is suspended.",
            code="ORGANIZATION_NOT_ALLOWED",
        )
    if application.options.is_access_control_enabled:
        allowed = {role.id for role in await work.roles.access_roles(application.id)}
        if allowed.isdisjoint(subject.role_ids):
            raise NotPermitted("None of your roles may use this application.", code="APPLICATION_NOT_ALLOWED")


async def _client(context: Context, runtime: Runtime, client_id: str) -> ClientView:
    directory = context.platform.directory
    client = directory.cached(runtime.id, client_id) or await directory.load(runtime.id, client_id)
    if client is None:
        raise NotFound("The application of this device was deleted.", code="APPLICATION_NOT_FOUND")
    return client.view


def _mac(context: Context, code: str) -> bytes:
    return context.platform.macs.of(PURPOSE, context.environment.id, code.encode("ascii"))


def _answered() -> Conflict:
    return Conflict("This device was answered already.", code="DEVICE_ANSWERED")
