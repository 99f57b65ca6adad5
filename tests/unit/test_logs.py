import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from claimsmith.logs import redact, set_up_logs
from claimsmith.settings import read_settings

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwOi8vMTI3LjAuMC4xIn0.c2lnbmF0dXJl_-0"
SECRET = "ymKGlr6rQBmk1uHURkOdwSRzDJHVmbYwxPLq8oBIMIKLX0OIWRfT"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines_of(settings: dict[str, Any] | None = None) -> io.StringIO:
    stream = io.StringIO()
    set_up_logs(read_settings(settings or {}, environ={}), stream)
    return stream


@pytest.mark.parametrize(
    "key",
    [
        "client_secret",
        "access_token",
        "password",
        "Authorization",
        "set_cookie",
        "COOKIE",
        "token",
        "secrets",
    ],
)
def test_value_of_a_telling_key_is_masked(key: str):
    assert redact(None, "info", {"event": "x", key: SECRET}) == {"event": "x", key: "***"}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"sent {JWT} to them", "sent *** to them"),
        (JWT.rpartition(".")[0] + ".", "***"),
        (f"body client_secret={SECRET}&scope=a", "body client_secret=***&scope=a"),
        (f'{{"client_secret": "{SECRET}", "a": 1}}', '{"client_secret": "***", "a": 1}'),
        (f"{{'client_secret': '{SECRET}'}}", "{'client_secret': '***'}"),
        (f"Authorization: Bearer {SECRET}", "Authorization: Bearer ***"),
        ("authorization: basic dXNlcjpwYXNzd29yZA==", "authorization: basic ***"),
        ("postgresql+asyncpg://user:pa55word@db:5432/x", "postgresql+asyncpg://user:***@db:5432/x"),
        (f"GET /console/link?token={SECRET} 200", "GET /console/link?token=*** 200"),
        ("client_secret=" + SECRET + "\nnext line", "client_secret=***\nnext line"),
    ],
)
def test_secrets_inside_any_text_are_masked(text: str, masked: str):
    assert redact(None, "info", {"event": text, "other": text}) == {"event": masked, "other": masked}


def test_secrets_deep_inside_are_masked():
    event = {
        "event": "x",
        "form": {"client_secret": SECRET, "items": [JWT, ("fine", JWT.encode())], "count": 3, "none": None},
        "error": ValueError(f"token={SECRET}"),
    }
    assert redact(None, "info", event) == {
        "event": "x",
        "form": {"client_secret": "***", "items": ["***", ["fine", "***"]], "count": 3, "none": None},
        "error": "token=***",
    }


def test_ordinary_values_are_left_alone():
    event = {"event": "request", "path": "/oauth2/introspect", "status": 200, "ok": True, "milliseconds": 1.5}
    assert redact(None, "info", event) == event


def test_line_is_json_with_time_level_and_context():
    stream = lines_of()
    structlog.contextvars.bind_contextvars(request_id="r1")
    structlog.get_logger("claimsmith.http").info("request", path="/x", status=200)
    line = json.loads(stream.getvalue())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert line == {
        "level": "info",
        "event": "request",
        "path": "/x",
        "status": 200,
        "request_id": "r1",
        "logger": "claimsmith.http",
    }


def test_lines_of_the_http_server_take_the_same_form():
    stream = lines_of()
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7, extra={"color_message": "red"})
    line = json.loads(stream.getvalue())
    line.pop("timestamp")
    assert line == {"level": "info", "event": "Started server process [7]", "logger": "uvicorn.error"}


def test_nothing_below_the_level_is_written():
    stream = lines_of({"log_level": "warning"})
    structlog.get_logger("claimsmith.http").info("request")
    logging.getLogger("uvicorn.error").info("Started")
    assert stream.getvalue() == ""
    structlog.get_logger("claimsmith.http").warning("seen")
    assert json.loads(stream.getvalue())["event"] == "seen"


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_passes_by_any_road(form: str):
    stream = lines_of({"log_format": form, "log_level": "debug"})
    log = structlog.get_logger("claimsmith.test")
    log.info(f"got {JWT}", client_secret=SECRET, note=f"client_secret={SECRET}")
    try:
        raise ValueError(f"bad client_secret={SECRET} and {JWT}")
    except ValueError:
        log.exception("failed")
    logging.getLogger("uvicorn.error").error("client_secret=%s", SECRET)
    logging.getLogger("anything").warning("Bearer %s", JWT)
    written = stream.getvalue()
    assert "bad client_secret=***" in written
    assert SECRET not in written
    assert JWT not in written
    assert "c2lnbmF0dXJl" not in written


def test_console_form_is_for_people():
    stream = lines_of({"log_format": "console"})
    structlog.get_logger("claimsmith.serve").info("starting", issuer="http://127.0.0.1:8000")
    written = stream.getvalue()
    assert "starting" in written
    assert "issuer=http://127.0.0.1:8000" in written
    assert not written.startswith("{")
