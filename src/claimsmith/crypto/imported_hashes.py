"""Verify the password hashes that other systems made, and say which of them can be verified.

A hash is checked when it is imported, so that no sign-in ever meets one that cannot be verified, or one whose
cost would block the hashing threads. It is verified once: then a hash of our own takes its place.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from claimsmith.domain.errors import InvalidInput

Parameters = Mapping[str, str | int]

LONGEST_HASH = 1_024
MOST_BCRYPT_COST = 15
MOST_CRYPT_ROUNDS = 200_000
MOST_PHPASS_COST = 20
DEFAULT_PBKDF2_ITERATIONS = 24_000
MOST_PBKDF2_ITERATIONS = 1_000_000
MOST_SCRYPT_BYTES = 256 * 2**20
BCRYPT_BYTES = 72

_HEX = re.compile(r"[0-9a-fA-F]+")
_BCRYPT = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_CRYPT = re.compile(
    r"\$1\$[^$:\n]{0,8}\$[./A-Za-z0-9]{22}"
    r"|\$5\$(?:rounds=[0-9]{1,9}\$)?[^$:\n]{0,16}\$[./A-Za-z0-9]{43}"
    r"|\$6\$(?:rounds=[0-9]{1,9}\$)?[^$:\n]{0,16}\$[./A-Za-z0-9]{86}"
    r"|[./A-Za-z0-9]{13}"
)
_PHPASS = re.compile(r"\$[PH]\$([./0-9A-Za-z])[./0-9A-Za-z]{30}")
_PHPASS_DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = re.compile(r"\$rounds=([0-9]+)\$")
_PBKDF2 = {
    "salted-pbkdf2-hmac-sha256": ("sha256", 32),
    "salted-pbkdf2-hmac-sha256-512": ("sha256", 64),
    "salted-pbkdf2-hmac-sha512-512": ("sha512", 64),
}
_ASPNET_BYTES = 49


@dataclass(frozen=True, slots=True)
class Method:
    """Hold how hashes of one method are checked when they come and verified when they are used.

    `takes` are the parameters a hash may come with.
    """

    takes: frozenset[str]
    check: Callable[[str, Parameters], None]
    verify: Callable[[str, Parameters, bytes], bool]


def check_imported(method: str, hash: str, parameters: Parameters) -> None:
    """Refuse a hash that could not be verified later. Raises `InvalidInput` with the field and the remedy."""
    if method not in METHODS:
        raise _refusal("hashing_method", f"is {method!r}; use one of {', '.join(METHODS)}.")
    known = METHODS[method]
    for name in parameters:
        if name not in known.takes:
            raise _refusal(name, f"does not belong to {method}; leave it out.")
    if not hash or len(hash) > LONGEST_HASH or not hash.isascii():
        raise _refusal("hashed_password", f"must be 1 to {LONGEST_HASH} ASCII characters.")
    known.check(hash, parameters)


def verify_imported(method: str, hash: str, parameters: Parameters, password: bytes) -> bool:
    """Tell whether a password has a hash that `check_imported` has let in."""
    return METHODS[method].verify(hash, parameters, password)


def _check_bcrypt(hash: str, parameters: Parameters) -> None:
    found = _BCRYPT.fullmatch(hash)
    if not found:
        raise _not_a_hash("a bcrypt hash of the form $2a$, $2b$ or $2y$, with 60 characters")
    if not 4 <= int(found[1]) <= MOST_BCRYPT_COST:
        raise _refusal("hashed_password", f"has the cost {found[1]}; 04 to {MOST_BCRYPT_COST} is verified.")


def _verify_bcrypt(hash: str, parameters: Parameters, password: bytes) -> bool:
    """Refuse what bcrypt would not look at: anything after 72 bytes, with some makers after a NUL (S03)."""
    if len(password) > BCRYPT_BYTES or b"\0" in password:
        return False
    import bcrypt

    return bcrypt.checkpw(password, b"$2b" + hash[3:].encode("ascii"))


def _check_salted(length: int) -> Callable[[str, Parameters], None]:
    def check(hash: str, parameters: Parameters) -> None:
        if len(hash) != length or not _HEX.fullmatch(hash):
            raise _not_a_hash(f"{length} hexadecimal digits")
        salt = parameters.get("salt")
        if salt and "salt_position" not in parameters:
            raise _refusal("salt_position", "is missing; say prefix or suffix.")
        if parameters.get("salt_position", "prefix") not in ("prefix", "suffix"):
            raise _refusal("salt_position", f"is {parameters['salt_position']!r}; use prefix or suffix.")
        if parameters.get("salt_format", "string") not in ("string", "hex"):
            raise _refusal("salt_format", f"is {parameters['salt_format']!r}; use hex or string.")
        if parameters.get("salt_format") == "hex":
            try:
                bytes.fromhex(str(salt or ""))
            except ValueError:
                raise _refusal("salt", "is no hexadecimal text, which salt_format says it is.") from None

    return check


def _verify_salted(algorithm: str) -> Callable[[str, Parameters, bytes], bool]:
    def verify(hash: str, parameters: Parameters, password: bytes) -> bool:
        text = str(parameters.get("salt", ""))
        salt = bytes.fromhex(text) if parameters.get("salt_format") == "hex" else text.encode("utf-8")
        salted = password + salt if parameters.get("salt_position") == "suffix" else salt + password
        made = hashlib.new(algorithm, salted, usedforsecurity=False).digest()
        return hmac.compare_digest(made, bytes.fromhex(hash))

    return verify


def _check_crypt(hash: str, parameters: Parameters) -> None:
    if hash.startswith("$2"):
        _check_bcrypt(hash, {})
    elif not _CRYPT.fullmatch(hash):
        raise _not_a_hash("a crypt hash: traditional, $1$, $5$, $6$ or bcrypt")
    rounds = _ROUNDS.search(hash)
    if rounds and not 1_000 <= int(rounds[1]) <= MOST_CRYPT_ROUNDS:
        raise _refusal(
            "hashed_password", f"has {rounds[1]} rounds; 1000 to {MOST_CRYPT_ROUNDS} are verified."
        )
    _check_salt_within(hash, parameters)


def _verify_crypt(hash: str, parameters: Parameters, password: bytes) -> bool:
    from passlib import hash as schemes

    if hash.startswith("$2"):
        return _verify_bcrypt(hash, {}, password)
    if b"\0" in password:
        return False
    kinds = {"$1$": schemes.md5_crypt, "$5$": schemes.sha256_crypt, "$6$": schemes.sha512_crypt}
    return bool(kinds.get(hash[:3], schemes.des_crypt).verify(password, hash))


def _check_wordpress(hash: str, parameters: Parameters) -> None:
    _check_salt_within(hash, parameters)
    found = _PHPASS.fullmatch(hash)
    if hash.startswith(("$wp$2", "$2")):
        _check_bcrypt(hash.removeprefix("$wp"), {})
    elif found:
        cost = _PHPASS_DIGITS.index(found[1])
        if not 7 <= cost <= MOST_PHPASS_COST:
            raise _refusal("hashed_password", f"has the cost {cost}; 7 to {MOST_PHPASS_COST} is verified.")
    elif not (len(hash) == 32 and _HEX.fullmatch(hash)):
        raise _not_a_hash("a hash of WordPress: $wp$2y$, $P$, $H$, or 32 hexadecimal digits")


def _verify_wordpress(hash: str, parameters: Parameters, password: bytes) -> bool:
    if hash.startswith("$wp$2"):
        digest = hmac.digest(b"wp-sha384", password, "sha384")
        return _verify_bcrypt(hash.removeprefix("$wp"), {}, base64.b64encode(digest))
    if hash.startswith("$2"):
        return _verify_bcrypt(hash, {}, password)
    if not hash.startswith("$"):
        return _verify_salted("md5")(hash, {}, password)
    from passlib.hash import phpass

    return bool(phpass.verify(password, hash))


def _check_pbkdf2(hash: str, parameters: Parameters) -> None:
    variant = parameters.get("variant")
    if variant not in _PBKDF2:
        raise _refusal("variant", f"is {variant!r}; use one of {', '.join(_PBKDF2)}.")
    _decoded(parameters.get("salt"), "salt")
    length = _PBKDF2[str(variant)][1]
    if len(_decoded(hash, "hashed_password")) != length:
        raise _not_a_hash(f"the base64 text of {length} bytes, as {variant} makes them")
    _checked_number(parameters, "iterations", MOST_PBKDF2_ITERATIONS, DEFAULT_PBKDF2_ITERATIONS)


def _verify_pbkdf2(hash: str, parameters: Parameters, password: bytes) -> bool:
    algorithm, length = _PBKDF2[str(parameters["variant"])]
    salt = base64.b64decode(str(parameters["salt"]))
    iterations = int(parameters.get("iterations", DEFAULT_PBKDF2_ITERATIONS))
    made = hashlib.pbkdf2_hmac(algorithm, password, salt, iterations, length)
    return hmac.compare_digest(made, base64.b64decode(hash))


def _check_firebase(hash: str, parameters: Parameters) -> None:
    signer_key = _decoded(parameters.get("signer_key"), "signer_key")
    for name in ("salt", "salt_separator"):
        _decoded(parameters.get(name), name)
    rounds = _checked_number(parameters, "rounds", 16)
    cost = _checked_number(parameters, "mem_cost", 20)
    if 128 * rounds * 2**cost > MOST_SCRYPT_BYTES or cost >= 16 * rounds:
        raise _refusal(
            "mem_cost",
            f"is {cost} with {rounds} rounds, which takes {128 * rounds * 2**cost // 2**20} MiB; up to "
            f"{MOST_SCRYPT_BYTES // 2**20} MiB and a mem_cost below 16 for each round are verified.",
        )
    if len(_decoded(hash, "hashed_password")) != len(signer_key):
        raise _not_a_hash("base64 text of as many bytes as the signer_key has")


def _verify_firebase(hash: str, parameters: Parameters, password: bytes) -> bool:
    values = {
        name: base64.b64decode(str(parameters[name])) for name in ("salt", "salt_separator", "signer_key")
    }
    rounds, cost = int(parameters["rounds"]), 2 ** int(parameters["mem_cost"])
    key = hashlib.scrypt(
        password,
        salt=values["salt"] + values["salt_separator"],
        n=cost,
        r=rounds,
        p=1,
        maxmem=128 * rounds * (cost + 4) + 2**20,
        dklen=32,
    )
    made = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(values["signer_key"])
    return hmac.compare_digest(made, base64.b64decode(hash))


def _check_aspnet(hash: str, parameters: Parameters) -> None:
    decoded = _decoded(hash, "hashed_password")
    if len(decoded) != _ASPNET_BYTES or decoded[0] != 0:
        raise _not_a_hash(
            f"the base64 text of {_ASPNET_BYTES} bytes, the first of them 0 (version 2 of ASP.NET Identity)"
        )


def _verify_aspnet(hash: str, parameters: Parameters, password: bytes) -> bool:
    decoded = base64.b64decode(hash)
    made = hashlib.pbkdf2_hmac("sha1", password, decoded[1:17], 1_000, 32)
    return hmac.compare_digest(made, decoded[17:])


def _check_salt_within(hash: str, parameters: Parameters) -> None:
    salt = parameters.get("salt")
    if salt and str(salt) not in hash:
        raise _refusal("salt", "is not the one within hashed_password; leave it out.")


def _checked_number(parameters: Parameters, name: str, most: int, default: int | None = None) -> int:
    value = parameters.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise _refusal(name, f"is {value!r}; give a number from 1 to {most}.")
    return value


def _decoded(text: object, field: str) -> bytes:
    try:
        decoded = base64.b64decode(str(text or ""), validate=True)
    except (ValueError, binascii.Error):
        decoded = b""
    if not decoded or len(decoded) > LONGEST_HASH:
        raise _refusal(field, "is missing or no base64 text; give it as it was exported.")
    return decoded


def _not_a_hash(wanted: str) -> InvalidInput:
    return _refusal("hashed_password", f"is not {wanted}.")


def _refusal(field: str, told: str) -> InvalidInput:
    return InvalidInput(f"{field} {told}", field=field, code=f"{field.upper()}_INVALID")


_SALTED = frozenset({"salt", "salt_position", "salt_format"})
METHODS: dict[str, Method] = {
    "bcrypt": Method(frozenset(), _check_bcrypt, _verify_bcrypt),
    "crypt": Method(frozenset({"salt"}), _check_crypt, _verify_crypt),
    "md5": Method(_SALTED, _check_salted(32), _verify_salted("md5")),
    "sha256": Method(_SALTED, _check_salted(64), _verify_salted("sha256")),
    "wordpress": Method(frozenset({"salt"}), _check_wordpress, _verify_wordpress),
    "pbkdf2": Method(frozenset({"salt", "iterations", "variant"}), _check_pbkdf2, _verify_pbkdf2),
    "firebase-scrypt": Method(
        frozenset({"salt", "signer_key", "salt_separator", "rounds", "mem_cost"}),
        _check_firebase,
        _verify_firebase,
    ),
    "aspnet-identity-v2": Method(frozenset(), _check_aspnet, _verify_aspnet),
}
