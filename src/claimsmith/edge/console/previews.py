"""Lay out the preview of a token: its claims, their bytes, what differs from the saved profile, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from markupsafe import Markup

from claimsmith.claims.model import TracedClaim, TracedOmission
from claimsmith.claims.size import encoded_length
from claimsmith.domain.errors import DomainError, NotFound
from claimsmith.domain.gates import Gate
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.edge.console.json_markup import json_markup
from claimsmith.edge.console.token_drafts import Draft
from claimsmith.usecases import token_previews
from claimsmith.usecases.context import Context
from claimsmith.usecases.token_previews import Preview, PreviewRequest

SHORTEST_BAR = 6
"""Percent of the longest bar that even a claim of no bytes would have: 3 pixels of a narrow column."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """Hold one claim of a preview.

    `mark` is `added`, `removed`, `changed` or empty; `before` the value under the saved profile where it
    differs; `size_bytes` the bytes of the payload; `share` the percentage of the budget they take. A removed
    claim has `why_not` in place of `why`.
    """

    name: str
    mark: str
    value: Markup
    before: Markup | None
    size_bytes: int
    share: float
    why: TracedClaim | None = None
    why_not: TracedOmission | None = None


@dataclass(frozen=True, slots=True)
class PreviewLayout:
    """Hold a preview as the page shows it.

    `overhead_bytes` are those of header and signature; `needs` is what the plan does not include.
    """

    header: Markup
    rows: tuple[ClaimRow, ...]
    size_bytes: int
    budget_bytes: int
    share: float
    overhead_bytes: int
    saved_size_bytes: int
    absent_claims: tuple[TracedOmission, ...]
    absent_members: tuple[TracedOmission, ...]
    diff: dict[str, list[str]]
    text: str
    needs: tuple[Gate, ...] = ()

    @property
    def is_over_budget(self) -> bool:
        """Tell whether the token is larger than its budget."""
        return self.size_bytes > self.budget_bytes

    def bar_width(self, row: ClaimRow) -> float:
        """Return the length of a claim's bar in percent of the longest, which is that of the largest claim.

        The smallest can be seen, and of two claims the larger has the longer bar.
        """
        largest = max(each.size_bytes for each in self.rows)
        return SHORTEST_BAR + (100 - SHORTEST_BAR) * row.size_bytes / largest

    @property
    def announcement(self) -> str:
        """Return what a screen reader is told when the preview has changed."""
        told = [f"Preview updated: {self.size_bytes:,} bytes of {self.budget_bytes:,}"]
        told += [f"{mark} {', '.join(names)}" for mark, names in self.diff.items() if names]
        told += [f"needs {each.needed}" for each in self.needs]
        return "; ".join(told) + "."


@dataclass(frozen=True, slots=True)
class PreviewPane:
    """Hold what stands beside the editor: a preview, or the reason why there is none.

    `is_saved` tells whether the draft is what is saved.
    """

    layout: PreviewLayout | None
    problem: DomainError | None
    is_saved: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold which token is to be shown: for which APIs and scopes, and for whom if it is about a user."""

    audiences: Sequence[str] = ()
    scope: str = ""
    user: str = ""
    organization: str = ""

    def request(self, profile: TokenProfile | None) -> PreviewRequest:
        """Return the request for a preview under a profile, or under the saved one."""
        return PreviewRequest(
            profile, self.audiences, self.scope, self.user or None, self.organization or None
        )


async def preview_pane(context: Context, saved: TokenProfile, draft: Draft, wanted: Wanted) -> PreviewPane:
    """Return the preview of a draft. Raises `NotFound` when the application is gone."""
    is_saved = False
    try:
        profile = draft.previewed.profile(saved)
        is_saved = profile == saved
        shown = await _preview(context, saved, wanted.request(None if is_saved else profile))
        before = shown
        if not is_saved:
            before = await _preview(context, saved, wanted.request(None))
    except NotFound:
        raise
    except DomainError as problem:
        return PreviewPane(None, problem, is_saved)
    return PreviewPane(lay_out(shown, before), None, is_saved)


async def _preview(context: Context, saved: TokenProfile, request: PreviewRequest) -> Preview:
    kind: TokenKind = saved.kind
    return await token_previews.preview(context, saved.application_id, kind, request)


def lay_out(shown: Preview, saved: Preview) -> PreviewLayout:
    """Put a preview beside that of the saved profile."""
    marks = {name: mark for mark, names in shown.diff.items() for name in names}
    why = {line.claim: line for line in shown.trace}
    rows = []
    for name, value in shown.claims.items():
        mark = marks.get(name, "")
        before = json_markup(saved.claims[name], 1) if mark == "changed" and name in saved.claims else None
        size = shown.bytes_by_claim[name]
        rows.append(
            ClaimRow(name, mark, json_markup(value, 1), before, size, _share(shown, size), why.get(name))
        )
    why_not = {line.claim: line for line in shown.omitted}
    for name in shown.diff["removed"]:
        value = json_markup(saved.claims.get(name), 1)
        rows.append(ClaimRow(name, "removed", value, None, 0, 0.0, why_not=why_not.get(name)))
    members = [line for line in shown.omitted if "." in line.claim]
    payload = encoded_length(len(orjson.dumps(shown.claims)))
    return PreviewLayout(
        header=json_markup(shown.header),
        rows=tuple(rows),
        size_bytes=shown.size_bytes,
        budget_bytes=shown.budget_bytes,
        share=100 * shown.size_bytes / shown.budget_bytes,
        overhead_bytes=shown.size_bytes - payload,
        saved_size_bytes=saved.size_bytes,
        absent_claims=tuple(line for line in shown.omitted if line not in members),
        absent_members=tuple(members),
        diff=shown.diff,
        text=orjson.dumps(shown.claims, option=orjson.OPT_INDENT_2).decode(),
        needs=shown.needs,
    )


def _share(shown: Preview, size_bytes: int) -> float:
    """Return the percentage of the budget that bytes of payload take once they are base64url (4/3)."""
    return 100 * size_bytes * 4 / 3 / shown.budget_bytes
