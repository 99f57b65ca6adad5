"""Hand out random hexadecimal digits, drawn from the system many at a time.

They make identifiers that must not repeat; what has to stay secret is drawn when it is needed.
"""

import os

DRAWN_AT_A_TIME = 128


class RandomDigits:
    """Hand out texts of hexadecimal digits, each of which is handed out once."""

    __slots__ = ("_left", "_length")

    def __init__(self, length: int) -> None:
        """Set how many digits a text has; the number is even."""
        self._length = length
        self._left: list[str] = []
        os.register_at_fork(after_in_child=self._left.clear)

    def take(self) -> str:
        """Return the next text."""
        while True:
            try:
                # `pop` is one step for every thread, so no two get the same; another may have taken the last.
                return self._left.pop()
            except IndexError:
                digits = os.urandom(self._length // 2 * DRAWN_AT_A_TIME).hex()
                places = range(0, len(digits), self._length)
                self._left.extend(digits[at : at + self._length] for at in places)
