import asyncio
import ssl
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from claimsmith.domain.messages import Channel, Message
from claimsmith.outbound.smtp import BadSmtpUrl, NotDelivered, SmtpSender, letter, read_smtp_url
from tests.support.server import free_port

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def message(**changes):
    values = {
        "id": "msg_1",
        "channel": Channel.MAIL,
        "recipient": "kim@orchard.test",
        "kind": "code_sign_in",
        "language": "en",
        "subject": "012345 is your code",
        "text": "Type 012345.\n",
        "html": "<p>Type 012345.</p>",
        "sender_name": "Orders",
        "sender_email": None,
        "created_at": AT,
        "due_at": AT,
    }
    return Message(**{**values, **changes})


class Sink:
    """Keep what was delivered, or answer as it is told."""

    def __init__(self, answer: str | None = None) -> None:
        self.answer = answer
        self.letters = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answer:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def running(sink, **options):
    controller = Controller(sink, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mail.example.com", "must be smtp://"),
        ("http://mail.example.com", "must be smtp://"),
        ("smtp://", "must be smtp://"),
        ("smtp://host:port", "no URL"),
        ("smtp+plain://mail.example.com", "loopback alone"),
    ],
)
def test_a_bad_url_is_refused(url, told):
    with pytest.raises(BadSmtpUrl, match=told):
        read_smtp_url(url)


def test_a_bad_sender_is_refused():
    with pytest.raises(BadSmtpUrl, match="mail_from is 'Orders'"):
        read_smtp_url("smtps://mail.example.com", sender="Orders")


def test_credentials_are_read_and_never_shown():
    server = read_smtp_url("smtp://orders%40x:p%2Fw@mail.example.com")
    assert (server.username, server.password, server.port, server.security) == (
        "orders@x",
        "p/w",
        587,
        "starttls",
    )
    assert repr(server) == "SmtpServer(mail.example.com:587, starttls)"


async def test_a_message_arrives_whole():
    sink = Sink()
    with running(sink) as port:
        sender = SmtpSender(
            read_smtp_url(f"smtp+plain://127.0.0.1:{port}", sender="Shop <no-reply@shop.test>")
        )
        await sender.send(message())
    (found,) = sink.letters
    assert found["Subject"] == "012345 is your code"
    assert found["From"] == "Orders <no-reply@shop.test>"
    assert found["To"] == "kim@orchard.test"
    assert found["Message-ID"] == "<msg_1@shop.test>"
    assert found.get_body(("plain",)).get_content().splitlines() == ["Type 012345."]
    assert found.get_body(("html",)).get_content().splitlines() == ["<p>Type 012345.</p>"]


async def test_mail_goes_over_tls_with_credentials(authority):
    certificate, key = authority.issue()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    seen = []

    def authenticate(server, session, envelope, mechanism, data):
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    sink = Sink()
    with running(sink, tls_context=context, require_starttls=True, authenticator=authenticate) as port:
        url = f"smtp://orders:secret@127.0.0.1:{port}"
        await SmtpSender(read_smtp_url(url, ca_file=authority.path)).send(message())
        with pytest.raises(NotDelivered) as refused:
            await SmtpSender(read_smtp_url(url)).send(message())
    assert len(sink.letters) == 1
    assert seen == [(b"orders", b"secret")]
    assert not refused.value.is_final


async def test_a_server_without_starttls_gets_nothing():
    sink = Sink()
    with running(sink) as port:
        with pytest.raises(NotDelivered):
            await SmtpSender(read_smtp_url(f"smtp://127.0.0.1:{port}")).send(message())
    assert sink.letters == []


@pytest.mark.parametrize(("answer", "is_final"), [("550 unknown", True), ("451 later", False)])
async def test_a_refusal_says_whether_to_try_again(answer, is_final):
    with running(Sink(answer)) as port:
        with pytest.raises(NotDelivered) as refused:
            await SmtpSender(read_smtp_url(f"smtp+plain://127.0.0.1:{port}")).send(message())
    assert refused.value.is_final is is_final


async def test_nobody_listening_is_worth_another_try():
    with pytest.raises(NotDelivered) as refused:
        await SmtpSender(read_smtp_url(f"smtp+plain://127.0.0.1:{free_port()}")).send(message())
    assert not refused.value.is_final


async def test_a_server_that_never_answers_is_left(monkeypatch):
    """R-18: the deadline is for the whole exchange."""
    monkeypatch.setattr("claimsmith.outbound.smtp.DEADLINE_SECONDS", 0.2)
    connected = []

    async def silent(reader, writer):
        connected.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(NotDelivered) as refused:
        await SmtpSender(read_smtp_url(f"smtp+plain://127.0.0.1:{port}")).send(message())
    for writer in connected:
        writer.close()
    server.close()
    await server.wait_closed()
    assert not refused.value.is_final


def test_a_subject_cannot_add_headers():
    """V-161's cousin: line ends are taken out before the header is written."""
    written = letter(message(subject="a\r\nBcc: eve@evil.test"), "no-reply@shop.test")
    assert written["Bcc"] is None
    assert written["Subject"] == "a Bcc: eve@evil.test"


@pytest.mark.parametrize("recipient", ["kim@orchard.test\r\nBcc: eve@evil.test", "kim", "@", "a b@c"])
async def test_an_address_that_is_none_is_final(recipient):
    with pytest.raises(NotDelivered) as refused:
        await SmtpSender(read_smtp_url("smtp+plain://127.0.0.1:9")).send(message(recipient=recipient))
    assert refused.value.is_final
