"""Show which URIs an application may register, attack by attack."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.uris import HANDLE, uri_fault, url_fault

SCHEME = "the scheme {!r} is refused; use https, or the application's own scheme."
ABSOLUTE = "give an absolute URI, such as https://app.example.com/callback."
USER = "remove the user name or password before the host."
HOST = "name a host: labels of letters, digits, - and _, with single dots between them."
PORT = "a port is a number from 1 to 65535 after the colon; without a port, remove the colon."
HTTP = "plain http is for localhost, 127.0.0.0/8 and [::1] only; use https."
FRAGMENT = "remove the fragment: everything from # on (RFC 6749 section 3.1.2)."
PERCENT = "a % must begin a percent-encoded character that is not a control character."
SEGMENTS = "remove the path segments . and .., written plainly or percent-encoded."
IPV4 = "write an IPv4 address as four decimal numbers, such as 127.0.0.1."
LEFTMOST = "the {} may stand only in the left-most label of the host."
OWN = "write at least the name of your own domain after the {0}, such as {0}.example.com."
ONE = "one * or one {organization.handle} may stand in a URL, and no other braces."


def outside(character):
    return (
        f"the character {character!r} may not stand in a URI; remove it, or percent-encode it "
        "(a host outside ASCII is written in its xn-- form)."
    )


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("javascript:alert(1)", SCHEME.format("javascript")),
        ("JaVaScRiPt:alert(1)", SCHEME.format("JaVaScRiPt")),
        (" javascript:alert(1)", outside(" ")),
        ("java\tscript:alert(1)", outside("\t")),
        ("data:text/html,x", SCHEME.format("data")),
        ("vbscript:x", SCHEME.format("vbscript")),
        ("file:///etc/passwd", SCHEME.format("file")),
        ("blob:https://app.example.com/1", SCHEME.format("blob")),
        ("HTTPS://app.example.com/cb", "write the scheme in lower case: 'https'."),
        ("/cb", ABSOLUTE),
        ("//evil.example/cb", ABSOLUTE),
        ("app.example.com/cb", ABSOLUTE),
        ("1a:/cb", ABSOLUTE),
        ("https:/app.example.com/cb", "write two slashes after https:"),
        ("https:app.example.com", "write two slashes after https:"),
        ("https://app.example.com/cb#x", FRAGMENT),
        ("https://app.example.com/cb#", FRAGMENT),
        ("myapp://cb#", FRAGMENT),
        ("https://good.example@evil.example/cb", USER),
        ("https://a@good.example@evil.example", USER),
        ("https://user:pass@app.example.com/", USER),
        ("https://good.example\\@evil.example", outside("\\")),
        ("https://app.example.com/a\nb", outside("\n")),
        ("https://app.example.com/cb\x00", outside("\x00")),
        ("https://app.example.com/cb ", outside(" ")),
        ("https://app.example.com/<x>", outside("<")),
        ("https://bücher.example/cb", outside("ü")),
        ("https://app.example.com/%zz", PERCENT),
        ("https://app.example.com/%", PERCENT),
        ("https://app.example.com/%0d%0aX", PERCENT),
        ("https://app.example.com/%00", PERCENT),
        ("https://app.example.com/cb/../x", SEGMENTS),
        ("https://app.example.com/cb/.", SEGMENTS),
        ("https://app.example.com/cb/%2e%2E/x", SEGMENTS),
        ("myapp://cb/../x", SEGMENTS),
        ("https://", HOST),
        ("https:///cb", HOST),
        ("https://app..example.com", HOST),
        ("https://app.example.com./cb", HOST),
        ("https://-app.example.com", HOST),
        (f"https://{'a' * 64}.example.com", HOST),
        ("https://2130706433/", IPV4),
        ("https://0x7f.1/", IPV4),
        ("https://127.1/", IPV4),
        ("https://0177.0.0.1/", IPV4),
        ("https://app.example.com:/cb", PORT),
        ("https://app.example.com:0/cb", PORT),
        ("https://app.example.com:65536/cb", PORT),
        ("https://app.example.com:80x/cb", PORT),
        ("https://[::1/cb", "close the brackets of the IPv6 address."),
        ("https://[::1]x/cb", "close the brackets of the IPv6 address."),
        ("https://[zz]/cb", "the text in brackets is not an IPv6 address."),
        ("https://[0:0::1]/cb", "write the IPv6 address as [::1]."),
        ("https://app.example.com/[x]", "percent-encode the brackets in the path."),
        ("http://app.example.com/cb", HTTP),
        ("http://127.0.0.1.evil.example/cb", HTTP),
        ("http://localhost.evil.example/cb", HTTP),
        ("http://[::2]/cb", HTTP),
        ("myapp:cb", "write a slash after the scheme, such as myapp:/callback (RFC 8252 section 7.1)."),
        ("myapp:", "write a slash after the scheme, such as myapp:/callback (RFC 8252 section 7.1)."),
        ("myapp://a@b/cb", "remove the user name or the brackets before the path."),
    ],
)
def test_an_unsafe_redirect_uri_is_refused(uri, fault):
    assert uri_fault(uri) == fault


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("https://*/cb", OWN.format("*")),
        ("https://*.com/cb", OWN.format("*")),
        ("https://*.co.uk/cb", OWN.format("*")),
        ("https://pre-*.com.au", OWN.format("*")),
        ("https://a*b", OWN.format("*")),
        ("https://*.*.example.com/cb", ONE),
        ("https://app.*.com/cb", LEFTMOST.format("*")),
        ("https://app.example.com/*", LEFTMOST.format("*")),
        ("https://app.example.com/cb?x=*", LEFTMOST.format("*")),
        ("https://app.example.com:*/cb", PORT),
        ("https://*@evil.example/cb", USER),
        ("https://*.10.0.0.1/cb", IPV4),
        ("http://*.example.com/cb", HTTP),
        ("https://*.example.com/cb#x", FRAGMENT),
        ("https://*.example.com/../cb", SEGMENTS),
        (
            "https://*.vercel.app/cb",
            "anyone can have a name under vercel.app; put a prefix or suffix on it, such as myapp-*.",
        ),
        (
            "myapp://*/cb",
            "a * may stand only in the left-most label of the host of a callback or logout http(s) URL.",
        ),
        ("https://{tenant}.example.com/cb", ONE),
        ("https://*.example.com/{organization.handle}", ONE),
        ("https://app.example.com/{organization.handle}", LEFTMOST.format(HANDLE)),
        ("https://{organization.handle}.com", OWN.format(HANDLE)),
        ("myapp://{organization.handle}", outside("{")),
    ],
)
def test_a_pattern_that_reaches_too_far_is_refused(uri, fault):
    assert uri_fault(uri) == fault


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.com",
        "https://app.example.com/cb?a=1&b=%2Fx",
        "https://App.example.com:8443/cb;v=1",
        "https://xn--bcher-kva.example/cb",
        "https://192.0.2.7/cb",
        "https://[2001:db8::1]:8443/cb",
        "http://localhost:3000/api/auth/callback",
        "http://shop.localhost/cb",
        "http://127.0.0.1/cb",
        "http://[::1]:51004/cb",
        "com.example.app:/callback",
        "com.example.app://callback",
        "myapp://callback/path?x=1",
        "https://*.example.com/cb",
        "https://pre-*-suf.example.com/cb",
        "https://myapp-*.vercel.app/cb",
        "https://*.example.co.uk/cb",
        "http://*.localhost:3000/cb",
        "https://{organization.handle}.example.com/cb",
    ],
)
def test_a_safe_redirect_uri_is_accepted(uri):
    assert uri_fault(uri) is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("javascript:alert(1)", "give an absolute URL that begins with https:// or http://."),
        ("myapp://home", "give an absolute URL that begins with https:// or http://."),
        ("//evil.example", "give an absolute URL that begins with https:// or http://."),
        ("https://a@evil.example", USER),
        ("https://a.example/#/x#y", "only one # may stand in a URL."),
        (
            "https://*.example.com",
            "a * may stand only in the left-most label of the host of a callback or logout http(s) URL.",
        ),
    ],
)
def test_an_unsafe_page_url_is_refused(url, fault):
    assert url_fault(url) == fault


@pytest.mark.parametrize("url", ["https://app.example.com/#/home", "http://intranet.example/login?x=1"])
def test_a_safe_page_url_is_accepted(url):
    assert url_fault(url) is None


PIECES = (
    "http https javascript myapp : / // @ # ? * . .. % %2e %0a [ ] ::1 127.0.0.1 localhost com co.uk example "
    "{organization.handle} { } \\ 80 0 a - _ \t \x00 é \ud800"
)
pieces = st.sampled_from([" ", *PIECES.split(" ")])


@given(st.lists(pieces, max_size=12).map("".join) | st.text())
def test_every_accepted_uri_means_the_same_to_a_lenient_parser(uri):
    url_fault(uri)
    if uri_fault(uri) is not None:
        return
    assert uri.isascii() and uri.isprintable()
    parts = urlsplit(uri.replace(HANDLE, "h"))
    assert parts.scheme not in ("javascript", "data", "file", "")
    assert parts.username is None and parts.password is None and not parts.fragment
    if parts.scheme in ("http", "https"):
        assert parts.hostname
        assert parts.port is None or 1 <= parts.port <= 65_535
    if parts.scheme == "http":
        assert parts.hostname in ("localhost", "::1", "127.0.0.1") or parts.hostname.endswith(".localhost")
