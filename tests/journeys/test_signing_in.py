"""People sign up and in through the pages, without scripts, and come back to the application with a code."""

import asyncio

import pytest

from claimsmith.domain.users import IdentityType
from claimsmith.usecases import (
    application_access,
    applications,
    invitations,
    memberships,
    organizations,
    passwords,
    policies,
    roles,
    users,
)
from claimsmith.usecases.identities import NewIdentity
from claimsmith.usecases.invitations import NewInvitation
from claimsmith.usecases.properties import MARKETING_CONSENT, values_of_user
from claimsmith.usecases.sso_sessions import list_sessions
from tests.support.platform import open_platform
from tests.support.rows import put
from tests.support.sign_in import (
    OWN_PAGE,
    PASSWORD,
    Browser,
    codes_sent,
    make_application,
    offer,
    sign_up,
)

ADA = "ada@example.com"
NEW_PASSWORD = "seven lanterns drift downstream"
NAMES = {"p_first_name": "Ada", "p_last_name": "Byron"}


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
async def application(opened):
    return await make_application(opened)


async def user_of(opened, email):
    page = await users.list_users(opened.context(), identities={IdentityType.EMAIL: [email]})
    return page.items[0] if page.items else None


async def new_organization(opened, name, user_id=None, **members):
    context = opened.context()
    made = await organizations.create_organization(context, name=name, members=members, feature_flags={})
    if user_id:
        async with context.storing() as work:
            await memberships.join(work, user_id, made.code)
    return made


async def with_password(browser, application, email=ADA, password=PASSWORD, **parameters):
    page = await browser.send(await browser.begin(application, **parameters), p_email=email)
    return await browser.send(page, p_password=password)


async def signed_up(tmp_path, url=None):
    async with open_platform(tmp_path, database_url=url) as opened:
        page = await sign_up(Browser(opened), await make_application(opened), ADA, utm_source="leaflet")
        assert page.callback.keys() == {"code", "scope", "state", "iss"}
        found = await user_of(opened, ADA)
        assert (found.user.full_name, found.identities[0].is_verified) == ("Ada Byron", True)
        assert len(found.organization_codes) == 1
        assert found.user.total_sign_ins == 1


async def test_somebody_new_signs_up_with_a_password(tmp_path):
    await signed_up(tmp_path)


async def test_somebody_new_signs_up_on_postgresql(tmp_path, unmade_postgres_url):
    await signed_up(tmp_path, unmade_postgres_url)


async def test_somebody_known_signs_in_with_the_password(opened, application):
    await sign_up(Browser(opened), application, ADA)
    browser = Browser(opened)
    page = await browser.begin(application)
    assert page.step == "sign-in"
    page = await browser.send(page, p_email="ADA@example.com ")
    assert page.step == "password"
    page = await browser.send(page, p_password="wrong password of somebody")
    assert (page.status, page.step) == (400, "password")
    page = await browser.send(page, p_password=PASSWORD)
    assert "code" in page.callback
    again = await browser.begin(application)
    assert "code" in again.callback


async def test_the_session_gets_another_token_at_each_sign_in(opened, application):
    browser = Browser(opened)
    await sign_up(browser, application, ADA)
    before = dict(browser.http.cookies)
    await with_password(browser, application, prompt="login")
    after = dict(browser.http.cookies)
    changed = [name for name in before if before[name] != after[name]]
    assert [name for name in changed if "sso" in name] == changed != []
    old = Browser(opened)
    for name, value in before.items():
        old.http.cookies.set(name, value, domain="127.0.0.1")
    assert (await old.begin(application)).step == "sign-in"


@pytest.mark.parametrize("outlives", [True, False])
async def test_an_application_says_whether_its_sessions_outlive_the_browser(opened, outlives):
    application = await make_application(opened, is_session_persistent=outlives)
    await sign_up(Browser(opened), application, ADA)
    page = await with_password(Browser(opened), application)
    (cookie,) = [each for each in page.response.headers.get_list("set-cookie") if "sso" in each]
    assert (f"Max-Age={30 * 86_400};" in cookie) is outlives
    assert ("Max-Age" in cookie or "expires" in cookie.lower()) is outlives


async def test_signing_up_with_a_known_address_leads_into_its_account(opened, application):
    await sign_up(Browser(opened), application, ADA)
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application, prompt="create"), p_email=ADA, **NAMES)
    opened.clock.move(1)
    page = await browser.send(page, "resend")
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert "code" in page.callback


async def test_a_forgotten_password_is_replaced_and_ends_what_it_had_opened(opened, application):
    first = Browser(opened)
    await sign_up(first, application, ADA)
    opened.clock.move(1)
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application), p_email=ADA)
    page = await browser.send(await browser.click(page, "forgot-link"), p_email=ADA)
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert page.step == "set-password"
    wrong = await browser.send(page, p_first_password=NEW_PASSWORD, p_second_password="another")
    assert (wrong.status, wrong.step) == (400, "set-password")
    page = await browser.send(page, p_first_password=NEW_PASSWORD, p_second_password=NEW_PASSWORD)
    assert "code" in page.callback
    found = await user_of(opened, ADA)
    listed = await list_sessions(opened.context(), found.user.id)
    assert len(listed.sessions) == 1
    assert (await first.begin(application)).step == "sign-in"
    assert (await with_password(Browser(opened), application)).status == 400
    assert "code" in (await with_password(Browser(opened), application, password=NEW_PASSWORD)).callback


async def test_a_temporary_password_is_good_for_choosing_another(opened, application):
    await sign_up(Browser(opened), application, ADA)
    found = await user_of(opened, ADA)
    await passwords.give_password(opened.context(), found.user.id, "temporary words here", is_temporary=True)
    browser = Browser(opened)
    page = await with_password(browser, application, password="temporary words here")
    assert page.step == "set-password"
    page = await browser.send(page, p_first_password=NEW_PASSWORD, p_second_password=NEW_PASSWORD)
    assert "code" in page.callback


async def test_people_sign_in_and_up_by_code_where_the_application_offers_that(opened, application):
    await offer(opened, application, "email:otp")
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application), p_email=ADA)
    assert page.step == "verify"
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert page.step == "sign-up"
    page = await browser.send(page, **NAMES)
    assert "code" in page.callback
    opened.clock.move(1)
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application), p_email=ADA)
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert "code" in page.callback


async def test_a_username_has_an_address_behind_it(opened, application):
    await offer(opened, application, "username:password")
    browser = Browser(opened)
    page = await browser.begin(application, prompt="create")
    page = await browser.send(page, p_email=ADA, p_username="Countess", **NAMES)
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    page = await browser.send(page, p_first_password=PASSWORD, p_second_password=PASSWORD)
    assert "code" in page.callback
    assert "code" in (await with_password(Browser(opened), application, "countess")).callback


async def test_a_username_that_somebody_took_meanwhile_is_refused_beside_its_field(opened, application):
    await offer(opened, application, "username:password")
    context, browser = opened.context(), Browser(opened)
    page = await browser.begin(application, prompt="create")
    page = await browser.send(page, p_email=ADA, p_username="Countess", **NAMES)
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    await users.create_user(context, identities=[NewIdentity(IdentityType.USERNAME, "countess")])
    both = {"p_first_password": PASSWORD, "p_second_password": PASSWORD}
    page = await browser.send(page, **both)
    assert (page.status, page.step) == (200, "sign-up")
    assert "p_username-wrong" in page.parsed.ids
    assert page.form("continue")["fields"]["p_username"] == "Countess"
    assert len((await users.list_users(context)).items) == 1
    page = await browser.send(page, p_username="Ada")
    assert page.step == "set-password"
    assert "code" in (await browser.send(page, **both)).callback
    assert (await user_of(opened, ADA)).primary(IdentityType.USERNAME) == "Ada"


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("is_older", [True, False])
async def test_consent_to_news_is_kept_as_a_property(opened, is_older, answer):
    application = await make_application(opened, has_marketing_consent=True)
    context = opened.context()
    if is_older:
        async with context.changing() as work:
            await work.properties.remove((await work.properties.find_by_key(MARKETING_CONSENT)).id)
    browser = Browser(opened)
    page = await browser.begin(application, prompt="create")
    given = {"p_marketing_consent": "1"} if answer else {}
    page = await browser.send(page, p_email=ADA, **NAMES, **given)
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    page = await browser.send(page, p_first_password=PASSWORD, p_second_password=PASSWORD)
    assert "code" in page.callback
    values = await values_of_user(context, (await user_of(opened, ADA)).user.id)
    kept = {each.property.key: (each.property.is_builtin, each.value) for each in values}
    assert kept[MARKETING_CONSENT] == (True, answer)


async def test_an_address_that_was_never_proved_is_proved_by_a_code_too(opened, application):
    context = opened.context()
    made = await users.create_user(context, identities=[NewIdentity(IdentityType.EMAIL, ADA)])
    await passwords.give_password(context, made.user.id, PASSWORD)
    browser = Browser(opened)
    page = await with_password(browser, application)
    assert page.step == "verify"
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert "code" in page.callback
    assert (await user_of(opened, ADA)).identities[0].is_verified


async def test_of_two_who_sign_up_with_one_address_one_wins(opened, application):
    pages = []
    for _ in range(2):
        browser = Browser(opened)
        page = await browser.send(await browser.begin(application, prompt="create"), p_email=ADA, **NAMES)
        page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
        assert page.step == "set-password"
        opened.clock.move(1)
        pages.append((browser, page))
    both = {"p_first_password": PASSWORD, "p_second_password": PASSWORD}
    ended = await asyncio.gather(*(browser.send(page, **both) for browser, page in pages))
    assert sorted(page.status for page in ended) == [303, 409]
    assert len((await users.list_users(opened.context())).items) == 1


async def test_whoever_belongs_to_several_organizations_chooses(opened, application):
    await sign_up(Browser(opened), application, ADA)
    found = await user_of(opened, ADA)
    mill = await new_organization(opened, "Mill", found.user.id)
    other = await new_organization(opened, "Forge")
    browser = Browser(opened)
    page = await with_password(browser, application)
    assert page.step == "organization"
    assert "Mill" in page.text
    assert "Forge" not in page.text
    form = page.form(mill.code)
    for code in (other.code, "org_unknown", ""):
        fields = {**form["fields"], "p_org_code": code}
        answer = await browser.http.post(form["action"], data=fields, headers=OWN_PAGE)
        assert answer.status_code == 400
    assert "code" in (await browser.send(page, mill.code)).callback
    await policies.change_policy(opened.context(), "access", {"is_most_recent_organization_used": True})
    assert "code" in (await with_password(Browser(opened), application)).callback


async def test_an_organization_asked_for_takes_in_whom_it_wants(opened, application):
    await sign_up(Browser(opened), application, ADA)
    closed = await new_organization(opened, "Closed")
    domain = await new_organization(
        opened, "Others", is_auto_membership_enabled=True, allowed_domains=["other.test"]
    )
    is_open = await new_organization(opened, "Open", is_auto_membership_enabled=True)
    for organization in (closed, domain):
        browser = Browser(opened)
        page = await with_password(browser, application, org_code=organization.code)
        assert page.status == 403
        told = (await browser.send(page, "leave")).callback
        assert (told["error"], told["state"]) == ("access_denied", "state-1")
    page = await with_password(Browser(opened), application, org_code=is_open.code)
    assert "code" in page.callback
    assert is_open.code in (await user_of(opened, ADA)).organization_codes


async def test_whoever_asks_for_it_founds_an_organization(opened, application):
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA, is_create_org="true", org_name="Mill")
    assert page.step == "create-organization"
    assert 'value="Mill"' in page.text
    page = await browser.send(page, p_org_name="Windmill")
    assert "code" in page.callback
    (code,) = (await user_of(opened, ADA)).organization_codes
    assert (await organizations.get_organization(opened.context(), code)).name == "Windmill"


async def test_a_founded_organization_keeps_the_marketing_parameters(opened, application):
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA, is_create_org="true", utm_source="fair", gclid="77")
    assert "code" in (await browser.send(page, p_org_name="Windmill")).callback
    found = await user_of(opened, ADA)
    (code,) = found.organization_codes
    async with opened.context().reading() as work:
        assert await work.properties.values_of(code) == {
            "kp_org_utm_source": "fair",
            "kp_org_gclid": "77",
        }
        assert await work.properties.values_of(found.user.id) == {
            "kp_usr_utm_source": "fair",
            "kp_usr_gclid": "77",
        }


async def test_an_invitation_leads_into_its_organization_once(opened, application):
    context = opened.context()
    mill = await new_organization(opened, "Mill")
    members = {"invite_application_id": application.id, "is_self_sign_up_allowed": False}
    from claimsmith.usecases import applications

    await applications.change_application(context, application.id, {"login_uri": "https://app.test/login"})
    await policies.change_policy(context, "access", members)
    issued = await invitations.invite(context, mill.code, NewInvitation(ADA))
    code = issued.code.reveal()
    browser = Browser(opened)
    page = await browser.begin(application, invitation_code=code, is_invitation="true", prompt="create")
    assert page.step == "invitation"
    assert "Mill" in page.text
    page = await browser.send(page, "accept")
    assert page.step == "sign-up"
    page = await browser.send(page, p_email="thief@example.com", **NAMES)
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    page = await browser.send(page, p_first_password=PASSWORD, p_second_password=PASSWORD)
    assert "code" in page.callback
    assert await codes_sent(opened, "thief@example.com") == []
    assert (await user_of(opened, ADA)).organization_codes == [mill.code]
    again = await Browser(opened).begin(application, invitation_code=code)
    assert "accept" not in again.parsed.ids
    forge = await new_organization(opened, "Forge")
    another = (await invitations.invite(context, forge.code, NewInvitation(ADA))).code.reveal()
    page = await browser.begin(application, invitation_code=another)
    assert page.step == "invitation"
    assert (await user_of(opened, ADA)).organization_codes == [mill.code]
    assert "code" in (await browser.send(page, "accept")).callback
    assert set((await user_of(opened, ADA)).organization_codes) == {mill.code, forge.code}


async def test_self_sign_up_can_be_closed_or_for_some_domains(opened, application):
    await policies.change_policy(opened.context(), "access", {"allowed_domains": ["example.com"]})
    browser = Browser(opened)
    page = await browser.begin(application, prompt="create")
    assert (await browser.send(page, p_email="a@other.test", **NAMES)).status == 400
    assert (await browser.send(page, p_email=ADA, **NAMES)).step == "verify"
    await policies.change_policy(opened.context(), "access", {"is_self_sign_up_allowed": False})
    closed = await browser.begin(application, prompt="create")
    assert "continue" not in closed.parsed.ids
    refused = await browser.http.post(
        page.form("continue")["action"],
        data={**page.form("continue")["fields"], "p_email": ADA},
        headers=OWN_PAGE,
    )
    assert refused.status_code == 403


async def test_whoever_has_no_role_that_may_use_the_application_is_told_and_goes_back(opened, application):
    await sign_up(Browser(opened), application, ADA)
    context, found = opened.context(), await user_of(opened, ADA)
    role = await roles.create_role(context, key="staff", name="Staff")
    await application_access.add_access_role(context, application.id, role.id)
    await applications.change_application(context, application.id, {"is_access_control_enabled": True})
    browser = Browser(opened)
    page = await with_password(browser, application)
    assert (page.status, "Your account has no role that may use this application" in page.text) == (403, True)
    assert (await browser.send(page, "leave")).callback["error"] == "access_denied"
    [code] = found.organization_codes
    async with context.storing() as work:
        await put(work, "membership_roles", user_id=found.user.id, organization_code=code, role_id=role.id)
    assert "code" in (await with_password(Browser(opened), application)).callback


async def test_a_suspended_user_is_told_so_after_the_password_alone(opened, application):
    await sign_up(Browser(opened), application, ADA)
    found = await user_of(opened, ADA)
    await users.change_user(opened.context(), found.user.id, {"is_suspended": True})
    page = await with_password(Browser(opened), application, password="wrong words of a password")
    assert page.status == 400
    page = await with_password(Browser(opened), application)
    assert (page.status, "This account is suspended" in page.text) == (403, True)


async def test_an_application_can_have_what_it_wants_allowed(opened, application):
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA, prompt="create consent")
    assert page.step == "consent"
    assert "See your email address" in page.text
    told = (await browser.send(page, "deny")).callback
    assert told["error"] == "access_denied"
    page = await with_password(browser, application, prompt="login consent")
    assert page.step == "consent"
    assert "code" in (await browser.send(page, "allow")).callback


async def test_pages_speak_german(opened, application):
    page = await Browser(opened).begin(application, ui_locales="de-AT")
    assert '<html lang="de">' in page.text
    assert "Noch kein Konto?" in page.text
    page = await Browser(opened, headers={"accept-language": "fr, de;q=0.8, en;q=0.5"}).begin(application)
    assert "Anmelden" in page.text
