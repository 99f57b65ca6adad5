"""Measure what plans cost a token: `python -m bench.plans`.

One process issues RS256 tokens for a request that repeats, as `edge/short_way.py` has them answered, with no
HTTP around it. Rounds without plans and on a running trial take turns. Processor time counts, so that
what else the machine does matters little. The token is the same in both: its permissions hold the API scopes.
"""

import argparse
import asyncio
import os
import tempfile
import time
import tomllib
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from claimsmith.app import compose
from claimsmith.domain.changes import Author
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.edge.front import Front
from claimsmith.opening import make_platform, prepare
from claimsmith.settings import read_settings
from claimsmith.usecases import api_authorizations, apis, applications, business_plans, token_profiles
from claimsmith.usecases.context import Context, Platform
from claimsmith.usecases.plans_file import put_in_force

SAMPLE = Path(__file__).resolve().parents[1] / "deploy" / "plans.sample.toml"
AUDIENCE = "https://api.orders.test"
ISSUER = "http://127.0.0.1:8000"
PEER = ("127.0.0.1", 50_000)
MOST_PERCENT = 2.0


def main() -> int:
    """Measure and tell; return 1 when plans cost more than they may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--tokens", type=int, default=500, help="tokens of one round")
    options = parser.parse_args()
    os.environ.setdefault("CLAIMSMITH_LOG_LEVEL", "error")
    with tempfile.TemporaryDirectory(prefix="claimsmith-bench-") as folder:
        without, with_plans = asyncio.run(_measure(Path(folder), options.rounds, options.tokens))
    percent = 100 * (median(with_plans) / median(without) - 1)
    print(f"without plans     {median(without) * 1e6:8.1f} µs of processor time per token")
    print(f"on a running trial {median(with_plans) * 1e6:7.1f} µs")
    print(f"plans cost        {percent:+8.2f} % (at most {MOST_PERCENT} %)")
    return int(percent > MOST_PERCENT)


async def _measure(folder: Path, rounds: int, tokens: int) -> tuple[list[float], list[float]]:
    settings = read_settings({"data": folder, "issuer": ISSUER}, environ={})
    platform = make_platform(settings)
    environment = await prepare(platform, settings)
    await platform.directory.start()
    context = Context(platform, environment, Author("cli", "bench"))
    body = await _furnish(context)
    front = compose(platform, settings)
    document = tomllib.loads(SAMPLE.read_text(encoding="utf-8"))
    await put_in_force(platform, document)
    await business_plans.start_trial(context, "plus")
    measured: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * rounds + 2):
        has_plans = bool(number % 2)
        await put_in_force(platform, document if has_plans else None)
        cost = None
        while cost is None:
            await _warm(platform, front, body)
            cost = _cost(front, body, tokens)
        if number > 1:
            measured[has_plans].append(cost)
    await platform.database.close()
    return measured[False], measured[True]


async def _furnish(context: Context) -> bytes:
    """Make an API and an application whose tokens have the API scopes in permissions; return its request."""
    api = await apis.create_api(context, name="Orders", audience=AUDIENCE)
    made = await applications.create_application(context, name="Nightly", type="m2m")
    application_id = made.application.id
    await api_authorizations.change_authorized_applications(context, api.id, [(application_id, None)])
    for key in ("read:orders", "write:orders"):
        scope = await apis.add_scope(context, api.id, key=key)
        await api_authorizations.enable_scope(context, api.id, application_id, scope.id)
    profile = TokenProfile(application_id, TokenKind.M2M, include_api_scopes_in_permissions=True)
    await token_profiles.put_profile(context, profile)
    assert made.secret is not None
    form = {"grant_type": "client_credentials", "audience": AUDIENCE, "client_id": application_id}
    return urlencode({**form, "client_secret": made.secret.reveal()}).encode()


async def _warm(platform: Platform, front: Front, body: bytes) -> None:
    """Let the client be read, its token be worked out, and the request be known."""
    await platform.directory.catch_up()
    status = 0

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        nonlocal status
        status = int(str(message.get("status", status)))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/oauth2/token",
        "raw_path": b"/oauth2/token",
        "query_string": b"",
        "headers": _HEADERS,
        "client": PEER,
        "root_path": "",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "http_version": "1.1",
    }
    await front(scope, receive, send)
    assert status == 200, f"the token request was answered {status}"
    assert front.token_now("/oauth2/token", _HEADERS, body, PEER, body)


def _cost(front: Front, body: bytes, tokens: int) -> float | None:
    """Return the seconds of one token; `None` when the machine took so long that nothing cached counts."""
    began = time.process_time()
    for _ in range(tokens):
        if front.token_again(body, PEER) is None:
            return None
    return (time.process_time() - began) / tokens


_HEADERS = [
    (b"host", b"127.0.0.1:8000"),
    (b"content-type", b"application/x-www-form-urlencoded"),
]

if __name__ == "__main__":
    raise SystemExit(main())
