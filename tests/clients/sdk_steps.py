"""Walk through the management API with the SDK's own classes, keeping what it answers."""

from dataclasses import dataclass, field
from typing import Any

from kinde_sdk.management import ManagementClient
from kinde_sdk.management import models as m

from tests.clients.sdk_people import People
from tests.support.server import RunningServer


@dataclass
class Story:
    """Make, read, change and delete one of everything; `answers` are by step."""

    client: ManagementClient
    server: RunningServer
    audience: str = "https://api.sdk.test"
    answers: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def run(self) -> "Story":
        """Walk through all of it."""
        self._apis()
        self._applications()
        self._organizations()
        self._flags()
        self._properties()
        self._roles()
        self._permissions()
        self._users()
        People(self.client, self.server, self.answers, self.ids).run()
        self._taking_away()
        return self

    def _apis(self) -> None:
        apis, ids = self.client.apis_api, self.ids
        ids["api"] = apis.add_apis(m.AddAPIsRequest(name="Orders", audience=self.audience)).api.id
        spare = apis.add_apis(m.AddAPIsRequest(name="Spare", audience="https://spare.sdk.test")).api.id
        for key in ("read:orders", "write:orders"):
            request = m.AddAPIScopeRequest(key=key, description=f"May {key}.")
            ids[key] = apis.add_api_scope(ids["api"], request).scope.id
        request = m.UpdateAPIScopeRequest(description="Look at orders.")
        apis.update_api_scope(ids["api"], ids["read:orders"], request)
        self.answers["scope"] = apis.get_api_scope(ids["api"], ids["read:orders"]).scope
        self.answers["scopes"] = apis.get_api_scopes(ids["api"]).scopes
        self.answers["deleted api"] = apis.delete_api(spare)

    def _applications(self) -> None:
        applications, apis, ids = self.client.applications_api, self.client.apis_api, self.ids
        request = m.CreateApplicationRequest(name="Robot", type="m2m")
        made = applications.create_application(request).application
        self.answers["secret"] = made.client_secret
        ids["robot"] = made.id
        request = m.CreateApplicationRequest(name="Site", type="reg")
        ids["site"] = applications.create_application(request).application.id
        inner = m.UpdateAPIApplicationsRequestApplicationsInner(id=ids["robot"])
        self.answers["connected"] = apis.update_api_applications(
            ids["api"], m.UpdateAPIApplicationsRequest(applications=[inner])
        ).applications_connected
        for key in ("read:orders", "write:orders"):
            apis.add_api_application_scope(ids["api"], ids["robot"], ids[key])
        apis.delete_api_application_scope(ids["api"], ids["robot"], ids["write:orders"])
        self.answers["api"] = apis.get_api(ids["api"]).api
        applications.update_application(ids["robot"], m.UpdateApplicationRequest(name="Robot 2"))
        request = m.UpdateApplicationTokensRequest(access_token_lifetime=3600)
        applications.update_application_tokens(ids["robot"], request)
        self.answers["application"] = applications.get_application(ids["robot"]).application
        first = applications.get_applications(page_size=1)
        rest = applications.get_applications(page_size=100, next_token=first.next_token)
        self.answers["applications"] = {each.id for each in first.applications + rest.applications}
        self.answers["connections"] = applications.get_application_connections(ids["site"]).connections

    def _organizations(self) -> None:
        organizations = self.client.organizations_api
        request = m.CreateOrganizationRequest(name="Orchard", external_id="crm-1", handle="orchard")
        code = self.ids["organization"] = organizations.create_organization(request).organization.code
        self.answers["organization"] = organizations.get_organization(code)
        organizations.delete_organization_handle(code)
        request = m.UpdateOrganizationRequest(name="Orchard Ltd", is_suspended=True)
        organizations.update_organization(code, update_organization_request=request)
        self.answers["suspended"] = organizations.get_organization(code)
        found = organizations.get_organizations().organizations
        self.answers["organizations"] = {each.name for each in found}

    def _flags(self) -> None:
        flags, code = self.client.feature_flags_api, self.ids["organization"]
        environment, organizations = self.client.environments_api, self.client.organizations_api
        self.answers["environment"] = environment.get_environment().environment
        request = m.CreateFeatureFlagRequest(
            name="Theme", key="theme", type="str", default_value="teal", allow_override_level="org"
        )
        flags.create_feature_flag(request)
        flags.update_feature_flag("theme", "Theme", "Colours", "str", "org", "blue")
        value = m.UpdateEnvironementFeatureFlagOverrideRequest(value="grey")
        environment.update_environement_feature_flag_override("theme", value)
        self.answers["environment flags"] = environment.get_environement_feature_flags().feature_flags
        environment.delete_environement_feature_flag_override("theme")
        environment.delete_environement_feature_flag_overrides()
        self.answers["no environment flags"] = environment.get_environement_feature_flags().feature_flags
        organizations.update_organization_feature_flag_override(code, "theme", "red")
        self.answers["organization flags"] = organizations.get_organization_feature_flags(code).feature_flags
        organizations.delete_organization_feature_flag_override(code, "theme")
        organizations.delete_organization_feature_flag_overrides(code)

    def _properties(self) -> None:
        categories, properties = self.client.property_categories_api, self.client.properties_api
        applications, organizations = self.client.applications_api, self.client.organizations_api
        request = m.CreateCategoryRequest(name="Places", context="app")
        category = categories.create_category(request).category.id
        categories.update_category(category, m.UpdateCategoryRequest(name="Place"))
        self.answers["categories"] = {
            each.name for each in categories.get_categories(context="app").categories
        }
        common: dict[str, Any] = {"is_private": False, "category_id": category}
        request = m.CreatePropertyRequest(
            name="Region", key="region", type="single_line_text", context="app", **common
        )
        self.ids["property"] = properties.create_property(request).var_property.id
        properties.update_property(self.ids["property"], m.UpdatePropertyRequest(name="Area", **common))
        self.answers["properties"] = properties.get_properties(context="app").properties
        value = m.UpdateApplicationsPropertyRequestValue("eu")
        request = m.UpdateApplicationsPropertyRequest(value=value)
        applications.update_applications_property(self.ids["robot"], "region", request)
        self.answers["values"] = applications.get_application_property_values(self.ids["robot"]).properties
        code = self.ids["organization"]
        organizations.update_organization_property(code, "kp_org_city", "Graz")
        request = m.UpdateOrganizationPropertiesRequest(properties={"kp_org_postcode": "8010"})
        organizations.update_organization_properties(code, request)
        found = organizations.get_organization_property_values(code).properties
        self.answers["organization values"] = {each.key: each.value for each in found if each.value}

    def _urls(self, site: str) -> None:
        urls = self.client.callbacks_api
        first, second = "https://site.test/callback", "https://site.test/back?a=1,2"
        urls.add_redirect_callback_urls(site, m.ReplaceRedirectCallbackURLsRequest(urls=[first]))
        urls.replace_redirect_callback_urls(
            site, m.ReplaceRedirectCallbackURLsRequest(urls=[first, second, "https://site.test/third"])
        )
        urls.delete_callback_urls(site, f"{second},https://site.test/third")
        self.answers["callback urls"] = urls.get_callback_urls(site).redirect_urls
        urls.add_logout_redirect_urls(site, m.ReplaceLogoutRedirectURLsRequest(urls=[first]))
        urls.replace_logout_redirect_urls(site, m.ReplaceLogoutRedirectURLsRequest(urls=[first, second]))
        urls.delete_logout_urls(site, first)
        self.answers["logout urls"] = urls.get_logout_urls(site).logout_urls

    def _roles(self) -> None:
        roles, applications, site = self.client.roles_api, self.client.applications_api, self.ids["site"]
        made = roles.create_role(m.CreateRoleRequest(name="Clerk", key="clerk", is_default_role=False))
        role = self.ids["role"] = made.role.id
        roles.update_roles(role, m.UpdateRolesRequest(name="Chief clerk", key="clerk", is_default_role=False))
        self.answers["role"] = roles.get_role(role).role
        self.answers["roles"] = [each.key for each in roles.get_roles().roles]
        self._urls(site)
        applications.add_application_access_role(site, role)
        self.answers["access roles"] = [
            each.key for each in applications.get_application_access_roles(site).roles
        ]
        applications.remove_application_access_role(site, role)

    def _permissions(self) -> None:
        permissions, roles, role = self.client.permissions_api, self.client.roles_api, self.ids["role"]
        permissions.create_permission(m.CreatePermissionRequest(name="See orders", key="see:orders"))
        permission = permissions.get_permissions().permissions[0].id
        request = m.CreatePermissionRequest(name="Look at orders", key="see:orders")
        permissions.update_permissions(permission, request)
        inner = m.UpdateRolePermissionsRequestPermissionsInner(id=permission)
        roles.update_role_permissions(role, m.UpdateRolePermissionsRequest(permissions=[inner]))
        self.answers["role permissions"] = [
            (each.key, each.name) for each in roles.get_role_permissions(role).permissions
        ]
        roles.remove_role_permission(role, permission)
        scope = self.ids["read:orders"]
        roles.add_role_scope(role, m.AddRoleScopeRequest(scope_id=scope))
        self.answers["role scopes"] = [each.key for each in roles.get_role_scopes(role).scopes]
        roles.delete_role_scope(role, scope)
        permissions.delete_permission(permission)
        [system, *_] = roles.get_system_permissions().system_permissions
        inner = m.UpdateRoleSystemPermissionsRequestSystemPermissionsInner(id=system.id)
        request = m.UpdateRoleSystemPermissionsRequest(system_permissions=[inner])
        roles.update_role_system_permissions(role, request)
        self.answers["system permissions"] = [
            each.key for each in roles.get_role_system_permissions(role).system_permissions
        ]
        permissions.delete_permission(system.id)

    def _users(self) -> None:
        users = self.client.users_api
        details = m.CreateUserRequestIdentitiesInnerDetails(email="kim@orchard.test")
        identity = m.CreateUserRequestIdentitiesInner(type="email", is_verified=True, details=details)
        profile = m.CreateUserRequestProfile(given_name="Kim", family_name="Ode")
        user = users.create_user(m.CreateUserRequest(profile=profile, identities=[identity])).id
        users.update_user(user, m.UpdateUserRequest(given_name="Kimberly"))
        self.answers["user"] = users.get_user_data(user)
        self.answers["users"] = [each.id for each in users.get_users().users]
        self.answers["identities"] = [each.name for each in users.get_user_identities(user).identities]
        self.answers["sessions"] = users.get_user_sessions(user).sessions
        self.ids["user"] = user
        users.delete_user(user)

    def _taking_away(self) -> None:
        client, ids = self.client, self.ids
        client.roles_api.delete_role(ids["role"])
        client.feature_flags_api.delete_feature_flag("theme")
        client.properties_api.delete_property(ids["property"])
        client.organizations_api.delete_organization(ids["organization"])
        client.applications_api.delete_application(ids["site"])
        client.apis_api.delete_api_scope(ids["api"], ids["write:orders"])
        self.answers["left"] = [each.key for each in client.apis_api.get_api_scopes(ids["api"]).scopes]
