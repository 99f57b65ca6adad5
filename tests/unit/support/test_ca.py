"""A server with a certificate of the private authority is trusted by who trusts it, and by nobody else."""

import asyncio
import ssl

import pytest


async def greeted(authority, trust: ssl.SSLContext, hostname: str) -> bytes:
    certificate, key = authority.issue()
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(certificate, key)

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0, ssl=offered) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=hostname)
        try:
            return await reader.read()
        finally:
            writer.close()


@pytest.mark.parametrize("hostname", ["127.0.0.1", "localhost"])
async def test_trusted_for_loopback(authority, hostname):
    assert await greeted(authority, authority.trust(), hostname) == b"hello"


async def test_refused_for_another_name(authority):
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        await greeted(authority, authority.trust(), "claimsmith.test")


async def test_refused_by_who_does_not_trust_the_authority(authority):
    with pytest.raises(ssl.SSLCertVerificationError, match="issuer"):
        await greeted(authority, ssl.create_default_context(), "127.0.0.1")


def test_key_is_for_its_owner_alone(authority):
    _, key = authority.issue()
    assert key.stat().st_mode & 0o777 == 0o600
