"""Compose the server: an open platform -> use cases -> HTTP.

This is the only place that knows every part.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

from claimsmith.edge.cross_origin import CrossOrigin
from claimsmith.edge.front import Asgi, Front
from claimsmith.edge.health import Health
from claimsmith.edge.oauth.authorization import AuthorizationRoute
from claimsmith.edge.oauth.device_authorization import DeviceAuthorizationRoute
from claimsmith.edge.oauth.introspection import TokenStatusRoutes
from claimsmith.edge.oauth.plain_answers import method_not_allowed
from claimsmith.edge.oauth.token import TokenRoute
from claimsmith.edge.oauth.userinfo import UserinfoRoutes
from claimsmith.edge.requests import Addresses
from claimsmith.edge.routes import READ_BY_PAGES, make_protocol_app
from claimsmith.oauth.attempts import FailedAttempts
from claimsmith.oauth.bearer import UserAccess
from claimsmith.oauth.client_authentication import ClientAuthentication
from claimsmith.oauth.introspection_endpoint import IntrospectionEndpoint
from claimsmith.oauth.revocation_endpoint import RevocationEndpoint
from claimsmith.oauth.token_endpoint import TokenEndpoint
from claimsmith.oauth.user_tokens import UserTokens
from claimsmith.opening import make_platform, now_utc
from claimsmith.settings import Settings
from claimsmith.tasks.background import background_work
from claimsmith.usecases.context import Platform
from claimsmith.usecases.grants import StoredGrants
from claimsmith.usecases.live_tokens import live_tokens
from claimsmith.usecases.origins import KnownOrigins
from claimsmith.usecases.revocations import StoredRevocations


def make_app(settings: Settings, now: Callable[[], datetime] = now_utc) -> Front:
    """Return the ASGI application of one worker process."""
    return compose(make_platform(settings, now), settings)


def compose(platform: Platform, settings: Settings) -> Front:
    """Put the HTTP edge over a platform."""

    def seconds() -> float:
        return platform.now().timestamp()

    revocations, grants = StoredRevocations(platform.database, platform.now), StoredGrants(platform.database)
    tokens = live_tokens(platform)
    authentication = ClientAuthentication(platform.directory, FailedAttempts(), seconds)
    statuses = TokenStatusRoutes(
        IntrospectionEndpoint(authentication, tokens),
        RevocationEndpoint(authentication, tokens, revocations, grants, platform.macs),
    )
    user_tokens = UserTokens(grants, platform.macs, seconds)
    console = _first_use(_console)
    hosted = _first_use(_hosted)
    origins = KnownOrigins(platform.database)
    protocol = CrossOrigin(
        make_protocol_app(
            AuthorizationRoute(seconds),
            DeviceAuthorizationRoute(authentication, seconds),
            statuses,
            UserinfoRoutes(UserAccess(tokens, grants)),
        ),
        origins,
        READ_BY_PAGES,
    )
    return Front(
        platform,
        TokenRoute(
            TokenEndpoint(authentication, user_tokens, platform.usage, seconds),
            platform.directory,
            CrossOrigin(method_not_allowed("POST"), origins),
        ),
        {
            "account_api": CrossOrigin(_first_use(_account_api), origins),
            "api": _first_use(_management_api),
            "auth": hosted,
            "device": hosted,
            "portal": hosted,
            "portal_redirect": hosted,
            "console": console,
            "static": console,
            "other": protocol,
            "root": protocol,
            "logout": protocol,
            "oauth2": protocol,
            ".well-known": protocol,
        },
        Health(platform),
        Addresses(settings.trusted_proxies),
        partial(_running, platform),
    )


def _account_api() -> Asgi:
    from claimsmith.edge.account.api import make_account_api

    return make_account_api()


def _management_api() -> Asgi:
    from claimsmith.edge.management.api import make_management_api

    return make_management_api()


def _console() -> Asgi:
    from claimsmith.edge.console.pages import make_console

    console: Asgi = make_console()
    return console


def _hosted() -> Asgi:
    from claimsmith.edge.hosted.pages import make_hosted

    hosted: Asgi = make_hosted()
    return hosted


def _first_use(make: Callable[[], Asgi]) -> Asgi:
    """Put off importing and making an application until it is asked for: most workers never answer some.

    It is made in a thread, so that token requests do not wait for it.
    """
    made: list[Asgi] = []
    making = asyncio.Lock()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if not made:
            async with making:
                if not made:
                    made.append(await asyncio.to_thread(make))
        await made[0](scope, receive, send)

    return application


@asynccontextmanager
async def _running(platform: Platform) -> AsyncIterator[None]:
    await platform.directory.start()
    # What is there now stays for good: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    async with background_work(platform):
        yield
    await platform.database.close()
