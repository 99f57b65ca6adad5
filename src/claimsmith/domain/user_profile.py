"""Say what is told about a user, by the names of OpenID Connect Core §5.1."""

from hashlib import sha256
from typing import Any

from claimsmith.domain.subjects import SubjectView
from claimsmith.domain.users import IdentityType


def email_claims(subject: SubjectView) -> dict[str, Any]:
    """Return `email` and `email_verified`; both are `None` for a user without an address."""
    email = subject.primary(IdentityType.EMAIL)
    return {
        "email": email.value if email else None,
        "email_verified": email.is_verified if email else None,
    }


def profile_claims(subject: SubjectView, *, uses_gravatar: bool) -> dict[str, Any]:
    """Return names, picture, username and telephone number; what the user has none of is `None`.

    `uses_gravatar` puts Gravatar's picture in the place of one that the user does not have.
    """
    user = subject.user
    username, phone = subject.primary(IdentityType.USERNAME), subject.primary(IdentityType.PHONE)
    return {
        "name": user.full_name,
        "given_name": user.first_name or None,
        "family_name": user.last_name or None,
        "picture": user.picture or (_gravatar_of(subject) if uses_gravatar else None),
        "preferred_username": username.shown_value if username else None,
        "phone_number": phone.value if phone else None,
    }


def gravatar_url(address: str) -> str:
    """Return where Gravatar has the picture of an email address; the URL holds the SHA-256 of the address.

    With `d=identicon` Gravatar draws a pattern for who has no picture there: people are told apart by it, as
    by pictures, which one silhouette for all of them (`mp`) would not do.
    """
    digest = sha256(address.strip().lower().encode()).hexdigest()
    return f"https://gravatar.com/avatar/{digest}?d=identicon"


def _gravatar_of(subject: SubjectView) -> str | None:
    """Return Gravatar's picture of a primary address that was proved: another may be somebody else's."""
    email = subject.primary(IdentityType.EMAIL)
    return gravatar_url(email.value) if email and email.is_verified else None
