"""Text messages are handed to a gateway: signed, once each, tried again when that helps, and never logged."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
import structlog

from claimsmith.domain.messages import Channel, Message
from claimsmith.opening import make_platform
from claimsmith.outbound.allow_list import AllowList
from claimsmith.outbound.http_client import OutboundClient
from claimsmith.outbound.phone_gateway import BadPhoneGateway, PhoneGateway
from claimsmith.outbound.smtp import NotDelivered
from claimsmith.settings import SettingsError, read_settings
from claimsmith.usecases import messages
from tests.support.loopback import listening, plain
from tests.support.platform import open_platform
from tests.support.server import free_port

SECRET = "a secret of 24 bytes or more"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NUMBER, CODE = "+61491570156", "012345"
MESSAGE = Message(
    id="msg_1",
    channel=Channel.PHONE,
    recipient=NUMBER,
    kind="code_sign_in",
    language="en",
    subject=f"{CODE} is your one-time code for Orders.",
    text=f"{CODE} is your one-time code for Orders.\n\n@id.orders.test #{CODE}",
    html=None,
    sender_name="Orders",
    sender_email=None,
    created_at=NOW,
    due_at=NOW,
)
INSIDE = OutboundClient(AllowList(["127.0.0.0/8"]), deadline_seconds=2.0)


def gateway(port, path="/texts?token=abc"):
    return PhoneGateway(f"http://127.0.0.1:{port}{path}", SECRET, INSIDE, lambda: NOW)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://user:password@texts.example.com/",
        "texts.example.com",
        "",
    ],
)
def test_an_address_that_may_not_be_called_stops_the_start(url):
    with pytest.raises(BadPhoneGateway, match="phone_gateway_url cannot be called: "):
        PhoneGateway(url, SECRET, OutboundClient(), lambda: NOW)


def test_a_short_secret_stops_the_start():
    with pytest.raises(BadPhoneGateway, match="phone_gateway_secret has fewer than 24 bytes"):
        PhoneGateway("https://texts.example.com/", "short", OutboundClient(), lambda: NOW)


@pytest.mark.parametrize(
    "given", [{"phone_gateway_url": "https://x.test/"}, {"phone_gateway_secret": SECRET}]
)
def test_address_and_secret_belong_together(given):
    with pytest.raises(SettingsError, match="belong together"):
        read_settings(given, environ={})


def test_settings_name_the_gateway(tmp_path):
    given = {"data": tmp_path, "phone_gateway_url": "https://texts.test/x?token=abc"}
    given["phone_gateway_secret"] = SECRET
    platform = make_platform(read_settings(given, environ={}))
    assert repr(platform.phone) == "PhoneGateway(texts.test)"
    with pytest.raises(SettingsError, match="cannot be called"):
        make_platform(read_settings({**given, "phone_gateway_url": "https://127.0.0.1/"}, environ={}))


async def test_a_message_is_posted_and_signed():
    async with listening(plain("204 No Content")) as heard:
        await gateway(heard.port).send(MESSAGE)
    [request] = heard.requests
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert first == "POST /texts?token=abc HTTP/1.1"
    assert json.loads(body) == {
        "id": "msg_1",
        "to": NUMBER,
        "text": MESSAGE.text,
        "kind": "code_sign_in",
        "language": "en",
        "sender_name": "Orders",
    }
    assert headers["content-type"] == "application/json"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", "1772323200")
    signed = b"msg_1.1772323200." + body
    mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"


@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        ("302 Found", True),
        ("400 Bad Request", True),
        ("401 Unauthorized", True),
        ("408 Request Timeout", False),
        ("429 Too Many Requests", False),
        ("500 Internal Server Error", False),
        ("503 Service Unavailable", False),
    ],
)
async def test_a_refusal_is_for_good_or_tried_again(status, is_final):
    async with listening(plain(status, b"no " + NUMBER.encode())) as heard:
        with pytest.raises(NotDelivered) as refused:
            await gateway(heard.port).send(MESSAGE)
    assert (str(refused.value), refused.value.is_final) == (f"the gateway answered {status[:3]}", is_final)


async def test_nobody_there_is_tried_again():
    with pytest.raises(NotDelivered) as failed:
        await gateway(free_port()).send(MESSAGE)
    assert not failed.value.is_final


async def test_what_a_message_says_is_in_no_log_and_it_is_delivered_at_the_next_try(tmp_path):
    async with open_platform(tmp_path) as opened:
        values = {"sender": "Orders", "code": CODE, "domain": "id.orders.test"}
        async with opened.context().storing() as work:
            await messages.send(
                work,
                kind="code_sign_in",
                recipient=NUMBER,
                language="en",
                values=values,
                channel=Channel.PHONE,
            )
        with structlog.testing.capture_logs() as lines:
            async with listening(plain("503 Service Unavailable")) as heard:
                phone = gateway(heard.port)
                outcome = await messages.deliver_due(opened.platform, phone, Channel.PHONE)
                assert outcome == messages.Delivery(failed=1)
            opened.clock.move(6)
            async with listening(plain("200 OK")) as heard:
                phone = gateway(heard.port)
                outcome = await messages.deliver_due(opened.platform, phone, Channel.PHONE)
                assert outcome == messages.Delivery(sent=1)
        [message] = await messages.list_messages(opened.context())
    assert (message.standing, message.text) == ("delivered", "")
    [told] = lines
    assert (told["event"], told["detail"]) == ("mail_not_delivered", "the gateway answered 503")
    assert not any(secret in str(lines) for secret in (NUMBER, CODE, SECRET, "token"))
