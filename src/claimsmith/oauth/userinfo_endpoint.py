"""Answer the userinfo endpoint (OpenID Connect Core §5.3)."""

from typing import Any

from claimsmith.domain.user_profile import email_claims, profile_claims
from claimsmith.oauth.bearer import UserCaller


def userinfo(caller: UserCaller) -> dict[str, Any]:
    """Return what the scopes of the token let its holder know of the user; what is unknown is left out.

    `id` repeats `sub`, as the SDKs read it.
    """
    user = caller.subject.user
    known: dict[str, Any] = {"sub": user.id, "id": user.id, "provided_id": user.provided_id}
    if "profile" in caller.scopes:
        known |= _profile(caller)
    if "email" in caller.scopes:
        known |= email_claims(caller.subject)
    if user.updated_at is not None:
        known["updated_at"] = int(user.updated_at.timestamp())
    return {name: value for name, value in known.items() if value is not None}


def first_userinfo(caller: UserCaller) -> dict[str, Any]:
    """Return the same in the first version's shape: every member is there, `null` when it is unknown."""
    user = caller.subject.user
    profile = _profile(caller) if "profile" in caller.scopes else {}
    email = email_claims(caller.subject) if "email" in caller.scopes else {}
    return {
        "id": user.id,
        "preferred_email": email.get("email"),
        "username": profile.get("preferred_username"),
        "provided_id": user.provided_id or None,
        "first_name": profile.get("given_name"),
        "last_name": profile.get("family_name"),
        "picture": profile.get("picture"),
    }


def _profile(caller: UserCaller) -> dict[str, Any]:
    options = caller.token.client.view.application.options
    return profile_claims(caller.subject, uses_gravatar=options.use_gravatar_fallback)
