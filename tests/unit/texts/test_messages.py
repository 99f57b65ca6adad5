import pytest

from claimsmith.texts.messages import KINDS, compose, compose_short

VALUES = {
    "sender": "Orders <b>",
    "code": "012345",
    "minutes": "120",
    "organization": "Orchard & Sons",
    "link": "https://app.test/login?invitation_code=x&y=1",
    "email": "kim@orchard.test",
    "days": "7",
    "domain": "id.orders.test",
    "factor": "mfa:authenticator_app",
    "name": "Laptop",
}


def test_a_code_is_in_subject_text_and_html():
    composed = compose("code_sign_in", "en", VALUES)
    assert composed.subject == "012345 is your code to sign in"
    assert composed.text == (
        "Type this code to sign in to Orders <b>:\n\n012345\n\n"
        "The code can be used once, within 120 minutes.\n\n"
        "Nobody from Orders <b> will ever ask you for it.\n\n"
        "If you did not ask for this code, you can ignore this message.\n"
    )
    assert ">012345</p>" in composed.html
    assert "Orders &lt;b&gt;" in composed.html
    assert "<b>" not in composed.html


def test_a_message_is_written_in_its_language():
    assert compose("password_changed", "de", VALUES).subject == "Ihr Passwort wurde geändert"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_written(kind, language):
    composed = compose(kind, language, VALUES)
    assert composed.subject
    assert composed.text.endswith("\n")
    assert f'<html lang="{language}">' in composed.html
    assert "{" not in composed.subject + composed.text


def test_a_missing_value_is_a_defect():
    with pytest.raises(KeyError):
        compose("code_sign_in", "en", {"sender": "Orders"})


def test_a_text_message_is_bound_to_the_domain():
    assert compose_short("en", VALUES).text == (
        "012345 is your one-time code for Orders <b>.\n\n@id.orders.test #012345"
    )
