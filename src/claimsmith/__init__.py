"""Run an OAuth 2.0 and OpenID Connect authorization server whose tokens can be seen before they exist."""

__version__ = "0.1.0"
