"""Say what application, organization and user are known by: their public properties."""

from collections.abc import Iterable, Mapping
from typing import Any

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.properties import Property, PropertyContext

NAME = "properties"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `application_properties`, `organization_properties` and `user_properties`.

    Each is `{key: {"v": value}}`. An empty value becomes `{}`. A property of the application that was never
    set is left out. M2M tokens carry no `user_properties`; `organization_properties` need an organization
    that the token acts for.
    """
    if not context.explains and not context.profile.properties:
        return
    known = context.client.environment.properties
    for key in context.profile.properties:
        if key not in known:
            yield Omission(
                f"properties.{key}",
                "The token profile names a property that no longer exists.",
                f"Create the property {key} again, or take it out of the token profile.",
            )
    yield from _not_about(context)
    for kind in _contexts(context):
        chosen = [known[key] for key in context.profile.properties if key in known]
        yield from _one_claim(context, kind, [item for item in chosen if item.context is kind])
        for item in known.values() if context.explains else ():
            if item.context is kind and item.key not in context.profile.properties:
                yield _not_chosen(item)


def _not_chosen(item: Property) -> Omission:
    name = f"{item.context.claim_name}.{item.key}"
    if item.is_private:
        fix = f"Make the property {item.key} public, then add it to properties in the token profile."
        return Omission(name, "The property is private.", fix)
    fix = f"Add {item.key} to properties in the token profile."
    return Omission(name, "The token profile does not choose this property.", fix)


def _not_about(context: TokenContext) -> Iterable[Omission]:
    """Say which claims of this source a token of this kind cannot have."""
    if context.subject is None:
        yield Omission(
            PropertyContext.USER.claim_name,
            "An M2M token is about no user.",
            "Choose properties of users for access or ID tokens, which are about one.",
        )
    if context.organization is None:
        yield Omission(PropertyContext.ORGANIZATION.claim_name, *context.no_organization)


def _contexts(context: TokenContext) -> tuple[PropertyContext, ...]:
    found = [PropertyContext.APPLICATION]
    if context.organization is not None:
        found.append(PropertyContext.ORGANIZATION)
    if context.subject is not None:
        found.append(PropertyContext.USER)
    return tuple(found)


def _one_claim(
    context: TokenContext, kind: PropertyContext, chosen: list[Property]
) -> Iterable[Contribution]:
    if not chosen:
        yield Omission(
            kind.claim_name,
            "The token profile chooses no property of this kind.",
            "Add its key to properties in the token profile; POST /api/v1/properties makes one.",
        )
        return
    values = _values(context, kind)
    members: dict[str, Any] = {}
    for item in sorted(chosen, key=lambda each: each.key):
        name = f"{kind.claim_name}.{item.key}"
        if item.is_private:
            yield Omission(name, "The property is private.", f"Make the property {item.key} public.")
        elif kind is PropertyContext.APPLICATION and item.key not in values:
            yield Omission(
                name,
                "The property has no value on this application.",
                f"Set one: PUT /api/v1/applications/{context.client.application.id}/properties/{item.key}.",
            )
        else:
            value = values.get(item.key, "")
            members[item.key] = {} if value == "" else {"v": value}
    if members:
        owner = _owner(context, kind)
        yield Claim(kind.claim_name, members, "The token profile chooses these properties.", owner)


def _owner(context: TokenContext, kind: PropertyContext) -> str:
    if kind is PropertyContext.ORGANIZATION and context.organization is not None:
        return context.organization.code
    if kind is PropertyContext.USER and context.subject is not None:
        return context.subject.user.id
    return context.client.application.id


def _values(context: TokenContext, kind: PropertyContext) -> Mapping[str, str | bool]:
    if kind is PropertyContext.ORGANIZATION:
        return context.organization_values
    if kind is PropertyContext.USER and context.subject is not None:
        return context.subject.user_values
    return context.client.application_values
