"""Hashes of other systems are verified by published vectors, and refused when they could not be."""

import base64
import hashlib

import bcrypt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from claimsmith.crypto.imported_hashes import METHODS, check_imported, verify_imported
from claimsmith.domain.errors import InvalidInput

FIREBASE = {
    "salt": "42xEC+ixf3L2lw==",
    "salt_separator": "Bw==",
    "signer_key": "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
    "rounds": 8,
    "mem_cost": 14,
}
FIREBASE_HASH = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
SALT = base64.b64encode(b"sixteen bytes...").decode()


def derived(algorithm, length, iterations):
    """Compute PBKDF2 with another library than the one that is tested."""
    key = PBKDF2HMAC(algorithm, length, b"sixteen bytes...", iterations).derive(b"correct horse")
    return base64.b64encode(key).decode()


VECTORS = [
    # OpenWall's crypt_blowfish, wrapper.c
    ("bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", {}, "U*U"),
    ("bcrypt", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", {}, "U*U*U"),
    ("bcrypt", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", {}, "U*U"),
    ("bcrypt", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", {}, "U*U"),
    # RFC 1321 §A.5
    ("md5", "f96b697d7cb7938d525a2f31aaf161d0", {}, "message digest"),
    ("md5", "F96B697D7CB7938D525A2F31AAF161D0", {}, "message digest"),
    ("md5", "f96b697d7cb7938d525a2f31aaf161d0", {"salt": "message ", "salt_position": "prefix"}, "digest"),
    ("md5", "f96b697d7cb7938d525a2f31aaf161d0", {"salt": " digest", "salt_position": "suffix"}, "message"),
    # FIPS 180-2 §B.1
    ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", {}, "abc"),
    (
        "sha256",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        {"salt": "6162", "salt_format": "hex", "salt_position": "prefix"},
        "c",
    ),
    (
        "sha256",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        {"salt": "c", "salt_format": "string", "salt_position": "suffix"},
        "ab",
    ),
    # glibc's crypt
    ("crypt", "abMbH7WsHr7wQ", {"salt": "ab"}, "Hello world!"),
    # openssl passwd -1, -5, -6
    ("crypt", "$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1", {}, "Hello world!"),
    (
        "crypt",
        "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
        {"salt": "saltstring"},
        "Hello world!",
    ),
    (
        "crypt",
        "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
        {},
        "Hello world!",
    ),
    ("crypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", {}, "U*U"),
    # The portable PHP password hashing framework, test.php
    ("wordpress", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", {}, "test12345"),
    ("wordpress", "$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", {}, "test12345"),
    ("wordpress", "f96b697d7cb7938d525a2f31aaf161d0", {}, "message digest"),
    ("wordpress", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", {}, "U*U"),
    (
        "pbkdf2",
        derived(hashes.SHA256(), 32, 24_000),
        {"salt": SALT, "variant": "salted-pbkdf2-hmac-sha256"},
        "correct horse",
    ),
    (
        "pbkdf2",
        derived(hashes.SHA256(), 64, 1_000),
        {"salt": SALT, "variant": "salted-pbkdf2-hmac-sha256-512", "iterations": 1_000},
        "correct horse",
    ),
    (
        "pbkdf2",
        derived(hashes.SHA512(), 64, 1_000),
        {"salt": SALT, "variant": "salted-pbkdf2-hmac-sha512-512", "iterations": 1_000},
        "correct horse",
    ),
    # github.com/firebase/scrypt, README
    ("firebase-scrypt", FIREBASE_HASH, FIREBASE, "user1password"),
    # dotnet/aspnetcore, PasswordHasherTest
    (
        "aspnet-identity-v2",
        "ANXrDknc7fGPpigibZXXZFMX4aoqz44JveK6jQuwY3eH/UyPhvr5xTPeGYEckLxz9A==",
        {},
        "my password",
    ),
    (
        "aspnet-identity-v2",
        "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==",
        {},
        "my password",
    ),
]


@pytest.mark.parametrize(("method", "hash", "parameters", "password"), VECTORS)
def test_verifies_the_password_and_no_other(method, hash, parameters, password):
    check_imported(method, hash, parameters)
    assert verify_imported(method, hash, parameters, password.encode())
    assert not verify_imported(method, hash, parameters, b"another " + password.encode())
    assert not verify_imported(method, hash, parameters, password.swapcase().encode())
    assert not verify_imported(method, hash, parameters, b"")


def test_verifies_the_present_hashes_of_wordpress():
    # hash_hmac("sha384", "correct horse", "wp-sha384") of PHP, here by the key schedule of RFC 2104 itself.
    key = b"wp-sha384".ljust(128, b"\0")
    inner = hashlib.sha384(bytes(each ^ 0x36 for each in key) + b"correct horse").digest()
    digest = hashlib.sha384(bytes(each ^ 0x5C for each in key) + inner).digest()
    made = bcrypt.hashpw(base64.b64encode(digest), bcrypt.gensalt(4)).decode()
    hash = "$wp$2y" + made[3:]
    check_imported("wordpress", hash, {})
    assert verify_imported("wordpress", hash, {}, b"correct horse")
    assert not verify_imported("wordpress", hash, {}, b"correct house")
    long = b"a" * 100
    assert not verify_imported("wordpress", hash, {}, long)


def test_bcrypt_does_not_take_what_it_would_cut_off():
    hash = bcrypt.hashpw(b"a" * 72, bcrypt.gensalt(4)).decode()
    assert verify_imported("bcrypt", hash, {}, b"a" * 72)
    assert not verify_imported("bcrypt", hash, {}, b"a" * 73)
    hash = bcrypt.hashpw(b"abc", bcrypt.gensalt(4)).decode()
    assert not verify_imported("bcrypt", hash, {}, b"abc\0def")


def test_each_method_has_a_vector():
    assert {method for method, *_ in VECTORS} == METHODS.keys()


BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
MD5 = "f96b697d7cb7938d525a2f31aaf161d0"
PBKDF2 = {"salt": SALT, "variant": "salted-pbkdf2-hmac-sha256"}
B32 = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("method", "hash", "parameters", "field"),
    [
        ("scrypt", "x", {}, "hashing_method"),
        ("argon2id", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$x", {}, "hashing_method"),
        ("bcrypt", "", {}, "hashed_password"),
        ("bcrypt", "plain text", {}, "hashed_password"),
        ("bcrypt", BCRYPT + "\n", {}, "hashed_password"),
        ("bcrypt", BCRYPT.replace("$2a", "$2x"), {}, "hashed_password"),
        ("bcrypt", BCRYPT.replace("$05", "$16"), {}, "hashed_password"),
        ("bcrypt", BCRYPT.replace("$05", "$03"), {}, "hashed_password"),
        ("bcrypt", BCRYPT, {"salt": "x"}, "salt"),
        ("bcrypt", "\u00e9" * 60, {}, "hashed_password"),
        ("md5", MD5[1:], {}, "hashed_password"),
        ("md5", "g" * 32, {}, "hashed_password"),
        ("md5", MD5, {"salt": "x"}, "salt_position"),
        ("md5", MD5, {"salt": "x", "salt_position": "both"}, "salt_position"),
        ("md5", MD5, {"salt": "x", "salt_position": "prefix", "salt_format": "base64"}, "salt_format"),
        ("md5", MD5, {"salt": "xyz", "salt_position": "prefix", "salt_format": "hex"}, "salt"),
        ("md5", MD5, {"iterations": 7}, "iterations"),
        ("sha256", MD5, {}, "hashed_password"),
        ("crypt", "abMbH7WsHr7w", {}, "hashed_password"),
        ("crypt", "$7$abc$def", {}, "hashed_password"),
        ("crypt", f"$6$rounds=999999999$salt${'a' * 86}", {}, "hashed_password"),
        ("crypt", f"$5$rounds=10$salt${'a' * 43}", {}, "hashed_password"),
        ("crypt", "abMbH7WsHr7wQ", {"salt": "zz"}, "salt"),
        ("wordpress", "$P$TIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", {}, "hashed_password"),
        ("wordpress", "$P$.IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", {}, "hashed_password"),
        (
            "wordpress",
            "$wp$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            {},
            "hashed_password",
        ),
        ("wordpress", "password", {}, "hashed_password"),
        ("pbkdf2", B32, {"salt": SALT}, "variant"),
        ("pbkdf2", B32, {**PBKDF2, "variant": "sha1"}, "variant"),
        ("pbkdf2", B32, {"variant": PBKDF2["variant"]}, "salt"),
        ("pbkdf2", B32, {**PBKDF2, "salt": "not base64!"}, "salt"),
        ("pbkdf2", B32[:-4], PBKDF2, "hashed_password"),
        ("pbkdf2", B32, {**PBKDF2, "iterations": 0}, "iterations"),
        ("pbkdf2", B32, {**PBKDF2, "iterations": 1_000_001}, "iterations"),
        ("pbkdf2", B32, {**PBKDF2, "iterations": "many"}, "iterations"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "iterations": 1}, "iterations"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "variant": "x"}, "variant"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "signer_key": ""}, "signer_key"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "salt": ""}, "salt"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "salt_separator": "?"}, "salt_separator"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "rounds": 17}, "rounds"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "mem_cost": 21}, "mem_cost"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "rounds": 16, "mem_cost": 20}, "mem_cost"),
        ("firebase-scrypt", FIREBASE_HASH, {**FIREBASE, "rounds": 1, "mem_cost": 16}, "mem_cost"),
        ("firebase-scrypt", B32, FIREBASE, "hashed_password"),
        ("aspnet-identity-v2", B32, {}, "hashed_password"),
        ("aspnet-identity-v2", base64.b64encode(b"\1" + bytes(48)).decode(), {}, "hashed_password"),
        ("aspnet-identity-v2", base64.b64encode(bytes(49)).decode(), {"salt": "x"}, "salt"),
    ],
)
def test_refuses_what_could_not_be_verified(method, hash, parameters, field):
    with pytest.raises(InvalidInput) as caught:
        check_imported(method, hash, parameters)
    assert (caught.value.field, caught.value.code) == (field, f"{field.upper()}_INVALID")


def test_takes_the_most_memory_that_is_allowed():
    parameters = {**FIREBASE, "rounds": 2, "mem_cost": 20}
    check_imported("firebase-scrypt", FIREBASE_HASH, parameters)
    assert not verify_imported("firebase-scrypt", FIREBASE_HASH, parameters, b"user1password")
