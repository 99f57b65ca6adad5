"""List the tables of what an operator configures: environments, keys, applications, APIs."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from claimsmith.storage.columns import Code, Id, Json, Text, UtcDateTime
from claimsmith.storage.tables.base import flag, inside, metadata, refers

environments = Table(
    "environments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("issuer", Text, nullable=False, unique=True),
    flag("issuer_is_derived"),
    flag("is_default"),
    Column("version", BigInteger, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    # No reference: SQLite cannot add one to a table that others refer to. Businesses are never deleted.
    Column("business_id", Id, nullable=False, server_default="default"),
)

changes = inside(
    "changes",
    ("version", "ordinal"),
    Column("version", BigInteger, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("noun", Code, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("action", Code, nullable=False),
    Column("actor_kind", Code, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

signing_keys = inside(
    "signing_keys",
    ("kid",),
    Column("kid", Id, nullable=False),
    Column("algorithm", Code, nullable=False),
    Column("public_jwk", Json, nullable=False),
    Column("sealed_private_key", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("signs_from", UtcDateTime, nullable=False),
    Column("retires_at", UtcDateTime),
    Column("needed_until", UtcDateTime),
)

applications = inside(
    "applications",
    ("id",),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Code, nullable=False),
    Column("organization_code", Id),
    Column("login_uri", Text),
    Column("homepage_uri", Text),
    Column("language_key", Code),
    Column("redirect_uris", Json, nullable=False, default=list),
    Column("logout_uris", Json, nullable=False, default=list),
    Column("backchannel_logout_uri", Text),
    Column("logo_uri", Text),
    Column("policy_uri", Text),
    Column("terms_uri", Text),
    Column("options", Json, nullable=False, default=dict),
    Column("refresh_token_lifetime_seconds", Integer, nullable=False),
    Column("session_lifetime_seconds", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    refers("organization_code", "organizations", "code"),
    Index(None, "environment_id", "name", "id"),
    Index(None, "environment_id", "organization_code"),
)

application_origins = inside(
    "application_origins",
    ("key", "application_id", "origin"),
    Column("key", Text, nullable=False),
    Column("application_id", Id, nullable=False),
    Column("origin", Text, nullable=False),
    refers("application_id", "applications"),
    Index("ix_application_origins_by_application", "environment_id", "application_id"),
)

client_secrets = inside(
    "client_secrets",
    ("id",),
    Column("id", Id, nullable=False),
    Column("application_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("hint", Code, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    refers("application_id", "applications"),
    Index(None, "environment_id", "application_id"),
)

token_profiles = inside(
    "token_profiles",
    ("application_id", "kind"),
    Column("application_id", Id, nullable=False),
    Column("kind", Code, nullable=False),
    flag("include_api_scopes_in_permissions"),
    Column("additional_claims", Json, nullable=False),
    Column("feature_flags", Json, nullable=False),
    Column("properties", Json, nullable=False),
    flag("hasura_mapping"),
    Column("lifetime_seconds", Integer, nullable=False),
    Column("size_budget_bytes", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    refers("application_id", "applications"),
)

apis = inside(
    "apis",
    ("id",),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("audience", Text, nullable=False),
    flag("is_management_api"),
    Column("signing_algorithm", Code, nullable=False),
    Column("token_shape", Code, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("environment_id", "audience"),
)

scope_imports = inside(
    "scope_imports",
    ("id",),
    Column("id", Id, nullable=False),
    Column("api_id", Id, nullable=False),
    Column("filename", Text, nullable=False),
    Column("title", Text),
    Column("document_version", Text),
    Column("created_count", Integer, nullable=False),
    Column("duplicate_count", Integer, nullable=False),
    Column("removed_count", Integer, nullable=False),
    Column("skipped_count", Integer, nullable=False),
    Column("log", Json, nullable=False),
    flag("is_active"),
    Column("imported_at", UtcDateTime, nullable=False),
    refers("api_id", "apis"),
    Index(None, "environment_id", "api_id"),
)

api_scopes = inside(
    "api_scopes",
    ("id",),
    Column("id", Id, nullable=False),
    Column("api_id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("description", Text),
    Column("origin", Code, nullable=False),
    Column("import_id", Id),
    refers("api_id", "apis"),
    UniqueConstraint("environment_id", "api_id", "key"),
)

api_applications = inside(
    "api_applications",
    ("api_id", "application_id"),
    Column("api_id", Id, nullable=False),
    Column("application_id", Id, nullable=False),
    refers("api_id", "apis"),
    refers("application_id", "applications"),
    Index("ix_api_applications_by_application", "environment_id", "application_id", "api_id"),
)

api_application_scopes = inside(
    "api_application_scopes",
    ("api_id", "application_id", "scope_id"),
    Column("api_id", Id, nullable=False),
    Column("application_id", Id, nullable=False),
    Column("scope_id", Id, nullable=False),
    ForeignKeyConstraint(
        ["environment_id", "api_id", "application_id"],
        [
            "api_applications.environment_id",
            "api_applications.api_id",
            "api_applications.application_id",
        ],
        ondelete="CASCADE",
    ),
    refers("scope_id", "api_scopes"),
    Index("ix_api_application_scopes_by_application", "environment_id", "application_id", "scope_id"),
    Index(None, "environment_id", "scope_id"),
)
