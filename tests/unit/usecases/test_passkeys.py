"""Passkeys: what authenticators answer counts for this server, browser and moment (S25)."""

import asyncio
import json

import pytest

from claimsmith.domain.errors import AlreadyExists, InvalidInput, LimitReached, NotFound
from claimsmith.domain.passkeys import MOST_PER_USER, passkey_offered
from claimsmith.domain.policies import PasskeyPolicy
from claimsmith.usecases import passkeys
from claimsmith.usecases.messages import list_messages
from claimsmith.usecases.security_notices import Telling
from tests.support.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Authenticator,
    encoded,
)
from tests.support.people import make_user
from tests.support.platform import open_platform

ISSUER = "http://localhost:8000"


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path, issuer=ISSUER) as opened:
        yield opened


@pytest.fixture
def context(opened):
    return opened.context()


@pytest.fixture
async def ada(context):
    return await make_user(context, "ada@example.com")


async def register(context, user_id, authenticator, subject="flow", name="Laptop"):
    async with context.storing() as work:
        options = await passkeys.passkey_options(context, work, user_id, subject, user_name="ada@example.com")
        answer = authenticator.create(options)
        return await passkeys.add_passkey(context, work, user_id, subject, answer, name=name)


async def sign_in(context, authenticator, subject="flow", asked="flow"):
    answer = authenticator.get(passkeys.sign_in_options(context, asked))
    async with context.storing() as work:
        return await passkeys.sign_in_with_passkey(context, work, subject, answer)


async def test_options_ask_for_a_passkey_that_verifies_its_user(context, ada):
    options = passkeys.sign_in_options(context, "flow")
    assert options == {
        "challenge": options["challenge"],
        "timeout": 300_000,
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "required",
    }
    assert len(options["challenge"]) == 43
    async with context.storing() as work:
        made = await passkeys.passkey_options(context, work, ada, "flow", user_name="ada@example.com")
    assert made["rp"] == {"id": "localhost", "name": context.environment.name}
    assert made["user"]["id"] == encoded(ada.encode())
    assert made["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert made["challenge"] != options["challenge"]


async def test_challenges_differ_by_what_they_belong_to(context, ada):
    challenges = {
        passkeys.sign_in_options(context, subject)["challenge"] for subject in ("1|0", "1|1", "2|0")
    }
    assert len(challenges) == 3
    again = passkeys.sign_in_options(context, "1|0")["challenge"]
    assert again in challenges


@pytest.mark.parametrize(
    ("flags", "method"),
    [(PRESENT | VERIFIED, "hwk"), (PRESENT | VERIFIED | ELIGIBLE | BACKED_UP, "swk")],
)
async def test_a_registered_passkey_signs_its_user_in(opened, context, ada, flags, method):
    authenticator = Authenticator(ISSUER, flags=flags)
    made = await register(context, ada, authenticator)
    proof = await sign_in(context, authenticator)
    assert (proof.user_id, proof.method) == (ada, method)
    [kept] = await passkeys.list_passkeys(context, ada)
    assert (kept.name, kept.total_sign_ins, kept.last_signed_in_at) == ("Laptop", 1, opened.clock())
    assert (kept.id, kept.transports, kept.is_backed_up) == (made.id, ("internal",), method == "swk")


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost"},
        {"origin": "http://evil.localhost:8000"},
        {"rp_id": "evil.test"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"cross_origin": True},
    ],
)
async def test_wrong_origin_party_or_verification_is_refused_in_both_ceremonies(context, ada, wrong):
    with pytest.raises(InvalidInput, match="The passkey did not work"):
        await register(context, ada, Authenticator(**{"origin": ISSUER, **wrong}))
    assert await passkeys.list_passkeys(context, ada) == []
    authenticator = Authenticator(ISSUER)
    await register(context, ada, authenticator)
    for name, value in wrong.items():
        setattr(authenticator, name, value)
    with pytest.raises(InvalidInput, match="The passkey did not work"):
        await sign_in(context, authenticator)


async def test_a_challenge_of_another_sign_in_purpose_user_or_environment_is_refused(context, ada):
    authenticator = Authenticator(ISSUER)
    await register(context, ada, authenticator)
    with pytest.raises(InvalidInput):
        await sign_in(context, authenticator, subject="flow|1", asked="flow|0")
    eve = await make_user(context, "eve@example.com")
    async with context.storing() as work:
        options = await passkeys.passkey_options(context, work, ada, "flow", user_name="ada")
        answer = Authenticator(ISSUER).create(options)
        with pytest.raises(InvalidInput):
            await passkeys.add_passkey(context, work, eve, "flow", answer, name="Hers")
    answer = authenticator.get(
        {**passkeys.sign_in_options(context, "flow"), "challenge": options["challenge"]}
    )
    async with context.storing() as work:
        with pytest.raises(InvalidInput):
            await passkeys.sign_in_with_passkey(context, work, "flow", answer)


async def test_a_passkey_speaks_for_its_own_user_alone(context, ada):
    authenticator = Authenticator(ISSUER)
    await register(context, ada, authenticator)
    eve = await make_user(context, "eve@example.com")
    for handle in (encoded(eve.encode()), encoded(b"\xff"), "=", None):
        authenticator.user_handle = handle
        with pytest.raises(InvalidInput):
            await sign_in(context, authenticator)


async def test_another_key_for_the_same_credential_is_refused(context, ada):
    authenticator = Authenticator(ISSUER)
    await register(context, ada, authenticator)
    thief = Authenticator(
        ISSUER, credential_id=authenticator.credential_id, user_handle=authenticator.user_handle
    )
    with pytest.raises(InvalidInput):
        await sign_in(context, thief)


async def test_a_counter_that_goes_back_or_stays_is_refused(context, ada):
    authenticator = Authenticator(ISSUER, counter=5)
    await register(context, ada, authenticator)
    assert (await sign_in(context, authenticator)).user_id == ada
    authenticator.counter = 5
    with pytest.raises(InvalidInput):
        await sign_in(context, authenticator)
    authenticator.counter = 2
    with pytest.raises(InvalidInput):
        await sign_in(context, authenticator)


async def test_one_answer_presented_by_many_counts_once(context, ada):
    authenticator = Authenticator(ISSUER, counter=5)
    await register(context, ada, authenticator)
    answer = authenticator.get(passkeys.sign_in_options(context, "flow"))

    async def present():
        async with context.storing() as work:
            return await passkeys.sign_in_with_passkey(context, work, "flow", answer)

    outcomes = await asyncio.gather(*(present() for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(each, Exception) for each in outcomes) == 1


async def test_a_credential_belongs_to_one_user(context, ada):
    authenticator = Authenticator(ISSUER)
    await register(context, ada, authenticator)
    with pytest.raises(AlreadyExists):
        await register(context, ada, authenticator)
    eve = await make_user(context, "eve@example.com")
    with pytest.raises(AlreadyExists):
        await register(context, eve, authenticator)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 10_000,
        '{"id": 1}',
        '{"id": "x", "response": []}',
        '{"id": "x", "response": {"userHandle": "x"}}',
        '{"id": "\\ud800", "response": {}}',
        json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA"}}),
        "x" * 40_000,
    ],
)
async def test_rubbish_is_refused_like_any_other_answer(context, ada, answer):
    async with context.storing() as work:
        with pytest.raises(InvalidInput, match="The passkey did not work"):
            await passkeys.sign_in_with_passkey(context, work, "flow", answer)
        with pytest.raises(InvalidInput, match="The passkey did not work"):
            await passkeys.add_passkey(context, work, ada, "flow", answer, name="x")


async def test_passkeys_are_renamed_and_taken_away_by_their_user_alone(context, ada):
    made = await register(context, ada, Authenticator(ISSUER))
    eve = await make_user(context, "eve@example.com")
    async with context.storing() as work:
        for refused in (
            passkeys.rename_passkey(work, eve, made.id, "Mine"),
            passkeys.take_away(work, eve, made.id, Telling("Orders", ISSUER)),
        ):
            with pytest.raises(NotFound):
                await refused
        with pytest.raises(InvalidInput):
            await passkeys.rename_passkey(work, ada, made.id, " ")
        await passkeys.rename_passkey(work, ada, made.id, "Phone")
    assert [each.name for each in await passkeys.list_passkeys(context, ada)] == ["Phone"]
    assert await list_messages(context) == []
    await passkeys.remove_passkey(context, ada, made.id)
    assert await passkeys.list_passkeys(context, ada) == []
    [told] = await list_messages(context)
    assert (told.recipient, told.kind) == ("ada@example.com", "passkey_removed")
    assert told.text.startswith("The passkey “Phone” is none of your account at ")
    assert f"{ISSUER}/auth/security" in told.text


async def test_a_user_has_so_many_passkeys_at_the_most(context, ada):
    for number in range(MOST_PER_USER):
        await register(context, ada, Authenticator(ISSUER), name=f"Key {number}")
    with pytest.raises(LimitReached):
        await register(context, ada, Authenticator(ISSUER))


@pytest.mark.parametrize(
    ("issuer", "is_possible"),
    [
        ("https://id.example.com", True),
        ("https://id.example.com:8443/auth", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("https://192.0.2.1", False),
    ],
)
def test_browsers_know_passkeys_for_names_alone(issuer, is_possible):
    assert passkeys.are_passkeys_possible(issuer) is is_possible


@pytest.mark.parametrize(
    ("policy", "has_passkey", "is_declined", "methods", "is_offered"),
    [
        ("off", False, False, ("pwd",), False),
        ("optional", False, False, ("pwd",), True),
        ("optional", False, False, ("otp",), True),
        ("optional", False, True, ("pwd",), False),
        ("optional", True, False, ("pwd",), False),
        ("optional", False, False, ("hwk",), False),
        ("optional", False, False, (), False),
        ("mandatory", False, True, ("pwd",), True),
        ("mandatory", True, False, ("pwd",), False),
    ],
)
def test_a_passkey_is_offered_after_another_way_to_sign_in(
    policy, has_passkey, is_declined, methods, is_offered
):
    offered = passkey_offered(
        PasskeyPolicy(policy), has_passkey=has_passkey, is_declined=is_declined, methods=methods
    )
    assert offered is is_offered
