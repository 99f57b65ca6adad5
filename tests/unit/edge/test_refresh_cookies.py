"""Cookies for refresh tokens reach the token endpoint alone, and their marker the page."""

import pytest

from claimsmith.edge.refresh_cookies import RefreshCookies, refresh_cookies, with_refresh_cookie
from claimsmith.oauth.parameters import FormRequest


@pytest.mark.parametrize(
    ("issuer", "origin", "expected"),
    [
        (
            "https://id.example.com",
            "https://app.example.com",
            RefreshCookies("/oauth2/token", True, "example.com"),
        ),
        (
            "https://id.eu.example.com/staging",
            "https://app.eu.example.com",
            RefreshCookies("/staging/oauth2/token", True, "eu.example.com"),
        ),
        (
            "https://example.com",
            "https://app.example.com",
            RefreshCookies("/oauth2/token", True, "example.com"),
        ),
        ("https://id.example.com", "https://id.example.com", RefreshCookies("/oauth2/token", True, None)),
        ("http://localhost:8000", "http://localhost:3000", RefreshCookies("/oauth2/token", False, None)),
        ("https://id.example.com", "https://app.other.com", None),
        ("http://127.0.0.1:8000", "http://127.0.0.2:3000", None),
        ("https://10.0.0.1", "https://10.1.0.1", None),
    ],
)
def test_marker_is_seen_on_hosts_that_share_a_domain(issuer, origin, expected):
    assert refresh_cookies(issuer, origin) == expected


def test_lines_hold_every_attribute():
    written = RefreshCookies("/oauth2/token", True, "example.com").written("t", 60)
    assert written == [
        (
            b"set-cookie",
            b"refresh_token=t; HttpOnly; Max-Age=60; Path=/oauth2/token; SameSite=Strict; Secure",
        ),
        (b"set-cookie", b"_kbrte=true; Domain=example.com; Max-Age=60; Path=/; SameSite=Strict; Secure"),
    ]


def test_form_that_names_a_token_is_left_alone():
    named = FormRequest({"grant_type": "refresh_token", "refresh_token": "mine"})
    assert with_refresh_cookie(named, "refresh_token=other") is named
    code = FormRequest({"grant_type": "authorization_code"})
    assert with_refresh_cookie(code, "refresh_token=other") is code
    bare = FormRequest({"grant_type": "refresh_token"})
    assert with_refresh_cookie(bare, None) is bare
    assert with_refresh_cookie(bare, "refresh_token=") is bare
    assert with_refresh_cookie(bare, "a=b; refresh_token=kept").single["refresh_token"] == "kept"
