"""Hold a token profile as it stands in the editor's form: not saved, and perhaps not possible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from claimsmith.claims.profile_rules import Choice
from claimsmith.domain.token_profiles import FlagChoice, TokenProfile
from claimsmith.edge.page_forms import Form, whole_number

CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold what is entered in the editor. Numbers are texts, so that what was typed can be shown again.

    `version` is the version of the saved profile that the editor was opened with. `try_api_scopes` shows the
    scopes switch on in the preview, where the plan does not include it; it is never saved.
    """

    include_api_scopes_in_permissions: bool
    additional_claims: tuple[str, ...]
    flags_choice: str
    feature_flags: tuple[str, ...]
    properties: tuple[str, ...]
    hasura_mapping: bool
    lifetime_seconds: str
    size_budget_bytes: str
    version: str
    try_api_scopes: bool = False

    @property
    def previewed(self) -> "Draft":
        """Return the draft that the preview shows."""
        return replace(self, include_api_scopes_in_permissions=True) if self.try_api_scopes else self

    def profile(self, saved: TokenProfile) -> TokenProfile:
        """Return the profile that would be saved. Raises `InvalidInput` for a number that is none."""
        return TokenProfile(
            application_id=saved.application_id,
            kind=saved.kind,
            include_api_scopes_in_permissions=self.include_api_scopes_in_permissions,
            additional_claims=self.additional_claims,
            feature_flags=self._flag_choice(),
            properties=self.properties,
            hasura_mapping=self.hasura_mapping,
            lifetime_seconds=whole_number(self.lifetime_seconds, "lifetime_seconds"),
            size_budget_bytes=whole_number(self.size_budget_bytes, "size_budget_bytes"),
            version=saved.version,
        )

    def _flag_choice(self) -> FlagChoice:
        if self.flags_choice == CHOSEN:
            return self.feature_flags
        # Any other text is refused by the rules of profiles, which name the words that are known.
        return self.flags_choice  # type: ignore[return-value]


def saved_draft(profile: TokenProfile) -> Draft:
    """Return the draft that an editor opens with."""
    flags = profile.feature_flags
    return Draft(
        include_api_scopes_in_permissions=profile.include_api_scopes_in_permissions,
        additional_claims=profile.additional_claims,
        flags_choice=flags if isinstance(flags, str) else CHOSEN,
        feature_flags=() if isinstance(flags, str) else flags,
        properties=profile.properties,
        hasura_mapping=profile.hasura_mapping,
        lifetime_seconds=str(profile.lifetime_seconds),
        size_budget_bytes=str(profile.size_budget_bytes),
        version=str(profile.version),
    )


def posted_draft(form: Form) -> Draft:
    """Return the draft that a form holds."""
    return Draft(
        include_api_scopes_in_permissions=form.is_on("include_api_scopes_in_permissions"),
        additional_claims=tuple(form.texts("additional_claims")),
        flags_choice=form.text("flags_choice", "none"),
        feature_flags=tuple(form.texts("feature_flags")),
        properties=tuple(form.texts("properties")),
        hasura_mapping=form.is_on("hasura_mapping"),
        lifetime_seconds=form.text("lifetime_seconds"),
        size_budget_bytes=form.text("size_budget_bytes"),
        version=form.text("version"),
        try_api_scopes=form.is_on("try_api_scopes"),
    )


@dataclass(frozen=True, slots=True)
class Option:
    """Hold one checkbox. A blocked one that is ticked can still be unticked; any other blocked one cannot."""

    key: str
    label: str
    is_ticked: bool
    blocked_because: str | None = None

    @property
    def is_disabled(self) -> bool:
        """Tell whether the checkbox takes no input."""
        return self.blocked_because is not None and not self.is_ticked


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Hold the options that share a reason why they cannot be chosen; `None` for those that can."""

    because: str | None
    options: tuple[Option, ...]


def option_groups(choices: Iterable[Choice], ticked: Sequence[str], noun: str) -> list[OptionGroup]:
    """Return every choice as a checkbox, those that can be chosen first, the others by their reasons.

    Something that was chosen and is gone is still shown: it must be taken out before saving.
    """
    known = list(choices)
    keys = {choice.key for choice in known}
    gone = f"There is no such {noun} any more; take it out."
    options = [Option(each.key, each.label, each.key in ticked, each.blocked_because) for each in known]
    options += [Option(key, key, True, gone) for key in dict.fromkeys(ticked) if key not in keys]
    groups: dict[str | None, list[Option]] = {}
    for option in sorted(options, key=lambda each: each.blocked_because is not None):
        groups.setdefault(option.blocked_because, []).append(option)
    return [OptionGroup(because, tuple(found)) for because, found in groups.items()]
