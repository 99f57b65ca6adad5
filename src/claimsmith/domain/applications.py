"""Describe applications (OAuth clients) and their client secrets."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.token_profiles import TokenKind


class ApplicationType(StrEnum):
    """Name the four kinds of application, by the words of the management API."""

    REG = "reg"
    SPA = "spa"
    M2M = "m2m"
    DEVICE = "device"

    @property
    def label(self) -> str:
        """Return the words a person reads, which are also the wire words of `GET /apis/{id}`."""
        return _LABELS[self]

    @property
    def is_confidential(self) -> bool:
        """Tell whether applications of this type can keep a secret (RFC 6749 §2.1)."""
        return self in (ApplicationType.REG, ApplicationType.M2M)

    @property
    def token_kinds(self) -> tuple[TokenKind, ...]:
        """List the kinds of token that applications of this type can be given."""
        return _TOKEN_KINDS[self]


_LABELS = {
    ApplicationType.REG: "Back-end web",
    ApplicationType.SPA: "Front-end and mobile",
    ApplicationType.M2M: "Machine to machine (M2M)",
    ApplicationType.DEVICE: "Device and IoT",
}

_TOKEN_KINDS = {
    ApplicationType.REG: (TokenKind.ACCESS, TokenKind.ID, TokenKind.M2M),
    ApplicationType.SPA: (TokenKind.ACCESS, TokenKind.ID),
    ApplicationType.M2M: (TokenKind.M2M,),
    ApplicationType.DEVICE: (TokenKind.ACCESS, TokenKind.ID),
}

DEFAULT_REFRESH_LIFETIME_SECONDS = 1_296_000
DEFAULT_SESSION_LIFETIME_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class SignInOptions:
    """Hold the switches that shape the hosted pages and the tokens of one application.

    With `is_allow_faceless_auth`, people whom a screen of the application itself asked who they are
    (`connection_id` with `login_hint`) are not asked again. With `use_gravatar_fallback`, Gravatar's picture
    is told of users who have none. `has_sign_in_with_sso_button` is off, whatever is stored: there are no
    enterprise connections that such a button could lead to.

    With `is_consent_required`, people are asked before the application gets a right that they have not
    allowed it: for applications of others than the business itself. With `has_own_refresh_cookie`, refresh
    tokens of its pages are in a cookie of its own, so that two applications on one domain do not undo each
    other. Without `is_session_persistent`, a session that begins with a sign-in to the application ends when
    the browser is closed.
    """

    has_cancel_button: bool = False
    is_allow_faceless_auth: bool = False
    is_ask_for_name: bool = False
    has_marketing_consent: bool = False
    has_sign_in_link_on_sign_up_page: bool = True
    has_register_link_on_sign_in_page: bool = True
    has_sign_in_with_sso_button: bool = field(default=False, init=False)
    use_gravatar_fallback: bool = False
    is_access_control_enabled: bool = False
    is_consent_required: bool = False
    has_own_refresh_cookie: bool = False
    is_session_persistent: bool = True


@dataclass(frozen=True, slots=True)
class Application:
    """Hold one application. `id` is also its `client_id`: 32 hexadecimal characters.

    `organization_code` is set for an organization-scoped M2M application and never changes.
    """

    id: str
    name: str
    type: ApplicationType
    organization_code: str | None = None
    login_uri: str | None = None
    homepage_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    terms_uri: str | None = None
    language_key: str | None = None
    redirect_uris: tuple[str, ...] = ()
    logout_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    options: SignInOptions = SignInOptions()
    refresh_token_lifetime_seconds: int = DEFAULT_REFRESH_LIFETIME_SECONDS
    session_lifetime_seconds: int = DEFAULT_SESSION_LIFETIME_SECONDS
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """Describe one client secret of an application, without the secret itself.

    `hint` is its first four characters, to tell several apart. An `expires_at` of `None` means never.
    """

    id: str
    application_id: str
    name: str
    hint: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


LARGEST_NUMBER_OF_SECRETS = 10


def check_lifetime(seconds: int, field: str, *, least: int = 60, most: int = 31_536_000) -> int:
    """Return a lifetime in seconds; refuse one outside 60 seconds to one year."""
    if not least <= seconds <= most:
        raise InvalidInput(
            f"{field} is {seconds} seconds; choose {least} to {most}.", field=field, code="LIFETIME_INVALID"
        )
    return seconds


def refuse_sso_button(is_on: bool) -> None:
    """Refuse to switch on the button that could lead nowhere. Raises `InvalidInput`."""
    if is_on:
        raise InvalidInput(
            "has_sign_in_with_sso_button cannot be true: there are no enterprise connections that such a "
            "button could lead to. Leave it false.",
            field="has_sign_in_with_sso_button",
            code="SSO_BUTTON_NOT_SUPPORTED",
        )


def refuse_of_machine(application: Application, field_name: str, remedy: str) -> None:
    """Refuse what only applications that people sign in to have. Raises `InvalidInput`."""
    if application.type is ApplicationType.M2M:
        raise InvalidInput(
            f"Nobody signs in to an application of type m2m, so it has no {field_name}; {remedy}.",
            field=field_name,
            code="APPLICATION_TYPE_NOT_SUPPORTED",
        )
