"""Say which feature flags apply."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.feature_flags import UNSET, evaluate, token_member
from claimsmith.domain.token_profiles import TokenKind

NAME = "feature_flags"
MOST_NAMED = 50


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `feature_flags`: `{key: {"t": type, "v": value}}` for the flags the profile chose.

    A value of the user wins over the organization's, that over the environment's, that over the default. M2M
    tokens know the organization of an organization-scoped application, and never a value of a user.
    """
    if context.kind is TokenKind.ID:
        fix = "Read feature_flags in the access token."
        yield Omission("feature_flags", "An ID token says who signed in; it carries no flags.", fix)
        return
    flags = context.client.environment.flags
    choice = context.profile.feature_flags
    if choice == "none":
        yield Omission(
            "feature_flags",
            "The token profile chooses no feature flags.",
            'Set feature_flags to "all" or to a list of keys in the token profile.',
        )
        return
    keys = tuple(flags) if choice == "all" else choice
    of_organization = context.organization_flags
    of_user = context.subject.user_flags if context.subject else {}
    members = {}
    levels: dict[str, int] = {}
    for key in sorted(keys):
        if key not in flags:
            yield Omission(
                f"feature_flags.{key}",
                "The token profile names a flag that no longer exists.",
                f"Create the flag {key} again, or take it out of the token profile.",
            )
            continue
        evaluated = evaluate(
            flags[key],
            organization_override=of_organization.get(key, UNSET),
            user_override=of_user.get(key, UNSET),
        )
        members[key] = token_member(evaluated)
        levels[evaluated.level] = levels.get(evaluated.level, 0) + 1
    if context.explains:
        yield from _not_chosen(flags.keys() - set(keys))
    if not members:
        yield Omission(
            "feature_flags", "No chosen flag exists.", "Create a flag: POST /api/v1/feature_flags."
        )
        return
    told = ", ".join(f"{count} from the {level}" for level, count in sorted(levels.items()))
    yield Claim(
        "feature_flags",
        members,
        f"The token profile chooses {'every flag' if choice == 'all' else 'these flags'}; values: {told}.",
        ", ".join(list(members)[:MOST_NAMED]),
    )


def _not_chosen(keys: set[str]) -> Iterable[Omission]:
    named = sorted(keys)[:MOST_NAMED]
    for key in named:
        yield Omission(
            f"feature_flags.{key}",
            "The token profile does not choose this flag.",
            f"Add {key} to feature_flags in the token profile.",
        )
    if len(keys) > len(named):
        yield Omission(
            "feature_flags.*",
            f"The token profile does not choose {len(keys) - len(named)} further flags.",
            "Add their keys to feature_flags in the token profile.",
        )
