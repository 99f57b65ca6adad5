"""Callback and logout URLs change one list at a time; a bad one changes nothing."""

import pytest

CASES = [("auth_redirect_urls", "redirect_urls"), ("auth_logout_urls", "logout_urls")]
KEPT = "https://site.test/kept"


async def site(orders, path):
    made = await orders.management.post("/api/v1/applications", json={"name": "Site", "type": "reg"})
    urls = f"/api/v1/applications/{made.json()['application']['id']}/{path}"
    assert (await orders.management.post(urls, json={"urls": [KEPT]})).status_code == 200
    return urls


async def listed(orders, urls, member):
    answer = await orders.management.get(urls)
    assert answer.status_code == 200, answer.text
    return answer.json()[member]


def refused(answer):
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    return error["code"], error["field"]


@pytest.mark.parametrize(("path", "member"), CASES)
async def test_what_cannot_be_is_refused_and_nothing_changes(orders, path, member):
    urls = await site(orders, path)
    management = orders.management
    for call in (management.post, management.put):
        bad = await call(urls, json={"urls": ["https://site.test/new", "not a url"]})
        assert refused(bad)[1] == "urls[1]"
    assert refused(await management.post(urls, json={"urls": []})) == ("URLS_REQUIRED", "urls")
    unknown = {"urls": f"{KEPT},https://site.test/unknown"}
    assert refused(await management.delete(urls, params=unknown)) == ("URL_NOT_REGISTERED", "urls")
    assert await listed(orders, urls, member) == [KEPT]


@pytest.mark.parametrize(("path", "member"), CASES)
async def test_machine_has_none(orders, path, member):
    urls = f"/api/v1/applications/{orders.client_id}/{path}"
    answer = await orders.management.post(urls, json={"urls": [KEPT]})
    assert refused(answer)[0] == "APPLICATION_TYPE_NOT_SUPPORTED"
    assert await listed(orders, urls, member) == []


@pytest.mark.parametrize(("path", "member"), CASES)
async def test_application_that_does_not_exist(orders, path, member):
    urls = f"/api/v1/applications/{'0' * 32}/{path}"
    answer = await orders.management.put(urls, json={"urls": []})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "APPLICATION_NOT_FOUND")


@pytest.mark.parametrize(("path", "member"), CASES)
async def test_urls_are_added_without_repeats_replaced_and_taken_away(orders, path, member):
    urls = await site(orders, path)
    management = orders.management
    more = ["https://site.test/a?b=1,2", KEPT]
    assert (await management.post(urls, json={"urls": more})).status_code == 200
    assert await listed(orders, urls, member) == [KEPT, more[0]]
    gone = await management.delete(urls, params={"urls": ",".join(more)})
    assert gone.status_code == 200
    assert await listed(orders, urls, member) == []
    assert (await management.put(urls, json={"urls": more})).status_code == 200
    assert await listed(orders, urls, member) == more
    assert (await management.put(urls, json={"urls": []})).status_code == 200
    assert await listed(orders, urls, member) == []
