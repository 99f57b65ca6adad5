"""Run one real server for the tests with other people's clients."""

import pytest

from tests.support.server import RunningServer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RunningServer(tmp_path_factory.mktemp("clients") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory, authority):
    """Run a server over TLS, with a certificate of the private authority."""
    certificate, key = authority.issue()
    data = tmp_path_factory.mktemp("tls") / "data"
    with RunningServer(data, tls_cert=certificate, tls_key=key, verify=authority.trust()) as running:
        yield running
