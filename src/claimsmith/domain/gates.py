"""Name every capability that an operator's plan can hold back, in one table.

Plans gate by these names, never by their own: a plans file says which plan includes which name. What is lost
with a plan never breaks what runs. Tokens are issued, people get in, and nothing protects them less than
before: `when_lost` says for each capability what stops and what stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from claimsmith.domain.errors import PlanRequired

TRIALS_PATH = "/api/v1/plan/trials"
"""Where a business starts a trial by itself."""


@dataclass(frozen=True, slots=True)
class Capability:
    """Hold one thing that a plan may include.

    `key` is its name in a plans file; `words` end the sentence "Plan Free does not include ...".
    """

    key: str
    words: str
    when_lost: str


API_SCOPES_IN_PERMISSIONS = Capability(
    "claims.api_scopes_in_permissions",
    "API scopes in the permissions claim",
    "The switch stays as it is saved; tokens leave the scopes out of permissions.",
)
CUSTOM_SCOPES = Capability(
    "apis.custom_scopes",
    "scopes of your own APIs",
    "Scopes that exist stay, in tokens too; none can be added, or given to applications, roles or users.",
)
OPENAPI_IMPORT = Capability(
    "apis.openapi_import",
    "the import of scopes from OpenAPI documents",
    "Imported scopes stay; no document can be imported.",
)
ORGANIZATION_MACHINES = Capability(
    "m2m.organization_scoped",
    "M2M applications of organizations",
    "Those that exist go on getting tokens of their organization; none can be registered.",
)
PREVIOUS_SECRET = Capability(
    "applications.previous_secret",
    "keeping the previous client secret at rotation",
    "An overlap that has begun ends as planned; a rotation replaces the secret at once.",
)
ADDITIONAL_ENVIRONMENTS = Capability(
    "environments.additional",
    "environments beside production",
    "Those that exist go on; none can be added.",
)
PASSKEYS = Capability(
    "sign_in.passkeys",
    "passkeys",
    "People go on signing in with their passkeys; the policy can be switched off, not on.",
)
ORGANIZATION_POLICIES = Capability(
    "organizations.own_policies",
    "policies that an organization has of its own (second factors, passkeys, sessions, sender of mail)",
    "Those that exist stay in force, and none can be given.",
)
TERMS_ACCEPTANCE = Capability(
    "sign_up.terms_acceptance",
    "the box with which people accept terms when they sign up",
    "The box goes on being shown; once it is switched off it cannot be switched on.",
)

CAPABILITIES: Mapping[str, Capability] = {
    each.key: each
    for each in (
        API_SCOPES_IN_PERMISSIONS,
        CUSTOM_SCOPES,
        OPENAPI_IMPORT,
        ORGANIZATION_MACHINES,
        PREVIOUS_SECRET,
        ADDITIONAL_ENVIRONMENTS,
        PASSKEYS,
        ORGANIZATION_POLICIES,
        TERMS_ACCEPTANCE,
    )
}
"""Every capability by its name, in the order in which a person reads them."""


class TrialState(StrEnum):
    """Say how a business stands with the trial of one plan."""

    OPEN = "open"
    RUNNING = "running"
    USED = "used"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PlanName:
    """Hold the key of a plan and what people call it."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class TrialOffer:
    """Hold the trial of one plan: its length in days, how a business stands with it, and when one ends."""

    plan: PlanName
    days: int
    state: TrialState
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """Hold whether a plan includes one capability at an instant, and what there is to do if it does not.

    `plans` are those that include it; `trial` is that of the first of them that has one, an open one before
    any other. `since` is when what is included began, if that is known; `until` when what was included ended,
    or when what is included will end. `most` is how many the plan includes of what is counted, when it is one
    more that is not included.
    """

    capability: Capability
    is_included: bool
    plan: PlanName
    plans: tuple[PlanName, ...] = ()
    trial: TrialOffer | None = None
    since: datetime | None = None
    until: datetime | None = None
    most: int | None = None

    @property
    def needed(self) -> str:
        """Return the name of the plan that is needed: the first that includes it."""
        return self.plans[0].name if self.plans else "another plan"

    @property
    def names(self) -> str:
        """Return the names of the plans that include it: `Plus, Scale or Enterprise`."""
        names = [each.name for each in self.plans]
        return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else self.needed

    @property
    def can_be_tried(self) -> bool:
        """Tell whether a trial that is open would bring it."""
        return self.trial is not None and self.trial.state is TrialState.OPEN

    @property
    def because(self) -> str:
        """Say in one sentence why it is not included, and until when it was."""
        words = self.capability.words
        if self.most:
            return f"Plan {self.plan.name} does not include more {words} than {self.most}."
        lost = f"; it was on until {moment(self.until)}" if self.until and not self.is_included else ""
        return f"Plan {self.plan.name} does not include {words}{lost}."

    @property
    def remedy(self) -> str:
        """Say in one sentence what brings it."""
        if not self.plans:
            return "No plan of this installation includes it; ask whoever operates it."
        names, trial = self.names, self.trial
        if trial is None or trial.state is TrialState.NONE:
            return f"Move to {names}: ask whoever operates this installation."
        if trial.state is TrialState.OPEN:
            return (
                f"Start a {trial.days}-day trial of {trial.plan.name} (claimsmith plan trial "
                f"{trial.plan.key}, or POST {TRIALS_PATH}), or move to {names}."
            )
        ended = f" and ended {moment(trial.ends_at)}" if trial.ends_at else ""
        return (
            f"The trial of {trial.plan.name} was used{ended}. Move to {names}, or let whoever operates this "
            "installation extend the trial."
        )

    @property
    def needs(self) -> dict[str, Any]:
        """Return what a program reads of something that is previewed and not included."""
        return {**self.details, "because": self.because, "remedy": self.remedy}

    def refusal(self, field: str | None = None) -> PlanRequired:
        """Return the refusal of what is not included."""
        return PlanRequired(f"{self.because} {self.remedy}", field=field, details=self.details)

    @property
    def details(self) -> dict[str, Any]:
        """Return what a program reads of a refusal."""
        told: dict[str, Any] = {
            "feature": self.capability.key,
            "plan": self.plan.key,
            "plans": [each.key for each in self.plans],
        }
        if self.trial is not None:
            told["trial"] = {
                "plan": self.trial.plan.key,
                "state": self.trial.state.value,
                "days": self.trial.days,
                "ends_on": self.trial.ends_at.isoformat() if self.trial.ends_at else None,
            }
            if self.trial.state is TrialState.OPEN:
                told["start_trial"] = {
                    "method": "POST",
                    "path": TRIALS_PATH,
                    "body": {"plan": self.trial.plan.key},
                }
        return told


def moment(at: datetime) -> str:
    """Return an instant as people read it."""
    return at.strftime("%Y-%m-%d %H:%M UTC")
