"""Prove the right to tokens by a device code (RFC 8628 §3.4, §3.5)."""

import re

from claimsmith.domain.device_codes import DeviceCode, DeviceState
from claimsmith.domain.oidc_scopes import OFFLINE
from claimsmith.oauth.errors import AuthorizationPending, DeviceDenied, ExpiredToken, InvalidGrant, SlowDown
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import OpenGrants
from claimsmith.oauth.proved_grants import ProvedGrant, Revoked, lifetimes

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
_CODE = re.compile(r"cs_dc_[A-Za-z0-9]{43}", re.ASCII)


async def prove(opened: OpenGrants, client: LiveClient, request: FormRequest) -> ProvedGrant | Revoked:
    """Take the device code of a request once a person has allowed it.

    Taking it is one statement: of several polls at once, one gets tokens. What was allowed is what is
    granted; a `scope` or `audience` sent here changes nothing (N09). That a device polled is kept though it
    is refused. Raises `InvalidGrant`, `ExpiredToken`, `DeviceDenied`, `InvalidRequest`.
    """
    code = request.required("device_code")
    device = await opened.find_device(code) if _CODE.fullmatch(code) else None
    if device is None or device.client_id != client.view.application.id:
        raise InvalidGrant(
            "The device code is unknown, or was issued to another client.", reason="device_code_unknown"
        )
    if device.state is DeviceState.DENIED:
        raise DeviceDenied("The person refused.", reason="device_denied")
    if device.expires_at <= opened.now:
        raise ExpiredToken("The device code has expired. Begin again.", reason="device_code_expired")
    if device.state is DeviceState.PENDING or device.grant_id is None:
        return await _wait(opened, device)
    has_refresh_token = not OFFLINE.isdisjoint(device.scopes)
    taken = await opened.take_code(
        device.grant_id,
        sequence=1 if has_refresh_token else 0,
        lifetimes=lifetimes(
            client.view, opened.now, begun_at=opened.now, has_refresh_token=has_refresh_token
        ),
    )
    if taken is None:
        raise InvalidGrant("The device code was used before, or revoked.", reason="device_code_used")
    return ProvedGrant(taken, taken.scopes, taken.audiences)


async def _wait(opened: OpenGrants, device: DeviceCode) -> Revoked:
    too_fast = device.is_too_fast(opened.now)
    await opened.device_polled(device, too_fast=too_fast)
    if too_fast:
        return Revoked(
            SlowDown("Wait five seconds longer between two requests from now on.", reason="polled_too_fast")
        )
    return Revoked(AuthorizationPending("The person has not answered yet.", reason="device_pending"))
