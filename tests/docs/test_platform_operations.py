"""What the platform can do about people and their rights is served, or is told why not."""

import re

from claimsmith.edge.management.api import OPERATIONS
from tests.docs.examples import ROOT
from tests.docs.test_reference_endpoints import rows

PAGE = (ROOT / "docs/reference/management-api.md").read_text(encoding="utf-8")
OF_THE_PLATFORM = """
DELETE /identities/{}
GET /identities/{}
PATCH /identities/{}
PUT /mfa
GET /organization/{}/invites
POST /organization/{}/invites
DELETE /organization/{}/invites/{}
GET /organization/{}/invites/{}
PUT /organizations/{}/mfa
GET /organizations/{}/passkey
PUT /organizations/{}/passkey
GET /organizations/{}/roles/{}/active_users/count
GET /organizations/{}/roles/{}/users
GET /organizations/{}/roles/{}/users/count
PATCH /organizations/{}/sessions
GET /organizations/{}/users
PATCH /organizations/{}/users
POST /organizations/{}/users
DELETE /organizations/{}/users/{}
DELETE /organizations/{}/users/{}/apis/{}/scopes/{}
POST /organizations/{}/users/{}/apis/{}/scopes/{}
DELETE /organizations/{}/users/{}/mfa
GET /organizations/{}/users/{}/mfa
DELETE /organizations/{}/users/{}/mfa/{}
GET /organizations/{}/users/{}/permissions
POST /organizations/{}/users/{}/permissions
DELETE /organizations/{}/users/{}/permissions/{}
GET /organizations/{}/users/{}/roles
POST /organizations/{}/users/{}/roles
DELETE /organizations/{}/users/{}/roles/{}
GET /passkey
PUT /passkey
GET /permissions
POST /permissions
DELETE /permissions/{}
PATCH /permissions/{}
GET /roles
POST /roles
DELETE /roles/{}
GET /roles/{}
PATCH /roles/{}
GET /roles/{}/permissions
PATCH /roles/{}/permissions
DELETE /roles/{}/permissions/{}
GET /roles/{}/scopes
POST /roles/{}/scopes
DELETE /roles/{}/scopes/{}
GET /roles/{}/system_permissions
PATCH /roles/{}/system_permissions
GET /roles/{}/users
GET /search/users
GET /system_permissions
DELETE /user
GET /user
PATCH /user
POST /user
GET /users
PATCH /users/{}/feature_flags/{}
GET /users/{}/identities
POST /users/{}/identities
DELETE /users/{}/mfa
GET /users/{}/mfa
DELETE /users/{}/mfa/{}
PUT /users/{}/password
GET /users/{}/properties
PATCH /users/{}/properties
PUT /users/{}/properties/{}
POST /users/{}/refresh_claims
DELETE /users/{}/sessions
GET /users/{}/sessions
"""
"""Users, roles, permissions, members, invitations, sessions, second factors, passkeys and identities."""


def shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def test_operations_about_people_are_served_or_told_why_not():
    served = {
        f"{method} {shape(route.path)}"
        for operations in OPERATIONS
        for route in operations.routes
        for method in route.methods
    }
    told = {row[0].strip("`") for row in rows(PAGE, "not served")}
    missing = set(OF_THE_PLATFORM.strip().splitlines()) - served
    assert {shape(each.replace("/api/v1", "")) for each in told} == missing
