"""Describe one page of a list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from claimsmith.domain.errors import InvalidInput

Item = TypeVar("Item")

DEFAULT_PAGE_SIZE = 10
LARGEST_PAGE_SIZE = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Hold the items of one page and the opaque token of the next one (`None` on the last page)."""

    items: Sequence[Item]
    next_token: str | None = None

    @property
    def has_more(self) -> bool:
        """Tell whether another page follows."""
        return self.next_token is not None


def check_page_size(page_size: int | None) -> int:
    """Return the page size to use: 10 when none is given; refuse what is not within 1 to 500."""
    if page_size is None:
        return DEFAULT_PAGE_SIZE
    if not 1 <= page_size <= LARGEST_PAGE_SIZE:
        raise InvalidInput(
            f"page_size is {page_size}; ask for 1 to {LARGEST_PAGE_SIZE} items.",
            field="page_size",
            code="PAGE_SIZE_INVALID",
        )
    return page_size


def slice_page(
    items: Sequence[Item],
    identify: Callable[[Item], str],
    *,
    page_size: int | None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> Page[Item]:
    """Return the page of a short list that follows, or precedes, the item with an id.

    Raises `InvalidInput` for an id that is not in the list, or when both are given.
    """
    size = check_page_size(page_size)
    if starting_after and ending_before:
        raise InvalidInput("Give starting_after or ending_before, not both.", field="starting_after")
    positions = {identify(item): position for position, item in enumerate(items)}
    first, last = 0, len(items)
    for field, mark in (("starting_after", starting_after), ("ending_before", ending_before)):
        if mark and mark not in positions:
            raise InvalidInput(f"{field} is {mark!r}, which is no item of this list.", field=field)
    if ending_before:
        last = positions[ending_before]
        first = max(0, last - size)
        return Page(items[first:last], identify(items[first]) if first > 0 else None)
    if starting_after:
        first = positions[starting_after] + 1
    found = items[first : first + size]
    has_more = first + size < last
    return Page(found, identify(found[-1]) if has_more and found else None)
