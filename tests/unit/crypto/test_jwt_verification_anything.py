"""Throw anything at verification: it answers with claims or with `TokenRejected`."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimsmith.crypto.jwt_verification import (
    TokenRejected,
)
from tests.unit.crypto.conftest import (
    ALGORITHMS,
    ALPHABET,
    CLAIMS,
    ISSUER,
    NOW,
    Forge,
    Verify,
)

TOKENS: dict[str, str] = {}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


MUTATION = st.tuples(
    st.sampled_from(["replace", "insert", "delete", "cut", "swap"]),
    st.integers(0, 10_000),
    st.one_of(st.sampled_from(ALPHABET + ".=+/ \n"), st.characters(codec=None)),
)


def mutate(token: str, kind: str, at: int, character: str) -> str:
    at %= len(token)
    match kind:
        case "replace":
            return token[:at] + character + token[at + 1 :]
        case "insert":
            return token[:at] + character + token[at:]
        case "delete":
            return token[:at] + token[at + 1 :]
        case "cut":
            return token[:at]
        case _:
            return token[:at] + token[at:][::-1]


class TestAnything:
    @pytest.mark.parametrize("key", ALGORITHMS)
    @settings(max_examples=250, deadline=None)
    @given(mutations=st.lists(MUTATION, min_size=1, max_size=4))
    def test_a_mutated_token_is_rejected_and_nothing_else_q01_to_q12(
        self, key: str, mutations: list[tuple[str, int, str]], forge: Forge, verify: Verify
    ) -> None:
        token = changed = TOKENS.setdefault(key, forge(key=key))
        for mutation in mutations:
            changed = mutate(changed, *mutation) if changed else changed
        if changed == token:
            assert verify(changed) == CLAIMS
        else:
            with pytest.raises(TokenRejected):
                verify(changed)

    @settings(max_examples=200, deadline=None)
    @given(token=st.one_of(st.text(st.characters(codec=None)), st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*")))
    def test_any_text_is_rejected(self, token: str, verify: Verify) -> None:
        with pytest.raises(TokenRejected):
            verify(token)

    @settings(max_examples=250, deadline=None)
    @given(
        header=st.dictionaries(
            st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64"]), JSON_VALUES, max_size=4
        ),
        payload=st.dictionaries(
            st.sampled_from(["iss", "exp", "iat", "nbf", "aud", "sub"]), JSON_VALUES, max_size=4
        ),
        check_expiry=st.booleans(),
    )
    @example(header={}, payload={"exp": int(NOW) + 5, "aud": "\ud800"}, check_expiry=True)
    @example(header={}, payload={"sub": float("nan")}, check_expiry=True)
    def test_a_signed_token_of_any_content_is_rejected_or_means_what_it_says(
        self,
        header: dict[str, Any],
        payload: dict[str, Any],
        check_expiry: bool,
        forge: Forge,
        verify: Verify,
    ) -> None:
        """Signed with a real key, so that the content itself reaches every check."""
        try:
            verified = verify(forge(header, payload), check_expiry=check_expiry)
        except TokenRejected:
            return
        assert verified == CLAIMS | payload
        assert verified["iss"] == ISSUER
        assert type(verified["exp"]) is int
        assert type(verified["iat"]) is int
        assert verified["exp"] > NOW or not check_expiry
        json.dumps(dict(verified), allow_nan=False, ensure_ascii=False).encode()

    @settings(max_examples=200, deadline=None)
    @given(header=st.binary(max_size=60), payload=st.binary(max_size=60))
    def test_signed_bytes_that_are_no_json_are_rejected(
        self, header: bytes, payload: bytes, forge: Forge, verify: Verify
    ) -> None:
        for token in (forge(header), forge(payload=payload), forge(header, payload)):
            with pytest.raises(TokenRejected):
                verify(token)
