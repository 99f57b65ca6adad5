"""Decide whether a redirect URI that was sent is one that was registered (RFC 9700 §2.1, RFC 8252 §7.3).

Texts are compared as they are. Nothing is parsed, decoded or repaired: whatever a browser would read into an
odd URI, it is odd only if somebody registered it so. Three forms of registration stand for more than one URI:

- `http://127.0.0.1/...` and `http://[::1]/...` of a public client: the port may be any other;
- `https://a*b.example.com/...`: one piece of one label, outside production alone;
- `https://{organization.handle}.example.com/...`: the handle of the organization that is signed in to.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from claimsmith.domain.uris import HANDLE

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[1-9][0-9]{0,4})?((?:[/?].*)?)", re.DOTALL)
_PIECE = re.compile(r"[A-Za-z0-9-]{1,63}", re.ASCII)
_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
LONGEST_LABEL = 63


@dataclass(frozen=True, slots=True)
class RedirectMatch:
    """Hold how a URI matched. `handle` names the one organization that may be signed in to by it."""

    registered: str
    handle: str | None = None


def match_redirect_uri(
    sent: str, registered: Iterable[str], *, is_public: bool, is_production: bool
) -> RedirectMatch | None:
    """Return how a URI matches one of those registered, or `None`.

    `is_public` clients run on people's own machines, where the port of loopback is known only when they run.
    An exact match is preferred to one by form.
    """
    candidates = tuple(registered)
    for each in candidates:
        if each == sent and "*" not in each and "{" not in each:
            return RedirectMatch(each)
    for each in candidates:
        if is_public and _differs_by_port(sent, each):
            return RedirectMatch(each)
        if not is_production and "*" in each and _piece(sent, each, "*", _PIECE):
            return RedirectMatch(each)
        handle = _piece(sent, each, HANDLE, _HANDLE) if HANDLE in each else None
        if handle:
            return RedirectMatch(each, handle)
    return None


def _differs_by_port(sent: str, registered: str) -> bool:
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(sent)
    return bool(ours and theirs and ours.groups() == theirs.groups())


def _piece(sent: str, pattern: str, mark: str, allowed: re.Pattern[str]) -> str | None:
    """Return what stands in the pattern's place, when the rest is the same and the label is one."""
    before, _, after = pattern.partition(mark)
    if len(sent) <= len(before) + len(after) or not (sent.startswith(before) and sent.endswith(after)):
        return None
    piece = sent[len(before) : len(sent) - len(after)]
    label = before.rpartition("/")[2] + piece + after.partition(".")[0]
    return piece if allowed.fullmatch(piece) and len(label) <= LONGEST_LABEL else None
