"""Decide how people may sign in to an application, and which step of a sign-in comes next."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.identities import identity_value
from claimsmith.domain.organizations import Organization
from claimsmith.domain.policies import AccessPolicy
from claimsmith.domain.sign_in_flows import FlowState, Step
from claimsmith.domain.users import IdentityType


class Method(StrEnum):
    """Name the ways to prove an identity, by the second half of a connection's strategy."""

    PASSWORD = "password"  # noqa: S105 - a way
    CODE = "otp"


DEFAULT_STRATEGIES = ("email:password", "username:password")
"""What an application offers that was given no connection with which people prove who they are."""

FIRST_STEPS = frozenset({Step.SIGN_IN, Step.SIGN_UP, Step.FORGOT_PASSWORD, Step.INVITATION})
"""The pages that may be opened while nothing was proved: each begins the sign-in anew."""


@dataclass(frozen=True, slots=True)
class SignInMethods:
    """Hold the ways to sign in that an application offers, by the type of identity."""

    by_type: Mapping[IdentityType, Method] = field(default_factory=dict)

    @classmethod
    def of(cls, strategies: Iterable[str]) -> "SignInMethods":
        """Return the ways that the strategies of connections stand for; those by default without any."""
        found = _methods(tuple(strategies)) or _methods(DEFAULT_STRATEGIES)
        return cls(found)

    def offers(self, type: IdentityType) -> bool:
        """Tell whether people can sign in with identities of a type."""
        return type in self.by_type

    @property
    def has_passwords(self) -> bool:
        """Tell whether anybody signs in with a password."""
        return Method.PASSWORD in self.by_type.values()

    def method_of(self, identity: tuple[str, str, str]) -> Method:
        """Return how an identity is proved; one of a type that is not offered, as the first that is."""
        return self.by_type.get(IdentityType(identity[0])) or next(iter(self.by_type.values()))

    @property
    def sign_up_type(self) -> IdentityType:
        """Return what an account begins with: an email address, unless only phones are offered."""
        return IdentityType.PHONE if set(self.by_type) == {IdentityType.PHONE} else IdentityType.EMAIL


@lru_cache(64)
def _methods(strategies: tuple[str, ...]) -> Mapping[IdentityType, Method]:
    found: dict[IdentityType, Method] = {}
    for strategy in strategies:
        type_word, _, method_word = strategy.partition(":")
        if type_word in set(IdentityType) and method_word in set(Method):
            found.setdefault(IdentityType(type_word), Method(method_word))
    return MappingProxyType(found)


def read_identity(text: str, methods: SignInMethods, field: str) -> tuple[str, str, str]:
    """Return the type, compared value and shown value of what somebody typed to say who they are.

    What holds an `@` is an email address, what looks like a number a phone number, anything else a username,
    as far as the application offers them. Raises `InvalidInput`.
    """
    typed = text.strip()
    type = _type_of(typed, methods)
    value, shown = identity_value(type, typed, field)
    return type.value, value, shown


def _type_of(typed: str, methods: SignInMethods) -> IdentityType:
    if "@" in typed and methods.offers(IdentityType.EMAIL):
        return IdentityType.EMAIL
    if typed.startswith("+") and methods.offers(IdentityType.PHONE):
        return IdentityType.PHONE
    for type in (IdentityType.USERNAME, IdentityType.EMAIL, IdentityType.PHONE):
        if methods.offers(type) and not (type is IdentityType.USERNAME and "@" in typed):
            return type
    return next(iter(methods.by_type))


def read_hint(hint: str | None) -> str:
    """Return what a `login_hint` puts into the first field: `a@b.c`, `phone:+61...:au`, `username:name`."""
    text = (hint or "").strip()
    kind, colon, rest = text.partition(":")
    if colon and kind == IdentityType.USERNAME.value:
        return rest
    if colon and kind == IdentityType.PHONE.value:
        number = rest.partition(":")[0].strip()
        return number if number.startswith("+") or not number else f"+{number}"
    return text


def first_step(request: AuthorizationRequest) -> Step:
    """Return the page that a sign-in begins with when nobody is signed in."""
    if request.invitation_code:
        return Step.INVITATION
    return Step.SIGN_UP if "create" in request.prompts else Step.SIGN_IN


def is_open(state: FlowState, step: Step) -> bool:
    """Tell whether a page may be looked at and answered: the one in turn, or one that begins anew."""
    return step is state.step or (state.user_id is None and step in FIRST_STEPS)


@dataclass(frozen=True, slots=True)
class Ahead:
    """Hold what still stands between somebody who proved an identity and the application."""

    must_set_password: bool = False
    is_passkey_offered: bool = False
    organization: Step | None = None
    second_factor: Step | None = None
    is_plan_asked: bool = False
    is_consent_asked: bool = False


def next_step(ahead: Ahead) -> Step:
    """Return the page that comes next, in the one order there is."""
    if ahead.must_set_password:
        return Step.SET_PASSWORD
    if ahead.organization is not None:
        return ahead.organization
    if ahead.second_factor is not None:
        return ahead.second_factor
    if ahead.is_plan_asked:
        return Step.PLAN
    if ahead.is_passkey_offered:
        return Step.PASSKEY_OFFER
    return Step.CONSENT if ahead.is_consent_asked else Step.DONE


@dataclass(frozen=True, slots=True)
class Placement:
    """Hold where a sign-in leads: to an organization, to none, to a question, or nowhere.

    `joins` are the codes of organizations that the user becomes a member of first. `step` is the question.
    `refusal` is `organization_unknown`, `organization_suspended` or `membership_missing`.
    """

    organization_code: str | None = None
    joins: tuple[str, ...] = ()
    step: Step | None = None
    refusal: str | None = None


def place(
    request: AuthorizationRequest,
    access: AccessPolicy,
    *,
    email: str | None,
    member_of: Sequence[Organization],
    asked: Organization | None,
    default: Organization | None,
    claiming: Sequence[Organization] = (),
    last_code: str | None = None,
    is_new: bool = False,
) -> Placement:
    """Decide which organization a sign-in leads to.

    `email` is an address the user has proved. `asked` is the organization of `org_code`, `default` the
    environment's, `claiming` those that take in everybody with such an address who signs up.
    """
    if request.organization_code:
        return _asked_for(asked, email, {each.code for each in member_of})
    if is_new and request.creates_organization and access.is_organization_creation_allowed:
        return Placement(step=Step.CREATE_ORGANIZATION)
    joins = tuple(each.code for each in claiming) if is_new else ()
    usable = [each for each in member_of if not each.is_suspended]
    codes = list(dict.fromkeys([*(each.code for each in usable), *joins]))
    if not codes and member_of:
        return Placement(refusal="organization_suspended")
    if not codes:
        is_taken_in = access.is_default_organization_joined and default and default.allows_domain_of(email)
        return Placement(default.code, joins=(default.code,)) if default and is_taken_in else Placement()
    if len(codes) == 1:
        return Placement(codes[0], joins=joins)
    if access.is_most_recent_organization_used and last_code in codes:
        return Placement(last_code, joins=joins)
    return Placement(joins=joins, step=Step.ORGANIZATION)


def _asked_for(asked: Organization | None, email: str | None, own: Collection[str]) -> Placement:
    if asked is None:
        return Placement(refusal="organization_unknown")
    if asked.is_suspended:
        return Placement(refusal="organization_suspended")
    if asked.code in own:
        return Placement(asked.code)
    if asked.takes_in(email):
        return Placement(asked.code, joins=(asked.code,))
    return Placement(refusal="membership_missing")
