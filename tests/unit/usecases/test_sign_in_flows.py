"""A sign-in belongs to the browser that began it, ends once, and says so to applications that ask."""

import base64
import json

import pytest

from claimsmith.domain.authorization_answers import AuthorizationAnswer
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.errors import Conflict, NotFound
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sign_in_flows import FlowState, Step
from claimsmith.oauth.errors import AccessDenied
from claimsmith.usecases import sign_in_flows
from claimsmith.usecases.sign_in_flows import FlowOver
from tests.support.platform import ISSUER, open_platform

ORIGINAL = {
    "client_id": "c1",
    "redirect_uri": "https://app.test/cb?a=1",
    "response_type": "code",
    "scope": "openid",
    "state": "s&t",
    "nonce": "n",
    "supports_reauth": "true",
    "org_code": "org_1",
}


def request(**members):
    return AuthorizationRequest(
        **{
            "client_id": "c1",
            "redirect_uri": "https://app.test/cb?a=1",
            "scopes": ("openid",),
            "state": "s&t",
            "original": ORIGINAL,
            **members,
        }
    )


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


async def begun(opened, binder=None, **members):
    context = opened.context()
    return await sign_in_flows.begin_flow(context, request(**members), FlowState(), binder=binder)


async def test_an_unknown_one_and_another_browsers_are_refused_alike(opened):
    token, binder = await begun(opened)
    _, other = await begun(opened)
    context = opened.context()
    refusals = set()
    for text, bound in (
        ("flow_unknown", binder.reveal()),
        (token.reveal(), None),
        (token.reveal(), ""),
        (token.reveal(), other.reveal()),
        (token.reveal(), "é\ud800"),
        (token.reveal()[:-1], binder.reveal()),
    ):
        with pytest.raises(NotFound) as caught:
            await sign_in_flows.load_flow(context, text, bound)
        refusals.add((caught.value.code, caught.value.message))
    assert len(refusals) == 1


async def test_a_browser_keeps_its_binder_and_plants_none(opened):
    _, binder = await begun(opened)
    assert (await begun(opened, binder))[1].reveal() == binder.reveal()
    for planted in ("", "x", "bind_", "bind_" + "é" * 43, "bind_" + "a" * 400):
        assert (await begun(opened, PlainSecret(planted)))[1].reveal() != planted


async def test_of_two_answers_one_wins(opened):
    context = opened.context()
    token, binder = await begun(opened)
    flow = await sign_in_flows.load_flow(context, token.reveal(), binder.reveal())
    async with context.storing() as work:
        moved = await sign_in_flows.save_flow(work, flow, FlowState(step=Step.PASSWORD))
        with pytest.raises(Conflict):
            await sign_in_flows.save_flow(work, flow, FlowState(step=Step.VERIFY))
    assert await sign_in_flows.load_flow(context, token.reveal(), binder.reveal()) == moved
    with pytest.raises(Conflict):
        await sign_in_flows.refuse_flow(context, flow, AccessDenied("No.", reason="person_refused"))


async def test_a_refusal_goes_to_the_application_once(opened):
    context = opened.context()
    token, binder = await begun(opened)
    flow = await sign_in_flows.load_flow(context, token.reveal(), binder.reveal())
    error = AccessDenied("The person refused.", reason="person_refused")
    answer = await sign_in_flows.refuse_flow(context, flow, error)
    assert answer.location == (
        "https://app.test/cb?a=1&error=access_denied&error_description=The+person+refused."
        "&state=s%26t&iss=http%3A%2F%2F127.0.0.1%3A8000"
    )
    with pytest.raises(FlowOver) as caught:
        await sign_in_flows.load_flow(context, token.reveal(), binder.reveal())
    assert caught.value.answer is None
    assert caught.value.request == flow.request


@pytest.mark.parametrize("response_mode", ["query", "form_post"])
async def test_one_out_of_time_tells_an_application_how_to_begin_again(opened, response_mode):
    context = opened.context()
    token, binder = await begun(opened, supports_reauth=True, response_mode=response_mode)
    opened.clock.move(3_599)
    await sign_in_flows.load_flow(context, token.reveal(), binder.reveal())
    opened.clock.move(1)
    with pytest.raises(FlowOver) as caught:
        await sign_in_flows.load_flow(context, token.reveal(), binder.reveal())
    answer = caught.value.answer
    members = dict(answer.parameters)
    assert answer == AuthorizationAnswer("https://app.test/cb?a=1", response_mode, answer.parameters)
    assert (members["error"], members["state"], members["iss"]) == ("login_link_expired", "s&t", ISSUER)
    assert json.loads(base64.b64decode(members["reauth_state"])) == {
        "redirect_uri": "https://app.test/cb?a=1",
        "response_type": "code",
        "scope": "openid",
        "supports_reauth": "true",
        "org_code": "org_1",
    }
    with pytest.raises(NotFound):
        await sign_in_flows.load_flow(context, token.reveal(), None)


async def test_without_being_asked_one_out_of_time_tells_the_application_nothing(opened):
    token, binder = await begun(opened)
    opened.clock.move(3_600)
    with pytest.raises(FlowOver) as caught:
        await sign_in_flows.load_flow(opened.context(), token.reveal(), binder.reveal())
    assert caught.value.answer is None
