"""Permissions, roles, members, invitations and policies over the management API: refusals first."""

import pytest

from tests.endpoints.test_management_access import code_of, limited_client
from tests.support.people import make_user

OPERATIONS = (
    ("GET", "/permissions", "read:permissions"),
    ("POST", "/permissions", "create:permissions"),
    ("PATCH", "/permissions/{id}", "update:permissions"),
    ("DELETE", "/permissions/{id}", "delete:permissions"),
    ("GET", "/roles/{id}/permissions", "read:role_permissions"),
    ("PATCH", "/roles/{id}/permissions", "update:role_permissions"),
    ("DELETE", "/roles/{id}/permissions/{id}", "delete:role_permissions"),
    ("GET", "/system_permissions", "read:system_permissions"),
    ("GET", "/roles/{id}/system_permissions", "read:role_system_permissions"),
    ("PATCH", "/roles/{id}/system_permissions", "update:role_system_permissions"),
    ("GET", "/roles/{id}/scopes", "read:role_scopes"),
    ("POST", "/roles/{id}/scopes", "create:role_scopes"),
    ("DELETE", "/roles/{id}/scopes/{id}", "delete:role_scopes"),
    ("GET", "/roles/{id}/users", "read:organization_user_roles"),
    ("GET", "/organizations/{id}/users", "read:organization_users"),
    ("POST", "/organizations/{id}/users", "create:organization_users"),
    ("PATCH", "/organizations/{id}/users", "update:organization_users"),
    ("DELETE", "/organizations/{id}/users/{id}", "delete:organization_users"),
    ("GET", "/organizations/{id}/roles/{id}/users", "read:organization_user_roles"),
    ("GET", "/organizations/{id}/roles/{id}/users/count", "read:organization_user_roles"),
    ("GET", "/organizations/{id}/users/{id}/roles", "read:organization_user_roles"),
    ("POST", "/organizations/{id}/users/{id}/roles", "create:organization_user_roles"),
    ("DELETE", "/organizations/{id}/users/{id}/roles/{id}", "delete:organization_user_roles"),
    ("GET", "/organizations/{id}/users/{id}/permissions", "read:organization_user_permissions"),
    ("POST", "/organizations/{id}/users/{id}/permissions", "create:organization_user_permissions"),
    ("DELETE", "/organizations/{id}/users/{id}/permissions/{id}", "delete:organization_user_permissions"),
    ("GET", "/organizations/{id}/users/{id}/api_scopes", "read:organization_user_api_scopes"),
    ("POST", "/organizations/{id}/users/{id}/apis/{id}/scopes/{id}", "create:organization_user_api_scopes"),
    ("DELETE", "/organizations/{id}/users/{id}/apis/{id}/scopes/{id}", "delete:organization_user_api_scopes"),
    ("GET", "/organization/{id}/invites", "read:organization_invites"),
    ("POST", "/organization/{id}/invites", "create:organization_invites"),
    ("GET", "/organization/{id}/invites/{id}", "read:organization_invites"),
    ("DELETE", "/organization/{id}/invites/{id}", "delete:organization_invites"),
    ("POST", "/organization/{id}/invites/{id}/renew", "create:organization_invites"),
    ("GET", "/policies", "read:policies"),
    ("GET", "/policies/{id}", "read:policies"),
    ("PUT", "/policies/{id}", "update:policies"),
    ("PUT", "/mfa", "update:mfa"),
    ("GET", "/passkey", "read:passkey"),
    ("PUT", "/passkey", "update:passkey"),
)


async def test_strangers_and_callers_without_the_scope_are_refused(orders):
    limited = await limited_client(orders, ["read:apis"])
    async with orders.opened.http() as http:
        for method, path, scope in OPERATIONS:
            address = f"/api/v1{path.replace('{id}', 'x')}"
            answer = await http.request(method, address, content=b"{")
            assert (answer.status_code, code_of(answer)) == (401, "INVALID_TOKEN"), (method, path)
            answer = await limited.request(method, address, content=b"{")
            assert (answer.status_code, code_of(answer)) == (403, "INSUFFICIENT_SCOPE"), (method, path)
            assert f'scope="{scope}"' in answer.headers["www-authenticate"], (method, path)


class Api:
    """Call the management API and return what it answers."""

    def __init__(self, orders):
        self.client = orders.management
        self.context = orders.opened.context()

    async def sent(self, method, path, status=200, **body):
        answer = await self.client.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code == status, (method, path, answer.text)
        return answer.json()

    async def refused(self, method, path, status, **body):
        answer = await self.sent(method, path, status, **body)
        [error] = answer["errors"]
        return error["code"], error.get("field")

    async def permission(self, key):
        made = await self.sent("POST", "/permissions", 201, name=key.title(), key=key)
        return made["permission"]["id"]

    async def role(self, key, **members):
        made = await self.sent("POST", "/roles", 201, name=key.title(), key=key, **members)
        return made["role"]["id"]

    async def organization(self):
        return (await self.sent("POST", "/organization", name="Acme"))["organization"]["code"]


@pytest.fixture
def api(orders):
    return Api(orders)


def done(message, code, **members):
    return {"code": code, "message": message, **members}


async def test_permission_from_birth_to_death(api):
    made = await api.sent("POST", "/permissions", 201, name="Read", key="read:x", description="See x.")
    permission_id = made["permission"]["id"]
    assert made == done("Permission created", "PERMISSION_CREATED", permission={"id": permission_id})
    assert await api.refused("POST", "/permissions", 409, name="Read", key="read:x") == (
        "PERMISSION_ALREADY_EXISTS",
        "key",
    )
    changed = await api.sent("PATCH", f"/permissions/{permission_id}", name="See")
    assert changed == done("Permission updated", "PERMISSION_UPDATED")
    listed = [{"id": permission_id, "key": "read:x", "name": "See", "description": "See x."}]
    assert await api.sent("GET", "/permissions?sort=name_asc&page_size=1") == done(
        "Success", "OK", permissions=listed, next_token=None
    )
    gone = await api.sent("DELETE", f"/permissions/{permission_id}")
    assert gone == done("Permission deleted", "PERMISSION_DELETED")
    assert await api.refused("DELETE", f"/permissions/{permission_id}", 404) == ("PERMISSION_NOT_FOUND", None)


async def test_role_contains_permissions_and_scopes(api, orders):
    reading, role = await api.permission("read"), await api.role("clerk")
    scope = orders.scope_ids["read:orders"]
    at = f"/roles/{role}"
    body = {"permissions": [{"id": reading}]}
    assert await api.sent("PATCH", f"{at}/permissions", **body) == done(
        "Role permissions updated",
        "ROLE_PERMISSIONS_UPDATED",
        permissions_added=[reading],
        permissions_removed=[],
    )
    shown = [{"id": reading, "key": "read", "name": "Read", "description": None}]
    assert await api.sent("GET", f"{at}/permissions") == done(
        "Success", "OK", permissions=shown, next_token=None
    )
    removed = await api.sent("DELETE", f"{at}/permissions/{reading}")
    assert removed == done("Permission removed from the role", "ROLE_PERMISSION_REMOVED")
    added = await api.sent("POST", f"{at}/scopes", 201, scope_id=scope)
    assert added == done("Role scope added", "ROLE_SCOPE_ADDED")
    shown = [{"id": scope, "key": "read:orders", "description": "read:orders", "api_id": orders.api_id}]
    assert await api.sent("GET", f"{at}/scopes") == done("Success", "OK", scopes=shown)
    assert await api.sent("DELETE", f"{at}/scopes/{scope}") == done(
        "Role scope deleted", "ROLE_SCOPE_DELETED"
    )
    assert await api.refused("DELETE", f"{at}/scopes/{scope}", 404) == ("ROLE_SCOPE_NOT_FOUND", None)


async def test_role_is_guarded_until_no_permission_is_required(api):
    guard = await api.permission("assign")
    role = await api.role("chief", is_creator_role=True, assignment_permission_id=guard)
    shown = (await api.sent("GET", f"/roles/{role}"))["role"]
    assert (shown["is_creator_role"], shown["assignment_permission_id"]) == (True, guard)
    await api.sent("PATCH", f"/roles/{role}", 201, assignment_permission_id="NO_PERMISSION_REQUIRED")
    assert (await api.sent("GET", f"/roles/{role}"))["role"]["assignment_permission_id"] is None


async def test_members_come_hold_and_go(api, orders):
    code, role, reading = await api.organization(), await api.role("clerk"), await api.permission("read")
    ada = await make_user(api.context, "ada@acme.test", first_name="Ada", last_name="L")
    at = f"/organizations/{code}/users"
    wrong = {"users": [{"id": ada, "roles": ["none"]}]}
    assert await api.refused("POST", at, 404, **wrong) == ("ROLE_NOT_FOUND", "users[0].roles[0]")
    body = {"users": [{"id": ada, "roles": ["clerk"], "permissions": ["read"]}]}
    assert await api.sent("POST", at, **body) == done("Users added", "USERS_ADDED", users_added=[ada])
    page = await api.sent("GET", f"{at}?roles=clerk&permissions=read&sort=email_asc")
    [member] = page["organization_users"]
    assert member.pop("joined_on")
    assert member == {
        "id": ada,
        "email": "ada@acme.test",
        "full_name": "Ada L",
        "last_name": "L",
        "first_name": "Ada",
        "picture": None,
        "last_accessed_on": None,
        "is_suspended": False,
        "roles": ["clerk"],
    }
    assert await api.sent("GET", f"/organizations/{code}/roles/{role}/users") == done(
        "Success", "OK", users=[{"id": ada}], next_token=None
    )
    assert await api.sent("GET", f"/organizations/{code}/roles/{role}/users/count") == done(
        "Success", "OK", count=1
    )
    assert await api.sent("GET", f"/roles/{role}/users") == done(
        "Success", "OK", users=[{"id": ada, "org_codes": [code]}], next_token=None
    )
    again = {"users": [{"id": ada, "operation": "delete"}]}
    assert await api.sent("PATCH", at, **again) == done(
        "Users updated", "USERS_UPDATED", users_added=[], users_updated=[], users_removed=[ada]
    )
    assert await api.refused("DELETE", f"{at}/{ada}", 404) == ("MEMBERSHIP_NOT_FOUND", None)
    assert reading


async def test_member_rights_are_given_and_taken(api, orders):
    code, role, reading = await api.organization(), await api.role("clerk"), await api.permission("read")
    ada = await make_user(api.context, "ada@acme.test")
    await api.sent("POST", f"/organizations/{code}/users", users=[{"id": ada}])
    await api.sent("PATCH", f"/roles/{role}/permissions", permissions=[{"id": reading}])
    at = f"/organizations/{code}/users/{ada}"
    given = await api.sent("POST", f"{at}/roles", role_id=role)
    assert given == done("Role given to the user", "ORGANIZATION_USER_ROLE_ADDED")
    shown = [{"id": role, "key": "clerk", "name": "Clerk"}]
    assert await api.sent("GET", f"{at}/roles") == done("Success", "OK", roles=shown, next_token=None)
    plain = {"id": reading, "key": "read", "name": "Read", "description": None}
    assert await api.sent("GET", f"{at}/permissions") == done("Success", "OK", permissions=[plain])
    expanded = [{**plain, "roles": [{"id": role, "key": "clerk"}]}]
    assert await api.sent("GET", f"{at}/permissions?expand=roles") == done(
        "Success", "OK", permissions=expanded
    )
    assert await api.refused("GET", f"{at}/permissions?expand=all", 400) == ("EXPAND_INVALID", "expand")
    await api.sent("POST", f"{at}/permissions", permission_id=reading)
    await api.sent("DELETE", f"{at}/roles/{role}")
    assert await api.sent("GET", f"{at}/permissions") == done("Success", "OK", permissions=[plain])
    await api.sent("DELETE", f"{at}/permissions/{reading}")
    assert await api.sent("GET", f"{at}/permissions") == done("Success", "OK", permissions=[])
    scope = orders.scope_ids["read:orders"]
    given = await api.sent("POST", f"{at}/apis/{orders.api_id}/scopes/{scope}")
    assert given == done("API scope given to the user", "ORGANIZATION_USER_API_SCOPE_ADDED")
    shown = {"id": scope, "key": "read:orders", "api_id": orders.api_id, "is_direct": True, "roles": []}
    assert await api.sent("GET", f"{at}/api_scopes") == done("Success", "OK", api_scopes=[shown])
    taken = await api.sent("DELETE", f"{at}/apis/{orders.api_id}/scopes/{scope}")
    assert taken == done("API scope taken from the user", "ORGANIZATION_USER_API_SCOPE_REMOVED")
    refused = await api.refused("DELETE", f"{at}/apis/{orders.api_id}/scopes/{scope}", 404)
    assert refused == ("NOT_HELD", None)
    assert await api.sent("DELETE", at) == done(
        "User removed from the organization", "ORGANIZATION_USER_REMOVED"
    )


async def test_invitation_shows_its_secret_once(api):
    code = await api.organization()
    await api.role("clerk")
    at = f"/organization/{code}/invites"
    body = {"email": "ada@acme.test", "roles": ["clerk"], "first_name": "Ada"}
    assert await api.refused("POST", at, 403, **body) == ("INVITE_APPLICATION_MISSING", None)
    site = (await api.sent("POST", "/applications", 201, name="Site", type="reg"))["application"]["id"]
    chosen = {"invite_application_id": site}
    assert await api.refused("PUT", "/policies/access", 400, **chosen) == (
        "INVITE_APPLICATION_UNFIT",
        "invite_application_id",
    )
    await api.sent("PATCH", f"/applications/{site}", login_uri="https://site.test/login")
    await api.sent("PUT", "/policies/access", **chosen)
    made = (await api.sent("POST", at, 201, **body))["invite"]
    secret, link = made.pop("code"), made.pop("invite_link")
    assert link == f"https://site.test/login?invitation_code={secret}&is_invitation=true"
    assert made.pop("created_on") < made.pop("expires_on")
    assert made == {
        "id": made["id"],
        "email": "ada@acme.test",
        "first_name": "Ada",
        "last_name": None,
        "full_name": "Ada",
        "is_sent": False,
        "accepted_on": None,
        "roles": [{"key": "clerk", "name": "Clerk"}],
        "is_revoked": False,
    }
    listed = await api.sent("GET", at)
    assert [each["code"] for each in listed["invites"]] == [made["id"]]
    assert secret not in str(listed)
    found = await api.sent("GET", f"{at}/{secret}")
    assert found == {"message": "Success", **listed["invites"][0]}
    renewed = (await api.sent("POST", f"{at}/{made['id']}/renew", send_email=True))["invite"]
    assert renewed["code"] != secret
    assert renewed["is_sent"] is True
    assert await api.refused("GET", f"{at}/{secret}", 404) == ("INVITATION_NOT_FOUND", None)
    gone = await api.sent("DELETE", f"{at}/{renewed['code']}")
    assert gone == done("Invitation revoked", "INVITATION_REVOKED")
    assert (await api.sent("GET", at))["invites"] == []
    assert [
        each["is_revoked"] for each in (await api.sent("GET", f"{at}?include_revoked=true"))["invites"]
    ] == [True]


async def test_policies_have_three_ways_in(api):
    assert await api.sent("GET", "/policies/refresh") == done(
        "Success", "OK", policy={"grace_seconds": 30, "absolute_lifetime_seconds": 7_776_000}
    )
    changed = await api.sent("PUT", "/policies/refresh", grace_seconds=0)
    assert changed == done(
        "Policy updated",
        "POLICY_UPDATED",
        policy={"grace_seconds": 0, "absolute_lifetime_seconds": 7_776_000},
    )
    assert await api.refused("PUT", "/policies/none", 404, grace_seconds=0) == ("POLICY_NOT_FOUND", None)
    factors = {"policy": "required", "enabled_factors": ["mfa:email"]}
    assert await api.sent("PUT", "/mfa", **factors) == done("MFA updated", "MFA_UPDATED")
    sms = {"policy": "required", "enabled_factors": ["mfa:sms"]}
    assert await api.refused("PUT", "/mfa", 400, **sms) == ("FACTOR_NOT_SUPPORTED", "enabled_factors[0]")
    assert await api.sent("GET", "/passkey") == done("Success", "OK", enabled=False, policy="off")
    assert await api.sent("PUT", "/passkey", policy="optional") == done(
        "Passkey policy updated", "PASSKEY_UPDATED", enabled=True, policy="optional"
    )
    found = (await api.sent("GET", "/policies"))["policies"]
    assert found["mfa"] == {**factors, "is_recovery_codes_enabled": True}
    assert found["passkeys"] == {"policy": "optional"}
