import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from uvicorn import Config, Server

from claimsmith.edge.deadlines import HEAD_SECONDS, DeadlineProtocol

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Hasty(DeadlineProtocol):
    head_seconds = 0.4


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(float(scope["query_string"] or 0))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def served(port: int) -> AsyncIterator[None]:
    server = Server(
        Config(answer, port=port, http=Hasty, ws="none", lifespan="off", log_config=None, access_log=False)
    )
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await running


async def seconds_until_closed(reader: asyncio.StreamReader) -> float:
    began = asyncio.get_running_loop().time()
    with contextlib.suppress(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 5)
    return asyncio.get_running_loop().time() - began


async def test_silent_connection_is_closed(free_port: int):
    async with served(free_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        assert 0.3 < await seconds_until_closed(reader) < 2
        writer.close()


async def test_dripping_headers_buy_no_time(free_port: int):
    async with served(free_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        closed = asyncio.create_task(seconds_until_closed(reader))
        writer.write(b"GET / HTTP/1.1\r\n")
        number = 0
        while not closed.done():
            number += 1
            writer.write(f"X-{number}: a\r\n".encode())
            await asyncio.sleep(0.05)
        assert 0.3 < await closed < 2
        writer.close()


async def test_second_request_of_a_connection_has_a_deadline_too(free_port: int):
    async with served(free_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        writer.write(REQUEST)
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        assert 0.3 < await seconds_until_closed(reader) < 2
        writer.close()


async def test_blank_lines_buy_no_time(free_port: int):
    async with served(free_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        writer.write(REQUEST)
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        closed = asyncio.create_task(seconds_until_closed(reader))
        while not closed.done():
            writer.write(b"\r\n")
            await asyncio.sleep(0.05)
        assert 0.3 < await closed < 2
        writer.close()


@pytest.mark.parametrize("pause", [0.0, 0.8])
async def test_waiting_between_requests_and_slow_answers_are_no_fault(free_port: int, pause: float):
    async with served(free_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        for _ in range(2):
            writer.write(REQUEST.replace(b"/ ", f"/?{0.8 - pause} ".encode()))
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(pause)
        writer.close()


def test_deadline_in_force():
    assert DeadlineProtocol.head_seconds == HEAD_SECONDS == 10.0
