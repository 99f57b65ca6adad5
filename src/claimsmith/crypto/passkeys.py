"""Make the options of WebAuthn ceremonies and verify what authenticators answer.

User verification is asked for and required in both: a passkey is the only proof of whoever uses it, so the
authenticator must have seen more than that somebody is there (WebAuthn Level 3 §7.1, §7.2).

The library is imported when a ceremony begins: it takes 8 MB that a server of machines need not spend.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from claimsmith.crypto.strict_base64url import decode

TIMEOUT_MILLISECONDS = 300_000
MOST_ANSWER_CHARACTERS = 32_768
LONGEST_CREDENTIAL_ID = 1_023
TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})


class PasskeyRefused(ValueError):
    """Say that an answer proves nothing. The message is for the log; people are told only that it failed."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Hold who asks: `id` is a host name, `origin` the scheme, host and port of the pages."""

    id: str
    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewCredential:
    """Hold what a registration came to. `credential_id` is base64url."""

    credential_id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    is_backed_up: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """Hold what an answer says of itself before it is verified: nothing of it is proved."""

    credential_id: str
    user_handle: str | None
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """Hold what a verified answer came to. `is_synchronized` says that the key may be in several devices."""

    sign_count: int
    is_backed_up: bool
    is_synchronized: bool


def registration_options(
    party: RelyingParty,
    challenge: bytes,
    *,
    user_id: str,
    user_name: str,
    known: Sequence[str],
) -> dict[str, Any]:
    """Return what `navigator.credentials.create` takes, as JSON; `known` are credentials the user has."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user_id.encode(),
        user_name=user_name,
        user_display_name=user_name,
        challenge=challenge,
        timeout=TIMEOUT_MILLISECONDS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=decode(each)) for each in known],
    )
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made


def authentication_options(party: RelyingParty, challenge: bytes) -> dict[str, Any]:
    """Return what `navigator.credentials.get` takes, as JSON.

    No credential is named: the authenticator knows whose keys it holds, and nobody learns from us who has
    one.
    """
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MILLISECONDS,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made


def verify_registration(party: RelyingParty, challenge: bytes, text: str) -> NewCredential:
    """Return the credential that an authenticator made. Raises `PasskeyRefused`."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url

    answer = _read(text)
    _refuse_frames(answer)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:  # the answer is a stranger's, and its parsers raise what they like
        raise PasskeyRefused(f"{type(error).__name__}: {error}") from None
    if not 16 <= len(made.credential_id) <= LONGEST_CREDENTIAL_ID:
        raise PasskeyRefused("the credential id is too short or too long")
    return NewCredential(
        bytes_to_base64url(made.credential_id),
        made.credential_public_key,
        made.sign_count,
        _transports(answer),
        made.credential_backed_up,
    )


def read_assertion(text: str) -> Assertion:
    """Return which credential an answer speaks of, unverified. Raises `PasskeyRefused`."""
    answer = _read(text)
    response = answer.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    credential_id = answer.get("id")
    if not isinstance(credential_id, str):
        raise PasskeyRefused("the answer names no credential")
    try:
        decode(credential_id)
        user_handle = decode(handle).decode() if isinstance(handle, str) and handle else None
    except ValueError:
        raise PasskeyRefused("the credential or the user handle is none of ours") from None
    return Assertion(credential_id, user_handle, answer)


def verify_assertion(
    party: RelyingParty, challenge: bytes, assertion: Assertion, *, public_key: bytes, sign_count: int
) -> Proof:
    """Return what an authenticator proved. Raises `PasskeyRefused`, also when its counter went back."""
    import webauthn
    from webauthn.helpers.structs import CredentialDeviceType

    _refuse_frames(assertion.answer)
    try:
        proved = webauthn.verify_authentication_response(
            credential=assertion.answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # the answer is a stranger's, and its parsers raise what they like
        raise PasskeyRefused(f"{type(error).__name__}: {error}") from None
    return Proof(
        proved.new_sign_count,
        proved.credential_backed_up,
        proved.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def _read(text: str) -> dict[str, Any]:
    if len(text) > MOST_ANSWER_CHARACTERS:
        raise PasskeyRefused("the answer is too long")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        raise PasskeyRefused("the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise PasskeyRefused("the answer is no object")
    return answer


def _refuse_frames(answer: dict[str, Any]) -> None:
    """Refuse what was answered inside another site's page: ours are never framed."""
    from webauthn.helpers import parse_client_data_json

    try:
        client_data = parse_client_data_json(decode(answer["response"]["clientDataJSON"]))
    except Exception as error:  # as above
        raise PasskeyRefused(f"{type(error).__name__}: {error}") from None
    if client_data.cross_origin:
        raise PasskeyRefused("the answer was given inside a page of another origin")


def _transports(answer: dict[str, Any]) -> tuple[str, ...]:
    given = answer["response"].get("transports")
    listed = given if isinstance(given, list) else []
    return tuple(sorted({each for each in listed if isinstance(each, str)} & TRANSPORTS))
