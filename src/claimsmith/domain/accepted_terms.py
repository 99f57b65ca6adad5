"""Describe that somebody accepted terms: which, where they are, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TermsKind(StrEnum):
    """Name what is accepted, by the words of the record."""

    TERMS_OF_USE = "terms_of_use"
    PRIVACY_POLICY = "privacy_policy"


@dataclass(frozen=True, slots=True)
class AcceptedTerms:
    """Hold one acceptance. `uri` is the address that the page linked to, which stands for the version."""

    user_id: str
    kind: TermsKind
    uri: str
    client_id: str
    accepted_at: datetime
