"""Serve `POST /oauth2/device/auth` and `/oauth2/v2/device_authorization` (RFC 8628 §3.1, §3.2)."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.errors import Unavailable
from claimsmith.edge.browsers import person_context
from claimsmith.edge.errors import NO_STORE, oauth_error_response
from claimsmith.edge.forms import BodyTooLarge, BodyTooSlow, form_request, read_body
from claimsmith.edge.oauth.plain_answers import body_too_large, body_too_slow
from claimsmith.oauth.attempts import FailedAttempts
from claimsmith.oauth.client_authentication import ClientAuthentication
from claimsmith.oauth.device_authorization_endpoint import asked_by_device
from claimsmith.oauth.errors import OAuthError, TemporarilyUnavailable, TooManyAttempts
from claimsmith.oauth.parameters import FormRequest
from claimsmith.usecases.device_codes import begin_device, default_device_application

log = structlog.get_logger("claimsmith.oauth")

CODES_A_MINUTE = 60


class DeviceAuthorizationRoute:
    """Translate the requests of devices."""

    def __init__(self, authentication: ClientAuthentication, now: Callable[[], float]) -> None:
        """Take what recognizes clients, and the clock, in seconds since the epoch."""
        self._authentication = authentication
        self._now = now
        self._begun = FailedAttempts(free=CODES_A_MINUTE)

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        try:
            body = await read_body(request.receive)
            form = form_request(request.scope["headers"], body, request.scope["claimsmith.address"])
            return await self._begin(request, form)
        except OAuthError as error:
            log.info("refused", path=request.url.path, error=error.error, reason=error.reason)
            return oauth_error_response(error)
        except BodyTooLarge:
            return body_too_large()
        except BodyTooSlow:
            return body_too_slow()
        except Unavailable as error:
            log.error("unavailable", path=request.url.path, detail=error.message)
            return oauth_error_response(
                TemporarilyUnavailable("The server cannot decide now.", reason="storage_unavailable")
            )

    async def _begin(self, request: Request, form: FormRequest) -> Response:
        from claimsmith.edge.qr_codes import qr_code  # loaded when a device asks: most servers know none

        runtime = request.scope["claimsmith.runtime"]
        context = person_context(request)
        self._slow_down(runtime.id, form.address)
        if "client_id" not in form.single and not form.authorization:
            default = await default_device_application(context)
            if default is not None:
                form = replace(form, single={**form.single, "client_id": default})
        client = (await self._authentication.recognize(runtime.id, form)).client.view
        scopes, audiences = asked_by_device(client, form)
        begun = await begin_device(
            context, client_id=client.application.id, scopes=scopes, audiences=audiences
        )
        address = f"{runtime.issuer}/device"
        complete = f"{address}?{urlencode({'user_code': begun.user_code})}"
        answer = {
            "device_code": begun.device_code.reveal(),
            "user_code": begun.user_code,
            "verification_uri": address,
            "verification_uri_complete": complete,
            "expires_in": begun.expires_in,
            "interval": begun.interval,
            "qr_code": qr_code(complete),
        }
        return Response(orjson.dumps(answer), 200, NO_STORE, "application/json")

    def _slow_down(self, environment_id: str, address: str) -> None:
        wait = self._begun.wait_seconds((environment_id, address), self._now())
        if wait:
            raise TooManyAttempts(
                f"Too many device codes were asked for from this address. Wait {wait} seconds.",
                reason="too_many_attempts",
                retry_after_seconds=wait,
            )
        self._begun.failed((environment_id, address), self._now())
