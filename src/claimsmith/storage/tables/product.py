"""List the tables of organizations, feature flags, properties, roles and connections."""

from sqlalchemy import Column, Index, UniqueConstraint

from claimsmith.storage.columns import Code, Id, Json, Text, UtcDateTime
from claimsmith.storage.tables.base import flag, inside, refers

organizations = inside(
    "organizations",
    ("code",),
    Column("code", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("handle", Text),
    Column("external_id", Text),
    flag("is_default"),
    flag("is_suspended"),
    Column("suspended_at", UtcDateTime),
    flag("is_allow_registrations"),
    flag("is_auto_membership_enabled"),
    flag("is_auto_join_domain_list"),
    flag("is_enable_advanced_orgs"),
    flag("is_enforce_mfa"),
    Column("allowed_domains", Json, nullable=False, default=list),
    Column("branding", Json, nullable=False, default=dict),
    Column("sessions", Json, nullable=False, default=dict, server_default="{}"),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("environment_id", "handle"),
    UniqueConstraint("environment_id", "external_id"),
    Index(None, "environment_id", "name", "code"),
)

feature_flags = inside(
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

feature_flag_overrides = inside(
    "feature_flag_overrides",
    ("level", "owner_id", "flag_key"),
    Column("level", Code, nullable=False),
    Column("owner_id", Id, nullable=False),
    Column("flag_key", Code, nullable=False),
    Column("value", Text, nullable=False),
    refers("flag_key", "feature_flags", "key"),
    Index(None, "environment_id", "flag_key"),
)

property_categories = inside(
    "property_categories",
    ("id",),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("context", Code, nullable=False),
    UniqueConstraint("environment_id", "context", "name"),
)

properties = inside(
    "properties",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("context", Code, nullable=False),
    Column("type", Code, nullable=False),
    flag("is_private"),
    Column("category_id", Id, nullable=False),
    flag("is_builtin"),
    refers("category_id", "property_categories"),
    UniqueConstraint("environment_id", "key"),
)

property_values = inside(
    "property_values",
    ("owner_id", "property_id"),
    Column("owner_id", Id, nullable=False),
    Column("property_id", Id, nullable=False),
    Column("value", Json),
    refers("property_id", "properties"),
    Index(None, "environment_id", "property_id"),
)

roles = inside(
    "roles",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    flag("is_default_role"),
    flag("is_creator_role"),
    Column("assignment_permission_id", Id),
    UniqueConstraint("environment_id", "key"),
)

application_access_roles = inside(
    "application_access_roles",
    ("application_id", "role_id"),
    Column("application_id", Id, nullable=False),
    Column("role_id", Id, nullable=False),
    refers("application_id", "applications"),
    refers("role_id", "roles"),
)

connections = inside(
    "connections",
    ("id",),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("strategy", Code, nullable=False),
    flag("is_enabled", default=True),
)

application_connections = inside(
    "application_connections",
    ("application_id", "connection_id"),
    Column("application_id", Id, nullable=False),
    Column("connection_id", Id, nullable=False),
    refers("application_id", "applications"),
    refers("connection_id", "connections"),
)
