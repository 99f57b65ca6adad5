"""Describe businesses: the customers of whoever operates an installation. Each owns environments."""

from dataclasses import dataclass
from datetime import datetime

DEFAULT_BUSINESS_ID = "default"
"""The business that every installation begins with, and that owns its first environment."""
DEFAULT_BUSINESS_NAME = "Default"


@dataclass(frozen=True, slots=True)
class Business:
    """Hold one business."""

    id: str
    name: str
    created_at: datetime | None = None
