"""List every table.

Each table but `environments` starts with `environment_id`, which is part of every primary key and of every
foreign key: a reference from one environment into another cannot be stored.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from claimsmith.storage.columns import Code, Id, Json, Text, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, key: tuple[str, ...], *parts: Any) -> Table:
    """Make a table inside the wall: `environment_id` first, in the primary key, and a foreign key."""
    return Table(
        name,
        metadata,
        Column("environment_id", Id, ForeignKey("environments.id", ondelete="CASCADE"), nullable=False),
        *parts,
        PrimaryKeyConstraint("environment_id", *key),
    )


def _refers(column: str, target: str, target_column: str = "id") -> ForeignKeyConstraint:
    """Make a reference to another table of the same environment that goes when its target goes."""
    return ForeignKeyConstraint(
        ["environment_id", column],
        [f"{target}.environment_id", f"{target}.{target_column}"],
        ondelete="CASCADE",
    )


def _flag(name: str, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=default)


environments = Table(
    "environments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("issuer", Text, nullable=False, unique=True),
    _flag("issuer_is_derived"),
    _flag("is_default"),
    Column("version", BigInteger, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
)

changes = _table(
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

signing_keys = _table(
    "signing_keys",
    ("kid",),
    Column("kid", Id, nullable=False),
    Column("algorithm", Code, nullable=False),
    Column("public_jwk", Json, nullable=False),
    Column("sealed_private_key", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("signs_from", UtcDateTime, nullable=False),
    Column("retires_at", UtcDateTime),
)

organizations = _table(
    "organizations",
    ("code",),
    Column("code", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("handle", Text),
    Column("external_id", Text),
    _flag("is_default"),
    _flag("is_suspended"),
    Column("suspended_at", UtcDateTime),
    _flag("is_allow_registrations"),
    _flag("is_auto_membership_enabled"),
    _flag("is_auto_join_domain_list"),
    _flag("is_enable_advanced_orgs"),
    _flag("is_enforce_mfa"),
    Column("allowed_domains", Json, nullable=False, default=list),
    Column("branding", Json, nullable=False, default=dict),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("environment_id", "handle"),
    UniqueConstraint("environment_id", "external_id"),
    Index(None, "environment_id", "name", "code"),
)

applications = _table(
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
    Column("options", Json, nullable=False, default=dict),
    Column("refresh_token_lifetime_seconds", Integer, nullable=False),
    Column("session_lifetime_seconds", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    _refers("organization_code", "organizations", "code"),
    Index(None, "environment_id", "name", "id"),
    Index(None, "environment_id", "organization_code"),
)

client_secrets = _table(
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
    _refers("application_id", "applications"),
    Index(None, "environment_id", "application_id"),
)

token_profiles = _table(
    "token_profiles",
    ("application_id", "kind"),
    Column("application_id", Id, nullable=False),
    Column("kind", Code, nullable=False),
    _flag("include_api_scopes_in_permissions"),
    Column("additional_claims", Json, nullable=False),
    Column("feature_flags", Json, nullable=False),
    Column("properties", Json, nullable=False),
    _flag("hasura_mapping"),
    Column("lifetime_seconds", Integer, nullable=False),
    Column("size_budget_bytes", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    _refers("application_id", "applications"),
)

apis = _table(
    "apis",
    ("id",),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("audience", Text, nullable=False),
    _flag("is_management_api"),
    Column("signing_algorithm", Code, nullable=False),
    Column("token_shape", Code, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("environment_id", "audience"),
)

scope_imports = _table(
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
    _flag("is_active"),
    Column("imported_at", UtcDateTime, nullable=False),
    _refers("api_id", "apis"),
    Index(None, "environment_id", "api_id"),
)

api_scopes = _table(
    "api_scopes",
    ("id",),
    Column("id", Id, nullable=False),
    Column("api_id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("description", Text),
    Column("origin", Code, nullable=False),
    Column("import_id", Id),
    _refers("api_id", "apis"),
    UniqueConstraint("environment_id", "api_id", "key"),
)

api_applications = _table(
    "api_applications",
    ("api_id", "application_id"),
    Column("api_id", Id, nullable=False),
    Column("application_id", Id, nullable=False),
    _refers("api_id", "apis"),
    _refers("application_id", "applications"),
    Index("ix_api_applications_by_application", "environment_id", "application_id", "api_id"),
)

api_application_scopes = _table(
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
    _refers("scope_id", "api_scopes"),
    Index("ix_api_application_scopes_by_application", "environment_id", "application_id", "scope_id"),
    Index(None, "environment_id", "scope_id"),
)

feature_flags = _table(
    "feature_flags",
    ("key",),
    Column("key", Code, nullable=False),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("type", Code, nullable=False),
    Column("default_value", Text, nullable=False),
    Column("allow_override_level", Code, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

feature_flag_overrides = _table(
    "feature_flag_overrides",
    ("level", "owner_id", "flag_key"),
    Column("level", Code, nullable=False),
    Column("owner_id", Id, nullable=False),
    Column("flag_key", Code, nullable=False),
    Column("value", Text, nullable=False),
    _refers("flag_key", "feature_flags", "key"),
    Index(None, "environment_id", "flag_key"),
)

property_categories = _table(
    "property_categories",
    ("id",),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("context", Code, nullable=False),
    UniqueConstraint("environment_id", "context", "name"),
)

properties = _table(
    "properties",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("context", Code, nullable=False),
    Column("type", Code, nullable=False),
    _flag("is_private"),
    Column("category_id", Id, nullable=False),
    _flag("is_builtin"),
    _refers("category_id", "property_categories"),
    UniqueConstraint("environment_id", "key"),
)

property_values = _table(
    "property_values",
    ("owner_id", "property_id"),
    Column("owner_id", Id, nullable=False),
    Column("property_id", Id, nullable=False),
    Column("value", Json),
    _refers("property_id", "properties"),
    Index(None, "environment_id", "property_id"),
)

roles = _table(
    "roles",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    _flag("is_default_role"),
    UniqueConstraint("environment_id", "key"),
)

application_access_roles = _table(
    "application_access_roles",
    ("application_id", "role_id"),
    Column("application_id", Id, nullable=False),
    Column("role_id", Id, nullable=False),
    _refers("application_id", "applications"),
    _refers("role_id", "roles"),
)

connections = _table(
    "connections",
    ("id",),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("strategy", Code, nullable=False),
)

application_connections = _table(
    "application_connections",
    ("application_id", "connection_id"),
    Column("application_id", Id, nullable=False),
    Column("connection_id", Id, nullable=False),
    _refers("application_id", "applications"),
    _refers("connection_id", "connections"),
)

revoked_tokens = _table(
    "revoked_tokens",
    ("jti",),
    Column("jti", Id, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=False),
    Index(None, "environment_id", "expires_at"),
)

usage_daily = _table(
    "usage_daily",
    ("day", "application_id", "outcome"),
    Column("day", Date, nullable=False),
    Column("application_id", Id, nullable=False),
    Column("outcome", Code, nullable=False),
    Column("count", BigInteger, nullable=False),
    Index(None, "environment_id", "application_id", "day"),
)

console_links = _table(
    "console_links",
    ("hash",),
    Column("hash", LargeBinary(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

console_sessions = _table(
    "console_sessions",
    ("hash",),
    Column("hash", LargeBinary(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
)
