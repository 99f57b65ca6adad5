"""Name the OIDC scopes: what an application may ask to know of a user, apart from the scopes of APIs."""

OPENID = "openid"
PROFILE = "profile"
EMAIL = "email"
OFFLINE = frozenset({"offline", "offline_access"})
"""Either asks for a refresh token: the platform's word, and that of OpenID Connect Core §11."""
OIDC_SCOPES = ("openid", "profile", "email", "offline", "offline_access")
