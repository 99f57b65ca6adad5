"""Sign the same bytes over and over, with nothing around it: the ceiling that a token endpoint works under.

Usage: `python -m bench.bare ALGORITHM SECONDS < payload`. Prints one JSON line, `{"rate": signatures/s}`.
With `busy SHARE SECONDS` instead it keeps its core as busy as a generator would (`SHARE` of the time).
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from bench.processes import LOAD_CORE, ROOT, SERVER_CORE, pinned, run_python

ARGON2ID = "argon2id"
_PERIOD_SECONDS = 0.002
_WARM_UP_SECONDS = 0.5


def make_signer(algorithm: str, payload: bytes) -> Callable[[], bytes]:
    """Return a function that signs the payload once with a fresh RSA-2048 or P-256 key (RFC 7518 §3).

    For `ARGON2ID` it verifies a password once, by the server's parameters.
    """
    if algorithm == ARGON2ID:
        return _make_verifier()
    digest = hashes.SHA256()
    if algorithm == "RS256":
        rsa_key = rsa.generate_private_key(65537, 2048)
        scheme = padding.PKCS1v15()
        return lambda: rsa_key.sign(payload, scheme, digest)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    ecdsa = ec.ECDSA(digest)
    return lambda: ec_key.sign(payload, ecdsa)


def _make_verifier() -> Callable[[], bytes]:
    # Imported here so that bare signatures can be measured without the server.
    from argon2 import PasswordHasher

    from claimsmith.crypto.password_hashing import LANES, MEMORY_KIB, TIME_COST

    hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=LANES)
    hashed = hasher.hash("orange kettle over nine hills")

    def verify() -> bytes:
        hasher.verify(hashed, "orange kettle over nine hills")
        return b""

    return verify


def sign_for(sign: Callable[[], bytes], seconds: float, batch: int = 16) -> float:
    """Sign for some seconds and return signatures per second."""
    count = 0
    started = time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        for _ in range(batch):
            sign()
        count += batch
    return count / elapsed


def keep_busy(share: float, seconds: float) -> None:
    """Use a share of this core for some seconds, in short strokes as a generator does."""
    until = time.perf_counter() + seconds
    while (now := time.perf_counter()) < until:
        stroke_ends = now + _PERIOD_SECONDS * share
        while time.perf_counter() < stroke_ends:
            pass
        time.sleep(max(0.0, now + _PERIOD_SECONDS - time.perf_counter()))


def measure(algorithm: str, payload: bytes, seconds: float, busy_share: float) -> float:
    """Return bare signatures per second on the servers' core while the other core is kept busy."""
    share = min(1.0, max(0.0, busy_share))
    busy_seconds = str(seconds + 10)
    busy = subprocess.Popen(  # the command is ours
        pinned(LOAD_CORE, [sys.executable, "-m", "bench.bare", "busy", f"{share:.3f}", busy_seconds]),
        cwd=ROOT,
    )
    try:
        printed = run_python("bench.bare", [algorithm, str(seconds)], core=SERVER_CORE, given=payload)
    finally:
        busy.terminate()
        busy.wait()
    return float(json.loads(printed)["rate"])


def main(arguments: list[str]) -> None:
    """Run with the arguments of the command line."""
    if arguments[0] == "busy":
        keep_busy(float(arguments[1]), float(arguments[2]))
        return
    algorithm, seconds = arguments
    sign = make_signer(algorithm, sys.stdin.buffer.read())
    sign_for(sign, _WARM_UP_SECONDS)
    sys.stdout.write(json.dumps({"rate": sign_for(sign, float(seconds))}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
