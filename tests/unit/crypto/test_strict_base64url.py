import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.crypto.strict_base64url import decode


@pytest.mark.parametrize(
    "text",
    [
        "QQ==",
        "QQ=",
        "QR",
        "QUJ",
        "A",
        "AAAAA",
        "+/+/",
        "QUJD\n",
        "\nQUJD",
        " QUJD",
        "QU JD",
        "QUJ$",
        "é",
        "\uff11\uff12",
    ],
)
def test_refuses_every_other_spelling_q12(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not "):
        decode(text)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("Zg", b"f"),
        ("Zm8", b"fo"),
        ("Zm9v", b"foo"),
        ("Zm9vYg", b"foob"),
        ("-_-_", b"\xfb\xff\xbf"),
    ],
)
def test_decodes_the_vectors_of_rfc_4648(text: str, data: bytes) -> None:
    """RFC 4648 §10, without padding; the last has the two characters that differ from base64 (§5)."""
    assert decode(text) == data


@given(st.binary(max_size=70))
def test_decodes_what_was_encoded(data: bytes) -> None:
    assert decode(base64.urlsafe_b64encode(data).rstrip(b"=").decode()) == data


@given(st.text(alphabet="AQgw_-9", max_size=12))
def test_gives_each_byte_string_one_spelling(text: str) -> None:
    try:
        data = decode(text)
    except ValueError:
        return
    assert base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text
