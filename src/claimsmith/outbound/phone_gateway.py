"""Hand text messages to a gateway of the operator: one POST of JSON each, signed (Standard Webhooks).

The gateway is a few lines of the operator's own in front of whoever sends text messages, or such a service
itself. Nothing of a message is logged, and nothing of what the gateway answers but its status.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import orjson

from claimsmith.domain.messages import Message
from claimsmith.outbound.http_client import OutboundClient, OutboundFailed, OutboundRefused
from claimsmith.outbound.smtp import NotDelivered

LEAST_SECRET_BYTES = 24
PASSING = frozenset({408, 409, 423, 425, 429})
"""Refusals that another try may not get; any other of the 4xx is for good (RFC 9110 §15.5, RFC 6585 §4)."""


class BadPhoneGateway(ValueError):
    """Say what is wrong with the address or the secret of a gateway."""


class PhoneGateway:
    """Deliver text messages by HTTP."""

    def __init__(self, url: str, secret: str, outbound: OutboundClient, now: Callable[[], datetime]) -> None:
        """Take the address and the secret that signs. Raises `BadPhoneGateway`."""
        if len(secret.encode()) < LEAST_SECRET_BYTES:
            raise BadPhoneGateway(
                f"phone_gateway_secret has fewer than {LEAST_SECRET_BYTES} bytes; make one with: "
                "openssl rand -base64 32"
            )
        try:
            outbound.check(url)
        except OutboundRefused as refused:
            raise BadPhoneGateway(
                f"phone_gateway_url cannot be called: {refused} A gateway that is not on the public internet "
                "is listed in outbound_allow."
            ) from None
        self._url, self._secret, self._outbound, self._now = url, secret.encode(), outbound, now

    def __repr__(self) -> str:
        """Return the place without its secret, and without what its path may hold."""
        return f"PhoneGateway({urlsplit(self._url).hostname})"

    async def send(self, message: Message) -> None:
        """Hand a message over. Raises `NotDelivered`."""
        body = orjson.dumps(
            {
                "id": message.id,
                "to": message.recipient,
                "text": message.text,
                "kind": message.kind,
                "language": message.language,
                "sender_name": message.sender_name,
            }
        )
        try:
            answer = await self._outbound.request(
                "POST", self._url, headers=self._headers(message.id, body), body=body, most_bytes=0
            )
        except OutboundRefused as refused:
            raise NotDelivered(str(refused), is_final=True) from None
        except OutboundFailed as failed:
            raise NotDelivered(str(failed), is_final=False) from None
        if not 200 <= answer.status < 300:
            is_final = 300 <= answer.status < 500 and answer.status not in PASSING
            raise NotDelivered(f"the gateway answered {answer.status}", is_final=is_final)

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        """Return the headers by which the gateway knows whose request it is, of when, and which try again."""
        moment = str(int(self._now().timestamp()))
        signed = b".".join((message_id.encode(), moment.encode(), body))
        mac = base64.b64encode(hmac.digest(self._secret, signed, hashlib.sha256)).decode()
        return {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{mac}",
        }
