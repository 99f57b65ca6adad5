"""Make room for people: users, what they may do, and how they sign in."""

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    _extend_tables()
    _make_tables()


def _extend_tables() -> None:
    op.add_column("applications", sa.Column("backchannel_logout_uri", sa.String(), nullable=True))
    op.add_column("applications", sa.Column("logo_uri", sa.String(), nullable=True))
    op.add_column("applications", sa.Column("policy_uri", sa.String(), nullable=True))
    op.add_column("applications", sa.Column("terms_uri", sa.String(), nullable=True))
    op.add_column(
        "connections", sa.Column("is_enabled", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("organizations", sa.Column("sessions", Json, nullable=False, server_default="{}"))
    op.add_column(
        "roles", sa.Column("is_creator_role", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("roles", sa.Column("assignment_permission_id", sa.String(length=64), nullable=True))


def _make_tables() -> None:
    op.create_table(
        "messages",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("sender_name", sa.String(), nullable=True),
        sa.Column("sender_email", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("taken_until", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_messages_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_messages")),
    )
    op.create_index(
        op.f("ix_messages_environment_id_due_at"), "messages", ["environment_id", "due_at"], unique=False
    )
    op.create_table(
        "one_time_codes",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_one_time_codes_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "purpose", "subject", name=op.f("pk_one_time_codes")),
    )
    op.create_index(
        op.f("ix_one_time_codes_environment_id_expires_at"),
        "one_time_codes",
        ["environment_id", "expires_at"],
        unique=False,
    )
    op.create_table(
        "permissions",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_permissions_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_permissions")),
        sa.UniqueConstraint("environment_id", "key", name=op.f("uq_permissions_environment_id_key")),
    )
    op.create_table(
        "policies",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_policies_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "name", name=op.f("pk_policies")),
    )
    op.create_table(
        "rate_limits",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_rate_limits_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "key", name=op.f("pk_rate_limits")),
    )
    op.create_index(
        op.f("ix_rate_limits_environment_id_window_ends_at"),
        "rate_limits",
        ["environment_id", "window_ends_at"],
        unique=False,
    )
    op.create_table(
        "sign_in_flows",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("binder_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("request", Json, nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_sign_in_flows_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "hash", name=op.f("pk_sign_in_flows")),
    )
    op.create_index(
        op.f("ix_sign_in_flows_environment_id_expires_at"),
        "sign_in_flows",
        ["environment_id", "expires_at"],
        unique=False,
    )
    op.create_table(
        "users",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("picture", sa.String(), nullable=True),
        sa.Column("provided_id", sa.String(), nullable=True),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("is_password_reset_requested", sa.Boolean(), nullable=False),
        sa.Column("is_passkey_offer_declined", sa.Boolean(), nullable=False),
        sa.Column("last_organization_code", sa.String(length=64), nullable=True),
        sa.Column("total_sign_ins", sa.Integer(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("last_signed_in_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_users_environment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_users")),
        sa.UniqueConstraint(
            "environment_id", "provided_id", name=op.f("uq_users_environment_id_provided_id")
        ),
    )
    op.create_index(
        op.f("ix_users_environment_id_created_at_id"),
        "users",
        ["environment_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "identities",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("shown_value", sa.String(), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=True),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("total_sign_ins", sa.Integer(), nullable=False),
        sa.Column("last_signed_in_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_identities_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_identities_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_identities")),
        sa.UniqueConstraint(
            "environment_id", "type", "value", name=op.f("uq_identities_environment_id_type_value")
        ),
    )
    op.create_index(
        op.f("ix_identities_environment_id_user_id"),
        "identities",
        ["environment_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "invitations",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("organization_code", sa.String(length=64), nullable=False),
        sa.Column("role_ids", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("accepted_by", sa.String(length=64), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id", "organization_code"],
            ["organizations.environment_id", "organizations.code"],
            name=op.f("fk_invitations_environment_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_invitations_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("environment_id", "hash", name=op.f("uq_invitations_environment_id_hash")),
    )
    op.create_index("ix_invitations_by_email", "invitations", ["environment_id", "email"], unique=False)
    op.create_index(
        op.f("ix_invitations_environment_id_organization_code"),
        "invitations",
        ["environment_id", "organization_code"],
        unique=False,
    )
    op.create_table(
        "memberships",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("organization_code", sa.String(length=64), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "organization_code"],
            ["organizations.environment_id", "organizations.code"],
            name=op.f("fk_memberships_environment_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_memberships_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_memberships_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "user_id", "organization_code", name=op.f("pk_memberships")
        ),
    )
    op.create_index(
        op.f("ix_memberships_environment_id_organization_code_user_id"),
        "memberships",
        ["environment_id", "organization_code", "user_id"],
        unique=False,
    )
    op.create_table(
        "email_factors",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("total_uses", sa.Integer(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_email_factors_environment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_email_factors_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "user_id", name=op.f("pk_email_factors")),
    )
    op.create_table(
        "mfa_declines",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("declined_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_mfa_declines_environment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_mfa_declines_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "user_id", name=op.f("pk_mfa_declines")),
    )
    op.create_table(
        "organization_policies",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("organization_code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_organization_policies_environment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "organization_code"],
            ["organizations.environment_id", "organizations.code"],
            name=op.f("fk_organization_policies_environment_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "organization_code", "name", name=op.f("pk_organization_policies")
        ),
    )
    op.create_table(
        "passkeys",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", Json, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("total_sign_ins", sa.Integer(), nullable=False),
        sa.Column("last_signed_in_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_passkeys_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_passkeys_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint(
            "environment_id", "credential_id", name=op.f("uq_passkeys_environment_id_credential_id")
        ),
    )
    op.create_index(
        op.f("ix_passkeys_environment_id_user_id"), "passkeys", ["environment_id", "user_id"], unique=False
    )
    op.create_table(
        "passwords",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("parameters", Json, nullable=False),
        sa.Column("is_temporary", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_passwords_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_passwords_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "user_id", name=op.f("pk_passwords")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_recovery_codes_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_recovery_codes_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "user_id", "hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "role_permissions",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("role_id", sa.String(length=64), nullable=False),
        sa.Column("permission_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "permission_id"],
            ["permissions.environment_id", "permissions.id"],
            name=op.f("fk_role_permissions_environment_id_permission_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "role_id"],
            ["roles.environment_id", "roles.id"],
            name=op.f("fk_role_permissions_environment_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_role_permissions_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "role_id", "permission_id", name=op.f("pk_role_permissions")
        ),
    )
    op.create_table(
        "sso_sessions",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("organization_code", sa.String(length=64), nullable=True),
        sa.Column("authenticated_at", UtcDateTime(), nullable=False),
        sa.Column("methods", Json, nullable=False),
        sa.Column("is_persistent", sa.Boolean(), nullable=False),
        sa.Column("lifetime_seconds", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("user_agent", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_sso_sessions_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_sso_sessions_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_sso_sessions")),
        sa.UniqueConstraint("environment_id", "hash", name=op.f("uq_sso_sessions_environment_id_hash")),
    )
    op.create_index(
        "ix_sso_sessions_by_expiry", "sso_sessions", ["environment_id", "expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_sso_sessions_environment_id_user_id"),
        "sso_sessions",
        ["environment_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "totp_factors",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("total_uses", sa.Integer(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_totp_factors_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_totp_factors_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "user_id", name=op.f("pk_totp_factors")),
    )
    op.create_table(
        "consents",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "client_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_consents_environment_id_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_consents_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_consents_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "user_id", "client_id", "audience", name=op.f("pk_consents")
        ),
    )
    op.create_table(
        "device_codes",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_code_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("audiences", Json, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=True),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("last_polled_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "client_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_device_codes_environment_id_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_device_codes_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "hash", name=op.f("pk_device_codes")),
        sa.UniqueConstraint(
            "environment_id", "user_code_mac", name=op.f("uq_device_codes_environment_id_user_code_mac")
        ),
    )
    op.create_index(
        op.f("ix_device_codes_environment_id_expires_at"),
        "device_codes",
        ["environment_id", "expires_at"],
        unique=False,
    )
    op.create_table(
        "grants",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("grant_type", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("organization_code", sa.String(length=64), nullable=True),
        sa.Column("session_id", sa.String(length=64), nullable=True),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("audiences", Json, nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=True),
        sa.Column("authenticated_at", UtcDateTime(), nullable=False),
        sa.Column("methods", Json, nullable=False),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("redirect_uri", sa.String(), nullable=True),
        sa.Column("code_challenge", sa.String(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("code_expires_at", UtcDateTime(), nullable=True),
        sa.Column("code_used_at", UtcDateTime(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("rotated_at", UtcDateTime(), nullable=True),
        sa.Column("refresh_expires_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_because", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id", "client_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_grants_environment_id_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "organization_code"],
            ["organizations.environment_id", "organizations.code"],
            name=op.f("fk_grants_environment_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_grants_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_grants_environment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_grants")),
        sa.UniqueConstraint("environment_id", "code_hash", name=op.f("uq_grants_environment_id_code_hash")),
    )
    op.create_index("ix_grants_by_client", "grants", ["environment_id", "client_id"], unique=False)
    op.create_index("ix_grants_by_expiry", "grants", ["environment_id", "expires_at"], unique=False)
    op.create_index(
        "ix_grants_by_organization", "grants", ["environment_id", "organization_code"], unique=False
    )
    op.create_index("ix_grants_by_session", "grants", ["environment_id", "session_id"], unique=False)
    op.create_index(
        op.f("ix_grants_environment_id_user_id_client_id"),
        "grants",
        ["environment_id", "user_id", "client_id"],
        unique=False,
    )
    op.create_table(
        "logout_notices",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("taken_until", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id", "client_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_logout_notices_environment_id_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_logout_notices_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_logout_notices")),
    )
    op.create_index(
        op.f("ix_logout_notices_environment_id_due_at"),
        "logout_notices",
        ["environment_id", "due_at"],
        unique=False,
    )
    op.create_table(
        "membership_permissions",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("organization_code", sa.String(length=64), nullable=False),
        sa.Column("permission_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "permission_id"],
            ["permissions.environment_id", "permissions.id"],
            name=op.f("fk_membership_permissions_environment_id_permission_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id", "organization_code"],
            ["memberships.environment_id", "memberships.user_id", "memberships.organization_code"],
            name=op.f("fk_membership_permissions_environment_id_user_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_membership_permissions_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id",
            "user_id",
            "organization_code",
            "permission_id",
            name=op.f("pk_membership_permissions"),
        ),
    )
    op.create_index(
        op.f("ix_membership_permissions_environment_id_permission_id"),
        "membership_permissions",
        ["environment_id", "permission_id"],
        unique=False,
    )
    op.create_table(
        "membership_roles",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("organization_code", sa.String(length=64), nullable=False),
        sa.Column("role_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "role_id"],
            ["roles.environment_id", "roles.id"],
            name=op.f("fk_membership_roles_environment_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id", "organization_code"],
            ["memberships.environment_id", "memberships.user_id", "memberships.organization_code"],
            name=op.f("fk_membership_roles_environment_id_user_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_membership_roles_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "user_id", "organization_code", "role_id", name=op.f("pk_membership_roles")
        ),
    )
    op.create_index(
        op.f("ix_membership_roles_environment_id_role_id"),
        "membership_roles",
        ["environment_id", "role_id"],
        unique=False,
    )
    op.create_table(
        "membership_scopes",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("organization_code", sa.String(length=64), nullable=False),
        sa.Column("scope_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "scope_id"],
            ["api_scopes.environment_id", "api_scopes.id"],
            name=op.f("fk_membership_scopes_environment_id_scope_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id", "organization_code"],
            ["memberships.environment_id", "memberships.user_id", "memberships.organization_code"],
            name=op.f("fk_membership_scopes_environment_id_user_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_membership_scopes_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "user_id", "organization_code", "scope_id", name=op.f("pk_membership_scopes")
        ),
    )
    op.create_index(
        op.f("ix_membership_scopes_environment_id_scope_id"),
        "membership_scopes",
        ["environment_id", "scope_id"],
        unique=False,
    )
    op.create_table(
        "role_scopes",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("role_id", sa.String(length=64), nullable=False),
        sa.Column("scope_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "role_id"],
            ["roles.environment_id", "roles.id"],
            name=op.f("fk_role_scopes_environment_id_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "scope_id"],
            ["api_scopes.environment_id", "api_scopes.id"],
            name=op.f("fk_role_scopes_environment_id_scope_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_role_scopes_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "role_id", "scope_id", name=op.f("pk_role_scopes")),
    )


def downgrade() -> None:
    """Take this migration back."""
    for table in (
        "organization_policies",
        "mfa_declines",
        "email_factors",
        "role_scopes",
        "membership_scopes",
        "membership_roles",
        "membership_permissions",
        "logout_notices",
        "grants",
        "device_codes",
        "consents",
        "totp_factors",
        "sso_sessions",
        "role_permissions",
        "recovery_codes",
        "passwords",
        "passkeys",
        "memberships",
        "invitations",
        "identities",
        "users",
        "sign_in_flows",
        "rate_limits",
        "policies",
        "permissions",
        "one_time_codes",
        "messages",
    ):
        op.drop_table(table)
    for table, columns in (
        ("roles", ("assignment_permission_id", "is_creator_role")),
        ("connections", ("is_enabled",)),
        ("applications", ("terms_uri", "policy_uri", "logo_uri", "backchannel_logout_uri")),
    ):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
