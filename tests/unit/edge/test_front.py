"""What fails is answered and logged under the request's id."""

import json
import re

import pytest
import structlog

from claimsmith.domain.errors import Unavailable
from claimsmith.edge.front import _answered, _unavailable


class Wire:
    """Hold what an application sent."""

    def __init__(self):
        self.messages = []

    async def send(self, message):
        self.messages.append(message)

    async def receive(self):
        return {"type": "http.disconnect"}

    @property
    def headers(self):
        return {name.decode().lower(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self):
        return json.loads(self.messages[1]["body"])


async def answered(application):
    wire = Wire()
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        status, request_id = await _answered(
            application, {"type": "http", "path": "/x", "method": "GET"}, wire.receive, wire.send
        )
    return wire, logs, status, request_id


def failing(error, *, begun=False):
    async def application(scope, receive, send):
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    return application


async def test_defect_is_answered_without_a_word_about_it():
    wire, [entry], status, request_id = await answered(failing(RuntimeError("a secret detail")))
    assert status == 500
    assert wire.body == {
        "error": "server_error",
        "error_description": f"The server failed. The log says more under {request_id}.",
    }
    assert wire.headers["x-request-id"] == request_id
    assert (entry["event"], entry["path"], entry["request_id"]) == ("failed", "/x", request_id)
    assert entry["exc_info"]


async def test_storage_that_does_not_answer_is_answered_with_503():
    wire, [entry], status, _ = await answered(failing(Unavailable("no database")))
    assert (status, wire.headers["retry-after"], wire.body["error"]) == (503, "1", "temporarily_unavailable")
    assert (entry["event"], entry["detail"]) == ("unavailable", "no database")


async def test_answer_that_has_begun_is_not_begun_again():
    wire, [entry], status, _ = await answered(failing(RuntimeError(), begun=True))
    assert (len(wire.messages), status, entry["event"]) == (1, 200, "failed")


@pytest.mark.parametrize("error", [ConnectionError("gone"), ConnectionResetError("gone")])
async def test_client_that_left_is_no_defect(error):
    wire, [entry], status, _ = await answered(failing(error))
    assert (wire.messages, status, entry["event"], entry["log_level"]) == ([], 0, "client_left", "info")


async def test_ids_are_random():
    ids = [(await answered(failing(RuntimeError())))[3] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)


@pytest.mark.parametrize("path", ["/api/v1/apis", "/account_api/v1/roles"])
def test_an_api_is_told_in_its_own_shape_that_its_environment_cannot_be_read(path):
    answer = _unavailable(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert [each["code"] for each in json.loads(answer.body)["errors"]] == ["TEMPORARILY_UNAVAILABLE"]
    assert json.loads(_unavailable("/oauth2/token").body)["error"] == "temporarily_unavailable"
