"""Make the first tables."""

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "environments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("issuer_is_derived", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environments")),
        sa.UniqueConstraint("code", name=op.f("uq_environments_code")),
        sa.UniqueConstraint("issuer", name=op.f("uq_environments_issuer")),
    )
    op.create_table(
        "apis",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("is_management_api", sa.Boolean(), nullable=False),
        sa.Column("signing_algorithm", sa.String(length=64), nullable=False),
        sa.Column("token_shape", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_apis_environment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_apis")),
        sa.UniqueConstraint("environment_id", "audience", name=op.f("uq_apis_environment_id_audience")),
    )
    op.create_table(
        "changes",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("actor_kind", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_changes_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "version", "ordinal", name=op.f("pk_changes")),
    )
    op.create_table(
        "connections",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("strategy", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_connections_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_connections")),
    )
    op.create_table(
        "console_links",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_console_links_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "hash", name=op.f("pk_console_links")),
    )
    op.create_table(
        "console_sessions",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_console_sessions_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "hash", name=op.f("pk_console_sessions")),
    )
    op.create_table(
        "feature_flags",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("default_value", sa.String(), nullable=False),
        sa.Column("allow_override_level", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_feature_flags_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "key", name=op.f("pk_feature_flags")),
    )
    op.create_table(
        "organizations",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("suspended_at", UtcDateTime(), nullable=True),
        sa.Column("is_allow_registrations", sa.Boolean(), nullable=False),
        sa.Column("is_auto_membership_enabled", sa.Boolean(), nullable=False),
        sa.Column("is_auto_join_domain_list", sa.Boolean(), nullable=False),
        sa.Column("is_enable_advanced_orgs", sa.Boolean(), nullable=False),
        sa.Column("is_enforce_mfa", sa.Boolean(), nullable=False),
        sa.Column(
            "allowed_domains",
            Json,
            nullable=False,
        ),
        sa.Column(
            "branding",
            Json,
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_organizations_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "code", name=op.f("pk_organizations")),
        sa.UniqueConstraint(
            "environment_id", "external_id", name=op.f("uq_organizations_environment_id_external_id")
        ),
        sa.UniqueConstraint("environment_id", "handle", name=op.f("uq_organizations_environment_id_handle")),
    )
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organizations_environment_id_name_code"),
            ["environment_id", "name", "code"],
            unique=False,
        )

    op.create_table(
        "property_categories",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("context", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_property_categories_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_property_categories")),
        sa.UniqueConstraint(
            "environment_id",
            "context",
            "name",
            name=op.f("uq_property_categories_environment_id_context_name"),
        ),
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_revoked_tokens_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "jti", name=op.f("pk_revoked_tokens")),
    )
    with op.batch_alter_table("revoked_tokens", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_revoked_tokens_environment_id_expires_at"),
            ["environment_id", "expires_at"],
            unique=False,
        )

    op.create_table(
        "roles",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("is_default_role", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_roles_environment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_roles")),
        sa.UniqueConstraint("environment_id", "key", name=op.f("uq_roles_environment_id_key")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("algorithm", sa.String(length=64), nullable=False),
        sa.Column(
            "public_jwk",
            Json,
            nullable=False,
        ),
        sa.Column("sealed_private_key", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("signs_from", UtcDateTime(), nullable=False),
        sa.Column("retires_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_signing_keys_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "kid", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "usage_daily",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_usage_daily_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "day", "application_id", "outcome", name=op.f("pk_usage_daily")
        ),
    )
    with op.batch_alter_table("usage_daily", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_usage_daily_environment_id_application_id_day"),
            ["environment_id", "application_id", "day"],
            unique=False,
        )

    op.create_table(
        "api_scopes",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("api_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("import_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id", "api_id"],
            ["apis.environment_id", "apis.id"],
            name=op.f("fk_api_scopes_environment_id_api_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_api_scopes_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_api_scopes")),
        sa.UniqueConstraint(
            "environment_id", "api_id", "key", name=op.f("uq_api_scopes_environment_id_api_id_key")
        ),
    )
    op.create_table(
        "applications",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("organization_code", sa.String(length=64), nullable=True),
        sa.Column("login_uri", sa.String(), nullable=True),
        sa.Column("homepage_uri", sa.String(), nullable=True),
        sa.Column("language_key", sa.String(length=64), nullable=True),
        sa.Column(
            "redirect_uris",
            Json,
            nullable=False,
        ),
        sa.Column(
            "logout_uris",
            Json,
            nullable=False,
        ),
        sa.Column(
            "options",
            Json,
            nullable=False,
        ),
        sa.Column("refresh_token_lifetime_seconds", sa.Integer(), nullable=False),
        sa.Column("session_lifetime_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "organization_code"],
            ["organizations.environment_id", "organizations.code"],
            name=op.f("fk_applications_environment_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_applications_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_applications")),
    )
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_applications_environment_id_name_id"),
            ["environment_id", "name", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_applications_environment_id_organization_code"),
            ["environment_id", "organization_code"],
            unique=False,
        )

    op.create_table(
        "feature_flag_overrides",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("flag_key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "flag_key"],
            ["feature_flags.environment_id", "feature_flags.key"],
            name=op.f("fk_feature_flag_overrides_environment_id_flag_key"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_feature_flag_overrides_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "level", "owner_id", "flag_key", name=op.f("pk_feature_flag_overrides")
        ),
    )
    with op.batch_alter_table("feature_flag_overrides", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feature_flag_overrides_environment_id_flag_key"),
            ["environment_id", "flag_key"],
            unique=False,
        )

    op.create_table(
        "properties",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("context", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("category_id", sa.String(length=64), nullable=False),
        sa.Column("is_builtin", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "category_id"],
            ["property_categories.environment_id", "property_categories.id"],
            name=op.f("fk_properties_environment_id_category_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_properties_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_properties")),
        sa.UniqueConstraint("environment_id", "key", name=op.f("uq_properties_environment_id_key")),
    )
    op.create_table(
        "scope_imports",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("api_id", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("document_version", sa.String(), nullable=True),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("duplicate_count", sa.Integer(), nullable=False),
        sa.Column("removed_count", sa.Integer(), nullable=False),
        sa.Column("skipped_count", sa.Integer(), nullable=False),
        sa.Column(
            "log",
            Json,
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "api_id"],
            ["apis.environment_id", "apis.id"],
            name=op.f("fk_scope_imports_environment_id_api_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_scope_imports_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_scope_imports")),
    )
    with op.batch_alter_table("scope_imports", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_scope_imports_environment_id_api_id"), ["environment_id", "api_id"], unique=False
        )

    op.create_table(
        "api_applications",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("api_id", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "api_id"],
            ["apis.environment_id", "apis.id"],
            name=op.f("fk_api_applications_environment_id_api_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "application_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_api_applications_environment_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_api_applications_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "api_id", "application_id", name=op.f("pk_api_applications")
        ),
    )
    with op.batch_alter_table("api_applications", schema=None) as batch_op:
        batch_op.create_index(
            "ix_api_applications_by_application",
            ["environment_id", "application_id", "api_id"],
            unique=False,
        )

    op.create_table(
        "application_access_roles",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("role_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "application_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_application_access_roles_environment_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "role_id"],
            ["roles.environment_id", "roles.id"],
            name=op.f("fk_application_access_roles_environment_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_application_access_roles_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "application_id", "role_id", name=op.f("pk_application_access_roles")
        ),
    )
    op.create_table(
        "application_connections",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "application_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_application_connections_environment_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "connection_id"],
            ["connections.environment_id", "connections.id"],
            name=op.f("fk_application_connections_environment_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_application_connections_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "application_id", "connection_id", name=op.f("pk_application_connections")
        ),
    )
    op.create_table(
        "client_secrets",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hint", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id", "application_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_client_secrets_environment_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_client_secrets_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_client_secrets")),
    )
    with op.batch_alter_table("client_secrets", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_client_secrets_environment_id_application_id"),
            ["environment_id", "application_id"],
            unique=False,
        )

    op.create_table(
        "property_values",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("property_id", sa.String(length=64), nullable=False),
        sa.Column(
            "value",
            Json,
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "property_id"],
            ["properties.environment_id", "properties.id"],
            name=op.f("fk_property_values_environment_id_property_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_property_values_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "owner_id", "property_id", name=op.f("pk_property_values")),
    )
    with op.batch_alter_table("property_values", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_property_values_environment_id_property_id"),
            ["environment_id", "property_id"],
            unique=False,
        )

    op.create_table(
        "token_profiles",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("include_api_scopes_in_permissions", sa.Boolean(), nullable=False),
        sa.Column(
            "additional_claims",
            Json,
            nullable=False,
        ),
        sa.Column(
            "feature_flags",
            Json,
            nullable=False,
        ),
        sa.Column(
            "properties",
            Json,
            nullable=False,
        ),
        sa.Column("hasura_mapping", sa.Boolean(), nullable=False),
        sa.Column("lifetime_seconds", sa.Integer(), nullable=False),
        sa.Column("size_budget_bytes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "application_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_token_profiles_environment_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_token_profiles_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "application_id", "kind", name=op.f("pk_token_profiles")),
    )
    op.create_table(
        "api_application_scopes",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("api_id", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("scope_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "api_id", "application_id"],
            ["api_applications.environment_id", "api_applications.api_id", "api_applications.application_id"],
            name=op.f("fk_api_application_scopes_environment_id_api_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "scope_id"],
            ["api_scopes.environment_id", "api_scopes.id"],
            name=op.f("fk_api_application_scopes_environment_id_scope_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_api_application_scopes_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "api_id", "application_id", "scope_id", name=op.f("pk_api_application_scopes")
        ),
    )
    with op.batch_alter_table("api_application_scopes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_api_application_scopes_by_application",
            ["environment_id", "application_id", "scope_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_api_application_scopes_environment_id_scope_id"),
            ["environment_id", "scope_id"],
            unique=False,
        )


def downgrade() -> None:
    """Take this migration back."""
    with op.batch_alter_table("api_application_scopes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_application_scopes_environment_id_scope_id"))
        batch_op.drop_index("ix_api_application_scopes_by_application")

    op.drop_table("api_application_scopes")
    op.drop_table("token_profiles")
    with op.batch_alter_table("property_values", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_property_values_environment_id_property_id"))

    op.drop_table("property_values")
    with op.batch_alter_table("client_secrets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_secrets_environment_id_application_id"))

    op.drop_table("client_secrets")
    op.drop_table("application_connections")
    op.drop_table("application_access_roles")
    with op.batch_alter_table("api_applications", schema=None) as batch_op:
        batch_op.drop_index("ix_api_applications_by_application")

    op.drop_table("api_applications")
    with op.batch_alter_table("scope_imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scope_imports_environment_id_api_id"))

    op.drop_table("scope_imports")
    op.drop_table("properties")
    with op.batch_alter_table("feature_flag_overrides", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feature_flag_overrides_environment_id_flag_key"))

    op.drop_table("feature_flag_overrides")
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_applications_environment_id_organization_code"))
        batch_op.drop_index(batch_op.f("ix_applications_environment_id_name_id"))

    op.drop_table("applications")
    op.drop_table("api_scopes")
    with op.batch_alter_table("usage_daily", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_usage_daily_environment_id_application_id_day"))

    op.drop_table("usage_daily")
    op.drop_table("signing_keys")
    op.drop_table("roles")
    with op.batch_alter_table("revoked_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revoked_tokens_environment_id_expires_at"))

    op.drop_table("revoked_tokens")
    op.drop_table("property_categories")
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organizations_environment_id_name_code"))

    op.drop_table("organizations")
    op.drop_table("feature_flags")
    op.drop_table("console_sessions")
    op.drop_table("console_links")
    op.drop_table("connections")
    op.drop_table("changes")
    op.drop_table("apis")
    op.drop_table("environments")
