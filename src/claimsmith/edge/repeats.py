"""Know a token request again that arrives byte for byte as before.

A machine that fetches its token sends the same bytes each time, and the same bytes mean the same: what
reading them came to is remembered, by a keyed hash, for the bytes hold a secret. Whether it may still be
granted is asked anew each time.
"""

import os
from dataclasses import dataclass
from hashlib import blake2b

from claimsmith.edge.requests import Headers
from claimsmith.oauth.live_client import BoundedMemo
from claimsmith.oauth.token_endpoint import Granted
from claimsmith.usecases.directory import Runtime

MOST_REPEATS = 512


@dataclass(slots=True)
class Repeat:
    """Hold what a request said: whose token endpoint it means, where it came from, what it was granted.

    `runtime` is the environment it meant, and all of it was current at the directory's `generation`.
    """

    host: str
    path: str
    forwarded: Headers
    granted: Granted
    runtime: Runtime
    generation: int


class Repeats:
    """Remember the last 512 different requests that were granted a token."""

    def __init__(self) -> None:
        """Choose the key of the hash: what is remembered is worth nothing outside this process."""
        self._keyed = blake2b(key=os.urandom(32), digest_size=32)
        self._known: BoundedMemo[bytes, Repeat] = BoundedMemo(MOST_REPEATS)

    def find(self, whole: bytes) -> Repeat | None:
        """Return what a whole request said when it came before, or `None`."""
        return self._known.get(self._fingerprint(whole))

    def remember(self, whole: bytes, repeat: Repeat) -> None:
        """Remember a request."""
        self._known.put(self._fingerprint(whole), repeat)

    def _fingerprint(self, whole: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(whole)
        return keyed.digest()
