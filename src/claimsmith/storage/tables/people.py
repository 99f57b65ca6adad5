"""List the tables of users, what they sign in with, and what they may do."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, UniqueConstraint

from claimsmith.storage.columns import Code, Id, Json, Text, UtcDateTime
from claimsmith.storage.tables.base import flag, inside, refers

users = inside(
    "users",
    ("id",),
    Column("id", Id, nullable=False),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("picture", Text),
    Column("provided_id", Text),
    flag("is_suspended"),
    flag("is_password_reset_requested"),
    flag("is_passkey_offer_declined"),
    Column("last_organization_code", Id),
    Column("total_sign_ins", Integer, nullable=False, default=0),
    Column("failed_sign_ins", Integer, nullable=False, default=0),
    Column("last_signed_in_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("environment_id", "provided_id"),
    Index(None, "environment_id", "created_at", "id"),
)

identities = inside(
    "identities",
    ("id",),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("type", Code, nullable=False),
    Column("value", Text, nullable=False),
    Column("shown_value", Text, nullable=False),
    Column("connection_id", Id),
    flag("is_verified"),
    flag("is_primary"),
    Column("total_sign_ins", Integer, nullable=False, default=0),
    Column("last_signed_in_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    refers("user_id", "users"),
    UniqueConstraint("environment_id", "type", "value"),
    Index(None, "environment_id", "user_id"),
)

passwords = inside(
    "passwords",
    ("user_id",),
    Column("user_id", Id, nullable=False),
    Column("method", Code, nullable=False),
    Column("hash", Text, nullable=False),
    Column("parameters", Json, nullable=False, default=dict),
    flag("is_temporary"),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    refers("user_id", "users"),
)

accepted_terms = inside(
    "accepted_terms",
    # A record outlives the application that asked for it.
    ("user_id", "kind", "accepted_at"),
    Column("user_id", Id, nullable=False),
    Column("kind", Code, nullable=False),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("uri", Text, nullable=False),
    Column("client_id", Id, nullable=False),
    refers("user_id", "users"),
)

permissions = inside(
    "permissions",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    UniqueConstraint("environment_id", "key"),
)

role_permissions = inside(
    "role_permissions",
    ("role_id", "permission_id"),
    Column("role_id", Id, nullable=False),
    Column("permission_id", Id, nullable=False),
    refers("role_id", "roles"),
    refers("permission_id", "permissions"),
)

role_scopes = inside(
    "role_scopes",
    ("role_id", "scope_id"),
    Column("role_id", Id, nullable=False),
    Column("scope_id", Id, nullable=False),
    refers("role_id", "roles"),
    refers("scope_id", "api_scopes"),
)

memberships = inside(
    "memberships",
    ("user_id", "organization_code"),
    Column("user_id", Id, nullable=False),
    Column("organization_code", Id, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    refers("user_id", "users"),
    refers("organization_code", "organizations", "code"),
    Index(None, "environment_id", "organization_code", "user_id"),
)


def _refers_to_membership() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["environment_id", "user_id", "organization_code"],
        ["memberships.environment_id", "memberships.user_id", "memberships.organization_code"],
        ondelete="CASCADE",
    )


membership_roles = inside(
    "membership_roles",
    ("user_id", "organization_code", "role_id"),
    Column("user_id", Id, nullable=False),
    Column("organization_code", Id, nullable=False),
    Column("role_id", Id, nullable=False),
    _refers_to_membership(),
    refers("role_id", "roles"),
    Index(None, "environment_id", "role_id"),
)

membership_permissions = inside(
    "membership_permissions",
    ("user_id", "organization_code", "permission_id"),
    Column("user_id", Id, nullable=False),
    Column("organization_code", Id, nullable=False),
    Column("permission_id", Id, nullable=False),
    _refers_to_membership(),
    refers("permission_id", "permissions"),
    Index(None, "environment_id", "permission_id"),
)

membership_scopes = inside(
    "membership_scopes",
    ("user_id", "organization_code", "scope_id"),
    Column("user_id", Id, nullable=False),
    Column("organization_code", Id, nullable=False),
    Column("scope_id", Id, nullable=False),
    _refers_to_membership(),
    refers("scope_id", "api_scopes"),
    Index(None, "environment_id", "scope_id"),
)

invitations = inside(
    "invitations",
    ("id",),
    Column("id", Id, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("email", Text, nullable=False),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("organization_code", Id, nullable=False),
    Column("role_ids", Json, nullable=False, default=list),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("accepted_by", Id),
    Column("revoked_at", UtcDateTime),
    refers("organization_code", "organizations", "code"),
    UniqueConstraint("environment_id", "hash"),
    Index(None, "environment_id", "organization_code"),
    Index("ix_invitations_by_email", "environment_id", "email"),
)

policies = inside(
    "policies",
    ("name",),
    Column("name", Code, nullable=False),
    Column("values", Json, nullable=False),
)

organization_policies = inside(
    "organization_policies",
    ("organization_code", "name"),
    Column("organization_code", Id, nullable=False),
    Column("name", Code, nullable=False),
    Column("values", Json, nullable=False),
    refers("organization_code", "organizations", "code"),
)

totp_factors = inside(
    "totp_factors",
    ("user_id",),
    Column("user_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("sealed_secret", Text, nullable=False),
    Column("last_step", BigInteger, nullable=False, default=0),
    Column("total_uses", Integer, nullable=False, default=0),
    Column("last_used_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    refers("user_id", "users"),
)

email_factors = inside(
    "email_factors",
    ("user_id",),
    Column("user_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("address", Text, nullable=False),
    Column("total_uses", Integer, nullable=False, default=0),
    Column("last_used_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    refers("user_id", "users"),
)

mfa_declines = inside(
    "mfa_declines",
    ("user_id",),
    Column("user_id", Id, nullable=False),
    Column("declined_at", UtcDateTime, nullable=False),
    refers("user_id", "users"),
)

recovery_codes = inside(
    "recovery_codes",
    ("user_id", "hash"),
    Column("user_id", Id, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("used_at", UtcDateTime),
    refers("user_id", "users"),
)

passkeys = inside(
    "passkeys",
    ("id",),
    Column("id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("credential_id", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", Json, nullable=False, default=list),
    Column("name", Text, nullable=False),
    flag("is_backed_up"),
    Column("total_sign_ins", Integer, nullable=False, default=0),
    Column("last_signed_in_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    refers("user_id", "users"),
    UniqueConstraint("environment_id", "credential_id"),
    Index(None, "environment_id", "user_id"),
)
