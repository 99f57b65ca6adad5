"""The page about policies agrees with their members, defaults and order."""

import json

from claimsmith.domain.policies import POLICIES, policy_to_json
from tests.docs.examples import ROOT
from tests.docs.test_reference_endpoints import rows

PAGE = (ROOT / "docs/reference/policies.md").read_text(encoding="utf-8")


def shown(value):
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def test_every_member_is_there_with_its_default():
    found, policy = [], ""
    for name, member, default, *_ in rows(PAGE, "policy"):
        policy = name.strip("`") or policy
        found.append((policy, member.strip("`"), default))
    assert found == [
        (name, member, shown(value))
        for name, policy in POLICIES.items()
        for member, value in policy_to_json(policy()).items()
    ]
