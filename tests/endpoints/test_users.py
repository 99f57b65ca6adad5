"""Users, their identities, passwords, properties and flags by the management API: refusals first."""

import hashlib

import pytest

from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
from claimsmith.domain.users import IdentityType
from claimsmith.usecases.environments import add_environment, ensure_management_api
from claimsmith.usecases.passwords import verify_password
from tests.endpoints.test_management_access import limited_client

NOBODY = "kp_" + "0" * 32
MD5 = hashlib.md5(b"correct horse battery", usedforsecurity=False).hexdigest()
OPERATIONS = [
    ("GET", "/users", None, "read:users"),
    ("GET", "/user?id={user}", None, "read:users"),
    ("POST", "/user", {}, "create:users"),
    ("PATCH", "/user?id={user}", {"given_name": "Eve"}, "update:users"),
    ("DELETE", "/user?id={user}", None, "delete:users"),
    ("GET", "/search/users?query=*", None, "read:users"),
    ("POST", "/users/{user}/refresh_claims", None, "update:user_refresh_claims"),
    (
        "PUT",
        "/users/{user}/password",
        {"hashed_password": MD5, "hashing_method": "md5"},
        "update:user_passwords",
    ),
    ("GET", "/users/{user}/identities", None, "read:user_identities"),
    ("POST", "/users/{user}/identities", {"type": "email", "value": "e@x.test"}, "create:user_identities"),
    ("GET", "/identities/{identity}", None, "read:identities"),
    ("PATCH", "/identities/{identity}", {"is_primary": True}, "update:identities"),
    ("DELETE", "/identities/{identity}", None, "delete:identities"),
    ("GET", "/users/{user}/properties", None, "read:user_properties"),
    ("PATCH", "/users/{user}/properties", {"properties": {}}, "update:user_properties"),
    ("PUT", "/users/{user}/properties/kp_usr_city?value=x", None, "update:user_properties"),
    ("PATCH", "/users/{user}/feature_flags/beta?value=true", None, "update:user_feature_flags"),
]
ADA = {
    "profile": {"given_name": "Ada", "family_name": "Lovelace", "picture": "https://x.test/ada.png"},
    "provided_id": "1815",
    "identities": [
        {"type": "email", "is_verified": True, "details": {"email": "Ada@Example.com"}},
        {"type": "phone", "details": {"phone": "0491 570 156", "phone_country_id": "au"}},
        {"type": "username", "details": {"username": "Ada_L"}},
    ],
}


def code_of(answer):
    return answer.json()["errors"][0]["code"]


@pytest.fixture
async def management(opened):
    async with await opened.management() as client:
        yield client


async def sent(client, method, path, body=None, status=200):
    answer = await client.request(method, f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture
async def ada(management):
    return (await sent(management, "POST", "/user", ADA))["id"]


@pytest.fixture
async def identity(management, ada):
    return (await sent(management, "GET", f"/users/{ada}/identities"))["identities"][0]["id"]


async def test_strangers_and_wrong_scopes_are_refused_and_change_nothing(orders):
    management = orders.management
    user = (await sent(management, "POST", "/user", ADA))["id"]
    identity = (await sent(management, "GET", f"/users/{user}/identities"))["identities"][0]["id"]
    before = await sent(management, "GET", f"/user?id={user}&expand=identities,organizations")
    limited = await limited_client(orders, ["read:apis"])
    async with orders.opened.http() as stranger:
        for method, path, body, scope in OPERATIONS:
            path = f"/api/v1{path.format(user=user, identity=identity)}"
            answer = await stranger.request(method, path, json=body)
            assert (answer.status_code, code_of(answer)) == (401, "INVALID_TOKEN"), path
            answer = await limited.request(method, path, json=body)
            assert (answer.status_code, code_of(answer)) == (403, "INSUFFICIENT_SCOPE"), path
            assert f'scope="{scope}"' in answer.headers["www-authenticate"]
    assert await sent(management, "GET", f"/user?id={user}&expand=identities,organizations") == before
    assert len((await sent(management, "GET", "/users"))["users"]) == 1


async def test_another_environment_knows_none_of_them(opened, management, ada, identity):
    other = await add_environment(
        opened.platform, code="staging", name="Staging", issuer="http://127.0.0.1:8000/staging"
    )
    await ensure_management_api(opened.context(other), MANAGEMENT_SCOPES)
    await opened.platform.directory.catch_up()
    async with await opened.management(other) as foreign:
        for method, path, body, _ in OPERATIONS:
            if "{" not in path:
                continue
            path = f"/staging/api/v1{path.format(user=ada, identity=identity)}"
            answer = await foreign.request(method, f"http://127.0.0.1:8000{path}", json=body)
            assert answer.status_code == 404, (path, answer.text)
            assert code_of(answer) in ("USER_NOT_FOUND", "IDENTITY_NOT_FOUND")
        for path in ("/users", "/search/users?query=*", f"/users?user_id={ada}"):
            answer = await foreign.get(f"http://127.0.0.1:8000/staging/api/v1{path}")
            assert (answer.json().get("users") or answer.json().get("results")) in (None, [])
    assert (await sent(management, "GET", f"/user?id={ada}"))["first_name"] == "Ada"


async def test_who_does_not_exist_is_not_found(management):
    for method, path, body, _ in OPERATIONS:
        if "{" in path:
            answer = await management.request(
                method, f"/api/v1{path.format(user=NOBODY, identity='identity_0')}", json=body
            )
            assert answer.status_code == 404, path
            assert code_of(answer) in ("USER_NOT_FOUND", "IDENTITY_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"profile": {"given_name": " "}}, 400, "FIRST_NAME_REQUIRED", "first_name"),
        ({"profile": {"picture": "x"}}, 400, "PICTURE_INVALID", "picture"),
        ({"identities": [{"type": "email"}]}, 400, "INVALID_INPUT", "identities.0.details"),
        (
            {"identities": [{"type": "email", "details": {"username": "ada"}}]},
            400,
            "EMAIL_REQUIRED",
            "identities[0].details.email",
        ),
        (
            {"identities": [{"type": "oauth2:google", "details": {}}]},
            400,
            "IDENTITY_TYPE_INVALID",
            "identities[0].type",
        ),
        (
            {"identities": [{"type": "phone", "details": {"phone": "123", "phone_country_id": "au"}}]},
            400,
            "PHONE_INVALID",
            "identities[0].details.phone",
        ),
        (
            {"identities": [{"type": "phone", "details": {"phone": "0491570156", "phone_country_id": "zz"}}]},
            400,
            "PHONE_COUNTRY_ID_INVALID",
            "phone_country_id",
        ),
        (
            {"identities": [{"type": "email", "details": {"email": "ADA@example.com"}}]},
            409,
            "EMAIL_ALREADY_EXISTS",
            "identities[0].details.email",
        ),
        ({"provided_id": "1815"}, 409, "PROVIDED_ID_ALREADY_EXISTS", "provided_id"),
        ({"organization_code": "org_00000000000"}, 404, "ORGANIZATION_NOT_FOUND", None),
    ],
)
async def test_refuses_to_create_what_is_wrong_or_taken(management, ada, body, status, code, field):
    answer = await management.post("/api/v1/user", json=body)
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], error.get("field")) == (status, code, field)
    assert len((await sent(management, "GET", "/users"))["users"]) == 1


async def test_creates_a_user_with_identities(opened, management, ada):
    shown = await sent(management, "GET", f"/user?id={ada}&expand=identities,organizations")
    default = (await sent(management, "GET", "/organizations"))["organizations"][0]["code"]
    now = opened.clock().isoformat()
    assert shown == {
        "id": ada,
        "provided_id": "1815",
        "preferred_email": "Ada@Example.com",
        "phone": "+61491570156",
        "username": "Ada_L",
        "last_name": "Lovelace",
        "first_name": "Ada",
        "is_suspended": False,
        "picture": "https://x.test/ada.png",
        "total_sign_ins": 0,
        "failed_sign_ins": 0,
        "last_signed_in": None,
        "created_on": now,
        "organizations": [default],
        "identities": [
            {"type": "email", "identity": "Ada@Example.com"},
            {"type": "phone", "identity": "+61491570156"},
            {"type": "username", "identity": "Ada_L"},
        ],
    }


async def test_a_user_may_begin_with_nothing_or_in_one_organization(management):
    made = await sent(management, "POST", "/user")
    assert made == {"id": made["id"], "created": True, "identities": []}
    code = (await sent(management, "POST", "/organization", {"name": "Acme"}))["organization"]["code"]
    user = (await sent(management, "POST", "/user", {"organization_code": code}))["id"]
    assert (await sent(management, "GET", f"/user?id={user}&expand=organizations"))["organizations"] == [code]


async def test_changes_what_is_present(management, ada):
    body = {"given_name": "Augusta", "family_name": None, "is_suspended": True}
    assert await sent(management, "PATCH", f"/user?id={ada}", body) == {
        "id": ada,
        "given_name": "Augusta",
        "family_name": None,
        "email": "Ada@Example.com",
        "is_suspended": True,
        "is_password_reset_requested": False,
        "picture": "https://x.test/ada.png",
    }
    answer = await management.patch(f"/api/v1/user?id={ada}", json={"is_suspended": None})
    assert (answer.status_code, code_of(answer)) == (400, "IS_SUSPENDED_INVALID")


async def test_deletes_a_user(management, ada):
    answer = await sent(management, "DELETE", f"/user?id={ada}&is_delete_profile=true")
    assert answer == {"code": "USER_DELETED", "message": "User deleted"}
    assert (await management.get(f"/api/v1/user?id={ada}")).status_code == 404
    await sent(management, "POST", "/user", ADA)


async def test_lists_page_by_page_and_by_what_users_have(opened, management, ada):
    for number in range(3):
        opened.clock.move(1)
        email = {"type": "email", "details": {"email": f"user{number}@example.com"}}
        await sent(management, "POST", "/user", {"identities": [email]})
    seen, token = [], ""
    while token is not None:
        page = await sent(management, "GET", f"/users?page_size=2&next_token={token}")
        seen += [each["email"] for each in page["users"]]
        token = page["next_token"]
    assert seen == ["Ada@Example.com", *(f"user{number}@example.com" for number in range(3))]

    async def found(query):
        return [each["email"] for each in (await sent(management, "GET", f"/users?{query}"))["users"]]

    assert await found("email=ada%40example.com,user1@EXAMPLE.com") == [
        "Ada@Example.com",
        "user1@example.com",
    ]
    assert await found("username=ADA_L") == ["Ada@Example.com"]
    assert await found("phone=%2B61491570156") == ["Ada@Example.com"]
    assert await found(f"user_id={ada},{NOBODY}") == ["Ada@Example.com"]
    assert await found("has_organization=false") == []
    assert await found("active_since=2020-01-01T00:00:00Z") == []
    for query, code in (("expand=roles", "EXPAND_INVALID"), ("page_size=501", "PAGE_SIZE_INVALID")):
        answer = await management.get(f"/api/v1/users?{query}")
        assert (answer.status_code, code_of(answer)) == (400, code)


async def test_searches_by_name_address_properties_and_scopes(orders):
    management = orders.management
    code = (await sent(management, "POST", "/organization", {"name": "Acme"}))["organization"]["code"]
    ada = (await sent(management, "POST", "/user", {**ADA, "organization_code": code}))["id"]
    bob = (await sent(management, "POST", "/user", {"profile": {"given_name": "Bob"}}))["id"]
    values = {"kp_usr_city": "London", "kp_usr_job_title": "Countess, of"}
    await sent(management, "PATCH", f"/users/{ada}/properties", {"properties": values})
    await sent(management, "PUT", f"/users/{bob}/properties/kp_usr_city?value=Lisbon")

    async def found(query):
        return {each["id"] for each in (await sent(management, "GET", f"/search/users?{query}"))["results"]}

    assert await found("query=*") == await found("") == {ada, bob}
    assert await found("query=ada%20love") == await found("query=EXAMPLE.com") == {ada}
    assert await found("query=*&properties[kp_usr_city]=london") == {ada}
    assert await found("query=*&properties[kp_usr_city]=London,Lisbon") == {ada, bob}
    assert await found("query=*&properties[kp_usr_city]=L*&properties[kp_usr_job_title]=count*") == {ada}
    assert await found("query=*&properties[kp_usr_city]=") == set()
    assert await found("query=*&api_scopes=read:orders") == set()
    first, second = sorted((ada, bob))
    assert await found(f"page_size=1&starting_after={first}") == {second}
    assert await found(f"page_size=1&ending_before={second}") == {first}
    path = f"/organizations/{code}/users/{ada}/apis/{orders.api_id}/scopes/{orders.scope_ids['read:orders']}"
    answer = await management.post(f"/api/v1{path}")
    if answer.status_code == 200:
        answer = await sent(management, "GET", "/search/users?api_scopes=read:orders&expand=properties")
        [result] = answer["results"]
        assert result["api_scopes"] == [{"org_code": code, "scope": "read:orders", "api_id": orders.api_id}]
        assert result["properties"] == values


async def test_identities_come_and_go(management, ada):
    path = f"/users/{ada}/identities"
    for body, status, code in (
        ({"type": "enterprise", "value": "x", "connection_id": "conn_1"}, 400, "IDENTITY_TYPE_INVALID"),
        ({"type": "email", "value": "x"}, 400, "EMAIL_INVALID"),
        ({"type": "username", "value": "ADA_l"}, 409, "USERNAME_ALREADY_EXISTS"),
    ):
        answer = await management.post(f"/api/v1{path}", json=body)
        assert (answer.status_code, code_of(answer)) == (status, code)
    made = await sent(management, "POST", path, {"type": "email", "value": "new@example.com"}, 201)
    new = made["identity"]["id"]
    assert made == {"code": "IDENTITY_CREATED", "message": "Identity created", "identity": {"id": new}}
    await sent(management, "PATCH", f"/identities/{new}", {"is_primary": True})
    answer = await management.patch(f"/api/v1/identities/{new}", json={"is_primary": False})
    assert (answer.status_code, code_of(answer)) == (400, "IS_PRIMARY_INVALID")
    shown = await sent(management, "GET", f"/identities/{new}")
    assert {**shown, "created_on": None} == {
        "id": new,
        "type": "email",
        "is_confirmed": False,
        "created_on": None,
        "last_login_on": None,
        "total_logins": 0,
        "name": "new@example.com",
        "email": "new@example.com",
        "connection_id": None,
        "is_primary": True,
    }
    listed = await sent(management, "GET", path)
    assert [each["is_primary"] for each in listed["identities"]] == [False, True, True, True]
    assert listed["has_more"] is False
    await sent(management, "DELETE", f"/identities/{new}")
    assert (await sent(management, "GET", f"/user?id={ada}"))["preferred_email"] == "Ada@Example.com"


async def test_a_password_hash_is_taken_over(opened, management, ada):
    for body, field in (
        ({"hashed_password": "x"}, "hashed_password"),
        ({"hashed_password": MD5, "hashing_method": "md4"}, "hashing_method"),
        ({"hashed_password": MD5, "hashing_method": "md5", "salt": "x"}, "salt_position"),
        ({"hashed_password": MD5, "hashing_method": "md5", "rounds": 1}, "rounds"),
    ):
        answer = await management.put(f"/api/v1/users/{ada}/password", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    body = {"hashed_password": MD5, "hashing_method": "md5"}
    answer = await sent(management, "PUT", f"/users/{ada}/password", body)
    assert answer == {"code": "USER_PASSWORD_SET", "message": "Password set"}
    context, plain = opened.context(), "correct horse battery"
    verdict = await verify_password(context, IdentityType.EMAIL, "ada@example.com", plain)
    assert (verdict.outcome, verdict.user_id) == ("good", ada)
    await sent(management, "PUT", f"/users/{ada}/password", {**body, "is_temporary_password": True})
    verdict = await verify_password(context, IdentityType.USERNAME, "ada_l", plain)
    assert verdict.outcome == "must_change"


async def test_properties_and_flags_of_a_user_are_set(opened, management, ada):
    flag = {"name": "Beta", "key": "beta", "type": "bool", "default_value": "false"}
    await sent(management, "POST", "/feature_flags", flag, 201)
    await sent(management, "PATCH", f"/users/{ada}/feature_flags/beta?value=true")
    async with opened.context().reading() as work:
        from claimsmith.domain.feature_flags import OverrideLevel

        assert await work.feature_flags.overrides_of(OverrideLevel.USR, ada) == {"beta": True}
    for path, code in (("beta?value=7", 400), ("none?value=1", 404), ("beta", 400)):
        answer = await management.patch(f"/api/v1/users/{ada}/feature_flags/{path}")
        assert answer.status_code == code
    values = {"kp_usr_city": "London", "kp_usr_postcode": "W1"}
    await sent(management, "PATCH", f"/users/{ada}/properties", {"properties": values})
    await sent(management, "PATCH", f"/users/{ada}/properties", {"properties": {"kp_usr_postcode": None}})
    await sent(management, "PUT", f"/users/{ada}/properties/kp_usr_job_title?value=Countess")
    found = (await sent(management, "GET", f"/users/{ada}/properties"))["properties"]
    assert {each["key"]: each["value"] for each in found if each["value"] is not None} == {
        "kp_usr_city": "London",
        "kp_usr_job_title": "Countess",
    }
    for key in ("kp_org_city", "none"):
        answer = await management.put(f"/api/v1/users/{ada}/properties/{key}?value=x")
        assert (answer.status_code, code_of(answer)) == (404, "PROPERTY_NOT_FOUND")
    await sent(management, "DELETE", f"/user?id={ada}")
    async with opened.context().reading() as work:
        assert await work.properties.values_of(ada) == {}
        assert await work.feature_flags.overrides_of(OverrideLevel.USR, ada) == {}


async def test_claims_are_refreshed_by_nothing_being_kept(management, ada):
    answer = await sent(management, "POST", f"/users/{ada}/refresh_claims")
    assert answer == {"code": "USER_CLAIMS_REFRESHED", "message": "Claims refreshed"}
