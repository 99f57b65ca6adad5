"""Roles, as far as applications refer to them: statuses, sorting and paging as published clients expect."""

import pytest

from tests.endpoints.assertions import sound

ROLES = "/api/v1/roles"


@pytest.fixture
async def clerks(orders):
    """Define three roles whose names and keys sort differently."""
    for name, key in (("Buyer", "zeta"), ("Clerk", "alpha"), ("Auditor", "mid")):
        answer = await orders.management.post(ROLES, json={"name": name, "key": key})
        assert answer.status_code == 201, answer.text
    return orders.management


async def test_an_unknown_order_is_refused(clerks):
    answer = sound(await clerks.get(ROLES, params={"sort": "id_asc"}))
    assert answer.status_code == 400
    assert answer.json() == {
        "errors": [
            {
                "code": "SORT_INVALID",
                "message": "sort is 'id_asc'; use name_asc, name_desc, key_asc, key_desc.",
                "field": "sort",
            }
        ]
    }


@pytest.mark.parametrize(
    ("sort", "keys"),
    [
        (None, ["mid", "zeta", "alpha"]),
        ("name_asc", ["mid", "zeta", "alpha"]),
        ("name_desc", ["alpha", "zeta", "mid"]),
        ("key_asc", ["alpha", "mid", "zeta"]),
        ("key_desc", ["zeta", "mid", "alpha"]),
    ],
)
async def test_roles_are_listed_a_page_at_a_time_in_the_order_asked_for(clerks, sort, keys):
    found, token = [], None
    while True:
        wanted = {"sort": sort, "page_size": 2, "next_token": token}
        given = {name: value for name, value in wanted.items() if value is not None}
        page = sound(await clerks.get(ROLES, params=given)).json()
        assert len(page["roles"]) <= 2
        found += [role["key"] for role in page["roles"]]
        token = page["next_token"]
        if token is None:
            break
    assert found == keys


async def test_a_changed_role_is_answered_with_201(clerks):
    role = (await clerks.get(ROLES)).json()["roles"][0]
    answer = sound(await clerks.patch(f"{ROLES}/{role['id']}", json={"name": "Auditors", "key": "auditor"}))
    assert (answer.status_code, answer.json()) == (201, {"code": "ROLE_UPDATED", "message": "Role updated"})
    read = (await clerks.get(f"{ROLES}/{role['id']}")).json()["role"]
    assert read == {**role, "name": "Auditors", "key": "auditor"}
