"""Second factors: set up by who has them in hand, good once, locked after a few wrong ones."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound
from claimsmith.domain.mfa import FactorType
from claimsmith.domain.organization_policies import OrganizationMfa
from claimsmith.usecases import factor_trials, mfa, mfa_codes, organization_policies, recovery_codes
from claimsmith.usecases.applications import change_application, create_application
from claimsmith.usecases.factor_trials import FactorVerdict
from claimsmith.usecases.messages import list_messages
from claimsmith.usecases.policies import change_policy
from claimsmith.usecases.security_notices import Telling
from tests.support.people import make_organization, make_role, make_user
from tests.support.platform import open_platform

GOOD, WRONG = FactorVerdict("good"), FactorVerdict("wrong")


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
def context(opened):
    return opened.context()


@pytest.fixture
async def ada(context):
    return await make_user(context, "ada@example.com")


@pytest.fixture
async def app(opened, context, ada):
    """Return the authenticator app of a user who has set it up, with a code that was not used yet."""
    app = pyotp.TOTP(set_up(context, ada).secret.reveal())
    assert await mfa.confirm_totp(context, ada, "flow", app.at(opened.clock())) == GOOD
    opened.clock.move(60)
    return app


def set_up(context, user_id, subject="flow"):
    return mfa.totp_set_up(context, user_id, subject, account="ada@example.com", issuer="Orders: prod")


async def factors(context, user_id):
    async with context.reading() as work:
        return await mfa.factors_of(work, user_id)


async def test_a_set_up_shows_the_same_again_and_to_others_another(context, ada):
    shown = set_up(context, ada)
    uri = urlsplit(shown.uri.reveal())
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Orders%20%20prod:ada%40example.com")
    assert parse_qs(uri.query) == {"secret": [shown.secret.reveal()], "issuer": ["Orders  prod"]}
    assert len(shown.secret.reveal()) == 32
    assert set_up(context, ada).secret.reveal() == shown.secret.reveal()
    others = {set_up(context, ada, "other").secret.reveal(), set_up(context, "kp_eve").secret.reveal()}
    assert len(others | {shown.secret.reveal()}) == 3
    assert shown.secret.reveal() not in repr(shown)


async def test_an_app_is_had_once_a_code_of_it_was_right(opened, context, ada):
    app = pyotp.TOTP(set_up(context, ada).secret.reveal())
    assert await mfa.confirm_totp(context, ada, "flow", "000000") == WRONG
    assert await mfa.confirm_totp(context, ada, "other", app.at(opened.clock())) == WRONG
    assert (await factors(context, ada)).factors == ()
    assert await mfa.confirm_totp(context, ada, "flow", app.at(opened.clock())) == GOOD
    [factor] = (await factors(context, ada)).factors
    assert (factor.type, factor.name, factor.total_uses) == (FactorType.AUTHENTICATOR_APP, None, 0)
    assert factor.id.startswith("mfa_")


async def test_an_app_is_not_replaced_by_another_set_up(opened, context, ada, app):
    other = pyotp.TOTP(set_up(context, ada, "other").secret.reveal())
    with pytest.raises(AlreadyExists):
        await mfa.confirm_totp(context, ada, "other", other.at(opened.clock()))
    assert await mfa.verify_totp(context, ada, app.at(opened.clock())) == GOOD


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(-61, WRONG), (-30, GOOD), (0, GOOD), (30, GOOD), (61, WRONG)]
)
async def test_codes_beside_the_present_one_are_good_and_others_are_not(
    opened, context, ada, app, seconds, verdict
):
    opened.clock.move(600)
    at = int(opened.clock().timestamp()) // 30 * 30
    opened.clock.move(at + 15 - opened.clock().timestamp())
    assert await mfa.verify_totp(context, ada, app.at(int(opened.clock().timestamp()) + seconds)) == verdict


@pytest.mark.parametrize("spell", ["{} ", "{:.3} {:.0}", "x{}", "０{}", "", "-1", "+12345", "1e5", "\ud800"])
async def test_what_is_typed_is_six_digits_with_spaces_at_the_most(opened, context, ada, app, spell):
    code = app.at(opened.clock())
    typed = f"{code[:3]} {code[3:]}" if ":" in spell else spell.format(code)
    expected = GOOD if spell in ("{} ", "{:.3} {:.0}") else WRONG
    assert await mfa.verify_totp(context, ada, typed) == expected


async def test_a_code_is_good_once_and_an_older_one_no_more_after_it(opened, context, ada, app):
    code, older = app.at(opened.clock()), app.at(int(opened.clock().timestamp()) - 30)
    outcomes = await asyncio.gather(*(mfa.verify_totp(context, ada, code) for _ in range(4)))
    assert sorted(each.outcome for each in outcomes) == ["good", "wrong", "wrong", "wrong"]
    assert await mfa.verify_totp(context, ada, older) == WRONG
    opened.clock.move(30)
    assert await mfa.verify_totp(context, ada, app.at(opened.clock())) == GOOD
    [factor] = (await factors(context, ada)).factors
    assert (factor.total_uses, factor.last_used_at) == (2, opened.clock())


async def test_the_code_that_confirmed_an_app_is_spent(opened, context, ada):
    app = pyotp.TOTP(set_up(context, ada).secret.reveal())
    code = app.at(opened.clock())
    assert await mfa.confirm_totp(context, ada, "flow", code) == GOOD
    assert await mfa.verify_totp(context, ada, code) == WRONG


async def test_wrong_codes_of_all_kinds_are_counted_together_and_lock(opened, context, ada, app):
    for _ in range(2):
        assert await mfa.verify_totp(context, ada, "000000") == WRONG
        assert await recovery_codes.verify_recovery_code(context, ada, "AAAAA-AAAAA") == WRONG
    assert await mfa_codes.verify_factor_code(context, ada, "flow", "000000") == WRONG
    locked = FactorVerdict("locked", 300)
    assert await mfa.verify_totp(context, ada, app.at(opened.clock())) == locked
    assert await recovery_codes.verify_recovery_code(context, ada, "AAAAA-AAAAA") == locked
    opened.clock.move(301)
    assert await mfa.verify_totp(context, ada, app.at(opened.clock())) == GOOD
    assert await mfa.verify_totp(context, ada, "000000") == WRONG


async def test_many_at_once_have_no_more_tries_than_one_after_another(opened, context, ada, app):
    await change_policy(context, "protection", {"attempts_before_lockout": 3, "lockout_seconds": 60})
    tries = await asyncio.gather(*(mfa.verify_totp(context, ada, "000000") for _ in range(12)))
    assert sorted(each.outcome for each in tries) == ["locked"] * 9 + ["wrong"] * 3


async def test_slow_guessing_ends(monkeypatch, opened, context, ada, app):
    monkeypatch.setattr(factor_trials, "MOST_IN_ALL", 6)
    for _ in range(6):
        assert await mfa.verify_totp(context, ada, "000000") == WRONG
        opened.clock.move(301)
    locked = await mfa.verify_totp(context, ada, app.at(opened.clock()))
    assert locked.outcome == "locked"
    assert locked.retry_after_seconds > 29 * 86_400
    await mfa.reset_factors(context, ada)
    assert await recovery_codes.verify_recovery_code(context, ada, "") == WRONG


async def test_the_seed_is_sealed_for_its_user(opened, context, ada, app):
    async with context.reading() as work:
        kept = await work.second_factors.find(ada)
    sealer = opened.platform.sealer
    opened_seed = sealer.open(
        kept.sealed_secret, context=f"{context.environment.id}|totp_factors|secret|{ada}"
    )
    assert pyotp.TOTP(app.secret).byte_secret() == opened_seed
    with pytest.raises(ValueError):
        sealer.open(kept.sealed_secret, context=f"{context.environment.id}|totp_factors|secret|kp_eve")


async def test_recovery_codes_are_good_once_however_they_are_typed(context, ada):
    async with context.storing() as work:
        codes = [each.reveal() for each in await recovery_codes.make_recovery_codes(work, context, ada)]
    assert len(set(codes)) == 10
    typed = codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    outcomes = await asyncio.gather(
        *(recovery_codes.verify_recovery_code(context, ada, typed) for _ in range(4))
    )
    assert sorted(each.outcome for each in outcomes) == ["good", "wrong", "wrong", "wrong"]
    assert (await factors(context, ada)).recovery_codes_left == 9
    eve = await make_user(context, "eve@example.com")
    assert await recovery_codes.verify_recovery_code(context, eve, codes[1]) == WRONG
    async with context.storing() as work:
        await recovery_codes.make_recovery_codes(work, context, ada)
    assert await recovery_codes.verify_recovery_code(context, ada, codes[1]) == WRONG
    assert (await factors(context, ada)).recovery_codes_left == 10


async def sent_code(context, user_id, subject="flow"):
    context.platform.now.move(1)
    address = await mfa_codes.send_factor_code(
        context, user_id, subject, language="en", sender="Orders", lifetime_seconds=600
    )
    message = (await list_messages(context))[0]
    assert message.recipient == address
    return message.subject.partition(" ")[0]


async def test_codes_by_mail_are_a_factor_once_one_was_right(context, ada):
    code = await sent_code(context, ada)
    assert await mfa_codes.verify_factor_code(context, ada, "flow", code) == WRONG
    code = await sent_code(context, ada)
    assert await mfa_codes.confirm_factor_code(context, ada, "other", code) == WRONG
    assert await mfa_codes.confirm_factor_code(context, ada, "flow", code) == GOOD
    [factor] = (await factors(context, ada)).factors
    assert (factor.type, factor.name) == (FactorType.EMAIL, "ada@example.com")
    code = await sent_code(context, ada)
    assert await mfa_codes.verify_factor_code(context, ada, "flow", code) == GOOD
    assert await mfa_codes.verify_factor_code(context, ada, "flow", code) == WRONG
    [factor] = (await factors(context, ada)).factors
    assert factor.total_uses == 1


async def test_a_factor_by_mail_goes_with_its_address(context, ada):
    assert await mfa_codes.confirm_factor_code(context, ada, "flow", await sent_code(context, ada)) == GOOD
    async with context.storing() as work:
        [identity] = await work.users.identities_of(ada)
        await work.users.remove_identity(identity.id)
    assert (await factors(context, ada)).factors == ()
    with pytest.raises(NotFound, match="no confirmed email address"):
        await sent_code(context, ada)


async def test_a_factor_is_removed_and_with_the_last_one_the_recovery_codes(context, ada, app):
    assert await mfa_codes.confirm_factor_code(context, ada, "flow", await sent_code(context, ada)) == GOOD
    async with context.storing() as work:
        await recovery_codes.make_recovery_codes(work, context, ada)
    with pytest.raises(NotFound):
        await mfa.remove_factor(context, ada, "mfa_unknown")
    first, second = (await factors(context, ada)).factors
    await mfa.remove_factor(context, ada, first.id)
    assert (await factors(context, ada)).recovery_codes_left == 10
    await mfa.remove_factor(context, ada, second.id)
    left = await factors(context, ada)
    assert (left.factors, left.recovery_codes_left) == ((), 0)


async def test_an_organization_has_factors_of_its_own_and_may_ask_for_one(context):
    code = await make_organization(context)
    await change_policy(context, "mfa", {"policy": "optional"})
    await organization_policies.change_organization_mfa(
        context, code, enabled_factors=["mfa:email"], is_recovery_codes_enabled=False
    )
    async with context.reading() as work:
        environment = await work.policies.all()
        policy = await mfa.mfa_policy(work, environment, await work.organizations.find(code))
        assert await mfa.mfa_policy(work, environment, None) == environment.mfa
    assert (policy.policy, policy.enabled_factors) == ("optional", ("mfa:email",))
    assert not policy.is_recovery_codes_enabled


async def test_exempt_roles_are_known_ones_and_stay_until_given_anew(context):
    code = await make_organization(context)
    role = await make_role(context, "support")
    with pytest.raises(InvalidInput, match=r"exempt_role_ids\[0\] is .*, which is no role"):
        await organization_policies.change_organization_mfa(context, code, exempt_role_ids=["role_unknown"])
    change = organization_policies.change_organization_mfa
    made = await change(context, code, exempt_role_ids=[role.id, role.id])
    assert made == OrganizationMfa(("mfa:authenticator_app",), True, (role.id,))
    assert (await change(context, code, enabled_factors=["mfa:email"])).exempt_role_ids == (role.id,)
    assert (await change(context, code, exempt_role_ids=[])).exempt_role_ids == ()


async def told(context):
    """Return what was sent to people, the newest first, without codes."""
    return [
        (each.recipient, each.kind, each.language, each.subject)
        for each in await list_messages(context)
        if not each.kind.startswith("code_")
    ]


async def test_whoever_gets_or_loses_a_factor_is_told(opened, context, ada):
    telling = Telling("Orders", context.environment.issuer, "de")
    app = pyotp.TOTP(set_up(context, ada).secret.reveal())
    assert await mfa.confirm_totp(context, ada, "flow", "000000", telling=telling) == WRONG
    assert await told(context) == []
    code = app.at(opened.clock())
    assert await mfa.confirm_totp(context, ada, "flow", code, telling=telling) == GOOD
    added = ("ada@example.com", "factor_added", "de", "Eine Authenticator-App wurde eingerichtet")
    assert await told(context) == [added]
    opened.clock.move(1)
    [factor] = (await factors(context, ada)).factors
    with pytest.raises(NotFound):
        await mfa.remove_factor(context, ada, "mfa_unknown")
    await mfa.remove_factor(context, ada, factor.id)
    removed = ("ada@example.com", "factor_removed", "en", "An authenticator app was removed")
    assert await told(context) == [removed, added]


async def test_a_reset_tells_whoever_had_something_to_reset(opened, context, ada, app):
    eve = await make_user(context, "eve@example.com")
    await mfa.reset_factors(context, eve)
    assert await told(context) == []
    await mfa.reset_factors(context, ada)
    assert await told(context) == [
        ("ada@example.com", "factors_reset", "en", "Your second factors were reset")
    ]


async def test_administration_speaks_the_language_of_invitations(opened, context, ada, app):
    site = await create_application(context, name="Laden", type="spa")
    changes = {"language_key": "de", "login_uri": "https://laden.test/login"}
    await change_application(context, site.application.id, changes)
    await change_policy(context, "access", {"invite_application_id": site.application.id})
    await mfa.reset_factors(context, ada)
    assert [each[1:3] for each in await told(context)] == [("factors_reset", "de")]
