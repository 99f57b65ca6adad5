"""Some JavaScript clients decode the JOSE header as plain base64: it must hold neither `-` nor `_`."""

import base64
import json

import pytest

from claimsmith.crypto.keyring import PreparedSigner, SigningKey
from claimsmith.crypto.signing_keys import generate_signing_key, load_private_key


@pytest.mark.parametrize(("algorithm", "keys"), [("ES256", 100), ("EdDSA", 96), ("RS256", 4)])
def test_headers_of_two_hundred_keys_are_plain_base64_too(algorithm, keys):
    kids = set()
    for _ in range(keys):
        made = generate_signing_key(algorithm)
        key = SigningKey(made.kid, algorithm, made.public_jwk, load_private_key(made.private_pkcs8))
        for typ in ("JWT", "at+jwt"):
            header = PreparedSigner(key).sign(b"{}", typ).split(".")[0]
            assert not set(header) & set("-_"), header
            padded = header + "=" * (-len(header) % 4)
            decoded = json.loads(base64.b64decode(padded, validate=True))
            assert decoded == {"alg": algorithm, "kid": made.kid, "typ": typ}
        kids.add(made.kid)
    assert len(kids) == keys
