"""Whatever is sent, the answer is an orderly one: the token endpoint and the management API under fuzz."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.endpoints.assertions import sound

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = ["grant_type", "client_id", "client_secret", "audience", "resource", "scope", "token", "x"]
TOKEN_ERRORS = {
    "invalid_request",
    "invalid_client",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
}

names = st.sampled_from(NAMES) | st.text(max_size=8)
values = st.text(max_size=30) | st.sampled_from(
    ["client_credentials", "https://api.orders.test", "%", "\x00"]
)
header_values = st.binary(max_size=60).map(lambda raw: raw.translate(None, b"\r\n\x00").strip())


def running(orders):
    """Return what runs coroutines of one example, within the loop of the test."""
    import asyncio

    loop = asyncio.get_running_loop()
    return lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)


async def in_thread(act):
    import asyncio

    await asyncio.to_thread(act)


async def test_forms_of_anything_get_an_oauth_error(orders):
    run = running(orders)

    @FUZZ
    @given(st.lists(st.tuples(names, values), max_size=8), st.booleans())
    def tried(pairs, with_credentials):
        if with_credentials:
            known = [("client_id", orders.client_id), ("client_secret", orders.client_secret)]
            pairs = [*known, ("grant_type", "client_credentials"), *pairs]
        answer = run(post(orders, urlencode(pairs, errors="surrogatepass").encode()))
        sound(answer, orders.client_secret)
        assert answer.status_code == 200 or answer.json()["error"] in TOKEN_ERRORS

    await in_thread(tried)


async def test_bytes_of_anything_get_an_oauth_error(orders):
    run = running(orders)

    @FUZZ
    @given(st.binary(max_size=200), st.lists(header_values, max_size=2), header_values)
    def tried(body, authorization, content_type):
        headers = [(b"authorization", value) for value in authorization]
        headers.append((b"content-type", content_type or b"application/x-www-form-urlencoded"))
        answer = sound(run(post(orders, body, headers)))
        assert answer.status_code in (400, 401, 429)
        assert answer.json()["error"] in TOKEN_ERRORS

    await in_thread(tried)


async def post(orders, body, headers=((b"content-type", b"application/x-www-form-urlencoded"),)):
    async with orders.opened.http() as http:
        return await http.post("/oauth2/token", content=body, headers=list(headers))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


async def test_bodies_of_anything_get_an_orderly_answer(orders):
    """Every operation that takes a body, with members of the right names and any values."""
    async with orders.opened.http() as http:
        openapi = (await http.get("/api/v1/openapi.json")).json()
    operations = [
        (method, path, names_of(operation, openapi))
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation
    ]
    assert len(operations) > 15
    run = running(orders)
    ids = {"api_id": orders.api_id, "application_id": orders.client_id, "kind": "m2m"}

    @settings(FUZZ, max_examples=300)
    @given(st.data())
    def tried(data):
        method, path, members = data.draw(st.sampled_from(operations))
        body = data.draw(
            st.fixed_dictionaries({}, optional=dict.fromkeys(members, json_values)) | json_values
        )
        address = path.format_map(_Anything(ids))
        answer = run(send(orders, method, address, json.dumps(body).encode()))
        sound(answer)
        # An environment without an application to invite to permits no invitation.
        forbidden = {403} if "/invites" in path else set()
        assert answer.status_code in {200, 201, 400, 404, 409} | forbidden

    await in_thread(tried)


class _Anything(dict):
    def __missing__(self, key):
        return "nowhere"


def names_of(operation, openapi):
    text = json.dumps(operation["requestBody"])
    found = [name for name in openapi["components"]["schemas"] if f'schemas/{name}"' in text]
    return [member for name in found for member in openapi["components"]["schemas"][name]["properties"]]


async def send(orders, method, address, body):
    headers = {"Content-Type": "application/json"}
    return await orders.management.request(method, address, content=body, headers=headers)


@pytest.mark.parametrize(
    "query", ["page_size=0", "page_size=-1", "page_size=1e3", "page_size=501", "page_size=１２"]
)
async def test_page_sizes_that_are_none_are_refused(orders, query):
    """B15's traps: `int` accepts more than a reader would."""
    answer = sound(await orders.management.get(f"/api/v1/applications?{query}"))
    assert answer.status_code == 400


@pytest.mark.parametrize("sort", ["name'--", "id; DROP TABLE applications", "password_desc", "name_sideways"])
async def test_sort_orders_are_listed_ones(orders, sort):
    """U12."""
    answer = sound(await orders.management.get("/api/v1/applications", params={"sort": sort}))
    assert answer.status_code == 400
