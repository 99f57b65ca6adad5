"""A session is begun with a new token each time, lasts while it is used, and is renewed at sign-in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from claimsmith.domain.applications import Application, ApplicationType, SignInOptions
from claimsmith.domain.organizations import Organization, SessionSettings
from claimsmith.domain.sso_sessions import LONGEST_SECONDS, Browser
from claimsmith.usecases import sso_sessions
from claimsmith.usecases.sso_sessions import SignedIn
from tests.support.platform import open_platform
from tests.support.rows import USER, put_user

APPLICATION = Application("a" * 32, "Web", ApplicationType.REG, session_lifetime_seconds=3_600)


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        async with opened.context().storing() as work:
            await put_user(work)
            await put_user(work, "kp_other")
        yield opened


async def begun(opened, *, user_id=USER, browser=None, application=APPLICATION, organization=None):
    signed_in = SignedIn(user_id, ("pwd",), int(opened.clock().timestamp()), organization)
    async with opened.context().storing() as work:
        return await sso_sessions.begin_session(work, signed_in, application, browser or Browser())


async def test_no_other_text_finds_a_session(opened):
    _, token = await begun(opened)
    context = opened.context()
    for text in ("", "sso_", token.reveal()[:-1], token.reveal() + "a", token.reveal().swapcase(), "\ud800"):
        assert await sso_sessions.find_session(context, text) is None


async def test_one_that_ended_or_expired_is_not_found(opened):
    context = opened.context()
    _, token = await begun(opened)
    assert (await sso_sessions.end_session(context, token.reveal())).user_id == USER
    assert await sso_sessions.find_session(context, token.reveal()) is None
    assert await sso_sessions.end_session(context, token.reveal()) is None
    _, token = await begun(opened)
    opened.clock.move(3_599)
    assert await sso_sessions.find_session(context, token.reveal()) is not None
    opened.clock.move(1)
    assert await sso_sessions.find_session(context, token.reveal()) is None


async def test_a_sign_in_renews_the_token_and_keeps_the_id(opened):
    first, old = await begun(opened)
    opened.clock.move(60)
    second, new = await begun(opened, browser=Browser(old.reveal()))
    context = opened.context()
    assert old.reveal() != new.reveal()
    assert await sso_sessions.find_session(context, old.reveal()) is None
    assert await sso_sessions.find_session(context, new.reveal()) == second
    assert second.id == first.id
    assert second.created_at == first.created_at
    assert second.authenticated_at == opened.clock()
    assert len((await sso_sessions.list_sessions(context, USER)).sessions) == 1


async def test_a_sign_in_of_somebody_else_ends_the_session_that_was_there(opened):
    first, old = await begun(opened)
    second, _ = await begun(opened, user_id="kp_other", browser=Browser(old.reveal()))
    assert second.id != first.id
    assert await sso_sessions.find_session(opened.context(), old.reveal()) is None
    assert (await sso_sessions.list_sessions(opened.context(), USER)).sessions == []


async def test_activity_makes_it_last_but_not_for_ever(opened):
    context = opened.context()
    session, token = await begun(opened)
    opened.clock.move(59)
    async with context.storing() as work:
        assert await sso_sessions.touch(work, session) == session
    opened.clock.move(1_000)
    async with context.storing() as work:
        touched = await sso_sessions.touch(work, session, organization_code="org_2")
    assert touched.expires_at == opened.clock() + timedelta(seconds=3_600)
    assert await sso_sessions.find_session(context, token.reveal()) == touched
    assert touched.organization_code == "org_2"
    farthest = session.authenticated_at + timedelta(seconds=LONGEST_SECONDS)
    assert touched.seen(farthest - timedelta(seconds=1)).expires_at == farthest


async def test_every_session_of_a_user_ends(opened):
    context = opened.context()
    for _ in range(3):
        await begun(opened)
    await begun(opened, user_id="kp_other")
    assert len(await sso_sessions.end_sessions(context, USER)) == 3
    assert (await sso_sessions.list_sessions(context, USER)).sessions == []
    assert len((await sso_sessions.list_sessions(context, "kp_other")).sessions) == 1


async def test_what_a_browser_says_is_shortened_and_made_printable(opened):
    session, _ = await begun(opened, browser=Browser(None, "192.0.2.1", "a\r\n\x1b\u2028" + "b" * 500))
    assert session.user_agent == "a????" + "b" * 395
    assert session.address == "192.0.2.1"


async def test_an_organization_settles_how_long_its_sessions_last(opened):
    settings = SessionSettings(
        is_use_org_sso_session_policy=True,
        sso_session_persistence_mode="non_persistent",
        is_use_org_authenticated_session_lifetime=True,
        authenticated_session_lifetime=120,
    )
    session, _ = await begun(opened, organization=Organization("org_1", "One", sessions=settings))
    assert (session.lifetime_seconds, session.is_persistent) == (120, False)
    assert session.expires_at == opened.clock() + timedelta(seconds=120)
    off = SessionSettings(sso_session_persistence_mode="non_persistent", authenticated_session_lifetime=120)
    session, _ = await begun(opened, organization=Organization("org_1", "One", sessions=off))
    assert (session.lifetime_seconds, session.is_persistent) == (3_600, True)
    assert session.organization_code == "org_1"


async def test_an_application_settles_whether_sessions_outlive_the_browser(opened):
    closing = replace(APPLICATION, options=SignInOptions(is_session_persistent=False))
    session, _ = await begun(opened, application=closing)
    assert not session.is_persistent
    one = Organization("org_1", "One")
    session, _ = await begun(opened, application=closing, organization=one)
    assert not session.is_persistent
    own = replace(one, sessions=SessionSettings(is_use_org_sso_session_policy=True))
    session, _ = await begun(opened, application=closing, organization=own)
    assert session.is_persistent
