"""Be a mail server on loopback, and the people who read what it takes."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.server import free_port

WAIT_SECONDS = 30.0
CODE = re.compile(r"^(\d{6})\r?$", re.MULTILINE)


class Mailbox:
    """Keep the letters that were delivered by SMTP until somebody takes them."""

    def __init__(self) -> None:
        """Begin without letters."""
        self._letters: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a letter, as aiosmtpd hands it over."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self._letters.append((list(envelope.rcpt_tos), letter))
        return "250 OK"

    def take(self, address: str) -> EmailMessage:
        """Return the oldest letter to an address that nobody has taken; wait until there is one."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            for each in self._letters:
                if address in each[0]:
                    self._letters.remove(each)
                    return each[1]
            time.sleep(0.02)
        raise AssertionError(f"no letter to {address} came in {WAIT_SECONDS:.0f} s")

    def code_for(self, address: str) -> str:
        """Return the code in the next letter that has one: on a line of its own, in text and in HTML."""
        while True:
            letter = self.take(address)
            text, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
            assert text is not None, "a letter has its text"
            assert html is not None, "a letter has its HTML"
            for code in CODE.findall(text.get_content()):
                assert code in html.get_content()
                return str(code)


@contextmanager
def running_mailbox() -> Iterator[tuple[Mailbox, str]]:
    """Yield a mailbox and the `smtp_url` that it is reached at."""
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, f"smtp+plain://127.0.0.1:{port}"
    finally:
        controller.stop()
