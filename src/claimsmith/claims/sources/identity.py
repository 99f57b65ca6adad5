"""Say who the user is (OpenID Connect Core §5.1, §5.4)."""

from collections.abc import Iterable
from typing import Any

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.subjects import SubjectView
from claimsmith.domain.token_profiles import TokenKind
from claimsmith.domain.user_profile import email_claims, profile_claims

NAME = "identity"

NO_PROVIDERS = "People sign in with what this server keeps; there is no other identity provider to tell of."
"""Why no token has `ext_provider`: passwords, codes and passkeys are no other provider's."""

_ASK = {
    "email": "Ask for the scope email in the authorization request.",
    "profile": "Ask for the scope profile in the authorization request.",
}

_GRAVATAR = (
    "The scope profile was granted. The user has no picture, and use_gravatar_fallback of the application is "
    "on: this is Gravatar's, by the SHA-256 of the verified primary email address."
)


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute what is known of the user.

    To ID tokens: `email` and `email_verified` by the scope `email`; `name`, `given_name`, `family_name`,
    `picture`, `preferred_username` and `phone_number` by the scope `profile`; `provided_id` and `updated_at`
    whenever they are known. To access tokens `email`, when the profile asks for it.
    """
    subject = context.subject
    if subject is None:
        return
    if context.kind is TokenKind.ACCESS:
        yield from _email_of_access_token(context, subject)
        return
    yield from _by_scope(context, "email", email_claims(subject), subject)
    uses_gravatar = context.client.application.options.use_gravatar_fallback
    known = profile_claims(subject, uses_gravatar=uses_gravatar)
    yield from _by_scope(context, "profile", known, subject)
    if subject.user.provided_id:
        because = "The id that the user had in another system."
        yield Claim("provided_id", subject.user.provided_id, because, subject.user.id)
    else:
        yield Omission(
            "provided_id",
            "The user has no id of another system.",
            f"Set one: PATCH /api/v1/user?id={subject.user.id} with provided_id.",
        )
    if subject.user.updated_at is not None:
        at = int(subject.user.updated_at.timestamp())
        yield Claim("updated_at", at, "When the user's profile was last changed.", subject.user.id)
    yield Omission("ext_provider", NO_PROVIDERS, "Read amr: it says how the user proved who it is.")


def _email_of_access_token(context: TokenContext, subject: SubjectView) -> Iterable[Contribution]:
    email = email_claims(subject)["email"]
    if "email" not in context.profile.additional_claims:
        yield Omission("email", "The token profile does not ask for it.", "Add email to additional_claims.")
    elif email is None:
        yield _unknown("email", subject)
    else:
        yield Claim("email", email, "The token profile asks for it.", subject.user.id)


def _by_scope(
    context: TokenContext, scope: str, claims: dict[str, Any], subject: SubjectView
) -> Iterable[Contribution]:
    for name, value in claims.items():
        if scope not in context.scopes:
            yield Omission(name, f"The scope {scope} was not granted.", _ASK[scope])
        elif value is None:
            yield _no_picture(context, subject) if name == "picture" else _unknown(name, subject)
        elif name == "picture" and not subject.user.picture:
            yield Claim(name, value, _GRAVATAR, subject.user.id)
        else:
            yield Claim(name, value, f"The scope {scope} was granted.", subject.user.id)


def _no_picture(context: TokenContext, subject: SubjectView) -> Omission:
    application = context.client.application
    of_user = f"Set it on the user: PATCH /api/v1/user?id={subject.user.id}"
    if application.options.use_gravatar_fallback:
        return Omission(
            "picture",
            "The user has none, and no verified primary email address that Gravatar's could be had by.",
            f"{of_user}; or let the user prove an address.",
        )
    of_application = f"PATCH /api/v1/applications/{application.id} with use_gravatar_fallback"
    return Omission(
        "picture", "The user has none.", f"{of_user}; or let Gravatar's stand in for it: {of_application}."
    )


def _unknown(name: str, subject: SubjectView) -> Omission:
    return Omission(
        name, "The user has none.", f"Set it on the user: PATCH /api/v1/user?id={subject.user.id}."
    )
