"""Remember failed attempts, to slow down who keeps guessing without locking out anybody else (E15).

The count is kept per key (environment, client, address) in this process: guessing a 52-character secret is
hopeless anyway, so this bounds the work that failures cause, not the odds of a guess.
"""

from collections import OrderedDict
from collections.abc import Hashable

FREE_FAILURES = 20
WINDOW_SECONDS = 60.0
MOST_KEYS = 10_000
_NONE = (0.0, 0)


class FailedAttempts:
    """Count failures per key within a window of 60 seconds."""

    def __init__(self, *, free: int = FREE_FAILURES, most_keys: int = MOST_KEYS) -> None:
        """Set how many failures a window allows and how many keys are remembered."""
        self._free = free
        self._most_keys = most_keys
        self._failures: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def wait_seconds(self, key: Hashable, now: float) -> int:
        """Return how long the holder of this key must wait, in whole seconds; 0 when it need not."""
        begun, count = self._failures.get(key, _NONE)
        if count < self._free:
            return 0
        return max(0, round(begun + WINDOW_SECONDS - now + 0.5))

    def failed(self, key: Hashable, now: float) -> None:
        """Count one failure; the oldest key is forgotten when there are too many."""
        begun, count = self._failures.pop(key, (now, 0))
        if now - begun >= WINDOW_SECONDS:
            begun, count = now, 0
        self._failures[key] = (begun, count + 1)
        if len(self._failures) > self._most_keys:
            self._failures.popitem(last=False)
