"""Measure what people cost with very many users stored: sign-in, refresh, userinfo, introspection, passwords.

On SQLite, and on a PostgreSQL of the wheel that keeps what it has acknowledged (`fsync`), as SQLite does. It
runs on the other core, beside the load; what is measured is the server's own core.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from bench import bare, people_stock
from bench.load import CONNECTIONS
from bench.people_flows import CHALLENGE, VERIFIER, Given
from bench.processes import LOAD_CORE, ROOT, SERVER_CORE, can_pin, pinned
from bench.rounds import Contender, interleave
from bench.subject import AUDIENCE, Credentials, Subject, form

BACKENDS = ("sqlite", "postgresql")
FULL = 1_000_000
QUICK = 10_000
REDIRECT_URI = "https://app.orders.test/callback"
SCOPE = "openid profile email offline"
HASHED_AT_ONCE = 2
"""Fewer than one hashing thread and its queue take, even beside those that the round before left there."""
FLOOD = 20
"""More than they take: some are refused, and come again as soon as they may."""
KEPT_SECONDS = 43_200
"""How long a database that was filled may be used again: its sessions last for a day."""
_DURABLE = "-c max_connections=200 -c shared_buffers=256MB -c max_wal_size=2GB"
_PROXIES = {"CLAIMSMITH_TRUSTED_PROXIES": "127.0.0.0/8"}
"""People come from everywhere; one address alone is slowed down."""
_LEAST_CPU_SHARE = 0.6
"""Waiting for the disk and for PostgreSQL is no disturbance. A smoke test takes what it gets."""


@dataclass(frozen=True, slots=True)
class PeopleTarget:
    """Name one flow against one server."""

    server_url: str
    flow: str
    given: bytes
    connections: int = CONNECTIONS
    flood: int = 0

    @property
    def url(self) -> str:
        """Return the address that messages name, with the flow."""
        return f"{self.server_url} ({self.flow})"

    @property
    def is_flooded(self) -> bool:
        """Tell whether passwords come in beside the flow."""
        return self.flood > 0

    def command(self, seconds: float) -> list[str]:
        """Return the command that loads the flow for some seconds."""
        run = [sys.executable, "-m", "bench.people_driver", self.flow, str(self.connections), str(seconds)]
        return pinned(LOAD_CORE, [*run, *([str(self.flood)] if self.flood else [])])


def measure(
    users: int, rounds: int, seconds: float, folder: Path, *, is_bare_measured: bool, is_quick: bool
) -> dict[str, Any]:
    """Return the rows of both databases, the bare signatures and the bare password hashes."""
    rows: dict[str, Any] = {"users": users}
    with ExitStack() as stack:
        contenders: dict[str, Contender] = {}
        beside: dict[str, Contender] = {}
        payload = bytes(700)
        for backend in BACKENDS:
            subject, given = _prepared(stack, backend, folder / f"people-{backend}", users)
            payload = _check(given)
            for name, target in _targets(subject, given).items():
                contenders[f"{backend} {name}"] = (subject.server, target)
            by_password = contenders[f"{backend} password sign-in"]
            beside[f"{backend} password sign-in, both cores"] = by_password
        sign = partial(bare.measure, "RS256", payload, seconds)
        rows |= interleave(
            contenders,
            rounds=rounds,
            seconds=seconds,
            bare=sign if is_bare_measured else None,
            warm_up_seconds=(3, 1) if is_quick else (6, 2),
            least_cpu_share=0 if is_quick else _LEAST_CPU_SHARE,
        )
        # A server has a core for its hashing thread and one for the rest, where there are two.
        for server, _ in beside.values():
            server.spread({SERVER_CORE, LOAD_CORE})
        warm_up = (1, 1) if is_quick else (3, 2)
        rows |= interleave(beside, rounds=rounds, seconds=seconds, warm_up_seconds=warm_up, least_cpu_share=0)
    if is_bare_measured:
        rates = [bare.measure(bare.ARGON2ID, b"", seconds, 0.1) for _ in range(rounds)]
        rows["bare argon2id"] = {"rate": sorted(rates)[len(rates) // 2], "rates": rates}
    return rows


def _prepared(stack: ExitStack, backend: str, data: Path, users: int) -> tuple[Subject, Given]:
    """Return a running server over a filled database, and what its drivers are told.

    A database that was filled before, today and by this schema, is used again.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:  # then PostgreSQL runs as another user, who has to get there
        data.parent.chmod(data.parent.stat().st_mode | 0o011)
    known = data.parent / f"{data.name}.json"
    kept = _kept(known, users)
    if kept is None:
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(_cluster(data), ignore_errors=True)
    url = stack.enter_context(_database(data, kept)) if backend == "postgresql" else None
    start = partial(Subject, data, database_url=url, env=_PROXIES)
    if kept is not None:
        subject = start(urlsplit(kept.url).port)
        stack.callback(subject.server.stop)
        subject.wait()
        return subject, kept
    if url is not None:
        command = [sys.executable, "-m", "claimsmith", "migrate", "--data", str(data), "--database-url", url]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # ours
    subject = start()
    stack.callback(subject.server.stop)
    subject.wait()
    machine = subject.configure("RS256")
    client = subject.register_web(REDIRECT_URI)
    subject.server.stop()
    people = people_stock.fill(url, data, users)
    subject = start(subject.port)
    stack.callback(subject.server.stop)
    subject.wait()
    subject.seconds_until_token(machine)
    given = _given(subject, machine, client, people)
    known.write_text(json.dumps({**_what(users), "given": asdict(given)}))
    known.chmod(0o600)
    return subject, given


def _what(users: int) -> dict[str, Any]:
    from claimsmith.storage.schema import HEAD

    return {"users": users, "schema": HEAD}


def _kept(known: Path, users: int) -> Given | None:
    """Return what the drivers are told of a database that was filled before, unless it is of no use now."""
    if not known.exists() or time.time() - known.stat().st_mtime > KEPT_SECONDS:
        return None
    kept = json.loads(known.read_text())
    return Given(**kept.pop("given")) if kept == _what(users) else None


def _cluster(data: Path) -> Path:
    return data.parent / f"{data.name}-cluster"


@contextmanager
def _database(data: Path, kept: Given | None) -> Iterator[str]:
    """Run a durable PostgreSQL on the core of the load; return the URL of a database in it."""
    from tests.support.postgres import running_postgres

    own = os.sched_getaffinity(0)
    with ExitStack() as stack:
        if can_pin():
            os.sched_setaffinity(0, {LOAD_CORE})  # what is started now stays there
        try:
            server = stack.enter_context(running_postgres(_DURABLE, _cluster(data)))
        finally:
            os.sched_setaffinity(0, own)
        yield server.new_database(name="people") if kept is None else server.url("people")


def _given(
    subject: Subject, machine: Credentials, client: Credentials, people: list[people_stock.Person]
) -> Given:
    return Given(
        url=subject.url,
        client={"client_id": client.client_id, "client_secret": client.client_secret},
        redirect_uri=REDIRECT_URI,
        audience=AUDIENCE,
        scope=SCOPE,
        session_cookie=f"claimsmith_sso_{subject.port}",
        people=[[each.user_id, each.email, each.session] for each in people],
        password=people_stock.PASSWORD,
        machine=form(machine),
    )


def _targets(subject: Subject, given: Given) -> Mapping[str, PeopleTarget]:
    make = partial(PeopleTarget, subject.url, given=json.dumps(asdict(given)).encode())
    flows = {name: make(flow=name) for name in ("sign-in", "refresh", "userinfo", "introspection")}
    return {
        **flows,
        "password sign-in": make(flow="password sign-in", connections=HASHED_AT_ONCE),
        "token idle": make(flow="paced machine"),
        "token flooded": make(flow="paced machine", flood=FLOOD),
    }


def _check(given: Given) -> bytes:
    """Sign one person in, insist on what the tokens say, and return the access token's signing input."""
    user_id, email, session = given.people[0]
    query = {
        "client_id": given.client["client_id"],
        "redirect_uri": given.redirect_uri,
        "response_type": "code",
        "scope": given.scope,
        "audience": given.audience,
        "state": "state-that-is-long-enough",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    cookie = {"Cookie": f"{given.session_cookie}={session}"}
    answer = httpx.get(f"{given.url}/oauth2/auth", params=query, headers=cookie)
    told = parse_qs(urlsplit(answer.headers.get("location", "")).query)
    if "code" not in told:
        raise SystemExit(f"bench: no code for a session: {answer.status_code} {dict(answer.headers)}")
    answer = httpx.post(
        f"{given.url}/oauth2/token",
        data={
            "grant_type": "authorization_code",
            "code": told["code"][0],
            "redirect_uri": given.redirect_uri,
            "code_verifier": VERIFIER,
            **given.client,
        },
    )
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"bench: the code gave {answer.status_code}: {answer.text}")
    tokens = answer.json()
    access, identity = (_claims(tokens[name]) for name in ("access_token", "id_token"))
    if (
        (access["sub"], identity["sub"], identity["email"]) != (user_id, user_id, email)
        or access["aud"] != [given.audience]
        or not access["org_code"].startswith("org_be0c4")
        or access["scp"] != given.scope.split()
    ):
        raise SystemExit(f"bench: these are not the agreed tokens: {access} {identity}")
    return str(tokens["access_token"]).rpartition(".")[0].encode()


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims
