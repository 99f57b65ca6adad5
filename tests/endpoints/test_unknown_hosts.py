"""A request that no environment answers is named in the answer and in the log, and learns of none."""

import httpx
import pytest
import structlog

from claimsmith.usecases.environments import add_environment
from tests.endpoints.assertions import sound
from tests.support.platform import ISSUER

NONE_HERE = (
    "No environment has an issuer with {} and this path. On the machine of the server, "
    "claimsmith environment list shows the issuers there are."
)


@pytest.fixture
async def hidden(opened):
    """Open a platform with an environment whose address nobody here may learn."""
    await add_environment(
        opened.platform, code="staging", name="Staging", issuer="https://hidden.example.com/staging"
    )
    await opened.platform.directory.catch_up()
    return opened


async def asked(opened, host: bytes, path: str = "/oauth2/token"):
    """Return the answer with its line in the log. The host is sent as it is."""
    with structlog.testing.capture_logs() as lines:
        async with opened.http() as http:
            request = httpx.Request("GET", f"{ISSUER}{path}", headers=[(b"Host", host)])
            answer = sound(await http.send(request))
    assert "hidden" not in answer.text.replace("hidden.example.com and this path", "")
    [line] = lines
    assert line.pop("request_id") == answer.headers["x-request-id"]
    return answer, line


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        (b"elsewhere.test:81", "elsewhere.test:81"),
        (b"[::1]:9", "[::1]:9"),
        (b'<script>"\\', "%3Cscript%3E%22%5C"),
        (b"a\r\nb\xff\x1b[31m", "a%0D%0Ab%FF%1B[31m"),
        (b"x" * 5_000, "x" * 200 + "..."),
    ],
)
async def test_unknown_host_is_named(hidden, host, shown):
    answer, line = await asked(hidden, host)
    assert answer.status_code == 404
    assert answer.json() == {"error": "not_found", "error_description": NONE_HERE.format(f"the host {shown}")}
    assert line == {
        "event": "turned_away",
        "log_level": "info",
        "method": "GET",
        "host": shown,
        "path": "/oauth2/token",
        "status": 404,
    }


async def test_missing_host_is_told(hidden):
    answer, line = await asked(hidden, b"")
    assert answer.json()["error_description"] == NONE_HERE.format("no host")
    assert line["host"] == ""


async def test_known_host_with_another_path_learns_nothing(hidden):
    answer, line = await asked(hidden, b"hidden.example.com", "/" + "x" * 5_000)
    assert answer.json()["error_description"] == NONE_HERE.format("the host hidden.example.com")
    assert line["path"] == "/" + "x" * 199


async def test_address_with_a_nul_is_logged(hidden):
    answer, line = await asked(hidden, b"127.0.0.1:8000", "/oauth2/%00")
    assert answer.status_code == 400
    assert (line["event"], line["status"]) == ("turned_away", 400)
