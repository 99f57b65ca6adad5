"""Serve `/api/v1/policies`, and `/api/v1/mfa` and `/api/v1/passkey`, which are views of two of them."""

from typing import Any, Literal, cast

from pydantic import ConfigDict

from claimsmith.domain.policies import (
    POLICIES,
    AccessPolicy,
    BrandingPolicy,
    EnvironmentPolicies,
    MfaPolicy,
    PasskeyPolicy,
    ProtectionPolicy,
    RefreshPolicy,
    policy_to_json,
)
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import policies

operations = Operations("Policies")
AnyPolicy = AccessPolicy | BrandingPolicy | ProtectionPolicy | MfaPolicy | PasskeyPolicy | RefreshPolicy


class MfaBody(Body):
    """Hold the body of `PUT /mfa`."""

    policy: Literal["required", "off", "optional"]
    enabled_factors: list[str]
    is_recovery_codes_enabled: bool = True


class PasskeyBody(Body):
    """Hold the body of `PUT /passkey`."""

    policy: Literal["off", "optional", "mandatory"]


class PolicyChanges(Body):
    """Hold the body of `PUT /policies/{name}`: members of that policy; only what is present is changed.

    Which members there are depends on the policy, so the use case refuses what it does not know.
    """

    model_config = ConfigDict(extra="allow", strict=True)


@operations.operation(
    "GET /policies", "getPolicies", scope="read:policies", answer={"policies": EnvironmentPolicies}
)
async def get_policies(context: Caller) -> dict[str, Any]:
    """Read every policy of the environment."""
    found = await policies.get_policies(context)
    return ok(policies={name: policy_to_json(getattr(found, name)) for name in POLICIES})


@operations.operation(
    "GET /policies/{name}", "getPolicy", scope="read:policies", answer={"policy": AnyPolicy}
)
async def get_policy(context: Caller, name: str) -> dict[str, Any]:
    """Read one policy: access, protection, mfa, passkeys, refresh or branding."""
    return ok(policy=policy_to_json(await policies.get_policy(context, name)))


@operations.operation(
    "PUT /policies/{name}", "updatePolicy", scope="update:policies", answer={"policy": AnyPolicy}
)
async def update_policy(context: Caller, name: str, body: PolicyChanges) -> dict[str, Any]:
    """Change the members of a policy that are present."""
    changed = await policies.change_policy(context, name, body.model_extra or {})
    return ok("Policy updated", "POLICY_UPDATED", policy=policy_to_json(changed))


@operations.operation("PUT /mfa", "ReplaceMFA", scope="update:mfa")
async def replace_mfa(context: Caller, body: MfaBody) -> dict[str, Any]:
    """Say whether a second factor is asked for, and which."""
    await policies.change_policy(context, "mfa", body.model_dump())
    return ok("MFA updated", "MFA_UPDATED")


@operations.operation(
    "GET /passkey",
    "GetPasskey",
    scope="read:passkey",
    answer={"enabled": bool, "policy": Literal["off", "optional", "mandatory"]},
)
async def get_passkey(context: Caller) -> dict[str, Any]:
    """Read whether people are offered passkeys."""
    found = (await policies.get_policies(context)).passkeys
    return ok(enabled=found.policy != "off", policy=found.policy)


@operations.operation(
    "PUT /passkey",
    "UpdatePasskey",
    scope="update:passkey",
    answer={"enabled": bool, "policy": Literal["off", "optional", "mandatory"]},
)
async def update_passkey(context: Caller, body: PasskeyBody) -> dict[str, Any]:
    """Say whether people are offered passkeys."""
    changed = cast(PasskeyPolicy, await policies.change_policy(context, "passkeys", body.model_dump()))
    return ok(
        "Passkey policy updated",
        "PASSKEY_UPDATED",
        enabled=changed.policy != "off",
        policy=changed.policy,
    )
