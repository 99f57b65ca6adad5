"""Origins are those of redirect URIs, and no look-alikes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.origins import is_among, lookup_keys, origin_of, origins_of, registered_key


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://app.example.com/callback?x=1", "https://app.example.com"),
        ("https://APP.example.com:443/", "https://app.example.com"),
        ("http://127.0.0.1:5173/cb", "http://127.0.0.1:5173"),
        ("http://[::1]:8080/cb", "http://[::1]:8080"),
        ("https://pre-*.example.com/cb", "https://pre-*.example.com"),
        ("https://{organization.handle}.example.com/cb", "https://{organization.handle}.example.com"),
        ("com.example.app:/cb", None),
        ("https://user@example.com/", None),
        ("null", None),
        ("", None),
    ],
)
def test_origin_is_scheme_host_and_port(uri, origin):
    assert origin_of(uri) == origin


def test_origins_are_told_once():
    uris = ("https://a.test/1", "https://a.test/2", "app:/x", "http://b.test/")
    assert origins_of(uris) == ("http://b.test", "https://a.test")


@pytest.mark.parametrize(
    ("origin", "registered", "is_production", "expected"),
    [
        ("https://a.test", "https://a.test", True, True),
        ("https://a.test:444", "https://a.test", True, False),
        ("http://a.test", "https://a.test", True, False),
        ("https://a.test.evil.test", "https://a.test", True, False),
        ("https://A.test", "https://a.test", True, False),
        ("https://pre-1.x.test", "https://pre-*.x.test", False, True),
        ("https://pre-1.x.test", "https://pre-*.x.test", True, False),
        ("https://pre-1.y.x.test", "https://pre-*.x.test", False, False),
        ("https://pre-*.x.test", "https://pre-*.x.test", False, False),
        ("https://acme.x.test", "https://{organization.handle}.x.test", True, True),
        ("null", "null", True, False),
    ],
)
def test_only_what_is_registered_is_among_it(origin, registered, is_production, expected):
    assert is_among(origin, [registered], is_production=is_production) is expected


@pytest.mark.parametrize(
    ("origin", "registered"),
    [
        ("https://a.test", "https://a.test"),
        ("https://pre-1.x.test:8443", "https://pre-*.x.test:8443"),
        ("https://acme.x.test", "https://{organization.handle}.x.test"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_what_matches_is_found_by_its_keys(origin, registered):
    assert registered_key(registered) in lookup_keys(origin)


@given(st.text())
def test_any_text_may_be_asked_about(text):
    assert not is_among(text, ["https://a.test"], is_production=True) or text == "https://a.test"
