import base64
import json
from dataclasses import replace

import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.crypto.jwt_verification import TokenRejected, check_signature
from claimsmith.crypto.keyring import KeyRing, NoSigningKey, PreparedSigner, SigningKey, signature_maker
from claimsmith.crypto.signing_keys import published_jwk
from tests.unit.crypto.conftest import ALGORITHMS, MakeKey

RFC_7515_PAYLOAD = (
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
RFC_7515_N = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
    "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"
    "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
    "TW9gb54h4FRWyuXpoQ"
)
RFC_7515_P = (
    "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2"
    "KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"
)
RFC_7515_Q = (
    "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_"
    "HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"
)
RFC_7515_A2_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
    "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
    "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
    "cN_IoypGlUPQGe77Rw"
)
RFC_7515_A3_SIGNATURE = (
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
RFC_8037_A4_SIGNATURE = (
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text: str) -> int:
    return int.from_bytes(decoded(text), "big")


def rfc_7515_a2_key() -> rsa.RSAPrivateKey:
    n, p, q = number(RFC_7515_N), number(RFC_7515_P), number(RFC_7515_Q)
    d = rsa.rsa_recover_private_exponent(65537, p, q)
    factors = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *factors, rsa.RSAPublicNumbers(65537, n)).private_key()


class TestVectors:
    def test_rs256_makes_the_signature_of_rfc_7515_a2(self) -> None:
        signed = f"eyJhbGciOiJSUzI1NiJ9.{RFC_7515_PAYLOAD}".encode()
        assert signature_maker(rfc_7515_a2_key())(signed) == decoded(RFC_7515_A2_SIGNATURE)
        check_signature(rfc_7515_a2_key().public_key(), signed, decoded(RFC_7515_A2_SIGNATURE))

    def test_es256_accepts_the_signature_of_rfc_7515_a3_and_makes_one_like_it(self) -> None:
        key = ec.derive_private_key(number("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"), ec.SECP256R1())
        public = published_jwk(key.public_key(), "a3")
        assert public["x"] == "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
        assert public["y"] == "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        signed = f"eyJhbGciOiJFUzI1NiJ9.{RFC_7515_PAYLOAD}".encode()
        check_signature(key.public_key(), signed, decoded(RFC_7515_A3_SIGNATURE))
        check_signature(key.public_key(), signed, signature_maker(key)(signed))
        with pytest.raises(TokenRejected, match="the signature is wrong"):
            check_signature(key.public_key(), signed + b"x", decoded(RFC_7515_A3_SIGNATURE))

    def test_eddsa_makes_the_signature_of_rfc_8037_a4(self) -> None:
        seed = decoded("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
        key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        signed = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        assert signature_maker(key)(signed) == decoded(RFC_8037_A4_SIGNATURE)
        check_signature(key.public_key(), signed, decoded(RFC_8037_A4_SIGNATURE))


class TestSigningKey:
    def test_an_algorithm_of_another_kind_of_key_is_refused_q01(self, keys: dict[str, SigningKey]) -> None:
        for key in keys.values():
            for algorithm in {*ALGORITHMS, "PS256", "HS256", "none"} - {key.algorithm}:
                with pytest.raises(ValueError, match=f"stored for the signing key {key.kid} does not belong"):
                    replace(key, algorithm=algorithm)

    def test_a_public_part_of_another_key_is_refused(
        self, keys: dict[str, SigningKey], make_signing_key: MakeKey
    ) -> None:
        key = keys["ES256"]
        foreign = {**make_signing_key("ES256").public_jwk, "kid": key.kid}
        leaking = {**key.public_jwk, "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}
        unnamed = {**key.public_jwk, "kid": "another"}
        for wrong in ({}, foreign, leaking, unnamed):
            with pytest.raises(ValueError, match="remove it and rotate"):
                replace(key, public_jwk=wrong)

    def test_the_private_key_is_not_in_the_repr(self, keys: dict[str, SigningKey]) -> None:
        assert all("private" not in repr(key) for key in keys.values())


class TestChoice:
    def test_no_key_means_no_signer(self, keys: dict[str, SigningKey]) -> None:
        ring = KeyRing([replace(keys["ES256"], signs_from=100.0, retires_at=200.0)])
        for algorithm, now in [
            ("RS256", 150.0),
            ("none", 150.0),
            ("", 150.0),
            ("ES256", 99.9),
            ("ES256", 200.0),
        ]:
            assert ring.can_sign(algorithm, now) is False
            with pytest.raises(NoSigningKey, match=f"no key of {algorithm} may sign now"):
                ring.signer(algorithm, now)
        assert ring.can_sign("ES256", 100.0) is True
        assert KeyRing([]).can_sign("RS256", 0.0) is False

    def test_two_keys_of_one_kid_are_refused(self, keys: dict[str, SigningKey]) -> None:
        with pytest.raises(ValueError, match="the same kid"):
            KeyRing([keys["ES256"], replace(keys["ES256"], signs_from=5.0)])

    def test_rotation_switches_by_time_alone(self, make_signing_key: MakeKey) -> None:
        old = make_signing_key("ES256", 0.0, 1000.0)
        new = make_signing_key("ES256", 600.0)
        other = make_signing_key("EdDSA", 700.0)
        ring = KeyRing([new, other, old])
        moments = (0.0, 599.999, 600.0, 999.999, 1000.0, 10.0**10)
        chosen = [ring.signer("ES256", moment).kid for moment in moments]
        assert chosen == [old.kid, old.kid, new.kid, new.kid, new.kid, new.kid]
        assert ring.signer("EdDSA", 700.0).kid == other.kid

    def test_a_clock_that_steps_back_gets_the_key_of_that_time(self, make_signing_key: MakeKey) -> None:
        long = make_signing_key("EdDSA", 0.0, 100.0)
        short = make_signing_key("EdDSA", 50.0, 60.0)
        ring = KeyRing([long, short])
        chosen = [ring.signer("EdDSA", moment).kid for moment in (10.0, 55.0, 70.0, 55.0, 10.0)]
        assert chosen == [long.kid, short.kid, long.kid, short.kid, long.kid]

    def test_the_signer_is_prepared_once(self, ring: KeyRing) -> None:
        assert ring.signer("RS256", 1.0) is ring.signer("RS256", 2.0)

    @given(
        spans=st.lists(
            st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 40))), min_size=1, max_size=5
        ),
        moments=st.lists(st.integers(-1, 45), min_size=1, max_size=12),
    )
    def test_the_choice_is_that_of_the_plain_rule(
        self, spans: list[tuple[int, int | None]], moments: list[int]
    ) -> None:
        """The newest key that signs by now and is not retired, in whatever order the moments come."""
        made = [
            replace(POOL[index], signs_from=float(start), retires_at=None if end is None else float(end))
            for index, (start, end) in enumerate(spans)
        ]
        ring = KeyRing(made)
        for now in moments:
            published = [key for key in made if key.retires_at is None or now < key.retires_at]
            due = [key for key in published if key.signs_from <= now]
            assert ring.can_sign("EdDSA", now) is bool(due)
            if due:
                newest = max(due, key=lambda key: (key.signs_from, key.kid))
                assert ring.signer("EdDSA", now).kid == newest.kid
            assert {key["kid"] for key in json.loads(ring.jwks(now))["keys"]} == {
                key.kid for key in published
            }
            assert {key.kid for key in made if ring.find(key.kid, now)} == {key.kid for key in published}


def _pool() -> list[SigningKey]:
    pool = []
    for index in range(5):
        private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([index]) * 32)
        kid = f"key-{index}"
        pool.append(SigningKey(kid, "EdDSA", published_jwk(private.public_key(), kid), private))
    return pool


POOL = _pool()


class TestJwks:
    def test_an_empty_ring_publishes_an_empty_set(self) -> None:
        assert KeyRing([]).jwks(0.0) == b'{"keys":[]}'

    def test_it_is_the_whole_set_of_keys_that_are_not_retired(self, make_signing_key: MakeKey) -> None:
        """RFC 7517 §5. A key is published before it signs and until it retires."""
        old, new = make_signing_key("RS256", 0.0, 1000.0), make_signing_key("RS256", 600.0)
        ring = KeyRing([new, old])
        assert json.loads(ring.jwks(5.0)) == {"keys": [old.public_jwk, new.public_jwk]}
        assert json.loads(ring.jwks(999.9)) == {"keys": [old.public_jwk, new.public_jwk]}
        assert json.loads(ring.jwks(1000.0)) == {"keys": [new.public_jwk]}
        assert json.loads(ring.jwks(5.0)) == {"keys": [old.public_jwk, new.public_jwk]}
        assert ring.jwks_keys(1000.0) == [new.public_jwk]

    def test_it_is_made_once_between_two_retirements(self, make_signing_key: MakeKey) -> None:
        ring = KeyRing([make_signing_key("EdDSA", 0.0, 1000.0), make_signing_key("EdDSA", 600.0)])
        assert ring.jwks(1.0) is ring.jwks(999.0)
        assert ring.jwks(1000.0) is ring.jwks(2000.0)

    def test_it_holds_no_private_member(self, ring: KeyRing) -> None:
        """RFC 7518 §6.2.2, §6.3.2, §6.4."""
        published = json.loads(ring.jwks(0.0))["keys"]
        assert len(published) == 3
        for key in published:
            assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
            assert key["use"] == "sig"

    def test_a_caller_cannot_change_it(self, keys: dict[str, SigningKey]) -> None:
        ring = KeyRing([keys["ES256"]])
        ring.jwks_keys(0.0)[0]["kid"] = "changed"
        assert ring.jwks_keys(0.0) == [keys["ES256"].public_jwk]

    def test_a_retired_or_unknown_key_is_not_found(self, keys: dict[str, SigningKey]) -> None:
        ring = KeyRing([replace(keys["ES256"], retires_at=10.0)])
        assert ring.find(keys["ES256"].kid, 9.9) is not None
        assert ring.find(keys["ES256"].kid, 10.0) is None
        assert ring.find("unknown", 9.9) is None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
class TestSigning:
    def test_the_header_is_the_one_shown_in_previews(self, ring: KeyRing, algorithm: str) -> None:
        signer = ring.signer(algorithm, 0.0)
        for typ in ("JWT", "at+jwt", "logout+jwt", "JWT"):
            head, payload, _ = signer.sign(b'{"a":1}', typ).split(".")
            assert json.loads(decoded(head)) == signer.header(typ)
            assert signer.header(typ) == {"alg": algorithm, "kid": signer.kid, "typ": typ}
            assert not set(head) & set("-_")
            assert payload == "eyJhIjoxfQ"

    def test_the_length_of_a_signature_is_known_beforehand(self, ring: KeyRing, algorithm: str) -> None:
        signer = ring.signer(algorithm, 0.0)
        assert signer.signature_length == {"RS256": 342, "ES256": 86, "EdDSA": 86}[algorithm]
        for size in range(30 if algorithm == "RS256" else 300):
            assert len(signer.sign(b"x" * size, "JWT").rpartition(".")[2]) == signer.signature_length

    @pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
    def test_strangers_verify_what_is_signed(self, ring: KeyRing, algorithm: str) -> None:
        """Two independent libraries read the published JWKS and nothing else."""
        signer = ring.signer(algorithm, 0.0)
        claims = {"iss": "https://auth.example.com", "sub": "ü", "aud": ["a", "b"], "exp": 4_000_000_000}
        published = ring.jwks(0.0)
        for typ in ("JWT", "at+jwt"):
            token = signer.sign(json.dumps(claims, ensure_ascii=False).encode(), typ)
            by_joserfc = joserfc.jwt.decode(
                token, joserfc.jwk.KeySet.import_key_set(json.loads(published)), algorithms=[algorithm]
            )
            assert (by_joserfc.claims, by_joserfc.header) == (claims, signer.header(typ))
            chosen = {key.key_id: key for key in pyjwt.PyJWKSet.from_json(published.decode()).keys}[
                signer.kid
            ]
            by_pyjwt = pyjwt.decode_complete(token, chosen, algorithms=[algorithm], audience="a")
            assert (by_pyjwt["payload"], by_pyjwt["header"]) == (claims, signer.header(typ))


def test_a_larger_rsa_key_tells_its_own_signature_length() -> None:
    private = rsa.generate_private_key(65537, 3072)
    signer = PreparedSigner(SigningKey("k", "RS256", published_jwk(private.public_key(), "k"), private))
    assert signer.signature_length == 512 == len(signer.sign(b"{}", "JWT").rpartition(".")[2])


def test_keys_of_a_long_life_are_prepared_in_order() -> None:
    ring = KeyRing(
        replace(key, signs_from=100.0 * index, retires_at=100.0 * index + 150)
        for index, key in enumerate(POOL)
    )
    chosen = [ring.signer("EdDSA", moment).kid for moment in range(0, 500, 50)]
    assert chosen == [f"key-{index // 2}" for index in range(10)]
