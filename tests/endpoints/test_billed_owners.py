"""Organizations and users become billing customers, and say so when asked."""

import pytest

from claimsmith.usecases import plans
from tests.endpoints.test_user_tokens import kim  # noqa: F401 - a fixture
from tests.support.plans import sell_plans
from tests.support.rows import USER
from tests.support.signed_in import ORGANIZATION


async def called(kim, method, path, body=None):  # noqa: F811
    answer = await kim.management.request(method, f"/api/v1{path}", json=body)
    return answer.status_code, answer.json()


def code_of(answer):
    status, told = answer
    return status, told["errors"][0]["code"]


async def test_an_organization_is_made_a_customer_with_a_plan(kim):  # noqa: F811
    await sell_plans(kim.opened.context())
    body = {"name": "Zoo", "is_create_billing_customer": True, "billing_email": "Zoo@zoo.test"}
    _, default = await called(kim, "POST", "/organization", body)
    _, named = await called(kim, "POST", "/organization", {**body, "billing_plan_code": "plus"})
    for made, plan in ((default, "free"), (named, "plus")):
        code, customer_id = made["organization"]["code"], made["organization"]["billing_customer_id"]
        assert customer_id.startswith("customer_")
        _, shown = await called(kim, "GET", f"/organization?code={code}&expand=billing")
        assert shown["billing"]["billing_customer_id"] == customer_id
        [agreement] = shown["billing"]["agreements"]
        assert (agreement["plan_code"], agreement["agreement_id"][:10]) == (plan, "agreement_")
        assert "billing" not in (await called(kim, "GET", f"/organization?code={code}"))[1]


async def test_a_plan_that_cannot_be_had_leaves_no_organization(kim):  # noqa: F811
    await sell_plans(kim.opened.context())
    await sell_plans_of_users(kim)
    body = {"name": "Ghost", "is_create_billing_customer": True}
    for plan, expected in (("nothing", (404, "PLAN_NOT_FOUND")), ("own", (403, "PLAN_OF_OTHER_TYPE"))):
        answer = await called(kim, "POST", "/organization", {**body, "billing_plan_code": plan})
        assert code_of(answer) == expected
    answer = await called(kim, "POST", "/organization", {"name": "Ghost", "billing_plan_code": "free"})
    assert code_of(answer) == (400, "BILLING_CUSTOMER_NOT_ASKED")
    _, listed = await called(kim, "GET", "/organizations?page_size=100")
    assert "Ghost" not in [each["name"] for each in listed["organizations"]]


async def sell_plans_of_users(kim):  # noqa: F811
    context = kim.opened.context()
    contents = {"features": [{"feature": "sso"}]}
    await plans.create_plan(context, key="own", name="Own", type="user", contents=contents)
    await plans.publish_plan(context, "own")


async def test_a_user_is_made_a_customer(kim):  # noqa: F811
    await sell_plans(kim.opened.context())
    await sell_plans_of_users(kim)
    path = f"/users/{USER}/billing_customer"
    _, before = await called(kim, "GET", f"/user?id={USER}&expand=billing")
    assert before["billing"] == {"customer_id": None}
    body = {"org_code": ORGANIZATION, "billing_email": "kim@orchard.test"}
    status, made = await called(kim, "POST", path, body)
    assert (status, made["billing_customer"]["agreement_id"]) == (201, None)
    status, again = await called(kim, "POST", path, {**body, "billing_plan_code": "own"})
    assert again["billing_customer"]["id"] == made["billing_customer"]["id"]
    assert again["billing_customer"]["agreement_id"].startswith("agreement_")
    _, listed = await called(kim, "GET", f"/users?user_id={USER}&expand=billing")
    assert listed["users"][0]["billing"] == {"customer_id": made["billing_customer"]["id"]}
    answer = await called(kim, "POST", path, {**body, "billing_plan_code": "free"})
    assert code_of(answer) == (409, "AGREEMENT_EXISTS")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/users/kp_unknown/billing_customer", {}, (404, "USER_NOT_FOUND")),
        (f"/users/{USER}/billing_customer", {"org_code": "org_0000000000f"}, (404, "ORGANIZATION_NOT_FOUND")),
        (f"/users/{USER}/billing_customer", {"billing_email": "nothing"}, (400, "EMAIL_INVALID")),
        (f"/users/{USER}/billing_customer", {"billing_plan_code": "nothing"}, (404, "PLAN_NOT_FOUND")),
    ],
)
async def test_nobody_else_becomes_one(kim, path, body, expected):  # noqa: F811
    assert code_of(await called(kim, "POST", path, body)) == expected
