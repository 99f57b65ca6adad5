"""Successes that no other test of an endpoint brings about are as the OpenAPI document describes them.

The client checks each success that it gets, here as everywhere (`tests/support/answers.py`).
"""

import httpx
import pytest

from tests.support.answers import assert_as_described
from tests.support.rows import put


async def test_what_is_seldom_asked_for(orders):
    api = orders.management

    async def done(method, path, body=None):
        answer = await api.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    site = (await done("POST", "/applications", {"name": "Site", "type": "reg"}))["application"]["id"]
    async with orders.opened.context().changing() as work:
        shown = {"name": "google", "display_name": "Google", "strategy": "oauth2:google"}
        await put(work, "connections", id="conn_1", **shown)
        work.record("connection", "conn_1", "created")
    await done("POST", f"/applications/{site}/connections/conn_1")
    listed = (await done("GET", f"/applications/{site}/connections"))["connections"]
    assert [each["connection"] for each in listed] == [{"id": "conn_1", **shown}]
    await done("DELETE", f"/applications/{site}/connections/conn_1")
    role = (await done("POST", "/roles", {"name": "Clerk", "key": "clerk"}))["role"]["id"]
    await done("POST", f"/applications/{site}/access_roles/{role}")
    roles = (await done("GET", f"/applications/{site}/access_roles"))["roles"]
    assert [each["key"] for each in roles] == ["clerk"]
    await done("DELETE", f"/applications/{site}/access_roles/{role}")
    await done("DELETE", f"/roles/{role}")
    category = (await done("POST", "/property_categories", {"name": "More", "context": "app"}))["category"][
        "id"
    ]
    await done("PUT", f"/property_categories/{category}", {"name": "Less"})
    field = {"name": "Tier", "is_private": False, "category_id": category}
    made = await done(
        "POST", "/properties", {**field, "key": "tier", "type": "single_line_text", "context": "app"}
    )
    await done("PUT", f"/properties/{made['property']['id']}", {**field, "name": "Level"})
    await done("DELETE", f"/properties/{made['property']['id']}")
    code = (await done("POST", "/organization", {"name": "Acme", "handle": "acme"}))["organization"]["code"]
    await done("PATCH", f"/organization/{code}", {"background_color": "#112233"})
    colours = await done("GET", f"/organization?code={code}")
    assert colours["background_color"] == {"raw": "#112233", "hex": "#112233", "hsl": None}
    await done("DELETE", f"/organization/{code}/handle")
    await done("DELETE", f"/organizations/{code}/feature_flags")


async def test_an_answer_that_differs_is_found(orders):
    answer = await orders.management.get("/api/v1/environment")
    told = answer.json()
    for wrong in (
        {**told, "more": 1},
        {**told, "environment": {**told["environment"], "issuer": None}},
        {**told, "environment": {**told["environment"], "created_on": "yesterday"}},
    ):
        with pytest.raises(AssertionError, match="answers otherwise than its document says"):
            await assert_as_described(httpx.Response(200, json=wrong, request=answer.request))
