"""Compute what a token carries, and why.

Owns: the ordered tuple of claim sources, their explanation, the difference and the size of claim sets.
Depends on `domain`. Does not read storage, does not sign, does not know HTTP: preview and issuance call
the same functions.
"""
