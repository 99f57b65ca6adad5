"""Deliver mail to one SMTP server (RFC 5321, RFC 3207, RFC 8314)."""

import asyncio
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from claimsmith.domain.messages import Message

DEADLINE_SECONDS = 20.0
DEFAULT_SENDER = "Claimsmith <no-reply@localhost>"
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_SECURITY = {"smtp": "starttls", "smtps": "tls", "smtp+plain": "none"}


class BadSmtpUrl(ValueError):
    """Say what is wrong with the URL of a mail server."""


class NotDelivered(Exception):
    """Say that a message was not taken. `is_final` means that trying again would not help."""

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Hold the address of a mail server and what it asks for.

    `security` is `starttls`, `tls` or `none`; `sender` the address mail comes from unless an organization has
    its own.
    """

    host: str
    port: int
    security: str
    username: str | None
    password: str | None
    sender: str = DEFAULT_SENDER
    ca_file: Path | None = None

    def __repr__(self) -> str:
        """Return the place without its credentials."""
        return f"SmtpServer({self.host}:{self.port}, {self.security})"


def read_smtp_url(url: str, *, sender: str | None = None, ca_file: Path | None = None) -> SmtpServer:
    """Return the server that a URL names. Raises `BadSmtpUrl`.

    `smtp://user:password@host:587` upgrades with STARTTLS and refuses to go on without; `smtps://` begins
    with TLS; `smtp+plain://` encrypts nothing and is for a server on loopback alone.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadSmtpUrl("smtp_url is no URL.") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadSmtpUrl("smtp_url must be smtp://, smtps:// or smtp+plain:// and a host.")
    if parts.scheme == "smtp+plain" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise BadSmtpUrl(
            "smtp_url: smtp+plain:// sends everything in clear; it is allowed on loopback alone."
        )
    if sender is not None and "@" not in parseaddr(sender)[1]:
        raise BadSmtpUrl(f"mail_from is {sender!r}; give an address, as Orders <no-reply@example.com>.")
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        security=_SECURITY[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        sender=sender or DEFAULT_SENDER,
        ca_file=ca_file,
    )


class SmtpSender:
    """Hand messages to a mail server, one connection each."""

    def __init__(self, server: SmtpServer) -> None:
        """Take the server; nothing connects yet."""
        self._server = server
        self._trust = ssl.create_default_context(cafile=server.ca_file) if server.security != "none" else None

    async def send(self, message: Message) -> None:
        """Hand one message over. Raises `NotDelivered`; the whole exchange has a deadline (R-18)."""
        import aiosmtplib  # memory that a server without mail need not spend

        server = self._server
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await aiosmtplib.send(
                    letter(message, server.sender),
                    hostname=server.host,
                    port=server.port,
                    username=server.username,
                    password=server.password,
                    use_tls=server.security == "tls",
                    start_tls=server.security == "starttls",
                    tls_context=self._trust,
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            is_final = all(refused.code >= 500 for refused in error.recipients)
            raise NotDelivered("the recipient was refused", is_final=is_final) from None
        except aiosmtplib.SMTPResponseException as error:
            raise NotDelivered(f"the server answered {error.code}", is_final=error.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotDelivered(f"no exchange: {type(error).__name__}", is_final=False) from None
        except ValueError as error:
            raise NotDelivered(f"the message cannot be written: {error}", is_final=True) from None


def letter(message: Message, sender: str) -> EmailMessage:
    """Return a message as RFC 5322 has it, in plain text and HTML.

    Raises `ValueError` for an address that no header can hold.
    """
    name, address = parseaddr(sender)
    local, domain = _parts(message.sender_email or address)
    written = EmailMessage()
    written["Subject"] = " ".join(message.subject.split())
    written["From"] = Address(message.sender_name or name, local, domain)
    written["To"] = Address("", *_parts(message.recipient))
    written["Date"] = format_datetime(message.created_at)
    written["Message-ID"] = f"<{message.id}@{domain}>"
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(message.text)
    if message.html:
        written.add_alternative(message.html, subtype="html")
    return written


def _parts(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    if not local or not domain or any(character.isspace() for character in address):
        raise ValueError("an address needs a local part, an @ and a domain")
    return local, domain
