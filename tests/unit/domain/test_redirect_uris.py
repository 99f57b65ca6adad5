"""A redirect URI is the registered text, or differs from it in one place that its form allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.redirect_uris import RedirectMatch, match_redirect_uri

APP = "https://app.example.com/cb"


def match(sent, *registered, is_public=False, is_production=True):
    return match_redirect_uri(sent, registered, is_public=is_public, is_production=is_production)


# A04, A08-A11, V-001, V-002, V-009, V-010, V-011
@pytest.mark.parametrize(
    "sent",
    [
        "",
        "https://app.example.com/cb?x=1",
        "https://app.example.com/cb#x",
        "https://app.example.com/cb/",
        "https://app.example.com/cb//",
        "https://app.example.com/cb/.",
        "https://app.example.com/cb/../cb",
        "https://app.example.com/cb/..;/cb",
        "https://app.example.com/cb%2f..%2fcb",
        "https://app.example.com/%63b",
        "https://app.example.com/CB",
        "https://APP.example.com/cb",
        "HTTPS://app.example.com/cb",
        "http://app.example.com/cb",
        "https://app.example.com:443/cb",
        "https://app.example.com./cb",
        "https://app.example.com@evil.test/cb",
        "https://a@app.example.com@evil.test/cb",
        "https://app.example.com\\@evil.test/cb",
        "https://app.example.com.evil.test/cb",
        "https://appXexample.com/cb",
        " https://app.example.com/cb",
        "https://app.example.com/cb ",
        "https://app.example.com/cb\n",
        "https://app.exam\tple.com/cb",
        "https://app.example.com/cb\x00",
        "https://app.example.com/cb\u2028",
        "//app.example.com/cb",
        "javascript:alert(1)//https://app.example.com/cb",
    ],
)
def test_another_text_is_another_uri(sent):
    for is_public in (False, True):
        for is_production in (False, True):
            assert match(sent, APP, is_public=is_public, is_production=is_production) is None


@pytest.mark.parametrize("sent", ["?a=2", "?a=1&b=2", "?a=1&a=1", "", "?"])
def test_the_query_is_part_of_the_text(sent):
    assert match(APP + sent, APP + "?a=1") is None


def test_the_registered_text_matches():
    for uri in (APP, APP + "?a=1", "myapp:/cb", "http://localhost:3000/cb", "https://[2001:db8::1]/cb"):
        assert match(uri, "https://other.test", uri) == RedirectMatch(uri)


# A14, A15, V-003, V-005
@pytest.mark.parametrize("registered", ["http://127.0.0.1/cb", "http://127.0.0.1:8080/cb"])
def test_a_public_client_may_use_any_port_of_its_own_machine(registered):
    for sent in ("http://127.0.0.1:51004/cb", "http://127.0.0.1/cb"):
        assert match(sent, registered, is_public=True) == RedirectMatch(registered)
    assert match("http://[::1]:1/cb?x=1", "http://[::1]/cb?x=1", is_public=True) is not None


@pytest.mark.parametrize(
    "sent",
    [
        "http://127.0.0.1:51004/cb?x=1",
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:51004/cb/",
        "http://127.0.0.1:51004",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:999999/cb",
        "http://127.0.0.1:1@evil.test/cb",
        "http://127.0.0.1.evil.test/cb",
        "http://127.0.0.2:51004/cb",
        "http://localhost:51004/cb",
        "http://[::1]:1/cb",
        "https://127.0.0.1:51004/cb",
        "http://0177.0.0.1:1/cb",
    ],
)
def test_on_loopback_nothing_but_the_port_differs(sent):
    assert match(sent, "http://127.0.0.1/cb", is_public=True) is None


def test_a_confidential_client_and_the_name_localhost_keep_their_port():
    assert match("http://127.0.0.1:51004/cb", "http://127.0.0.1/cb") is None
    assert match("http://localhost:51004/cb", "http://localhost/cb", is_public=True) is None


PATTERN = "https://pre-*-suf.example.com/cb"


def test_a_wildcard_stands_for_a_piece_of_one_label_outside_production():
    sent = "https://pre-42-suf.example.com/cb"
    assert match(sent, PATTERN, is_production=False) == RedirectMatch(PATTERN)
    assert match(sent, PATTERN) is None
    assert match("https://x.example.com/cb", "https://*.example.com/cb", is_production=False) is not None


@pytest.mark.parametrize(
    "sent",
    [
        PATTERN,
        "https://pre--suf.example.com/cb"[:11] + "-suf.example.com/cb",
        "https://pre-suf.example.com/cb",
        "https://pre-a.b-suf.example.com/cb",
        "https://pre-evil.test/-suf.example.com/cb",
        "https://pre-evil.test?-suf.example.com/cb",
        "https://pre-evil.test#-suf.example.com/cb",
        "https://pre-evil.test\\-suf.example.com/cb",
        "https://pre-a@b-suf.example.com/cb",
        "https://pre-a%2eb-suf.example.com/cb",
        "https://pre-é-suf.example.com/cb",
        "https://pre-" + "a" * 60 + "-suf.example.com/cb",
        "https://pre-42-suf.example.com/cb/",
        "http://pre-42-suf.example.com/cb",
    ],
)
def test_a_wildcard_stands_for_nothing_else(sent):
    assert match(sent, PATTERN, is_production=False) is None


HANDLE = "https://{organization.handle}.example.com/cb"


def test_a_handle_is_named_by_the_uri():
    assert match("https://acme.example.com/cb", HANDLE) == RedirectMatch(HANDLE, "acme")
    for sent in (
        HANDLE,
        "https://.example.com/cb",
        "https://a.b.example.com/cb",
        "https://Acme.example.com/cb",
        "https://-acme.example.com/cb",
        "https://acme.example.com.evil.test/cb",
        "https://evil.test/.example.com/cb",
    ):
        assert match(sent, HANDLE) is None


def test_an_exact_registration_comes_first():
    exact = "https://acme.example.com/cb"
    assert match(exact, HANDLE, exact) == RedirectMatch(exact)


@given(st.text(max_size=80), st.booleans(), st.booleans())
def test_no_text_matches_by_accident(sent, is_public, is_production):
    registered = (APP, "http://127.0.0.1/cb", PATTERN, HANDLE)
    found = match(sent, *registered, is_public=is_public, is_production=is_production)
    assert found is None or sent == APP
