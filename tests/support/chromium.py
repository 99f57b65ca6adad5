"""Find the Chromium that the browser tests drive."""

import os
import shutil

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "Chromium is missing, so the browser tests do not run. Install it (on Debian: apt-get install chromium), "
    "or name its program in CLAIMSMITH_CHROMIUM."
)


def chromium_path() -> str | None:
    """Return the program: `CLAIMSMITH_CHROMIUM`, or the first known name on the path."""
    given = os.environ.get("CLAIMSMITH_CHROMIUM")
    if given:
        return shutil.which(given)
    return next((found for name in NAMES if (found := shutil.which(name))), None)
