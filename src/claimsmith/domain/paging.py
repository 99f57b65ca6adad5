"""Describe one page of a list."""

from collections.abc import Sequence
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
