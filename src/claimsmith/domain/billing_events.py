"""Describe billing events: what happened to customers and agreements, for whoever is to be told.

Names that the platform knows are used where they fit; the others follow their pattern.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from claimsmith.domain.agreements import EventKind

EVENT_TYPES: Mapping[EventKind, str] = {
    EventKind.STARTED: "customer.agreement_created",
    EventKind.TRIAL_STARTED: "customer.trial_started",
    EventKind.TRIAL_EXTENDED: "customer.trial_extended",
    EventKind.TRIAL_ENDED: "customer.trial_ended",
    EventKind.CHANGED: "customer.plan_changed",
    EventKind.CHANGE_SCHEDULED: "customer.plan_change_scheduled",
    EventKind.CANCEL_SCHEDULED: "customer.agreement_cancellation_scheduled",
    EventKind.CHANGE_WITHDRAWN: "customer.plan_change_withdrawn",
    EventKind.CANCELLED: "customer.agreement_cancelled",
    EventKind.PAUSED: "customer.agreement_paused",
    EventKind.RESUMED: "customer.agreement_resumed",
    EventKind.RENEWED: "customer.agreement_renewed",
    EventKind.ENDING_SOON: "customer.plan_ending_soon",
}
"""The type of the billing event that each event of an agreement becomes."""

THRESHOLD_REACHED = "customer.meter_threshold_reached"
USAGE_REACHED = "business.usage_threshold_reached"


@dataclass(frozen=True, slots=True)
class BillingEvent:
    """Hold one event. `id` is `event_` and 32 hexadecimal characters.

    `at` is when it happened, `recorded_at` when it was written down: later, after a time without a server.
    """

    id: str
    type: str
    at: datetime
    recorded_at: datetime
    customer_id: str
    agreement_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
