"""Offer passkeys, take them, and sign people in with them.

A challenge is not stored: it is a MAC of what it belongs to, made again when the answer comes. `subject`
names that, and must change with every answer, as the version of a sign-in does: then a challenge is good
once, in one browser.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog

from claimsmith.crypto.passkeys import (
    PasskeyRefused,
    RelyingParty,
    authentication_options,
    read_assertion,
    registration_options,
    verify_assertion,
    verify_registration,
)
from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import AlreadyExists, InvalidInput, LimitReached, NotFound
from claimsmith.domain.keys_and_names import check_name
from claimsmith.domain.organizations import Organization
from claimsmith.domain.passkeys import LONGEST_NAME, MOST_PER_USER, Passkey
from claimsmith.domain.policies import EnvironmentPolicies, PasskeyPolicy
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.security_notices import Telling, administration_telling, tell
from claimsmith.usecases.users import find_user

SIGN_IN = "passkey sign-in"
REGISTRATION = "passkey registration"

log = structlog.get_logger("claimsmith.passkeys")


@dataclass(frozen=True, slots=True)
class PasskeyProof:
    """Hold who was proved, and by which `amr` value: `swk` for a synchronized key, else `hwk`."""

    user_id: str
    method: str


def are_passkeys_possible(issuer: str) -> bool:
    """Tell whether browsers offer passkeys at an issuer: over https by name, or on `localhost`."""
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return parts.scheme == "https" or host == "localhost"
    return False


async def passkey_policy(
    work: Work, environment: EnvironmentPolicies, organization: Organization | None
) -> PasskeyPolicy:
    """Return the policy that counts for whoever signs in to an organization, or to none."""
    if organization is None:
        return environment.passkeys
    return (await work.organization_policies.find(organization.code)).passkeys_over(environment)


def sign_in_options(context: Context, subject: str) -> dict[str, Any]:
    """Return what the browser needs to ask for a passkey, as JSON."""
    return authentication_options(_party(context), _challenge(context, SIGN_IN, subject))


async def sign_in_with_passkey(context: Context, work: Work, subject: str, answer: str) -> PasskeyProof:
    """Return who answered. Whether that user may come in is not decided here.

    Raises `InvalidInput`, which says no more than that it failed.
    """
    try:
        assertion = read_assertion(answer)
        passkey = await work.passkeys.find_by_credential(assertion.credential_id)
        if passkey is None or assertion.user_handle != passkey.user_id:
            raise PasskeyRefused("the credential is unknown, or another user's")
        proof = verify_assertion(
            _party(context),
            _challenge(context, SIGN_IN, subject),
            assertion,
            public_key=passkey.public_key,
            sign_count=passkey.sign_count,
        )
    except PasskeyRefused as refused:
        raise _refused(refused) from None
    is_first = await work.passkeys.use(
        passkey, sign_count=proof.sign_count, is_backed_up=proof.is_backed_up, now=work.now
    )
    if not is_first:
        raise _refused(PasskeyRefused("the counter was counted by another sign-in"))
    return PasskeyProof(passkey.user_id, "swk" if proof.is_synchronized else "hwk")


async def passkey_options(
    context: Context, work: Work, user_id: str, subject: str, *, user_name: str
) -> dict[str, Any]:
    """Return what the browser needs to make a passkey for a user, as JSON."""
    return registration_options(
        _party(context),
        _challenge(context, REGISTRATION, f"{user_id}|{subject}"),
        user_id=user_id,
        user_name=user_name,
        known=[each.credential_id for each in await work.passkeys.of_user(user_id)],
    )


async def add_passkey(
    context: Context, work: Work, user_id: str, subject: str, answer: str, *, name: str
) -> Passkey:
    """Give a user the passkey that a browser made.

    Raises `InvalidInput`, `AlreadyExists` for one that is known, `LimitReached`.
    """
    called = check_name(name, "name", LONGEST_NAME)
    challenge = _challenge(context, REGISTRATION, f"{user_id}|{subject}")
    try:
        made = verify_registration(_party(context), challenge, answer)
    except PasskeyRefused as refused:
        raise _refused(refused) from None
    if len(await work.passkeys.of_user(user_id)) >= MOST_PER_USER:
        raise LimitReached(f"A user has {MOST_PER_USER} passkeys at the most. Delete one first.")
    passkey = Passkey(
        id=f"psk_{random_hex(32)}",
        user_id=user_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        name=called,
        sign_count=made.sign_count,
        transports=made.transports,
        is_backed_up=made.is_backed_up,
        created_at=work.now,
    )
    if not await work.passkeys.add(passkey):
        raise AlreadyExists("This passkey is known already.", code="PASSKEY_ALREADY_EXISTS")
    return passkey


async def list_passkeys(context: Context, user_id: str) -> Sequence[Passkey]:
    """Return the passkeys of a user, the oldest first. Raises `NotFound`."""
    async with context.reading() as work:
        await find_user(work, user_id)
        return await work.passkeys.of_user(user_id)


async def rename_passkey(work: Work, user_id: str, passkey_id: str, name: str) -> None:
    """Call a passkey of a user otherwise. Raises `NotFound`, `InvalidInput`."""
    passkey = await _find(work, user_id, passkey_id)
    await work.passkeys.rename(passkey.id, check_name(name, "name", LONGEST_NAME))


async def take_away(work: Work, user_id: str, passkey_id: str, telling: Telling) -> None:
    """Delete a passkey of a user inside a transaction, and tell the user. Raises `NotFound`."""
    passkey = await _find(work, user_id, passkey_id)
    await work.passkeys.remove(passkey.id)
    await tell(work, user_id, "passkey_removed", telling, {"name": passkey.name})


async def remove_passkey(context: Context, user_id: str, passkey_id: str) -> None:
    """Delete a passkey of a user, as administration. Raises `NotFound`."""
    async with context.changing() as work:
        await find_user(work, user_id)
        telling = await administration_telling(work, context.environment)
        await take_away(work, user_id, passkey_id, telling)
        work.record("user", user_id, "changed")


async def _find(work: Work, user_id: str, passkey_id: str) -> Passkey:
    passkey = await work.passkeys.find(passkey_id)
    if passkey is None or passkey.user_id != user_id:
        raise NotFound(f"The user {user_id!r} has no passkey {passkey_id!r}.", code="PASSKEY_NOT_FOUND")
    return passkey


def _party(context: Context) -> RelyingParty:
    """Return who asks: the host of the issuer, and its pages by scheme, host and port."""
    parts = urlsplit(context.environment.issuer)
    return RelyingParty(
        id=parts.hostname or "",
        name=context.environment.name,
        origin=f"{parts.scheme}://{parts.netloc}".lower(),
    )


def _challenge(context: Context, purpose: str, subject: str) -> bytes:
    return context.platform.macs.of(purpose, context.environment.id, subject.encode())


def _refused(refused: PasskeyRefused) -> InvalidInput:
    log.info("passkey_refused", detail=repr(str(refused))[:200])
    return InvalidInput(
        "The passkey did not work. Try again, or sign in another way.",
        field="passkey",
        code="PASSKEY_NOT_VERIFIED",
    )
