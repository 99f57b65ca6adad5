import pytest

from claimsmith.domain.environments import Environment, check_issuer, check_room
from claimsmith.domain.errors import AlreadyExists, InvalidInput


def made(issuer: str) -> Environment:
    return Environment(id="e", code="production", name="Production", issuer=issuer)


def test_path_that_begins_with_health_is_refused():
    """The health checks answer on any host, before an environment is looked for."""
    with pytest.raises(InvalidInput) as refused:
        check_issuer("https://id.example.com/health/eu")
    assert refused.value.message == (
        "The issuer 'https://id.example.com/health/eu' has a path that begins with /health, where the server "
        "tells how it is. Give an URL like https://id.example.com or http://127.0.0.1:8000."
    )
    assert check_issuer("https://id.example.com/healthcare") == "https://id.example.com/healthcare"


@pytest.mark.parametrize(
    ("issuer", "other"),
    [
        ("https://id.example.com", "https://id.example.com"),
        ("https://localhost", "http://localhost"),
        ("https://id.example.com/eu", "https://id.example.com/eu"),
    ],
)
def test_taken_address_is_refused(issuer, other):
    with pytest.raises(AlreadyExists) as refused:
        check_room(issuer, [made("https://else.example.com"), made(other)])
    assert refused.value.message == (
        f"The issuer {other} belongs to 'production'. Give another host, port or path."
    )
    assert refused.value.field == "issuer"


@pytest.mark.parametrize(
    ("issuer", "other", "segment"),
    [
        ("https://id.example.com/api", "https://id.example.com", "api"),
        ("https://id.example.com", "https://id.example.com/api", "api"),
        ("https://id.example.com/eu/oauth2/x", "https://id.example.com/eu", "oauth2"),
        ("http://localhost:8000/console", "http://127.0.0.1:8000", "console"),
    ],
)
def test_path_that_another_environment_serves_is_refused(issuer, other, segment):
    """U01: an environment must not answer in the place of another one."""
    with pytest.raises(InvalidInput) as refused:
        check_room(issuer, [made(other)])
    assert refused.value.message == (
        f"The issuer {issuer} does not fit beside {other} of 'production': one would take the "
        f"addresses below /{segment} from the other. Give another path."
    )


@pytest.mark.parametrize(
    ("issuer", "other"),
    [
        ("https://id.example.com/staging", "https://id.example.com"),
        ("https://id.example.com/apis", "https://id.example.com"),
        ("https://id.example.com/api", "https://else.example.com"),
        ("https://id.example.com/api", "https://id.example.com/eu"),
        ("http://localhost:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/api", "http://127.0.0.1:8001"),
    ],
)
def test_issuers_with_room_beside_each_other_pass(issuer, other):
    check_room(issuer, [made(other)])
    check_room(other, [made(issuer)])
