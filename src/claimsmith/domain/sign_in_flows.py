"""Describe a sign-in under way: what was asked for, what was proved so far, and which step comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from claimsmith.domain.authorization_requests import AuthorizationRequest


class Step(StrEnum):
    """Name the steps of a sign-in. The value is the last segment of the page's path, `/auth/<value>`."""

    SIGN_IN = "sign-in"
    SIGN_UP = "sign-up"
    PASSWORD = "password"  # noqa: S105 - a step
    VERIFY = "verify"
    SET_PASSWORD = "set-password"  # noqa: S105 - a step
    FORGOT_PASSWORD = "forgot-password"  # noqa: S105 - a step
    INVITATION = "invitation"
    PASSKEY_OFFER = "passkey-offer"
    ORGANIZATION = "organization"
    CREATE_ORGANIZATION = "create-organization"
    MFA_SETUP = "mfa-setup"
    MFA = "mfa"
    RECOVERY_CODES = "recovery-codes"
    PLAN = "plan"
    CONSENT = "consent"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class FlowState:
    """Hold what a sign-in has come to.

    `step` is the page that is shown. `user_id` is set when the first factor was proved; until then `identity`
    is what was typed, as `[type, value, shown value]`. `purpose` says what a code by mail is for (`sign_in`,
    `sign_up`, `reset`, `mfa`). `methods` are the `amr` values proved so far (RFC 8176). `draft` are the
    values of a form that later steps need; it never holds a password or a code.
    """

    step: Step = Step.SIGN_IN
    identity: tuple[str, str, str] | None = None
    purpose: str | None = None
    user_id: str | None = None
    is_new_user: bool = False
    methods: tuple[str, ...] = ()
    authenticated_at: int | None = None
    organization_code: str | None = None
    is_organization_settled: bool = False
    is_second_factor_proved: bool = False
    is_passkey_offer_settled: bool = False
    has_founded_organization: bool = False
    is_plan_settled: bool = False
    is_consent_settled: bool = False
    session_id: str | None = None
    draft: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what storage keeps."""
        return {name: getattr(self, name) for name in _STATE}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "FlowState":
        """Return the state that storage kept."""
        values = dict(stored)
        values.pop("consented", None)  # written by versions before, and read by none
        values["step"] = Step(values["step"])
        values["methods"] = tuple(values["methods"])
        if values["identity"] is not None:
            values["identity"] = tuple(values["identity"])
        return cls(**values)


_STATE = tuple(each.name for each in fields(FlowState))


@dataclass(frozen=True, slots=True)
class SignInFlow:
    """Hold one sign-in under way. `version` grows with each step, so that of two answers one wins."""

    hash: bytes
    request: AuthorizationRequest
    state: FlowState
    version: int
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
