"""What people are sent waits in the outbox until it is delivered, and is forgotten then."""

import asyncio
from dataclasses import replace

import pytest
import structlog

from claimsmith.domain.errors import NotFound
from claimsmith.domain.messages import RETRY_SECONDS, Channel
from claimsmith.domain.organizations import Organization
from claimsmith.outbound.smtp import NotDelivered
from claimsmith.usecases import messages
from tests.support.platform import open_platform

VALUES = {"sender": "Orders", "code": "012345", "minutes": "120", "domain": "id.orders.test"}


class Postman:
    """Deliver to a list, or refuse as it is told."""

    def __init__(self, *refusals: NotDelivered) -> None:
        self.refusals = list(refusals)
        self.delivered = []

    async def send(self, message) -> None:
        await asyncio.sleep(0)
        if self.refusals:
            raise self.refusals.pop(0)
        self.delivered.append(message)


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield opened


async def write(opened, **options):
    given = {"kind": "code_sign_in", "recipient": "kim@orchard.test", "language": "en", "values": VALUES}
    async with opened.context().storing() as work:
        await messages.send(work, **{**given, **options})


async def only(opened):
    (message,) = await messages.list_messages(opened.context())
    return message


async def test_a_message_is_delivered_once_and_forgotten(opened):
    await write(opened)
    waiting = await only(opened)
    assert (waiting.standing, "012345" in waiting.text) == ("waiting", True)
    postman = Postman()
    rounds = await asyncio.gather(*(messages.deliver_due(opened.platform, postman) for _ in range(3)))
    assert sum(each.sent for each in rounds) == 1
    assert [each.subject for each in postman.delivered] == ["012345 is your code to sign in"]
    done = await messages.get_message(opened.context(), waiting.id)
    assert (done.standing, done.text, done.html, done.tries) == ("delivered", "", None, 1)
    assert done.subject == "****** is your code to sign in"


async def test_a_failure_is_tried_again_later(opened):
    await write(opened)
    postman = Postman(NotDelivered("no exchange: TimeoutError", is_final=False))
    assert await messages.deliver_due(opened.platform, postman) == messages.Delivery(failed=1)
    assert await messages.deliver_due(opened.platform, postman) == messages.Delivery()
    failed = await only(opened)
    assert (failed.standing, failed.last_error) == ("waiting", "no exchange: TimeoutError")
    opened.clock.move(RETRY_SECONDS[0])
    assert await messages.deliver_due(opened.platform, postman) == messages.Delivery(sent=1)
    assert (await only(opened)).last_error is None


async def test_a_message_is_given_up_in_the_end(opened):
    await write(opened)
    never = Postman(*[NotDelivered("the server answered 451", is_final=False)] * 20)
    for wait in (*RETRY_SECONDS, 0):
        await messages.deliver_due(opened.platform, never)
        opened.clock.move(wait)
    given_up = await only(opened)
    assert (given_up.standing, given_up.tries, given_up.text) == ("given up", len(RETRY_SECONDS) + 1, "")


async def test_a_final_refusal_is_not_tried_again(opened):
    await write(opened)
    await messages.deliver_due(opened.platform, Postman(NotDelivered("refused", is_final=True)))
    assert (await only(opened)).standing == "given up"


async def test_a_process_that_died_while_delivering_is_replaced(opened):
    await write(opened)
    async with opened.context().storing() as work:
        message = (await work.messages.newest(1))[0]
        taken = await work.messages.take(message.id, work.now, work.now.replace(year=work.now.year + 1))
    assert taken is not None
    assert await messages.deliver_due(opened.platform, Postman()) == messages.Delivery()
    opened.clock.move(366 * 86_400)
    assert await messages.deliver_due(opened.platform, Postman()) == messages.Delivery(sent=1)


async def test_text_messages_wait(opened):
    await write(opened, channel=Channel.PHONE, recipient="+447700900000")
    assert await messages.deliver_due(opened.platform, Postman()) == messages.Delivery()
    assert (await only(opened)).text.endswith("@id.orders.test #012345")


async def test_that_a_text_message_waits_is_logged_once_and_without_what_it_says(opened):
    await write(opened, channel=Channel.PHONE, recipient="+447700900012")
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            await messages.deliver_due(opened.platform, opened.platform.phone, Channel.PHONE)
            opened.clock.move(86_400)
    waiting = await only(opened)
    assert lines == [
        {
            "event": "text_message_waits",
            "log_level": "info",
            "message_id": waiting.id,
            "kind": "code_sign_in",
            "recipient": "+**********12",
        }
    ]
    assert (waiting.standing, "012345" in waiting.text) == ("waiting", True)
    assert waiting.last_error == "nobody delivers text messages here: it waits in the outbox"


async def test_a_sender_of_text_messages_gets_those_alone(opened):
    await write(opened)
    await write(opened, channel=Channel.PHONE, recipient="+447700900012")
    phone = Postman()
    assert await messages.deliver_due(opened.platform, phone, Channel.PHONE) == messages.Delivery(sent=1)
    assert [each.recipient for each in phone.delivered] == ["+447700900012"]


async def test_an_organization_with_a_sender_sends_by_it(opened):
    organization = Organization(
        "org_1", "Orchard", branding={"sender_name": "Orchard", "sender_email": "hi@orchard.test"}
    )
    await write(opened, organization=organization)
    message = await only(opened)
    assert (message.sender_name, message.sender_email) == ("Orchard", "hi@orchard.test")
    async with opened.context().storing() as work:
        await messages.send(
            work, kind="code_sign_in", recipient="kim@orchard.test", language="de", values=VALUES
        )
    found = [each for each in await messages.list_messages(opened.context()) if each.language == "de"]
    assert (found[0].sender_name, found[0].sender_email) == ("Orders", None)


async def test_an_unknown_message_is_not_found(opened):
    with pytest.raises(NotFound):
        await messages.get_message(opened.context(), "msg_none")


async def test_another_environment_sees_none(opened):
    """U01: the outbox belongs to its environment."""
    await write(opened)
    message = await only(opened)
    elsewhere = replace(opened.environment, id="elsewhere")
    assert await messages.list_messages(opened.context(elsewhere)) == []
    with pytest.raises(NotFound):
        await messages.get_message(opened.context(elsewhere), message.id)
