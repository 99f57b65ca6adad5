"""A login hint names an identity, or is left alone."""

import pytest

from claimsmith.domain.login_hints import clean_hint, hinted_identity
from claimsmith.domain.users import IdentityType


@pytest.mark.parametrize("hint", ["a" * 321, "a\r\nb", "a\x00", "a\u202eb", "\x1b[0m"])
def test_what_cannot_be_shown_is_no_hint(hint):
    assert clean_hint(hint) is None


@pytest.mark.parametrize(
    ("hint", "identity"),
    [
        ("a@b.test", (IdentityType.EMAIL, "a@b.test")),
        ("phone:+447700900000:gb", (IdentityType.PHONE, "+447700900000")),
        ("phone:447700900000", (IdentityType.PHONE, "+447700900000")),
        ("username:joe", (IdentityType.USERNAME, "joe")),
        ("username:", None),
        ("phone:one", None),
        ("joe", None),
        ("<script>", None),
    ],
)
def test_a_hint_is_read_by_its_form(hint, identity):
    assert clean_hint(hint) == hint
    assert hinted_identity(hint) == identity
