"""A request known by its bytes is granted only while it would be granted anew."""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import pytest
from prometheus_client import REGISTRY

from claimsmith.app import make_platform
from claimsmith.domain.changes import Author
from claimsmith.usecases import directory as directory_module
from claimsmith.usecases.client_secrets import list_secrets, rotate_secret
from claimsmith.usecases.context import Context
from claimsmith.usecases.environments import set_issuer
from tests.endpoints.conftest import AUDIENCE, Orders
from tests.journeys.test_staleness import claims_of

HOME, ELSEWHERE = ("127.0.0.1", 40_000), ("127.0.0.2", 40_000)


@dataclass
class Machine:
    """Send one application's request as the protocol class of the server does."""

    orders: Orders
    client_secret: str

    @property
    def body(self) -> bytes:
        form = {"client_id": self.orders.client_id, "client_secret": self.client_secret}
        return urlencode({"grant_type": "client_credentials", "audience": AUDIENCE, **form}).encode()

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/x-www-form-urlencoded")]

    @property
    def whole(self) -> bytes:
        lines = b"".join(b"%s: %s\r\n" % line for line in self.headers)
        return b"POST /oauth2/token HTTP/1.1\r\n%s\r\n%s" % (lines, self.body)

    async def become_known(self) -> None:
        """Be answered the ordinary way first, which caches the client, then at once."""
        await self.orders.opened.platform.directory.catch_up()
        assert (await self.orders.token(client_secret=self.client_secret)).status_code == 200
        assert self.now() is not None

    def now(self, client=HOME):
        return self.orders.opened.app.token_now("/oauth2/token", self.headers, self.body, client, self.whole)

    def again(self, client=HOME):
        return self.orders.opened.app.token_again(self.whole, client)


@pytest.fixture
async def machine(orders):
    made = Machine(orders, orders.client_secret)
    await made.become_known()
    return made


def token_of(answer: bytes) -> str:
    return json.loads(answer.partition(b"\r\n\r\n")[2])["access_token"]


async def refuse_nothing(orders, method, path, **body):
    answer = await orders.management.request(method, f"/api/v1{path}", json=body or None)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def test_unknown_bytes_are_not_answered(machine):
    app = machine.orders.opened.app
    for changed in (machine.whole + b"&", machine.whole[:-1], machine.whole.lower(), b"", b"\x00" * 900):
        assert app.token_again(changed, HOME) is None


async def test_what_was_not_whole_is_not_remembered(orders):
    machine = Machine(orders, orders.client_secret)
    await orders.token()
    app = orders.opened.app
    assert app.token_now("/oauth2/token", machine.headers, machine.body, HOME, None) is not None
    assert machine.again() is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/applications/{client_id}"),
        ("DELETE", "/apis/{api_id}/applications/{client_id}/scopes/{scope_id}"),
        ("DELETE", "/apis/{api_id}/scopes/{scope_id}"),
        ("DELETE", "/apis/{api_id}"),
    ],
)
async def test_right_taken_away_is_noticed(machine, method, path):
    orders = machine.orders
    known = {"client_id": orders.client_id, "api_id": orders.api_id}
    assert machine.again() is not None
    await refuse_nothing(orders, method, path.format(**known, scope_id=orders.scope_ids["read:orders"]))
    assert machine.again() is None
    assert machine.now() is None


async def test_revoked_secret_is_noticed(machine):
    orders = machine.orders
    path = f"/applications/{orders.client_id}/secrets"
    await refuse_nothing(orders, "POST", path, name="second")
    listed = await refuse_nothing(orders, "GET", path)
    first = next(secret for secret in listed["secrets"] if secret["name"] != "second")
    await refuse_nothing(orders, "DELETE", f"{path}/{first['id']}")
    assert machine.again() is None
    assert (await orders.token()).status_code == 401


async def test_expired_secret_is_noticed(machine):
    orders = machine.orders
    clock = orders.opened.clock
    path = f"/applications/{orders.client_id}/secrets"
    made = await refuse_nothing(orders, "POST", path, name="short", expires_in_seconds=90)
    short = Machine(orders, made["secret"]["client_secret"])
    await short.become_known()
    await machine.become_known()
    clock.move(80)
    assert short.again() is not None
    clock.move(20)
    assert short.again() is None
    assert machine.again() is not None


async def test_profile_change_is_in_the_next_token(machine):
    orders = machine.orders
    assert "permissions" not in claims_of(token_of(machine.again()))
    path = f"/applications/{orders.client_id}/token_profiles/m2m"
    await refuse_nothing(orders, "PUT", path, include_api_scopes_in_permissions=True)
    assert machine.again() is None
    await machine.become_known()
    assert claims_of(token_of(machine.again()))["permissions"] == ["read:orders", "write:orders"]


async def test_guessers_have_to_wait_with_known_requests_too(machine):
    """E15: one address is slowed down, the client's real user at another one is not."""
    wrong = Machine(machine.orders, "wrong")
    async with machine.orders.opened.http() as http:
        for _ in range(20):
            answer = await http.post("/oauth2/token", content=wrong.body, headers=dict(wrong.headers))
            assert answer.status_code == 401
    assert machine.again(HOME) is None
    assert machine.again(ELSEWHERE) is not None


async def test_secret_revoked_by_another_process_is_noticed_with_the_next_read(machine):
    """Whoever brings the new secret makes this process read the client, before it learns of the change."""
    orders = machine.orders
    made = await _secret_made_elsewhere(orders)
    assert machine.again() is not None
    assert (await orders.token(client_secret=made)).status_code == 200
    assert machine.again() is None


async def _secret_made_elsewhere(orders) -> str:
    opened = orders.opened
    platform = make_platform(opened.settings, opened.clock)
    try:
        await platform.directory.start()
        context = Context(platform, opened.environment, Author("cli", "test"))
        [old] = await list_secrets(context, orders.client_id)
        made = await rotate_secret(context, orders.client_id, old.id)
        return made.secret.reveal()
    finally:
        await platform.database.close()


class Later:
    """Be a clock by which the database has not answered for as long as is allowed."""

    @staticmethod
    def monotonic() -> float:
        return time.monotonic() + directory_module.FRESH_SECONDS


async def test_environment_that_moved_to_another_host_is_noticed(machine):
    opened = machine.orders.opened
    assert machine.again() is not None
    await set_issuer(opened.platform, opened.environment, "https://elsewhere.test")
    await opened.platform.directory.catch_up()
    assert machine.again() is None


async def test_nothing_is_known_while_the_database_is_silent(machine, monkeypatch):
    directory = machine.orders.opened.platform.directory
    with monkeypatch.context() as later:
        later.setattr(directory_module, "time", Later)
        assert machine.again() is None
    await directory.catch_up()
    assert machine.again() is not None


async def test_change_elsewhere_in_the_environment_costs_no_known_request(machine):
    generation = machine.orders.opened.platform.directory.generation
    await refuse_nothing(machine.orders, "POST", "/applications", name="Other", type="m2m")
    assert machine.orders.opened.platform.directory.generation > generation
    assert machine.again() is not None


async def test_repeated_requests_are_counted_and_mark_their_secret(machine):
    orders = machine.orders
    opened = orders.opened
    await opened.platform.usage.flush()
    before = await _issued(orders)
    metric = REGISTRY.get_sample_value("claimsmith_tokens_issued_total")
    opened.clock.move(5)
    for _ in range(3):
        assert machine.again() is not None
    await opened.platform.usage.flush()
    assert await _issued(orders) == before + 3
    assert REGISTRY.get_sample_value("claimsmith_tokens_issued_total") == metric + 3
    listed = await refuse_nothing(orders, "GET", f"/applications/{orders.client_id}/secrets")
    assert datetime.fromisoformat(listed["secrets"][0]["last_used_on"]) == opened.clock.at


async def _issued(orders) -> int:
    found = await refuse_nothing(orders, "GET", f"/usage?application_id={orders.client_id}")
    return sum(day["issued"] for day in found["usage"])


async def test_stamps_are_those_of_each_moment(machine):
    clock = machine.orders.opened.clock
    for seconds in (0, 0, 1, 3_600):
        clock.move(seconds)
        await machine.orders.opened.platform.directory.catch_up()
        claims = claims_of(token_of(machine.again()))
        assert claims["iat"] == int(clock.at.timestamp())
        assert claims["exp"] == claims["iat"] + 86_400


async def test_repeated_requests_get_tokens_of_their_own(machine):
    answers = [machine.now(), machine.again(), machine.again(ELSEWHERE)]
    claims = [claims_of(token_of(answer)) for answer in answers]
    assert len({each.pop("jti") for each in claims}) == 3
    assert claims[0] == claims[1] == claims[2]
    heads = [answer.partition(b"\r\n\r\n")[0].split(b"\r\n") for answer in answers]
    assert [line[:13] for line in heads[0]] == [line[:13] for line in heads[1]]
