"""Run the claim sources in their order and keep the provenance of what they give.

`SOURCES` is the whole story of a token: read it from top to bottom.
"""

from collections.abc import Mapping
from typing import Any

from claimsmith.claims.hasura import HASURA_NAMES
from claimsmith.claims.model import (
    Claim,
    ClaimSet,
    Contribute,
    TokenContext,
    TracedClaim,
    TracedOmission,
)
from claimsmith.claims.sources import (
    authentication,
    entitlements,
    feature_flags,
    identity,
    organization,
    organizations,
    permissions,
    properties,
    protocol,
    roles,
    scopes,
    stamps,
    trial,
)

SOURCES: tuple[tuple[str, Contribute], ...] = (
    (protocol.NAME, protocol.contribute),
    (stamps.NAME, stamps.contribute),
    (authentication.NAME, authentication.contribute),
    (scopes.NAME, scopes.contribute),
    (organization.NAME, organization.contribute),
    (organizations.NAME, organizations.contribute),
    (identity.NAME, identity.contribute),
    (roles.NAME, roles.contribute),
    (permissions.NAME, permissions.contribute),
    (feature_flags.NAME, feature_flags.contribute),
    (properties.NAME, properties.contribute),
    (trial.NAME, trial.contribute),
    (entitlements.NAME, entitlements.contribute),
)

STAMPED = frozenset({"iat", "exp", "jti", "at_hash", "auth_time", "rat", "sid"})
"""The claims that differ between two tokens issued from the same facts."""

RESERVED = frozenset(
    [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "azp",
        "gty",
        "v",
        "scp",
        "scope",
        "client_id",
        "sid",
        "act",
        "auth_time",
        "rat",
        "at_hash",
        "c_hash",
        "nonce",
        "amr",
    ]
)
"""The claims that the protocol owns: no profile may ask for them as additional claims."""


class ClaimCollision(ValueError):
    """Say that two sources gave the same claim: a defect, since profiles that collide cannot be saved."""


def run(context: TokenContext) -> ClaimSet:
    """Compute the claims of one token, with a line of explanation for each and for each one left out.

    There are no lines when the context does not ask for them; the claims are the same.
    """
    claims: dict[str, Any] = {}
    trace: list[TracedClaim] = []
    omitted: list[TracedOmission] = []
    renames = HASURA_NAMES if context.profile.hasura_mapping else {}
    for source, contribute in SOURCES:
        for given in contribute(context):
            if not isinstance(given, Claim):
                if context.explains:
                    omitted.append(TracedOmission(given.name, source, given.because, given.fix))
                continue
            name = renames.get(given.name, given.name)
            if name in claims:
                raise ClaimCollision(f"two sources gave the claim {name}")
            claims[name] = given.value
            if context.explains:
                renamed = f" The Hasura mapping renames {given.name}." if name != given.name else ""
                trace.append(TracedClaim(name, source, given.because + renamed, given.object))
    return ClaimSet(claims, tuple(trace), tuple(omitted))


def difference(saved: Mapping[str, Any], proposed: Mapping[str, Any]) -> dict[str, list[str]]:
    """Name the claims that one claim set adds to, removes from and changes against another, sorted.

    The stamps differ between any two tokens and are left out.
    """
    before = {name: value for name, value in saved.items() if name not in STAMPED or name == "exp"}
    after = {name: value for name, value in proposed.items() if name not in STAMPED or name == "exp"}
    return {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "changed": sorted(name for name in after.keys() & before.keys() if after[name] != before[name]),
    }
