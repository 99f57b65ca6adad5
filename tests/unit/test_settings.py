from pathlib import Path

import pytest
from pydantic import SecretStr

from claimsmith.settings import Settings, SettingsError, read_settings


def test_misspelt_variable_stops_the_start():
    with pytest.raises(SettingsError) as refused:
        read_settings({}, environ={"CLAIMSMITH_PROT": "80"})
    message = str(refused.value)
    assert message.startswith(
        "CLAIMSMITH_PROT is no setting. Settings are: CLAIMSMITH_DATA, CLAIMSMITH_HOST,"
    )
    assert "CLAIMSMITH_PORT" in message


def test_misspelt_key_in_the_file_stops_the_start(tmp_path: Path):
    file = tmp_path / "claimsmith.toml"
    file.write_text('isuer = "https://id.example.com"\n')
    with pytest.raises(SettingsError) as refused:
        read_settings({}, config=file, environ={})
    assert str(refused.value).startswith("isuer is no setting; settings are: data, host, port, issuer,")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CLAIMSMITH_PORT", "0"),
        ("CLAIMSMITH_PORT", "65536"),
        ("CLAIMSMITH_PORT", "http"),
        ("CLAIMSMITH_WORKERS", "0"),
        ("CLAIMSMITH_WORKERS", "65"),
        ("CLAIMSMITH_METRICS_PORT", "-1"),
        ("CLAIMSMITH_LOG_LEVEL", "loud"),
        ("CLAIMSMITH_LOG_FORMAT", "xml"),
        ("CLAIMSMITH_SHUTDOWN_SECONDS", "0"),
    ],
)
def test_bad_value_is_refused_by_name(name: str, text: str):
    with pytest.raises(SettingsError) as refused:
        read_settings({}, environ={name: text})
    key = name.removeprefix("CLAIMSMITH_").lower()
    assert str(refused.value).startswith(f"{key} is '{text}': ")


@pytest.mark.parametrize("only", ["tls_cert", "tls_key"])
def test_half_of_tls_is_refused(only: str, tmp_path: Path):
    with pytest.raises(SettingsError, match="tls_cert and tls_key belong together: give both or neither"):
        read_settings({only: tmp_path / "file.pem"}, environ={})


def test_file_that_is_absent_or_no_toml_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"cannot be read: No such file or directory"):
        read_settings({}, config=tmp_path / "absent.toml", environ={})
    (tmp_path / "bad.toml").write_text("port =")
    with pytest.raises(SettingsError, match=r"bad\.toml is not TOML: "):
        read_settings({}, environ={"CLAIMSMITH_CONFIG": str(tmp_path / "bad.toml")})
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"binary\.toml is not TOML: "):
        read_settings({}, config=tmp_path / "binary.toml", environ={})


def test_command_line_ranks_over_environment_over_file_over_default(tmp_path: Path):
    file = tmp_path / "claimsmith.toml"
    file.write_text('port = 1\nhost = "file"\nworkers = 2\nlog_level = "error"\n')
    environ = {"CLAIMSMITH_PORT": "2", "CLAIMSMITH_HOST": "environment"}
    settings = read_settings({"port": 3, "host": None}, config=file, environ=environ)
    assert (settings.port, settings.host, settings.workers, settings.log_level) == (
        3,
        "environment",
        2,
        "error",
    )
    assert settings.shutdown_seconds == 20


def test_defaults():
    assert read_settings({}, environ={}) == Settings(
        data=Path("claimsmith-data"),
        host="127.0.0.1",
        port=8000,
        issuer=None,
        database_url=None,
        workers=1,
        tls_cert=None,
        tls_key=None,
        metrics_host="127.0.0.1",
        metrics_port=0,
        log_level="info",
        log_format="auto",
        master_key=None,
        master_key_file=None,
        trusted_proxies=(),
        outbound_ca_file=None,
        outbound_allow=(),
        shutdown_seconds=20,
    )


def test_other_programs_variables_do_not_matter():
    assert read_settings({}, environ={"PORT": "1", "MY_CLAIMSMITH_PORT": "2"}).port == 8000


def test_variables_that_are_for_commands_are_no_settings():
    environ = {"CLAIMSMITH_CLIENT_SECRET": "for `claimsmith perform`"}
    assert read_settings({}, environ=environ) == read_settings({}, environ={})


@pytest.mark.parametrize("name", ["trusted_proxies", "outbound_allow"])
def test_some_settings_are_lists(name):
    settings = read_settings({}, environ={f"CLAIMSMITH_{name.upper()}": "10.0.0.0/8,127.0.0.1"})
    assert getattr(settings, name) == ("10.0.0.0/8", "127.0.0.1")


def test_secrets_do_not_show_themselves():
    environ = {
        "CLAIMSMITH_MASTER_KEY": "the-master-key",
        "CLAIMSMITH_DATABASE_URL": "postgresql://u:the-password@db/x",
    }
    settings = read_settings({}, environ=environ)
    assert "the-master-key" not in repr(settings)
    assert "the-password" not in repr(settings)
    assert settings.master_key == SecretStr("the-master-key")


@pytest.mark.parametrize(
    ("host", "tls", "issuer"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:8000"),
        ("0.0.0.0", False, "http://localhost:8000"),
        ("::", False, "http://localhost:8000"),
        ("::1", False, "http://[::1]:8000"),
        ("id.example.com", True, "https://id.example.com:8000"),
    ],
)
def test_issuer_follows_the_address(host: str, tls: bool, issuer: str, tmp_path: Path):
    files = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"} if tls else {}
    assert read_settings({"host": host, **files}, environ={}).derived_issuer == issuer
