"""Hold one client as the protocol uses it: its view, and the tokens already worked out from it."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from claimsmith.domain.views import ClientView

Prepared = TypeVar("Prepared")

MOST_PREPARED = 32


class LiveClient:
    """Hold a view of a client and the tokens prepared from it.

    Both are thrown away together when anything the view was made from changes, so a prepared token is
    never older than its view.
    """

    __slots__ = ("prepared", "view")

    def __init__(self, view: ClientView) -> None:
        """Begin with nothing prepared."""
        self.view = view
        self.prepared: BoundedMemo[Hashable, object] = BoundedMemo(MOST_PREPARED)


Key = TypeVar("Key", bound=Hashable)


class BoundedMemo(Generic[Key, Prepared]):
    """Remember at most a fixed number of results; the oldest goes first."""

    __slots__ = ("_limit", "_results")

    def __init__(self, limit: int) -> None:
        """Set how many results are kept."""
        self._limit = limit
        self._results: dict[Key, Prepared] = {}

    def get(self, key: Key) -> Prepared | None:
        """Return a remembered result, or `None`."""
        return self._results.get(key)

    def put(self, key: Key, result: Prepared) -> None:
        """Remember a result."""
        if len(self._results) >= self._limit:
            del self._results[next(iter(self._results))]
        self._results[key] = result
