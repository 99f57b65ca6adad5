"""Say what is told about a user, by the names of OpenID Connect Core §5.1."""

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


def profile_claims(subject: SubjectView) -> dict[str, Any]:
    """Return names, picture, username and telephone number; what the user has none of is `None`."""
    user = subject.user
    username, phone = subject.primary(IdentityType.USERNAME), subject.primary(IdentityType.PHONE)
    return {
        "name": user.full_name,
        "given_name": user.first_name or None,
        "family_name": user.last_name or None,
        "picture": user.picture or None,
        "preferred_username": username.shown_value if username else None,
        "phone_number": phone.value if phone else None,
    }
