"""Serve `/account_api/v1`: what a user may ask about himself or herself with an access token.

Owns: paths and JSON of the account API. Depends on `usecases`, `oauth`, `domain`. It changes nothing, but
for the one-time links that it makes.
"""
