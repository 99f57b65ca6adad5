"""Be an authenticator: make passkeys and answer WebAuthn ceremonies as a browser hands the answers over.

Made by hand from WebAuthn Level 3 (§6.1, §6.5, §5.8.1), and not with the library that the server verifies
with.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """Hold one passkey, at one origin. What it says of itself can be changed to say something wrong."""

    origin: str
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    cross_origin: bool = False
    transports: list[str] = field(default_factory=lambda: ["internal"])
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: str | None = None
    rp_id: str | None = None

    def create(self, options: dict[str, Any]) -> str:
        """Return the answer to options of a registration."""
        self.user_handle = options["user"]["id"]
        client_data = self._client_data("webauthn.create", options["challenge"])
        numbers = self.key.public_key().public_numbers()
        public_key = {
            1: 2,
            3: -7,
            -1: 1,
            -2: numbers.x.to_bytes(32, "big"),
            -3: numbers.y.to_bytes(32, "big"),
        }
        data = self._data(options["rp"]["id"], ATTESTED) + (
            bytes(16)
            + len(self.credential_id).to_bytes(2, "big")
            + self.credential_id
            + cbor2.dumps(public_key)
        )
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=encoded(client_data),
            attestationObject=encoded(attestation),
            transports=self.transports,
        )

    def get(self, options: dict[str, Any]) -> str:
        """Return the answer to options of a sign-in."""
        self.counter += 1 if self.counter else 0
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(options["rpId"])
        signed = data + hashlib.sha256(client_data).digest()
        return self._answer(
            clientDataJSON=encoded(client_data),
            authenticatorData=encoded(data),
            signature=encoded(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            userHandle=self.user_handle,
        )

    def _client_data(self, type: str, challenge: str) -> bytes:
        values = {
            "type": type,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(values).encode()

    def _data(self, rp_id: str, more: int = 0) -> bytes:
        hashed = hashlib.sha256((self.rp_id or rp_id).encode()).digest()
        return hashed + bytes([self.flags | more]) + self.counter.to_bytes(4, "big")

    def _answer(self, **response: Any) -> str:
        told = encoded(self.credential_id)
        return json.dumps({"id": told, "rawId": told, "type": "public-key", "response": response})
