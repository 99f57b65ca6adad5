"""Run claimsmith under a clock that a test moves: `python -m tests.support.shifted_clock FILE WORDS...`.

The clock is an argument of whatever opens a platform; here it reads from FILE, each time, by how many seconds
it is ahead.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claimsmith import app, opening
from claimsmith.cli.program import run


def main() -> int:
    """Give every platform of this process the shifted clock, and run the command."""
    ahead = Path(sys.argv[1])

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(ahead.read_text()))

    opening.make_platform.__defaults__ = (now,)
    app.make_app.__defaults__ = (now,)
    del sys.argv[1]
    return run()


if __name__ == "__main__":
    raise SystemExit(main())
