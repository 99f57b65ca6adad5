"""Find what is wrong with a URI that an application wants to register.

URIs are judged as the raw text that was sent: parsers that repair (dropping tabs, turning `\\` into `/`)
are how checks are passed with one URI and browsers sent to another. Nothing here resolves or fetches.
"""

import ipaddress
import re

LONGEST_SHOWN = 80

REFUSED_SCHEMES = frozenset(
    [
        "about",
        "blob",
        "chrome",
        "cid",
        "content",
        "data",
        "feed",
        "file",
        "filesystem",
        "ftp",
        "ftps",
        "gopher",
        "imap",
        "intent",
        "jar",
        "javascript",
        "ldap",
        "ldaps",
        "livescript",
        "mailto",
        "mhtml",
        "mid",
        "mms",
        "mocha",
        "ms-its",
        "ms-msdt",
        "ms-officecmd",
        "news",
        "nfs",
        "nntp",
        "opera",
        "pop",
        "res",
        "resource",
        "rtsp",
        "search-ms",
        "sftp",
        "shell",
        "sms",
        "smb",
        "smtp",
        "ssh",
        "tel",
        "telnet",
        "urn",
        "vbscript",
        "vbs",
        "view-source",
        "wais",
        "ws",
        "wss",
        "wyciwyg",
        "x-javascript",
    ]
)
"""Schemes that run script, read local files, start other programs or never lead back to an application."""

SHARED_HOSTS = frozenset(
    [
        "amplifyapp.com",
        "appspot.com",
        "azurestaticapps.net",
        "azurewebsites.net",
        "cloudfront.net",
        "csb.app",
        "deno.dev",
        "firebaseapp.com",
        "fly.dev",
        "github.io",
        "gitlab.io",
        "glitch.me",
        "herokuapp.com",
        "loca.lt",
        "netlify.app",
        "ngrok-free.app",
        "ngrok-free.dev",
        "ngrok.app",
        "ngrok.io",
        "now.sh",
        "onrender.com",
        "pages.dev",
        "railway.app",
        "render.com",
        "replit.app",
        "repl.co",
        "run.app",
        "surge.sh",
        "trycloudflare.com",
        "up.railway.app",
        "vercel.app",
        "web.app",
        "webcontainer.io",
        "workers.dev",
    ]
)
"""Hosts that give labels to anyone, where a bare `*` would admit every customer of that host."""

HANDLE = "{organization.handle}"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_OUTSIDE_URI = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%(?:[01][0-9A-Fa-f]|7[Ff])")
_DOT_SEGMENT = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]{0,61}[A-Za-z0-9_])?")
_NUMBER_LABEL = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_REGISTRY_LABELS = frozenset(
    [
        "ac",
        "co",
        "com",
        "edu",
        "go",
        "gov",
        "gob",
        "gouv",
        "govt",
        "mil",
        "ne",
        "net",
        "nom",
        "or",
        "org",
        "sch",
    ]
)


def shown(value: object) -> str:
    """Return a value as a message shows it: its `repr`, shortened, with control characters escaped."""
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return repr(value[: LONGEST_SHOWN - 3] + "...")
    if isinstance(value, str | bool | float) or value is None:
        return repr(value)
    return f"of type {type(value).__name__}"


def uri_fault(uri: str) -> str | None:
    """Return why a callback or logout URL may not be registered, with the remedy, or `None`.

    Source: RFC 9700 §2.1, RFC 8252 §7.
    """
    is_web = uri.startswith(("http:", "https:"))
    if not is_web or not ("*" in uri or "{" in uri):
        return _plain_fault(uri, fragment=False) or _transport_fault(uri)
    return _pattern_fault(uri)


def url_fault(uri: str) -> str | None:
    """Return why a page's URL may not be saved, with the remedy, or `None`."""
    if not uri.lower().startswith(("http:", "https:")):
        return "give an absolute URL that begins with https:// or http://."
    return _plain_fault(uri, fragment=True)


def _plain_fault(uri: str, *, fragment: bool) -> str | None:
    outside = _OUTSIDE_URI.search(uri)
    if outside:
        return (
            f"the character {outside.group()!r} may not stand in a URI; remove it, or percent-encode it "
            "(a host outside ASCII is written in its xn-- form)."
        )
    if _BAD_PERCENT.search(uri):
        return "a % must begin a percent-encoded character that is not a control character."
    parts = _SCHEME.fullmatch(uri)
    if not parts:
        return "give an absolute URI, such as https://app.example.com/callback."
    scheme, rest = parts.groups()
    return _scheme_fault(scheme) or _rest_fault(scheme, rest, fragment=fragment)


def _scheme_fault(scheme: str) -> str | None:
    if scheme.lower() in REFUSED_SCHEMES:
        return f"the scheme {scheme!r} is refused; use https, or the application's own scheme."
    if scheme != scheme.lower():
        return f"write the scheme in lower case: {scheme.lower()!r}."
    return None


def _rest_fault(scheme: str, rest: str, *, fragment: bool) -> str | None:
    before_fragment, hash_sign, _ = rest.partition("#")
    if hash_sign and not fragment:
        return "remove the fragment: everything from # on (RFC 6749 section 3.1.2)."
    if rest.count("#") > 1:
        return "only one # may stand in a URL."
    address, _, _ = before_fragment.partition("?")
    if "*" in rest:
        return "a * may stand only in the left-most label of the host of a callback or logout http(s) URL."
    if scheme in ("http", "https"):
        if not address.startswith("//"):
            return f"write two slashes after {scheme}:"
        authority, _, path = address[2:].partition("/")
        return _authority_fault(authority) or _path_fault(path)
    return _private_fault(scheme, address)


def _private_fault(scheme: str, address: str) -> str | None:
    if not address.startswith("/"):
        return f"write a slash after the scheme, such as {scheme}:/callback (RFC 8252 section 7.1)."
    if address.startswith("//"):
        authority, _, path = address[2:].partition("/")
        if re.search(r"[@\[\]]", authority):
            return "remove the user name or the brackets before the path."
        return _path_fault(path)
    return _path_fault(address[1:])


def _authority_fault(authority: str) -> str | None:
    if "@" in authority:
        return "remove the user name or password before the host."
    if authority.startswith("["):
        literal, closed, port = authority[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            return "close the brackets of the IPv6 address."
        return _address_fault(literal) or (_port_fault(port[1:]) if port else None)
    host, colon, port = authority.partition(":")
    return _host_fault(host) or (_port_fault(port) if colon else None)


def _address_fault(literal: str) -> str | None:
    try:
        canonical = ipaddress.IPv6Address(literal).compressed
    except ValueError:
        return "the text in brackets is not an IPv6 address."
    return None if canonical == literal.lower() else f"write the IPv6 address as [{canonical}]."


def _host_fault(host: str) -> str | None:
    labels = host.split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "name a host: labels of letters, digits, - and _, with single dots between them."
    if _NUMBER_LABEL.fullmatch(labels[-1]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            return "write an IPv4 address as four decimal numbers, such as 127.0.0.1."
    return None


def _port_fault(port: str) -> str | None:
    if _PORT.fullmatch(port) and int(port) <= 65_535:
        return None
    return "a port is a number from 1 to 65535 after the colon; without a port, remove the colon."


def _path_fault(path: str) -> str | None:
    if _DOT_SEGMENT.search("/" + path):
        return "remove the path segments . and .., written plainly or percent-encoded."
    if "[" in path or "]" in path:
        return "percent-encode the brackets in the path."
    return None


def _transport_fault(uri: str) -> str | None:
    if not uri.startswith("http:") or _is_loopback(_host_of(uri)):
        return None
    return "plain http is for localhost, 127.0.0.0/8 and [::1] only; use https."


def _host_of(uri: str) -> str:
    """Return the host, in lower case, of an http(s) URI in which no fault was found."""
    authority = re.split(r"[/?]", uri.partition("//")[2], maxsplit=1)[0]
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    return authority.partition(":")[0].lower()


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pattern_fault(uri: str) -> str | None:
    """Judge an http(s) URI with a `*` or an `{organization.handle}` in it.

    The rest of the URI is judged as it will be once a label stands in the pattern's place.
    """
    mark = "*" if "*" in uri else HANDLE
    if uri.count(mark) != 1 or uri.replace(mark, "").count("{"):
        return f"one * or one {HANDLE} may stand in a URL, and no other braces."
    filled = uri.replace(mark, "a")
    fault = _plain_fault(filled, fragment=False)
    if fault:
        return fault
    authority = re.split(r"[/?]", uri.replace(mark, "*").partition("//")[2], maxsplit=1)[0]
    label, dot, base = authority.partition(":")[0].partition(".")
    if "*" not in label:
        return f"the {mark} may stand only in the left-most label of the host."
    if not dot or not base or _is_registry(base.lower()):
        return f"write at least the name of your own domain after the {mark}, such as {mark}.example.com."
    if label == "*" and base.lower() in SHARED_HOSTS:
        return f"anyone can have a name under {base}; put a prefix or suffix on it, such as myapp-{mark}."
    return _transport_fault(filled)


def _is_registry(base: str) -> bool:
    """Tell whether anyone can register a name directly below `base` (`com`, `co.uk`)."""
    if base == "localhost":
        return False
    labels = base.split(".")
    if _NUMBER_LABEL.fullmatch(labels[-1]):
        return True
    return len(labels) == 1 or (len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _REGISTRY_LABELS)
