"""Hold one module per grant type.

Each proves the right to a token and returns an `Authorization`. Grants may not import one another.
"""
