"""The general rules refuse what they are there to refuse, and let honest answers pass."""

import httpx
import pytest

from tests.support.general_rules import assert_general_rules, assert_general_rules_async


def response(status: int = 200, headers: dict[str, str] | None = None, **content: object) -> httpx.Response:
    request = httpx.Request("GET", "http://127.0.0.1/x")
    return httpx.Response(status, headers=headers, request=request, **content)


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("G1", response(500, text="Something failed.")),
        ("G1", response(503, json={"error": "temporarily_unavailable"})),
        ("G2", response(400, text="Traceback (most recent call last):\n  ...")),
        ("G2", response(400, text='File "app.py", line 3, in run')),
        ("G2", response(400, json={"message": 'File "app.py", line 3, in run'})),
        ("G2", response(400, json={"message": "SELECT id\nFROM users"})),
        ("G2", response(400, json={"message": "asyncpg.exceptions.UniqueViolationError"})),
        ("G2", response(400, json={"message": "cannot open /var/lib/claimsmith/key"})),
        ("G3", response(json={"access_token": "a"})),
        ("G3", response(json={"access_token": "a"}, headers={"Cache-Control": "private"})),
        ("G3", response(json={"application": {"client_secret": "a"}})),
        ("G3", response(json={"made": [{"refresh_token": "a"}]})),
        ("G4", response(400, json={"error": "invalid_request", "error_description": 'a "word"'})),
        ("G4", response(400, json={"error": "invalid_request", "error_description": "a\\b"})),
        ("G4", response(400, json={"error": "invalid_request", "error_description": "a\r\nb"})),
        ("G4", response(400, json={"error": "ungültig"})),
    ],
)
def test_refused(rule, bad):
    with pytest.raises(AssertionError, match=f"^{rule}:"):
        assert_general_rules(bad)


@pytest.mark.parametrize(
    "good",
    [
        response(204),
        response(json={"access_token": "a"}, headers={"Cache-Control": "no-store"}),
        response(json={"access_token": "a"}, headers={"Cache-Control": "No-Store, private"}),
        response(400, json={"error": "invalid_request", "error_description": "The parameter a is missing."}),
        response(404, json={"errors": [{"code": "X", "message": 'No "y".'}]}),
        response(json={"properties": {"access_token": {"type": "string"}}}),
        response(html="<select><option>Update the settings</option></select>"),
        response(json={"issuer": "http://127.0.0.1:8000/tmp/a", "logo": "https://a.test/usr/b"}),
    ],
)
def test_passed(good):
    assert_general_rules(good)


def test_secret_is_refused_and_not_repeated():
    with pytest.raises(AssertionError, match=r"^G2:") as refusal:
        assert_general_rules(response(text="it is hunter2"), secrets=["hunter2"])
    assert "hunter2" not in str(refusal.value)


async def test_hook_of_an_asynchronous_client():
    transport = httpx.MockTransport(lambda _: httpx.Response(500, text="Something failed."))
    hooks = {"response": [assert_general_rules_async]}
    async with httpx.AsyncClient(transport=transport, event_hooks=hooks) as client:
        with pytest.raises(AssertionError, match=r"^G1:"):
            await client.get("http://127.0.0.1/x")
