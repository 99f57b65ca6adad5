"""Make agreements of the rows that are read with a user (`subjects.py`), with the plan versions they name."""

from collections.abc import Mapping, Sequence
from typing import Any

from claimsmith.domain.agreement_json import agreement_from_json
from claimsmith.domain.entitlements import HeldPlan
from claimsmith.domain.plan_json import contents_from_json
from claimsmith.domain.plans import PlanVersion


def held_plans_of(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, tuple[HeldPlan, ...]]:
    """Return the agreements of the rows of each kind, by whose they are: `user`, `organization`.

    Versions never change, so that all may share one mapping.
    """
    held: dict[str, tuple[HeldPlan, ...]] = {"user": (), "organization": ()}
    if "agreement" not in found:
        return held
    versions = {(row["t0"], row["n0"]): _version(row) for row in found.get("version", ())}
    for row in found["agreement"]:
        agreement = agreement_from_json(row["t0"], row["t1"], row["j0"])
        held["user" if row["t2"] else "organization"] += (HeldPlan(agreement, versions),)
    return held


def _version(row: Mapping[str, Any]) -> PlanVersion:
    return PlanVersion(
        plan_key=row["t0"],
        plan_name=row["t1"],
        number=row["n0"],
        contents=contents_from_json(row["j0"]),
        published_on=row["d0"],
        group_id=row["t2"],
    )
