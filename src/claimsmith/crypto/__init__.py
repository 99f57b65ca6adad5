"""Keep keys and use them.

Owns: the master key, sealing at rest, signing keys, the JWKS, signing, verifying our own JWTs, making and
hashing secrets. Depends on `domain` and on `cryptography`. Does not read storage, and decides nothing about
who may have what.
"""
