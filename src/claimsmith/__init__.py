"""Run an OAuth 2.0 and OpenID Connect authorization server whose tokens can be seen before they exist."""

__version__ = "0.1.0"

from importlib import import_module

from claimsmith.spared import absent

# It would import rich, which draws the tracebacks that no log here holds.
with absent("rich"):
    import_module("structlog")
