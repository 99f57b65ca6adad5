"""Read the parameters of the product: organizations, invitations, connections, plans and marketing tags."""

import re

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest

MARKETING = frozenset(
    [
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "utm_term",
        "gclid",
        "click_id",
        "hsa_acc",
        "hsa_cam",
        "hsa_grp",
        "hsa_ad",
        "hsa_src",
        "hsa_tgt",
        "hsa_kw",
        "hsa_mt",
        "hsa_net",
        "hsa_ver",
        "match_type",
        "keyword",
        "device",
        "ad_group_id",
        "campaign_id",
        "creative",
        "network",
        "ad_position",
        "fbclid",
        "li_fat_id",
        "msclkid",
        "twclid",
        "ttclid",
    ]
)
"""The tags that become properties of a new user or organization."""

LONGEST_TAG = 255
_LONGEST = {
    "connection_id": 64,
    "invitation_code": 255,
    "org_name": 255,
    "plan_interest": 64,
    "pricing_table_key": 64,
}
_ORGANIZATION_CODE = re.compile(r"org[:_][0-9a-z]{1,59}", re.ASCII)


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` for a text that is too long, not plain, or no organization code."""
    code = asked.get("org_code")
    if code is not None and not _ORGANIZATION_CODE.fullmatch(code):
        raise InvalidRequest(
            "The org_code is not the code of an organization, such as org_1a2b3c4d5e6.",
            reason="organization_unknown",
        )
    creates = asked.is_true("is_create_org")
    return {
        "organization_code": None if creates else code,
        "creates_organization": creates,
        "organization_name": _plain(asked, "org_name"),
        "connection_id": _plain(asked, "connection_id"),
        "invitation_code": _plain(asked, "invitation_code"),
        "plan_interest": _plain(asked, "plan_interest"),
        "pricing_table_key": _plain(asked, "pricing_table_key"),
        "supports_reauth": asked.is_true("supports_reauth"),
        "marketing": _marketing(asked),
    }


def _plain(asked: Asked, name: str) -> str | None:
    text = asked.get(name)
    if text is not None and (len(text) > _LONGEST[name] or not text.isprintable()):
        raise InvalidRequest(
            f"The {name} must be plain text of at most {_LONGEST[name]} characters.",
            reason="parameter_too_long",
        )
    return text


def _marketing(asked: Asked) -> dict[str, str]:
    """Return the tags; one that is no plain text is left out, one that is long is cut."""
    found = {name: asked.get(name) for name in sorted(MARKETING & asked.parameters.single.keys())}
    return {name: text[:LONGEST_TAG] for name, text in found.items() if text and text.isprintable()}
