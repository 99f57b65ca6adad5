"""The switches of an application: each does what it says, and one that could do nothing is refused."""

import pytest

from claimsmith.storage import tables
from tests.endpoints.test_token import claims_of
from tests.endpoints.test_user_tokens import change, kim  # noqa: F401 - a fixture
from tests.endpoints.test_userinfo import PATHS, ask
from tests.support.rows import USER, put_identity

GRAVATAR = (
    "https://gravatar.com/avatar/184569d08e63ca61570b3aac30186c484288784a7e81d2e26d0b957266721ed3?d=identicon"
)


def path(kim):  # noqa: F811
    return f"/api/v1/applications/{kim.web.id}"


async def switched(kim, name):  # noqa: F811
    return (await kim.manage("GET", f"/applications/{kim.web.id}"))["application"][name]


# The button that could lead nowhere


async def test_sso_button_is_refused(kim):  # noqa: F811
    body = {"name": "Other", "has_sign_in_with_sso_button": True}
    answer = await kim.management.patch(path(kim), json=body)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "errors": [
                {
                    "code": "SSO_BUTTON_NOT_SUPPORTED",
                    "message": "has_sign_in_with_sso_button cannot be true: there are no enterprise "
                    "connections that such a button could lead to. Leave it false.",
                    "field": "has_sign_in_with_sso_button",
                }
            ]
        },
    )
    assert (await switched(kim, "name"), await switched(kim, "has_sign_in_with_sso_button")) == ("reg", False)


async def test_no_sso_button_is_what_there_is(kim):  # noqa: F811
    body = {"has_sign_in_with_sso_button": False, "use_gravatar_fallback": True}
    await kim.manage("PATCH", f"/applications/{kim.web.id}", body)
    assert await switched(kim, "has_sign_in_with_sso_button") is False
    assert await switched(kim, "use_gravatar_fallback") is True


async def test_sso_button_that_was_stored_reads_as_false(kim):  # noqa: F811
    options = {"has_sign_in_with_sso_button": True, "has_cancel_button": True}
    await change(kim, "applications", {"options": options})
    kim.opened.platform.directory._forget_all(kim.opened.environment.id)
    assert await switched(kim, "has_sign_in_with_sso_button") is False
    assert await switched(kim, "has_cancel_button") is True
    await kim.manage("PATCH", f"/applications/{kim.web.id}", {"name": "Shop"})
    assert await switched(kim, "has_sign_in_with_sso_button") is False


# Gravatar


async def pictures(kim, scopes=("openid", "profile")):  # noqa: F811
    """Return the picture as every place tells it: the ID token, its preview, userinfo, the account API."""
    tokens = await kim.tokens(scopes=scopes)
    body = {"user_id": USER, "scope": " ".join(scopes)}
    preview = await kim.manage("POST", f"/applications/{kim.web.id}/token_profiles/id/preview", body)
    told = [claims_of(tokens["id_token"]).get("picture"), preview["claims"].get("picture")]
    for each in (*PATHS, "/account_api/v1/user_profile"):
        answer = await ask(kim, each, tokens["access_token"])
        assert answer.status_code == 200
        told.append(answer.json().get("picture"))
    lines = [*preview["trace"], *preview["omitted"]]
    return told, next(line for line in lines if line["claim"] == "picture")


async def use_gravatar(kim):  # noqa: F811
    await kim.manage("PATCH", f"/applications/{kim.web.id}", {"use_gravatar_fallback": True})


async def test_nothing_is_told_while_the_switch_is_off(kim):  # noqa: F811
    told, line = await pictures(kim)
    assert told == [None] * 6
    assert line["because"] == "The user has none."
    assert f"PATCH /api/v1/applications/{kim.web.id} with use_gravatar_fallback" in line["fix"]


async def test_gravatar_stands_in_for_a_picture(kim):  # noqa: F811
    await use_gravatar(kim)
    told, line = await pictures(kim)
    assert told == [GRAVATAR] * 6
    assert line == {
        "claim": "picture",
        "source": "identity",
        "because": "The scope profile was granted. The user has no picture, and use_gravatar_fallback of the "
        "application is on: this is Gravatar's, by the SHA-256 of the verified primary email address.",
        "object": USER,
    }


async def test_the_switch_holds_for_the_application_alone(kim):  # noqa: F811
    await use_gravatar(kim)
    tokens = await kim.tokens(kim.public)
    assert "picture" not in claims_of(tokens["id_token"])
    assert "picture" not in (await kim.userinfo(tokens["access_token"])).json()


async def test_a_refreshed_token_follows_the_switch(kim):  # noqa: F811
    tokens = await kim.tokens()
    await use_gravatar(kim)
    refreshed = (await kim.refresh(tokens["refresh_token"])).json()
    assert claims_of(refreshed["id_token"])["picture"] == GRAVATAR


async def test_a_picture_of_the_users_own_stays(kim):  # noqa: F811
    await use_gravatar(kim)
    own = "https://img.test/kim.png"
    await kim.manage("PATCH", f"/user?id={USER}", {"picture": own})
    told, line = await pictures(kim)
    assert told == [own] * 6
    assert line["because"] == "The scope profile was granted."


async def test_without_the_scope_profile_no_hash_is_told(kim):  # noqa: F811
    await use_gravatar(kim)
    told, line = await pictures(kim, ("openid", "email"))
    assert told == [None] * 6
    assert line["because"] == "The scope profile was not granted."


@pytest.mark.parametrize("is_there", [True, False])
async def test_an_address_that_was_not_proved_is_not_used(kim, is_there):  # noqa: F811
    await use_gravatar(kim)
    of_address = (tables.identities, tables.identities.c.type == "email")
    async with kim.opened.context().storing() as work:
        unproved = work.grants.update(*of_address).values(is_verified=False)
        await work.connection.execute(unproved if is_there else work.grants.delete(*of_address))
    told, line = await pictures(kim)
    assert told == [None] * 6
    assert "no verified primary email address" in line["because"]


async def test_the_primary_address_counts(kim):  # noqa: F811
    await use_gravatar(kim)
    async with kim.opened.context().storing() as work:
        await put_identity(work, USER, "email", "another@orchard.test", primary=False)
    assert (await pictures(kim))[0] == [GRAVATAR] * 6
