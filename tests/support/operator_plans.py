"""Put plans in force in an installation that tests have furnished before."""

import tomllib
from pathlib import Path
from typing import Any

from claimsmith.usecases.plans_file import put_in_force
from tests.support.platform import OpenPlatform

SAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "plans.sample.toml"
DAY = 86_400


def sample_plans() -> dict[str, Any]:
    """Return the document of the sample plans file."""
    return tomllib.loads(SAMPLE.read_text(encoding="utf-8"))


async def put_sample_in_force(opened: OpenPlatform) -> None:
    """Put the sample plans in force: the default business has Free."""
    await put_in_force(opened.platform, sample_plans())
