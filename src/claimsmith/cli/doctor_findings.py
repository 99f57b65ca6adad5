"""Describe what the doctor found."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold the outcome of one check: its name, how it stands, what was seen, and what to do."""

    name: str
    state: State
    detail: str
    remedy: str | None = None
