"""Stamps put into bytes are the same as stamps put into claims."""

import uuid
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from claimsmith.claims.model import ClaimSet
from claimsmith.claims.size import payload_bytes
from claimsmith.domain.apis import SigningAlgorithm
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.oauth.issue import Authorization, PreparedToken, Stamping

STAMPS = ("iat", "exp", "jti")
VALUES = st.one_of(
    st.text(), st.integers(-(2**53), 2**53), st.lists(st.text()), st.dictionaries(st.text(), st.text())
)


@st.composite
def prepared_tokens(draw: st.DrawFn) -> PreparedToken:
    others = draw(st.dictionaries(st.text(min_size=1).filter(lambda name: name not in STAMPS), VALUES))
    names = draw(st.permutations([*others, *STAMPS]))
    claims: dict[str, Any] = {name: others.get(name, 0) for name in names}
    profile = TokenProfile("app", TokenKind.M2M, lifetime_seconds=draw(st.integers(60, 10**7)))
    nobody = cast(Authorization, None)
    return PreparedToken(nobody, profile, ClaimSet(claims, (), ()), SigningAlgorithm.RS256, "JWT", "")


@given(prepared_tokens(), st.lists(st.integers(0, 2**40), min_size=1, max_size=4))
def test_payload_is_that_of_the_stamped_claims(prepared, seconds):
    stamping = Stamping(prepared)
    for issued_at in (second for second in seconds for _ in range(2)):
        token_id = str(uuid.uuid4())
        expected = payload_bytes(prepared.stamped(issued_at, token_id))
        assert stamping.payload(issued_at, token_id) == expected
