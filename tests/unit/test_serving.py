import signal
import socket

import pytest
from uvicorn import Config

from claimsmith.serving import CannotServe, PromptServer, address_of, bind
from claimsmith.settings import read_settings


def test_port_that_is_taken_is_refused():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotServe) as refused:
            bind("127.0.0.1", port)
    assert str(refused.value) == (
        f"Cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another with --port, or "
        "stop what uses it."
    )


def test_host_that_is_not_this_machines_is_refused():
    with pytest.raises(CannotServe, match=r"Cannot listen on 192\.0\.2\.1 port 8000: "):
        bind("192.0.2.1", 8000)


def test_socket_listens_at_once(free_port: int):
    with bind("127.0.0.1", free_port), socket.create_connection(("127.0.0.1", free_port), 1):
        pass


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_waits_for_nothing(second: int):
    server = PromptServer(Config("nothing:here", log_config=None))
    server.handle_exit(signal.SIGTERM, None)
    assert (server.should_exit, server.force_exit) == (True, False)
    server.handle_exit(second, None)
    assert (server.should_exit, server.force_exit) == (True, True)


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")]
)
def test_address_is_an_url(host: str, address: str):
    assert address_of(read_settings({"host": host}, environ={})) == address
