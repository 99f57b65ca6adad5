"""Speak OAuth 2.0 without I/O.

Owns: what a request to a protocol endpoint means and what the answer is. Depends on `claims` and `domain`
and on the small Protocols it declares; storage and crypto satisfy them by shape. Does not parse HTTP.
"""
