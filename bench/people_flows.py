"""Say what people's browsers and applications say to the server, one small class per flow.

A talk is a generator: it yields the bytes of a request and is sent the answer; a number instead of bytes is a
rest of so many seconds. Every answer is checked.
"""

import json
import random
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
MOST_REFUSALS = 10
REST_SECONDS = 0.01
_FORM = re.compile(rb'name="form_token" value="([^"]+)"')


class WrongAnswer(Exception):
    """Say that an answer is not what its request deserves."""


class Answer:
    """Hold one answer."""

    def __init__(self, whole: bytes) -> None:
        """Take all of its bytes."""
        head, _, self.body = whole.partition(b"\r\n\r\n")
        self.status = int(head[9:12])
        self._lines = head.decode("latin-1").split("\r\n")[1:]

    def header(self, name: str) -> str:
        """Return the first header with a name in lower case; an empty text when there is none."""
        for line in self._lines:
            key, _, value = line.partition(": ")
            if key.lower() == name:
                return value
        return ""

    @cached_property
    def json(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)

    def insist(self, is_right: bool) -> None:
        """Raise `WrongAnswer` unless the answer is right."""
        if not is_right:
            location = self.header("location")
            raise WrongAnswer(f"{self.status} {location} {self.body[:600].decode('utf-8', 'replace')}")


Talk = Generator[bytes | float, Answer | None, None]


@dataclass(frozen=True, slots=True)
class Given:
    """Hold what the driver is told: the server, the applications, and people with a session and a password.

    `people` are user id, address and session token each. `machine` is the form of a token request.
    """

    url: str
    client: Mapping[str, str]
    redirect_uri: str
    audience: str
    scope: str
    session_cookie: str
    people: Sequence[Sequence[str]]
    password: str
    machine: Mapping[str, str]


class Flow:
    """Do one thing over and over; `prepare` runs before the clock does."""

    name: ClassVar[str]

    def __init__(self, given: Given) -> None:
        """Take what the driver was told."""
        self.given = given
        self._host = urlsplit(given.url).netloc

    def prepare(self) -> Talk:
        """Make what `once` needs."""
        yield from ()

    def once(self) -> Talk:
        """Do it once."""
        raise NotImplementedError

    def _get(self, path: str, **headers: str) -> bytes:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        return f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n{lines}\r\n".encode()

    def _post(self, path: str, form: Mapping[str, str], **headers: str) -> bytes:
        body = urlencode(form)
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        return (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\n{lines}"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _authorization(self) -> str:
        query = {
            "client_id": self.given.client["client_id"],
            "redirect_uri": self.given.redirect_uri,
            "response_type": "code",
            "scope": self.given.scope,
            "audience": self.given.audience,
            "state": f"{random.getrandbits(128):032x}",
            "nonce": f"{random.getrandbits(128):032x}",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"/oauth2/auth?{urlencode(query)}"

    def _code(self, answer: Answer) -> str:
        location = answer.header("location")
        answer.insist(answer.status in (302, 303) and location.startswith(f"{self.given.redirect_uri}?"))
        code = parse_qs(urlsplit(location).query).get("code", [""])[0]
        answer.insist(code.startswith("cs_ac_"))
        return code

    def _signed_in(self) -> Generator[bytes, Answer | None, dict[str, Any]]:
        """Sign somebody in who has a session; return the tokens."""
        _, _, session = random.choice(self.given.people)
        cookie = f"{self.given.session_cookie}={session}"
        answer = yield self._get(self._authorization(), Cookie=cookie)
        assert answer is not None
        form = {
            "grant_type": "authorization_code",
            "code": self._code(answer),
            "redirect_uri": self.given.redirect_uri,
            "code_verifier": VERIFIER,
            **self.given.client,
        }
        return (yield from self._tokens(form))

    def _tokens(self, form: Mapping[str, str]) -> Generator[bytes, Answer | None, dict[str, Any]]:
        answer = yield self._post("/oauth2/token", form)
        assert answer is not None
        answer.insist(answer.status == 200)
        tokens: dict[str, Any] = answer.json
        answer.insist(tokens["access_token"].startswith("ey") and tokens["id_token"].startswith("ey"))
        answer.insist(tokens["refresh_token"].startswith("cs_rt_"))
        return tokens


class SignIn(Flow):
    """Sign in with an existing session: authorization request and code exchange with PKCE."""

    name = "sign-in"

    def once(self) -> Talk:
        """Do it once."""
        yield from self._signed_in()


class Refresh(Flow):
    """Use the refresh token in force and keep its successor."""

    name = "refresh"

    def prepare(self) -> Talk:
        """Begin a chain."""
        self._token = (yield from self._signed_in())["refresh_token"]

    def once(self) -> Talk:
        """Do it once."""
        form = {"grant_type": "refresh_token", "refresh_token": self._token, **self.given.client}
        self._token = (yield from self._tokens(form))["refresh_token"]


class Userinfo(Flow):
    """Ask who a user is, with the user's access token."""

    name = "userinfo"

    def prepare(self) -> Talk:
        """Get a token."""
        token = (yield from self._signed_in())["access_token"]
        self._message = self._get("/oauth2/v2/user_profile", Authorization=f"Bearer {token}")

    def once(self) -> Talk:
        """Do it once."""
        answer = yield self._message
        assert answer is not None
        answer.insist(answer.status == 200 and b'"sub":"kp_' in answer.body and b'"email":"' in answer.body)


class Introspection(Flow):
    """Ask whether a user's access token is good."""

    name = "introspection"

    def prepare(self) -> Talk:
        """Get a token."""
        token = (yield from self._signed_in())["access_token"]
        self._message = self._post("/oauth2/introspect", {"token": token, **self.given.client})

    def once(self) -> Talk:
        """Do it once."""
        answer = yield self._message
        assert answer is not None
        answer.insist(answer.status == 200 and b'"active":true' in answer.body)


class Password(Flow):
    """Sign in with a password, page by page as a browser without scripts does, from some address.

    Who is refused because too many passwords are being checked waits as long as `Retry-After` says.
    """

    name = "password sign-in"
    may_be_refused = False

    def once(self) -> Talk:
        """Do it once."""
        page = yield from self._open()
        yield from self._submit(page)

    def _open(self) -> Generator[bytes, Answer | None, tuple[str, str]]:
        """Go as far as the page that asks for the password."""
        _, email, _ = random.choice(self.given.people)
        self._from = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
        answer = yield self._get(self._authorization(), X_Forwarded_For=self._from)
        assert answer is not None
        self._cookie = answer.header("set-cookie").partition(";")[0]
        page = yield from self._page(answer, "sign-in")
        answer = yield self._fill_in(page, p_email=email)
        assert answer is not None
        return (yield from self._page(answer, "password"))

    def _submit(self, page: tuple[str, str]) -> Talk:
        for _ in range(MOST_REFUSALS):
            answer = yield self._fill_in(page, p_password=self.given.password)
            assert answer is not None
            if answer.status != 503 or not self.may_be_refused:
                self._code(answer)
                return
            yield float(answer.header("retry-after") or 1)

    def _page(self, answer: Answer, step: str) -> Generator[bytes, Answer | None, tuple[str, str]]:
        """Open the page that an answer leads to; return its address and the token of its form."""
        parts = urlsplit(answer.header("location"))
        answer.insist(answer.status in (302, 303) and parts.path.endswith(f"/auth/{step}"))
        address = f"{parts.path}?{parts.query}"
        page = yield self._get(address, Cookie=self._cookie, X_Forwarded_For=self._from)
        assert page is not None
        found = _FORM.search(page.body)
        page.insist(page.status == 200 and found is not None)
        assert found is not None
        return address, found[1].decode()

    def _fill_in(self, page: tuple[str, str], **fields: str) -> bytes:
        address, token = page
        return self._post(
            address,
            {"form_token": token, **fields},
            Cookie=self._cookie,
            X_Forwarded_For=self._from,
            Sec_Fetch_Site="same-origin",
        )


class Flood(Password):
    """Keep the hashing queue full, from the first moment on: all have the page open before the clock runs."""

    name = "flood"
    may_be_refused = True
    _opened: tuple[str, str] | None = None

    def prepare(self) -> Talk:
        """Open the page that asks for the password."""
        self._opened = yield from self._open()

    def once(self) -> Talk:
        """Do it once."""
        page, self._opened = self._opened, None
        yield from self._submit(page or (yield from self._open()))


class Machine(Flow):
    """Get a machine's token."""

    name = "machine"

    def prepare(self) -> Talk:
        """Make the request once."""
        self._message = self._post("/oauth2/token", self.given.machine)
        yield from ()

    def once(self) -> Talk:
        """Do it once."""
        answer = yield self._message
        assert answer is not None
        answer.insist(answer.status == 200 and b'"access_token":"ey' in answer.body)


class PacedMachine(Machine):
    """Get a machine's token after a rest, so that the server has time for others, too.

    A server that is kept busy by tokens alone has none for passwords, and no queue of them fills.
    """

    name = "paced machine"

    def once(self) -> Talk:
        """Do it once."""
        yield REST_SECONDS
        yield from super().once()


FLOWS = {
    flow.name: flow
    for flow in (SignIn, Refresh, Userinfo, Introspection, Password, Flood, Machine, PacedMachine)
}
