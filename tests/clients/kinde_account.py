"""Read the account API with the generated classes of kinde-python-sdk.

`force_api` of version 2.4.0 asks a host that is nobody's, whatever is configured; these take the host.
"""

from typing import Any

from kinde_sdk.frontend import ApiClient, Configuration, FeatureFlagsApi, PermissionsApi, RolesApi


def read_account(host: str, token: str) -> dict[str, Any]:
    """Return what the account API says of whoever holds the token."""
    with ApiClient(Configuration(host=host, access_token=token)) as client:
        permissions = PermissionsApi(client).get_user_permissions().data
        return {
            "organization": permissions.org_code,
            "permissions": [each.key for each in permissions.permissions],
            "roles": [each.key for each in RolesApi(client).get_user_roles().data.roles],
            "flags": {
                each.key: [each.type, each.value.actual_instance]
                for each in FeatureFlagsApi(client).get_feature_flags().data.feature_flags
            },
        }
