"""Client secrets: several alive at once, each with its expiry, its last use, and an overlap on rotation."""

from datetime import datetime, timedelta

from tests.endpoints.assertions import sound


def path_of(orders, suffix=""):
    return f"/api/v1/applications/{orders.client_id}/secrets{suffix}"


async def works(orders, secret):
    return (await orders.token(client_secret=secret)).status_code == 200


async def made(orders, suffix="", **body):
    answer = sound(await orders.management.post(path_of(orders, suffix), json=body))
    assert answer.status_code == 201, answer.text
    return answer.json()["secret"]


async def test_lives_that_no_secret_can_have_are_refused(orders):
    secret = await made(orders, name="CI")
    for suffix, body in (
        ("", {"name": "x", "expires_in_seconds": 59}),
        (f"/{secret['id']}/rotate", {"expires_in_seconds": 59}),
        (f"/{secret['id']}/rotate", {"overlap_seconds": -1}),
        (f"/{secret['id']}/rotate", {"overlap_seconds": 30 * 86_400 + 1}),
    ):
        answer = sound(await orders.management.post(path_of(orders, suffix), json=body))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "INVALID_INPUT")
        assert answer.json()["errors"][0]["field"] == list(body)[-1]
    assert await works(orders, secret["client_secret"])


async def test_public_applications_have_no_secrets(orders):
    answer = await orders.management.post("/api/v1/applications", json={"name": "Site", "type": "spa"})
    path = f"/api/v1/applications/{answer.json()['application']['id']}/secrets"
    refused = sound(await orders.management.post(path, json={"name": "x"}))
    error = refused.json()["errors"][0]["code"]
    assert (refused.status_code, error) == (403, "APPLICATION_TYPE_NOT_SUPPORTED")


async def test_old_secret_works_for_its_overlap_and_the_new_one_for_its_life(orders):
    old = await made(orders, name="CI")
    new = await made(orders, f"/{old['id']}/rotate", overlap_seconds=60, expires_in_seconds=3_600)
    assert (new["name"], new["hint"]) == ("CI", new["client_secret"][:4])
    life = datetime.fromisoformat(new["expires_on"]) - datetime.fromisoformat(new["created_on"])
    assert life == timedelta(seconds=3_600)
    assert [await works(orders, each["client_secret"]) for each in (old, new)] == [True, True]
    orders.opened.clock.move(61)
    assert [await works(orders, each["client_secret"]) for each in (old, new)] == [False, True]
    orders.opened.clock.move(3_600)
    assert not await works(orders, new["client_secret"])


async def test_a_list_shows_last_uses_and_never_a_secret(orders):
    used, unused = await made(orders, name="used"), await made(orders, name="unused")
    assert await works(orders, used["client_secret"])
    answer = sound(await orders.management.get(path_of(orders)))
    found = {each["name"]: each for each in answer.json()["secrets"]}
    assert found["used"]["last_used_on"] is not None
    assert found["unused"]["last_used_on"] is None
    assert not any(each["client_secret"] in answer.text for each in (used, unused))
