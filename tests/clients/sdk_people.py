"""Walk through the management API of people with the SDK's own classes, keeping what it answers."""

import asyncio
from dataclasses import dataclass
from typing import Any

from kinde_sdk.management import ManagementClient
from kinde_sdk.management import models as m

from claimsmith.domain.applications import Application, ApplicationType
from claimsmith.domain.mfa import Factor, FactorType
from claimsmith.domain.sso_sessions import Browser
from claimsmith.opening import opened
from claimsmith.settings import read_settings
from claimsmith.usecases.sso_sessions import SignedIn, begin_session
from tests.support.server import RunningServer

ADDRESS = "lin@orchard.test"
BCRYPT = "$2b$04$abcdefghijklmnopqrstuuIv9jdwG0y3pFPvhlIkCq0oGDbDpIJ2e"


@dataclass
class People:
    """Let a user in, give and take rights, invite somebody, and look after how the user signs in."""

    client: ManagementClient
    server: RunningServer
    answers: dict[str, Any]
    ids: dict[str, str]

    def run(self) -> None:
        """Walk through all of it."""
        details = m.CreateUserRequestIdentitiesInnerDetails(email=ADDRESS)
        identity = m.CreateUserRequestIdentitiesInner(type="email", is_verified=True, details=details)
        profile = m.CreateUserRequestProfile(given_name="Lin", family_name="Ode")
        request = m.CreateUserRequest(profile=profile, identities=[identity])
        self.user = self.client.users_api.create_user(request).id
        request = m.CreateOrganizationRequest(name="Pears")
        self.code = self.client.organizations_api.create_organization(request).organization.code
        self._members()
        self._rights()
        self._invitations()
        self._policies()
        self._factors()
        self._identities()
        self._values()
        self._connections()
        self.client.organizations_api.remove_organization_user(self.code, self.user)
        self.answers["members left"] = self._member_ids()
        self.client.users_api.delete_user(self.user)
        self.client.organizations_api.delete_organization(self.code)

    def _member_ids(self) -> list[str]:
        found = self.client.organizations_api.get_organization_users(self.code).organization_users
        return [each.id for each in found]

    def _members(self) -> None:
        organizations = self.client.organizations_api
        inner = m.AddOrganizationUsersRequestUsersInner(id=self.user)
        organizations.add_organization_users(self.code, m.AddOrganizationUsersRequest(users=[inner]))
        found = organizations.get_organization_users(self.code).organization_users
        self.answers["members"] = [(each.email, each.roles) for each in found]
        changed = m.UpdateOrganizationUsersRequestUsersInner(id=self.user, roles=["clerk"])
        organizations.update_organization_users(self.code, m.UpdateOrganizationUsersRequest(users=[changed]))
        found = organizations.get_organization_users(self.code).organization_users
        self.answers["members changed"] = [(each.email, each.roles) for each in found]

    def _rights(self) -> None:
        organizations, role = self.client.organizations_api, self.ids["role"]
        permissions = self.client.permissions_api
        who = (self.code, self.user)
        organizations.create_organization_user_role(*who, m.CreateOrganizationUserRoleRequest(role_id=role))
        self.answers["member roles"] = [
            each.key for each in organizations.get_organization_user_roles(*who).roles
        ]
        self.answers["role holders"] = (
            [each.id for each in organizations.get_organization_role_users(self.code, role).users],
            organizations.get_organization_role_users_count(self.code, role).count,
            [each.id for each in self.client.roles_api.get_role_users(role).users],
        )
        organizations.delete_organization_user_role(*who, role)
        permissions.create_permission(m.CreatePermissionRequest(name="Pick", key="pick:pears"))
        permission = permissions.get_permissions().permissions[0].id
        request = m.CreateOrganizationUserPermissionRequest(permission_id=permission)
        organizations.create_organization_user_permission(*who, request)
        self.answers["member permissions"] = [
            each.key for each in organizations.get_organization_user_permissions(*who).permissions
        ]
        organizations.delete_organization_user_permission(*who, permission)
        permissions.delete_permission(permission)
        scope = (self.ids["api"], self.ids["read:orders"])
        organizations.add_organization_user_api_scope(*who, *scope)
        organizations.delete_organization_user_api_scope(*who, *scope)

    def _invitations(self) -> None:
        organizations, site = self.client.organizations_api, self.ids["site"]
        request = m.UpdateApplicationRequest(login_uri="https://site.sdk.test/login")
        self.client.applications_api.update_application(site, request)
        done = self.server.run("policy", "set", "access", "--set", f"invite_application_id={site}")
        assert done.returncode == 0, done.stderr
        request = m.CreateOrganizationInviteRequest(email="new@orchard.test", roles=[], send_email=True)
        made = organizations.create_organization_invite(self.code, request).invite
        listed = organizations.get_organization_invites(self.code).invites
        shown = organizations.get_organization_invite(self.code, made.code)
        self.answers["invitations"] = ([each.email for each in listed], shown.email, shown.is_sent)
        organizations.delete_organization_invite(self.code, made.code)
        self.answers["invitations left"] = organizations.get_organization_invites(self.code).invites

    def _policies(self) -> None:
        organizations, environment = self.client.organizations_api, self.client.environments_api
        factors = ["mfa:authenticator_app", "mfa:email"]
        self.client.mfa_api.replace_mfa(m.ReplaceMFARequest(policy="optional", enabled_factors=factors))
        request = m.ReplaceOrganizationMFARequest(enabled_factors=["mfa:email"])
        organizations.replace_organization_mfa(self.code, request)
        environment.update_passkey(m.UpdatePasskeyRequest(policy="optional"))
        self.answers["passkeys"] = environment.get_passkey().policy
        request = m.UpdateOrganizationPasskeyRequest(
            policy="off", is_override_environment_passkey_settings=True
        )
        organizations.update_organization_passkey(self.code, request)
        found = organizations.get_organization_passkey(self.code)
        self.answers["organization passkeys"] = (found.enabled, found.policy, found.environment_policy)
        request = m.UpdateOrganizationSessionsRequest(
            is_use_org_sso_session_policy=True, sso_session_persistence_mode="non_persistent"
        )
        organizations.update_organization_sessions(self.code, request)

    def _factors(self) -> None:
        users, organizations, user = self.client.users_api, self.client.organizations_api, self.user
        asyncio.run(self._sign_in())
        factor = users.get_users_mfa(user).mfa
        self.answers["factor"] = (factor.type, factor.name, factor.is_verified)
        [session] = users.get_user_sessions(user).sessions
        self.answers["session"] = (session.last_ip_address, session.client_id == self.ids["site"])
        users.reset_users_mfa(user, factor.id)
        self.answers["no factor"] = users.get_users_mfa(user).mfa
        asyncio.run(self._sign_in())
        factor = organizations.get_org_user_mfa(self.code, user).mfa
        organizations.reset_org_user_mfa(self.code, user, factor.id)
        organizations.reset_org_user_mfa_all(self.code, user)
        users.reset_users_mfa_all(user)
        users.delete_user_sessions(user)
        self.answers["no session"] = users.get_user_sessions(user).sessions

    async def _sign_in(self) -> None:
        """Give the user a session, and codes by mail: neither can be had by the management API."""
        async with opened(read_settings({"data": self.server.data}, environ={})) as platform:
            async with platform.database.storing(platform.directory.runtimes[0].id) as work:
                site = Application(self.ids["site"], "Site", ApplicationType.REG)
                signed_in = SignedIn(self.user, ("otp",), int(work.now.timestamp()))
                await begin_session(work, signed_in, site, Browser(None, "192.0.2.1"))
                mail = Factor("mfa_1", self.user, FactorType.EMAIL, ADDRESS, created_at=work.now)
                assert await work.second_factors.add_email(mail)

    def _identities(self) -> None:
        users, identities = self.client.users_api, self.client.identities_api
        request = m.CreateUserIdentityRequest(type="username", value="lin")
        made = users.create_user_identity(self.user, request).identity
        identities.update_identity(made.id, m.UpdateIdentityRequest(is_primary=True))
        self.answers["identity"] = identities.get_identity(made.id).name
        self.answers["names"] = sorted(each.name for each in users.get_user_identities(self.user).identities)
        identities.delete_identity(made.id)
        request = m.SetUserPasswordRequest(hashed_password=BCRYPT, hashing_method="bcrypt")
        users.set_user_password(self.user, request)

    def _values(self) -> None:
        users, user = self.client.users_api, self.user
        users.update_user_property(user, "kp_usr_city", "Graz")
        request = m.UpdateOrganizationPropertiesRequest(properties={"kp_usr_postcode": "8010"})
        users.update_user_properties(user, request)
        found = users.get_user_property_values(user).properties
        self.answers["user values"] = {each.key: each.value for each in found if each.value}
        request = m.CreateFeatureFlagRequest(
            name="Beta", key="beta", type="str", default_value="off", allow_override_level="usr"
        )
        self.client.feature_flags_api.create_feature_flag(request)
        users.update_user_feature_flag_override(user, "beta", "on")
        self.client.feature_flags_api.delete_feature_flag("beta")
        users.refresh_user_claims(user)
        request = m.CreateUserBillingCustomerRequest(org_code=self.code, billing_email=ADDRESS)
        users.create_user_billing_customer(user, request)
        found = self.client.search_api.search_users(query="lin").results
        self.answers["found"] = [each.id for each in found]

    def _connections(self) -> None:
        applications, site = self.client.applications_api, self.ids["site"]
        connection = self.client.connections_api.get_connections().connections[0].connection.id
        applications.enable_connection(site, connection)
        self.answers["site connections"] = [
            each.connection.id == connection
            for each in applications.get_application_connections(site).connections
        ]
        applications.remove_connection(site, connection)
