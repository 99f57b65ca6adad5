"""Codes of authenticator apps, by the test vectors of RFC 6238 (appendix B, SHA-1, last six digits)."""

from datetime import UTC, datetime

import pytest

from claimsmith.crypto.totp import matching_step

SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_the_vectors_are_good_at_their_time(seconds, code):
    now = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SEED, code, now) == seconds // 30
    assert matching_step(SEED, code, datetime.fromtimestamp(seconds + 3_600, UTC)) is None
