"""Hash passwords with argon2id and verify them, in threads of their own and never more than fit.

A hash costs 19 MiB and some 40 ms on purpose. So hashing has its own few threads, leaves a core to everything
else, and lets only a short queue wait: who comes when it is full is told to come again (Y03, R-24). Where
there is no core to leave, its threads stand back: they take what the others do not need.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from claimsmith.crypto.imported_hashes import verify_imported
from claimsmith.domain.errors import Unavailable
from claimsmith.domain.passwords import OWN_METHOD, StoredPassword, password_bytes
from claimsmith.domain.secrets import PlainSecret

MEMORY_KIB = 19 * 1024
TIME_COST = 2
LANES = 1
"""The least that OWASP's Password Storage Cheat Sheet names for argon2id: of its equal choices, one of the
smaller in memory, because memory times threads is what a flood of sign-ins takes."""

WAITING_PER_THREAD = 4
NICENESS = 10

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Verified:
    """Hold whether a password was right, and a better hash of it when the stored one should be replaced."""

    is_good: bool
    better_hash: str | None = None


def free_cores(processes: int = 1) -> int:
    """Return how many threads one of several processes may hash with: a core is left, one is the least."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, (available - 1) // processes)


def _stand_back() -> None:
    """Give this thread less of a core that others want, too; Linux keeps that per thread."""
    if sys.platform != "linux":
        return
    with suppress(OSError):  # a container may forbid it; hashing goes on all the same
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class PasswordHashing:
    """Hash and verify passwords in a bounded pool of threads."""

    def __init__(self, threads: int | None = None) -> None:
        """Prepare a pool of this many threads, or of `free_cores`; none starts before it is needed."""
        self.threads = threads or free_cores()
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="hashing", initializer=_stand_back)
        self._places = threading.BoundedSemaphore(self.threads * (1 + WAITING_PER_THREAD))
        self._nobodys = ""

    async def hash(self, plain: PlainSecret) -> str:
        """Return the argon2id hash of a password. Raises `Unavailable` when too many are waiting."""
        return await self._run(lambda: self._hash(plain))

    async def verify(self, stored: StoredPassword | None, plain: PlainSecret) -> Verified:
        """Tell whether a password is the stored one. Raises `Unavailable` when too many are waiting.

        At least one argon2id hash is computed whatever is stored, also when nothing is: how long it takes
        does not tell whether there is such a user.
        """
        return await self._run(lambda: self._verify(stored, plain))

    def insist_on_room(self) -> None:
        """Raise `Unavailable` when too many wait: then nothing need be done for one more."""
        self._take_place()
        self._places.release()

    def close(self) -> None:
        """Let the threads end; what is being hashed is finished first."""
        self._pool.shutdown(wait=False)

    async def _run(self, work: Callable[[], Result]) -> Result:
        self._take_place()
        try:
            job: Future[Result] = self._pool.submit(work)
        except BaseException:
            self._places.release()
            raise
        # The place is given back by the work itself: who stops waiting has not stopped the work.
        job.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(job)

    def _take_place(self) -> None:
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many passwords are being checked; try again shortly.")

    def _hash(self, plain: PlainSecret) -> str:
        taken = password_bytes(plain.reveal())
        if taken is None:
            raise ValueError("a password is checked before it is hashed; this one has no bytes to hash")
        return self._hasher.hash(taken)

    def _verify(self, stored: StoredPassword | None, plain: PlainSecret) -> Verified:
        taken = password_bytes(plain.reveal())
        if stored is None or taken is None:
            self._spend()
            return Verified(False)
        if stored.method == OWN_METHOD:
            if not self._is_own(stored.hash, taken):
                return Verified(False)
            outdated = self._hasher.check_needs_rehash(stored.hash)
            return Verified(True, self._hasher.hash(taken) if outdated else None)
        typed = plain.reveal().encode("utf-8")
        spellings = dict.fromkeys((taken, typed))
        if any(verify_imported(stored.method, stored.hash, stored.parameters, each) for each in spellings):
            return Verified(True, self._hasher.hash(taken))
        self._spend()
        return Verified(False)

    def _is_own(self, hash: str, taken: bytes) -> bool:
        try:
            return self._hasher.verify(hash, taken)
        except (VerificationError, InvalidHashError):
            return False

    def _spend(self) -> None:
        if not self._nobodys:
            self._nobodys = self._hasher.hash(os.urandom(16))
        self._is_own(self._nobodys, b"nobody's")
