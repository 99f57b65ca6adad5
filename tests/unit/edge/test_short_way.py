"""What a connection of the short way owes besides its answers: it ends when it should, and not before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from uvicorn import Config, Server

from claimsmith.edge.leaving import Leaving
from claimsmith.edge.short_way import ShortWayProtocol

KEEP_ALIVE_SECONDS = 1
REQUEST = b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na=bc"


class Application:
    """Answer each token request at once, and everything else the ordinary way."""

    def __init__(self) -> None:
        self.leaving = Leaving()
        self.again = 0

    def token_now(self, path: str, headers: Any, body: bytes, client: Any, whole: bytes | None) -> bytes:
        return b"content-length: 2\r\n\r\nok"

    def token_again(self, whole: bytes, client: Any) -> bytes | None:
        if whole != REQUEST:
            return None
        self.again += 1
        return b"content-length: 2\r\n\r\nok"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def served(port: int, application: Application) -> AsyncIterator[Server]:
    server = Server(
        Config(
            application,
            port=port,
            http=ShortWayProtocol,
            ws="none",
            interface="asgi3",
            lifespan="off",
            proxy_headers=False,
            log_config=None,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
    )
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server
    server.should_exit = True
    await asyncio.wait_for(running, 5)


async def seconds_until_closed(reader: asyncio.StreamReader) -> float:
    began = asyncio.get_running_loop().time()
    assert await asyncio.wait_for(reader.read(), 10) == b""
    return asyncio.get_running_loop().time() - began


async def test_each_answer_begins_the_keep_alive_time_anew(free_port: int):
    application = Application()
    async with served(free_port, application):
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        for _ in range(4):
            writer.write(REQUEST)
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 OK\r\n")
            await asyncio.sleep(0.6 * KEEP_ALIVE_SECONDS)
        assert 0.2 * KEEP_ALIVE_SECONDS < await seconds_until_closed(reader) < 2 * KEEP_ALIVE_SECONDS
        writer.close()
    assert application.again == 4


async def test_ordinary_answer_after_a_short_one_begins_it_too(free_port: int):
    async with served(free_port, Application()):
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        for request in (REQUEST, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
            writer.write(request)
            await reader.readuntil(b"ok")
            await asyncio.sleep(0.6 * KEEP_ALIVE_SECONDS)
        assert 0.2 * KEEP_ALIVE_SECONDS < await seconds_until_closed(reader) < 2 * KEEP_ALIVE_SECONDS
        writer.close()


async def test_server_that_stops_closes_the_connection(free_port: int):
    async with served(free_port, Application()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        writer.write(REQUEST)
        await reader.readuntil(b"ok")
        server.should_exit = True
        assert await seconds_until_closed(reader) < KEEP_ALIVE_SECONDS
        writer.close()


async def test_client_that_ends_its_side_gets_the_answer(free_port: int):
    async with served(free_port, Application()):
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
            writer.write(REQUEST)
            writer.write_eof()
            assert (await reader.read()).endswith(b"\r\n\r\nok")
            writer.close()


async def test_requests_that_do_not_wait_are_answered_in_order(free_port: int):
    """The answer to the first leaves before the second, which goes the ordinary way, is read."""
    async with served(free_port, Application()):
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        for _ in range(10):
            writer.write(REQUEST)
            await asyncio.sleep(0)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + REQUEST)
        for _ in range(30):
            assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\nok"), 5)).startswith(b"HTTP/1.1 200 OK")
        writer.close()
