"""Rename claims to the names that Hasura reads at the top level of a token."""

HASURA_NAMES = {
    "permissions": "x-hasura-permissions",
    "roles": "x-hasura-roles",
    "org_code": "x-hasura-org-code",
    "org_codes": "x-hasura-org-codes",
    "org_name": "x-hasura-org-name",
    "organizations": "x-hasura-organizations",
    "feature_flags": "x-hasura-feature-flags",
    "user_properties": "x-hasura-user_properties",
    "organization_properties": "x-hasura-organization_properties",
}
"""The plain name and the name with the mapping on; a token carries one of the two, never both."""
