"""Verifiers belong to their challenges, and to no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.oauth.pkce import challenge_of, is_verified

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_example_of_the_specification():
    """RFC 7636 appendix B."""
    assert challenge_of(VERIFIER) == CHALLENGE
    assert is_verified(CHALLENGE, VERIFIER)


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "a" * 42,
        "a" * 129,
        f"{VERIFIER}=",
        f"{VERIFIER} ",
        VERIFIER.replace("-", "+"),
        "ä" * 43,
        CHALLENGE,
    ],
)
def test_other_texts_are_no_verifier(verifier):
    """C03, C08."""
    assert not is_verified(CHALLENGE, verifier)


def test_length_is_that_of_the_specification():
    for length in (43, 128):
        assert is_verified(challenge_of("a" * length), "a" * length)


@given(st.text(), st.text())
def test_anything_may_be_compared(challenge, verifier):
    assert not is_verified(challenge, verifier) or challenge_of(verifier) == challenge
