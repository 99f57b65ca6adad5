"""POST /oauth2/token: refusals first, then what a token carries."""

import base64
import json

import pytest

from tests.endpoints.conftest import AUDIENCE

FORM = "application/x-www-form-urlencoded"


def claims_of(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header_of(token: str) -> dict:
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def assert_refused(answer, status, error):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    assert body["error"] == error
    assert all(" " <= character <= "~" and character not in '"\\' for character in body["error_description"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"])
async def test_only_post_is_allowed(orders, method):
    """E01."""
    async with orders.opened.http() as http:
        answer = await http.request(method, "/oauth2/token")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"grant_type":"client_credentials"}'),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("text/plain", b"grant_type=client_credentials"),
        ("", b"grant_type=client_credentials"),
        (f"{FORM}; charset=latin-1", b"grant_type=client_credentials"),
    ],
)
async def test_only_a_utf8_form_is_read(orders, content_type, body):
    """E02."""
    async with orders.opened.http() as http:
        headers = {"content-type": content_type} if content_type else {}
        answer = await http.post("/oauth2/token", content=body, headers=headers)
    assert_refused(answer, 400, "invalid_request")


async def test_unknown_grant_type_is_refused(orders):
    """E03, E05."""
    for grant_type in ("password", "implicit", "x"):
        assert_refused(await orders.token(grant_type=grant_type), 400, "unsupported_grant_type")


async def test_grant_types_of_users_are_refused_to_machines(orders):
    """E04."""
    for grant_type in ("authorization_code", "refresh_token"):
        answer = await orders.token(grant_type=grant_type, code="c", refresh_token="r")
        assert_refused(answer, 400, "unauthorized_client")


async def test_missing_grant_type_is_refused(orders):
    """E03."""
    assert_refused(await orders.token(grant_type=None), 400, "invalid_request")
    assert_refused(await orders.token(grant_type=""), 400, "invalid_request")


async def test_missing_client_authentication_is_refused(orders):
    """E06."""
    assert_refused(await orders.token(client_id=None, client_secret=None), 401, "invalid_client")
    assert_refused(await orders.token(client_secret=None), 401, "invalid_client")


@pytest.mark.parametrize("secret", ["wrong", "é", "null", " ", "\u0000x", "x" * 8_000])
async def test_wrong_secret_is_refused(orders, secret):
    """E12, E13."""
    answer = await orders.token(client_secret=secret)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_client", "invalid_request")


async def test_unknown_client_and_wrong_secret_get_the_same_answer(orders):
    """E14."""
    unknown = await orders.token(client_id="0" * 32)
    wrong = await orders.token(client_secret="A" * 52)
    assert (unknown.status_code, unknown.json()) == (wrong.status_code, wrong.json())
    names = {name for name in unknown.headers if name != "x-request-id"}
    assert names == {name for name in wrong.headers if name != "x-request-id"}


async def test_wrong_secret_by_basic_is_challenged(orders):
    """E07."""
    async with orders.opened.http() as http:
        answer = await http.post(
            "/oauth2/token", data={"grant_type": "client_credentials"}, auth=(orders.client_id, "wrong")
        )
    assert_refused(answer, 401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"%:%zz").decode(),
        "Basic " + base64.b64encode(b"%3A:+").decode(),
        "Basic " + "A" * 8192,
        "Negotiate abc",
        "Bearer abc",
    ],
)
async def test_broken_basic_headers_are_refused(orders, header):
    """E11."""
    async with orders.opened.http() as http:
        answer = await http.post(
            "/oauth2/token",
            data={"grant_type": "client_credentials"},
            headers={"authorization": header},
        )
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_client", "invalid_request")


async def test_secret_in_the_query_is_not_used(orders):
    """E08."""
    async with orders.opened.http() as http:
        answer = await http.post(
            f"/oauth2/token?client_id={orders.client_id}&client_secret={orders.client_secret}",
            data={"grant_type": "client_credentials", "audience": AUDIENCE},
        )
    assert_refused(answer, 401, "invalid_client")


async def test_two_authentication_methods_are_refused(orders):
    """E09."""
    form = {"grant_type": "client_credentials", "audience": AUDIENCE}
    auth = (orders.client_id, orders.client_secret)
    async with orders.opened.http() as http:
        both = await http.post("/oauth2/token", data={**form, "client_secret": auth[1]}, auth=auth)
        other = await http.post("/oauth2/token", data={**form, "client_id": "0" * 32}, auth=auth)
        same = await http.post("/oauth2/token", data={**form, "client_id": auth[0]}, auth=auth)
    assert_refused(both, 400, "invalid_request")
    assert_refused(other, 400, "invalid_request")
    assert same.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"grant_type=client_credentials&scope=a&scope=b",
        b"client_id=a&client_id=b&grant_type=client_credentials",
        b"grant_type=client_credentials&scope=%ff",
        b"grant_type=client_credentials&scope=%00",
        b"&".join(b"p%d=1" % number for number in range(65)),
    ],
)
async def test_malformed_forms_are_refused(orders, body):
    async with orders.opened.http() as http:
        answer = await http.post("/oauth2/token", content=body, headers={"content-type": FORM})
    assert_refused(answer, 400, "invalid_request")


async def test_oversize_body_is_refused(orders):
    async with orders.opened.http() as http:
        answer = await http.post(
            "/oauth2/token", content=b"a=" + b"x" * 16_384, headers={"content-type": FORM}
        )
    assert answer.status_code == 413
    assert answer.json()["error"] == "invalid_request"


async def test_unknown_host_gets_404(orders):
    async with orders.opened.http("http://elsewhere.test") as http:
        answer = await http.post("/oauth2/token", data={"grant_type": "client_credentials"})
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


async def test_unauthorized_audience_is_refused(orders):
    for audience in ("https://unknown.test", f"{AUDIENCE} https://unknown.test"):
        assert_refused(await orders.token(audience=audience), 400, "unauthorized_client")


async def test_unauthorized_or_malformed_resource_is_refused(orders):
    for resource in ("https://unknown.test", "not-a-uri", f"{AUDIENCE}#part"):
        answer = await orders.token(audience=None, resource=resource)
        assert_refused(answer, 400, "invalid_target")


async def test_missing_audience_is_refused_unless_there_is_exactly_one(orders):
    only = await orders.token(audience=None)
    empty = await orders.token(audience="")
    assert only.status_code == empty.status_code == 200
    made = await orders.management.post("/api/v1/apis", json={"name": "Two", "audience": "two"})
    await orders.management.patch(
        f"/api/v1/apis/{made.json()['api']['id']}/applications",
        json={"applications": [{"id": orders.client_id}]},
    )
    assert_refused(await orders.token(audience=None), 400, "invalid_request")
    await orders.management.patch(
        f"/api/v1/apis/{orders.api_id}/applications",
        json={"applications": [{"id": orders.client_id, "operation": "delete"}]},
    )
    assert claims_of((await orders.token(audience=None)).json()["access_token"])["aud"] == ["two"]


async def test_scope_that_is_not_enabled_is_refused(orders):
    for scope in ("delete:orders", "unknown:scope", "read:orders delete:orders"):
        assert_refused(await orders.token(scope=scope), 400, "invalid_scope")


async def test_spa_cannot_use_client_credentials(orders):
    """E04, E16: a public client has no secret, so it never gets past authentication."""
    made = await orders.management.post("/api/v1/applications", json={"name": "Web", "type": "spa"})
    assert "client_secret" not in made.json()["application"]
    answer = await orders.token(client_id=made.json()["application"]["id"], client_secret="")
    assert_refused(answer, 401, "invalid_client")


async def test_deleted_application_is_refused(orders):
    """E17."""
    assert (await orders.token()).status_code == 200
    await orders.management.delete(f"/api/v1/applications/{orders.client_id}")
    assert_refused(await orders.token(), 401, "invalid_client")


async def test_guessing_is_slowed_down(orders):
    """E15."""
    for _ in range(20):
        assert (await orders.token(client_secret="wrong")).status_code == 401
    slowed = await orders.token(client_secret="wrong")
    assert slowed.status_code == 429
    assert 1 <= int(slowed.headers["retry-after"]) <= 61
    orders.opened.clock.move(61)
    assert (await orders.token()).status_code == 200


async def test_token_carries_the_claims_of_a_machine(orders):
    answer = await orders.token()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    token = body.pop("access_token")
    assert body == {"expires_in": 86_400, "scope": "read:orders write:orders", "token_type": "bearer"}
    claims = claims_of(token)
    issued_at = int(orders.opened.clock.at.timestamp())
    jti = claims.pop("jti")
    assert len(jti) == 36
    assert claims == {
        "iss": "http://127.0.0.1:8000",
        "aud": [AUDIENCE],
        "azp": orders.client_id,
        "gty": ["client_credentials"],
        "v": "2",
        "iat": issued_at,
        "exp": issued_at + 86_400,
        "scope": "read:orders write:orders",
        "scp": ["read:orders", "write:orders"],
    }
    header = header_of(token)
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")


async def test_scope_narrows(orders):
    body = (await orders.token(scope="write:orders")).json()
    assert body["scope"] == "write:orders"
    assert claims_of(body["access_token"])["scp"] == ["write:orders"]


async def test_audiences_may_repeat_or_be_separated_by_spaces(orders):
    made = await orders.management.post("/api/v1/apis", json={"name": "Two", "audience": "urn:two"})
    await orders.management.patch(
        f"/api/v1/apis/{made.json()['api']['id']}/applications",
        json={"applications": [{"id": orders.client_id}]},
    )
    for form in (
        {"audience": [AUDIENCE, "urn:two"]},
        {"audience": f"{AUDIENCE} urn:two"},
        {"audience": None, "resource": [AUDIENCE, "urn:two"]},
    ):
        answer = await orders.token(**form)
        assert answer.status_code == 200, answer.text
        assert sorted(claims_of(answer.json()["access_token"])["aud"]) == [AUDIENCE, "urn:two"]


async def test_switch_puts_granted_scopes_into_permissions(orders):
    path = f"/api/v1/applications/{orders.client_id}/token_profiles/m2m"
    assert "permissions" not in claims_of((await orders.token()).json()["access_token"])
    await orders.management.put(path, json={"include_api_scopes_in_permissions": True})
    claims = claims_of((await orders.token(scope="read:orders")).json()["access_token"])
    assert claims["permissions"] == ["read:orders"]
    assert claims["scp"] == ["read:orders"]
    await orders.management.put(path, json={})
    assert "permissions" not in claims_of((await orders.token()).json()["access_token"])


async def test_rfc9068_shape_names_the_client(orders):
    await orders.management.patch(f"/api/v1/apis/{orders.api_id}", json={"token_shape": "at+jwt"})
    token = (await orders.token()).json()["access_token"]
    claims = claims_of(token)
    assert header_of(token)["typ"] == "at+jwt"
    assert claims["sub"] == claims["client_id"] == orders.client_id


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_api_chooses_its_signing_algorithm(orders, algorithm):
    await orders.management.patch(f"/api/v1/apis/{orders.api_id}", json={"signing_algorithm": algorithm})
    token = (await orders.token()).json()["access_token"]
    header = header_of(token)
    assert header["alg"] == algorithm
    async with orders.opened.http() as http:
        keys = (await http.get("/.well-known/jwks.json")).json()["keys"]
    assert header["kid"] in {key["kid"] for key in keys}


async def test_apis_that_differ_cannot_share_a_token(orders):
    made = await orders.management.post("/api/v1/apis", json={"name": "Two", "audience": "two"})
    api_id = made.json()["api"]["id"]
    await orders.management.patch(f"/api/v1/apis/{api_id}", json={"signing_algorithm": "ES256"})
    await orders.management.patch(
        f"/api/v1/apis/{api_id}/applications", json={"applications": [{"id": orders.client_id}]}
    )
    assert_refused(await orders.token(audience=f"{AUDIENCE} two"), 400, "invalid_target")


async def test_refusal_is_in_the_log_under_the_id_of_the_answer(orders, capsys):
    answer = await orders.token(client_secret="wrong")
    logged = next(line for line in capsys.readouterr().out.splitlines() if "token_refused" in line)
    assert answer.headers["x-request-id"] in logged
    assert "client_authentication_failed" in logged
    assert "wrong" not in logged
