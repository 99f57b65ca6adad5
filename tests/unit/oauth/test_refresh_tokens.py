"""A refresh token has one spelling, in one environment."""

from hypothesis import given
from hypothesis import strategies as st

from claimsmith.crypto.macs import Macs
from claimsmith.oauth.refresh_tokens import make_refresh_token, read_refresh_token

MACS = Macs(bytes(32))
GRANT = "0123456789abcde"


@given(st.text("0123456789abcdef", min_size=15, max_size=15), st.integers(1, 10**18 - 1))
def test_what_was_made_is_read(grant_id, sequence):
    token = make_refresh_token(MACS, "one", grant_id, sequence)
    assert read_refresh_token(MACS, "one", token) == (grant_id, sequence)
    assert read_refresh_token(MACS, "two", token) is None
    assert read_refresh_token(Macs(bytes([1]) * 32), "one", token) is None


@given(st.integers(0, 87), st.characters(codec="ascii", exclude_categories=["Cc"]))
def test_any_other_character_makes_another_token(position, character):
    """G14."""
    token = make_refresh_token(MACS, "one", GRANT, 7)
    other = token[:position] + character + token[position + 1 :]
    assert (read_refresh_token(MACS, "one", other) is None) is (other != token)


@given(st.text())
def test_anything_may_be_read(text):
    assert read_refresh_token(MACS, "one", text) is None
    assert read_refresh_token(MACS, "one", f"cs_rt_{text}") is None
