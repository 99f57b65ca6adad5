"""PostgreSQL ends every connection under load: requests wait or get 503, and nothing acknowledged is lost."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from claimsmith.storage.database import async_url
from tests.journeys.test_faults import listed
from tests.journeys.test_staleness import AUDIENCE, configure
from tests.support.server import RunningServer

ROUNDS = 20
RECOVERY_SECONDS = 5.0
END_ALL = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass
class Load:
    """Ask from several threads, each request on a connection of its own, so that every worker is reached."""

    server: RunningServer
    credentials: dict[str, str]
    bearer: str
    answers: list[tuple[float, int]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    authorized: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def send(self, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, dict]:
        """Send one request; note an answer that is neither a success nor a 503 with Retry-After."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        began = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            status, retry, content = answer.status, answer.getheader("Retry-After"), answer.read()
        except OSError as error:
            self.wrong.append(f"{path}: {error!r}")
            return 0, {}
        finally:
            connection.close()
        if status not in (200, 201) and not (status == 503 and retry):
            self.wrong.append(f"{path}: {status} {content!r}")
        self.answers.append((began, status))
        return status, json.loads(content)

    def managed(self, method: str, path: str, body: object) -> tuple[int, dict]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.bearer}"}
        return self.send(method, f"/api/v1{path}", json.dumps(body), headers)

    def token(self, client_id: str, client_secret: str) -> None:
        form = {"client_id": client_id, "client_secret": client_secret, "audience": AUDIENCE}
        body = urlencode({"grant_type": "client_credentials", **form})
        self.send("POST", "/oauth2/token", body, {"Content-Type": "application/x-www-form-urlencoded"})

    def ask(self) -> None:
        """Ask for a token of an application that every worker has in memory."""
        self.token(self.credentials["client_id"], self.credentials["client_secret"])

    def register(self) -> None:
        """Register and authorize an application, and ask for its token: no worker has it in memory."""
        status, answer = self.managed("POST", "/applications", {"name": "New", "type": "m2m"})
        if status != 201:
            return
        made = answer["application"]
        self.acknowledged.append(made["id"])
        path = f"/apis/{self.credentials['api_id']}/applications"
        if self.managed("PATCH", path, {"applications": [{"id": made["id"]}]})[0] == 200:
            self.authorized.append(made["id"])
            self.token(made["client_id"], made["client_secret"])

    def repeat(self, act: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            while not self.stopping.is_set():
                act()
                time.sleep(0.01)

        thread = threading.Thread(target=run)
        thread.start()
        return thread


async def end_connections(url: str) -> list[int]:
    """End every connection to the database but this one, again and again; return how many each time."""
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    counts = []
    for _ in range(ROUNDS):
        async with engine.connect() as connection:
            counts.append((await connection.execute(END_ALL)).scalar_one())
        await asyncio.sleep(0.25)
    await engine.dispose()
    return counts


@pytest.mark.slow
def test_ended_connections_cost_nothing_but_a_moment(tmp_path, postgres_url):
    """R-02: 503 with Retry-After or success, never 401 or 500; back within five seconds; no write is lost."""
    server = RunningServer(tmp_path / "data", workers=2, database_url=postgres_url)
    assert server.run("migrate").returncode == 0
    with server, server.management() as management:
        bearer = management.headers["authorization"].removeprefix("Bearer ")
        load = Load(server, configure(management), bearer)
        threads = [load.repeat(act) for act in (load.ask, load.ask, load.register, load.register)]
        try:
            counts = asyncio.run(end_connections(postgres_url))
            ended = time.monotonic()
            time.sleep(RECOVERY_SECONDS + 2)
        finally:
            load.stopping.set()
            for thread in threads:
                thread.join()
        assert load.wrong == []
        late = {status for began, status in load.answers if began > ended + RECOVERY_SECONDS}
        assert late == {200, 201}
        assert sum(counts) >= ROUNDS
        assert len(load.authorized) > 20
        stored = {each["id"] for each in listed(management)}
        assert stored.issuperset(load.acknowledged)
        api = management.get(f"/apis/{load.credentials['api_id']}").json()["api"]
        assert {each["id"] for each in api["applications"]}.issuperset(load.authorized)
