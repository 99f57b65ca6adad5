"""Hold one transaction over one environment, with a store per noun."""

from datetime import datetime
from functools import cached_property

from sqlalchemy import insert

from claimsmith.domain.changes import Author, Change
from claimsmith.storage import tables
from claimsmith.storage.accepted_terms import AcceptedTermsStore
from claimsmith.storage.agreements import AgreementStore
from claimsmith.storage.apis import ApiStore
from claimsmith.storage.applications import ApplicationStore
from claimsmith.storage.billing_customers import BillingCustomerStore
from claimsmith.storage.billing_events import BillingEventStore
from claimsmith.storage.client_secrets import ClientSecretStore
from claimsmith.storage.consents import ConsentStore
from claimsmith.storage.console_sessions import ConsoleSessionStore
from claimsmith.storage.device_codes import DeviceCodeStore
from claimsmith.storage.feature_flags import FeatureFlagStore
from claimsmith.storage.grants import GrantStore
from claimsmith.storage.invitations import InvitationStore
from claimsmith.storage.logout_notices import LogoutNoticeStore
from claimsmith.storage.member_lists import MemberListStore
from claimsmith.storage.memberships import MembershipStore
from claimsmith.storage.messages import MessageStore
from claimsmith.storage.meters import MeterStore
from claimsmith.storage.one_time_codes import OneTimeCodeStore
from claimsmith.storage.organization_policies import OrganizationPolicyStore
from claimsmith.storage.organizations import OrganizationStore
from claimsmith.storage.passkeys import PasskeyStore
from claimsmith.storage.passwords import PasswordStore
from claimsmith.storage.permissions import PermissionStore
from claimsmith.storage.plans import PlanStore
from claimsmith.storage.policies import PolicyStore
from claimsmith.storage.portal_visits import PortalVisitStore
from claimsmith.storage.pricing_tables import PricingTableStore
from claimsmith.storage.properties import PropertyStore
from claimsmith.storage.rate_limits import RateLimitStore
from claimsmith.storage.recovery_codes import RecoveryCodeStore
from claimsmith.storage.revoked_tokens import RevokedTokenStore
from claimsmith.storage.role_contents import RoleContentStore
from claimsmith.storage.roles import ConnectionStore, RoleStore
from claimsmith.storage.scope_imports import ScopeImportStore
from claimsmith.storage.second_factors import SecondFactorStore
from claimsmith.storage.sign_in_flows import SignInFlowStore
from claimsmith.storage.signing_keys import SigningKeyStore
from claimsmith.storage.sso_sessions import SsoSessionStore
from claimsmith.storage.subjects import SubjectStore
from claimsmith.storage.token_profiles import TokenProfileStore
from claimsmith.storage.transactions import Transaction
from claimsmith.storage.usage import UsageStore
from claimsmith.storage.users import UserStore


class Work:
    """Hold one transaction over one environment.

    Each store it offers is bound to that environment. `record` names what was changed; what is recorded is
    written with the change itself and told to every process.
    """

    def __init__(
        self,
        connection: Transaction,
        environment_id: str,
        now: datetime,
        author: Author | None = None,
        version: int = 0,
    ) -> None:
        """Bind a transaction to one environment."""
        self.connection = connection
        self.environment_id = environment_id
        self.now = now
        self.version = version
        self.changes: list[Change] = []
        self._author = author

    @property
    def is_change(self) -> bool:
        """Tell whether this transaction changes configuration, and so can record what it changes."""
        return self._author is not None

    def record(self, noun: str, object_id: str, action: str) -> None:
        """Note that an object was created, changed or deleted in this transaction."""
        if self._author is None:
            raise RuntimeError("only a changing transaction may record changes")
        self.changes.append(Change(noun, object_id, action))

    async def write_changes(self) -> None:
        """Write what was recorded, under the version this transaction took."""
        if not self.changes or self._author is None:
            return
        await self.connection.execute(
            insert(tables.changes),
            [
                {
                    "environment_id": self.environment_id,
                    "version": self.version,
                    "ordinal": ordinal,
                    "noun": change.noun,
                    "object_id": change.object_id,
                    "action": change.action,
                    "actor_kind": self._author.kind,
                    "actor_id": self._author.id,
                    "at": self.now,
                }
                for ordinal, change in enumerate(self.changes)
            ],
        )

    @cached_property
    def applications(self) -> ApplicationStore:
        """Return the store of applications."""
        return ApplicationStore(self.connection, self.environment_id)

    @cached_property
    def client_secrets(self) -> ClientSecretStore:
        """Return the store of client secrets."""
        return ClientSecretStore(self.connection, self.environment_id)

    @cached_property
    def token_profiles(self) -> TokenProfileStore:
        """Return the store of token profiles."""
        return TokenProfileStore(self.connection, self.environment_id)

    @cached_property
    def apis(self) -> ApiStore:
        """Return the store of APIs, scopes and authorizations."""
        return ApiStore(self.connection, self.environment_id)

    @cached_property
    def scope_imports(self) -> ScopeImportStore:
        """Return the store of scope imports."""
        return ScopeImportStore(self.connection, self.environment_id)

    @cached_property
    def feature_flags(self) -> FeatureFlagStore:
        """Return the store of feature flags and their overrides."""
        return FeatureFlagStore(self.connection, self.environment_id)

    @cached_property
    def properties(self) -> PropertyStore:
        """Return the store of properties, their categories and values."""
        return PropertyStore(self.connection, self.environment_id)

    @cached_property
    def organizations(self) -> OrganizationStore:
        """Return the store of organizations."""
        return OrganizationStore(self.connection, self.environment_id)

    @cached_property
    def roles(self) -> RoleStore:
        """Return the store of roles and of the roles that may use an application."""
        return RoleStore(self.connection, self.environment_id)

    @cached_property
    def role_contents(self) -> RoleContentStore:
        """Return the store of what roles contain."""
        return RoleContentStore(self.connection, self.environment_id)

    @cached_property
    def permissions(self) -> PermissionStore:
        """Return the store of permissions."""
        return PermissionStore(self.connection, self.environment_id)

    @cached_property
    def policies(self) -> PolicyStore:
        """Return the store of policies."""
        return PolicyStore(self.connection, self.environment_id)

    @cached_property
    def memberships(self) -> MembershipStore:
        """Return the store of memberships and of what members hold."""
        return MembershipStore(self.connection, self.environment_id)

    @cached_property
    def member_lists(self) -> MemberListStore:
        """Return the store that lists members."""
        return MemberListStore(self.connection, self.environment_id)

    @cached_property
    def invitations(self) -> InvitationStore:
        """Return the store of invitations."""
        return InvitationStore(self.connection, self.environment_id)

    @cached_property
    def connections(self) -> ConnectionStore:
        """Return the store of connections and of those an application offers."""
        return ConnectionStore(self.connection, self.environment_id)

    @cached_property
    def consents(self) -> ConsentStore:
        """Return the store of what users allowed applications to do."""
        return ConsentStore(self.connection, self.environment_id)

    @cached_property
    def accepted_terms(self) -> AcceptedTermsStore:
        """Return the store of which terms people accepted."""
        return AcceptedTermsStore(self.connection, self.environment_id)

    @cached_property
    def sign_in_flows(self) -> SignInFlowStore:
        """Return the store of sign-ins under way."""
        return SignInFlowStore(self.connection, self.environment_id)

    @cached_property
    def sso_sessions(self) -> SsoSessionStore:
        """Return the store of SSO sessions."""
        return SsoSessionStore(self.connection, self.environment_id)

    @cached_property
    def device_codes(self) -> DeviceCodeStore:
        """Return the store of the requests of devices."""
        return DeviceCodeStore(self.connection, self.environment_id)

    @cached_property
    def portal_visits(self) -> PortalVisitStore:
        """Return the store of links to the portal and the visits they begin."""
        return PortalVisitStore(self.connection, self.environment_id)

    @cached_property
    def pricing_tables(self) -> PricingTableStore:
        """Return the store of pricing tables."""
        return PricingTableStore(self.connection, self.environment_id)

    @cached_property
    def logout_notices(self) -> LogoutNoticeStore:
        """Return the store of logout notices."""
        return LogoutNoticeStore(self.connection, self.environment_id)

    @cached_property
    def plans(self) -> PlanStore:
        """Return the store of plans, their versions, groups and features."""
        return PlanStore(self.connection, self.environment_id)

    @cached_property
    def billing_customers(self) -> BillingCustomerStore:
        """Return the store of billing customers."""
        return BillingCustomerStore(self.connection, self.environment_id)

    @cached_property
    def agreements(self) -> AgreementStore:
        """Return the store of agreements and their events."""
        return AgreementStore(self.connection, self.environment_id)

    @cached_property
    def meters(self) -> MeterStore:
        """Return the store of metered usage."""
        return MeterStore(self.connection, self.environment_id)

    @cached_property
    def billing_events(self) -> BillingEventStore:
        """Return the store of what happened to billing customers."""
        return BillingEventStore(self.connection, self.environment_id)

    @cached_property
    def signing_keys(self) -> SigningKeyStore:
        """Return the store of signing keys."""
        return SigningKeyStore(self.connection, self.environment_id)

    @cached_property
    def revoked_tokens(self) -> RevokedTokenStore:
        """Return the store of revoked tokens."""
        return RevokedTokenStore(self.connection, self.environment_id)

    @cached_property
    def usage(self) -> UsageStore:
        """Return the store of usage counts."""
        return UsageStore(self.connection, self.environment_id)

    @cached_property
    def console_sessions(self) -> ConsoleSessionStore:
        """Return the store of console links and sessions."""
        return ConsoleSessionStore(self.connection, self.environment_id)

    @cached_property
    def users(self) -> UserStore:
        """Return the store of users and their identities."""
        return UserStore(self.connection, self.environment_id)

    @cached_property
    def passwords(self) -> PasswordStore:
        """Return the store of password hashes."""
        return PasswordStore(self.connection, self.environment_id)

    @cached_property
    def messages(self) -> MessageStore:
        """Return the store of messages to people."""
        return MessageStore(self.connection, self.environment_id)

    @cached_property
    def one_time_codes(self) -> OneTimeCodeStore:
        """Return the store of one-time codes."""
        return OneTimeCodeStore(self.connection, self.environment_id)

    @cached_property
    def rate_limits(self) -> RateLimitStore:
        """Return the store of how often things were done."""
        return RateLimitStore(self.connection, self.environment_id)

    @cached_property
    def second_factors(self) -> SecondFactorStore:
        """Return the store of second factors."""
        return SecondFactorStore(self.connection, self.environment_id)

    @cached_property
    def passkeys(self) -> PasskeyStore:
        """Return the store of passkeys."""
        return PasskeyStore(self.connection, self.environment_id)

    @cached_property
    def recovery_codes(self) -> RecoveryCodeStore:
        """Return the store of recovery codes."""
        return RecoveryCodeStore(self.connection, self.environment_id)

    @cached_property
    def organization_policies(self) -> OrganizationPolicyStore:
        """Return the store of policies that organizations have of their own."""
        return OrganizationPolicyStore(self.connection, self.environment_id)

    @cached_property
    def grants(self) -> GrantStore:
        """Return the store of grants, from which users' codes and tokens come."""
        return GrantStore(self.connection, self.environment_id, self.now)

    @cached_property
    def subjects(self) -> SubjectStore:
        """Return what reads everything about one user that tokens depend on."""
        return SubjectStore(self.connection, self.environment_id)
