"""Describe changes of configuration: who changed which object, and how."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Author:
    """Name who makes a change.

    `kind` says by which way in; `id` is the client id, the console session's first characters, or the
    name of the command.
    """

    kind: Literal["application", "console", "cli", "system"]
    id: str


@dataclass(frozen=True, slots=True)
class Change:
    """Name one object that a transaction created, changed or deleted.

    `noun` is the product's word (`application`, `api`, `feature_flag`, `property`, `organization`,
    `signing_key`, `environment` ...). `object_id` is the id of the object whose *token views* are touched:
    for an application's secrets, profile, grants and values, the application's own id.
    """

    noun: str
    object_id: str
    action: str
