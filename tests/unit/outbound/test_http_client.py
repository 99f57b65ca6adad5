"""The one client for addresses that others chose reaches what it may, and nothing else (V-030 to V-034)."""

import asyncio
import gzip
import ssl

import pytest

from claimsmith.outbound import http_client
from claimsmith.outbound.allow_list import AllowList, BadAllowList
from claimsmith.outbound.http_client import OutboundClient, OutboundFailed, OutboundRefused
from tests.support.loopback import listening, plain

LOOPBACK = AllowList(["127.0.0.0/8"])


def resolving(*answers):
    """Return a resolver that gives one answer after another, the last one for ever."""
    remaining = list(answers)

    async def resolve(host, port):
        return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    return resolve


@pytest.fixture
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("hooks.test", "127.0.0.1"))
    return context


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "100.64.0.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "[::7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fd00:ec2::254]",
        "[fec0::1]",
    ],
)
async def test_addresses_inside_are_refused_when_saved_and_when_called(host):
    client = OutboundClient()
    with pytest.raises(OutboundRefused, match="is not on the public internet"):
        client.check(f"https://{host}/hook")
    with pytest.raises(OutboundRefused, match="is not on the public internet"):
        await client.request("POST", f"https://{host}/hook")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://user:secret@example.com/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com:99999/",
        " https://example.com/",
        "https://exa\nmple.com/",
        "com.example.app:/callback",
        "",
    ],
)
async def test_what_is_no_plain_url_is_refused(url):
    with pytest.raises(OutboundRefused, match="cannot be called"):
        await OutboundClient().request("GET", url)


async def test_public_servers_are_called_over_tls_on_two_ports_alone():
    client = OutboundClient(resolve=resolving(["8.8.8.8"]))
    for url, fault in (
        ("http://hooks.test/", "without TLS"),
        ("https://hooks.test:8080/", "on port 8080"),
        ("https://hooks.test:22/", "on port 22"),
    ):
        with pytest.raises(OutboundRefused, match=fault):
            await client.request("GET", url)


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["::ffff:127.0.0.1"],
        ["2606:4700:4700::1111", "fe80::1%lo"],
    ],
)
async def test_names_with_an_answer_inside_are_refused_and_nothing_is_dialled(answers):
    async with listening(plain()) as heard:
        client = OutboundClient(resolve=resolving(answers))
        with pytest.raises(OutboundRefused, match=r"hooks\.test is at"):
            await client.request("GET", f"https://hooks.test:{heard.port}/")
    assert heard.connections == 0


async def test_names_that_change_their_answer_are_judged_at_each_call():
    async with listening(plain(body=b"good")) as heard:
        client = OutboundClient(LOOPBACK, resolve=resolving(["127.0.0.1"], ["10.0.0.1"]))
        url = f"http://hooks.test:{heard.port}/"
        assert (await client.request("GET", url)).body == b"good"
        with pytest.raises(OutboundRefused, match=r"hooks.test is at 10\.0\.0\.1"):
            await client.request("GET", url)
    assert heard.connections == 1


async def test_the_certificate_must_name_the_host_and_come_from_a_trusted_authority(tls, authority):
    async with listening(plain(body=b"good"), tls=tls) as heard:
        url = f"https://hooks.test:{heard.port}/hook?a=1#part"
        trusting = OutboundClient(LOOPBACK, ca_file=authority.path, resolve=resolving(["127.0.0.1"]))
        answer = await trusting.request("POST", url, headers={"x-extra": "1"}, body=b"body")
        assert (answer.status, answer.body, answer.headers) == (200, b"good", {"content-length": "4"})
        with pytest.raises(OutboundFailed, match=r"other\.test could not be called"):
            await trusting.request("GET", url.replace("hooks.test", "other.test"))
        with pytest.raises(OutboundFailed, match=r"hooks\.test could not be called"):
            await OutboundClient(LOOPBACK, resolve=resolving(["127.0.0.1"])).request("GET", url)
    assert heard.requests == [
        (
            f"POST /hook?a=1 HTTP/1.1\r\nhost: hooks.test:{heard.port}\r\nuser-agent: claimsmith\r\n"
            "accept-encoding: identity\r\nconnection: close\r\ncontent-length: 4\r\nx-extra: 1\r\n\r\nbody"
        ).encode()
    ]


async def test_forms_are_posted_and_answers_to_them_left_unread():
    async with listening(plain("204 No Content", b"", "X: y")) as heard:
        answer = await OutboundClient(LOOPBACK).post_form(
            f"http://127.0.0.1:{heard.port}/logout", {"logout_token": "a.b c&d"}
        )
    assert (answer.status, answer.body) == (204, b"")
    assert heard.requests[0].endswith(b"\r\n\r\nlogout_token=a.b+c%26d")
    assert b"content-type: application/x-www-form-urlencoded\r\n" in heard.requests[0]


async def test_redirects_cookies_and_proxies_are_nothing_to_it(monkeypatch):
    async with listening(
        plain("302 Found", b"", "Location: http://127.0.0.1:1/", "Set-Cookie: a=b")
    ) as heard:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        client = OutboundClient(LOOPBACK)
        for _ in range(2):
            answer = await client.request("GET", f"http://127.0.0.1:{heard.port}/")
            assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:1/")
    assert heard.connections == 2
    assert all(b"cookie" not in request.lower() for request in heard.requests)


async def test_long_answers_are_broken_off_and_compressed_ones_stay_so():
    packed = gzip.compress(b"0" * 1_000_000)
    async with listening(plain("200 OK", packed, "Content-Encoding: gzip")) as heard:
        url = f"http://127.0.0.1:{heard.port}/"
        client = OutboundClient(LOOPBACK)
        assert (await client.request("GET", url)).body == packed
        with pytest.raises(OutboundFailed, match="more than 100 bytes"):
            await client.request("GET", url, most_bytes=100)
        assert (await client.request("GET", url, most_bytes=0)).body == b""


async def test_slow_servers_are_given_up_at_the_deadline_however_they_drip():
    async def drip(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def silent(writer):
        await asyncio.sleep(2)

    for answer in (drip, silent):
        async with listening(answer) as heard:
            client = OutboundClient(LOOPBACK, deadline_seconds=0.3)
            began = asyncio.get_running_loop().time()
            with pytest.raises(OutboundFailed, match=r"did not answer within 0\.3 seconds"):
                await client.request("GET", f"http://127.0.0.1:{heard.port}/")
            assert asyncio.get_running_loop().time() - began < 1.5


async def test_a_resolver_that_hangs_is_given_up_too():
    async def hang(host, port):
        await asyncio.sleep(5)
        return []

    with pytest.raises(OutboundFailed, match="did not answer within"):
        await OutboundClient(deadline_seconds=0.1, resolve=hang).request("GET", "https://hooks.test/")


async def test_one_slow_target_takes_few_places():
    async def silent(writer):
        await asyncio.sleep(1)

    async with listening(silent) as heard:
        client = OutboundClient(LOOPBACK, deadline_seconds=0.5)
        url = f"http://127.0.0.1:{heard.port}/"
        calls = [asyncio.create_task(client.request("GET", url)) for _ in range(12)]
        await asyncio.sleep(0.3)
        assert heard.connections == http_client.MOST_PER_TARGET
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OutboundFailed] * 12


async def test_servers_that_are_absent_or_speak_no_http_fail(free_port):
    with pytest.raises(OutboundFailed, match=r"127\.0\.0\.1 could not be called"):
        await OutboundClient(LOOPBACK).request("GET", f"http://127.0.0.1:{free_port}/")

    async def nonsense(writer):
        writer.write(b"SSH-2.0-OpenSSH\r\n")

    async with listening(nonsense) as heard:
        with pytest.raises(OutboundFailed, match=r"127\.0\.0\.1 could not be called"):
            await OutboundClient(LOOPBACK).request("GET", f"http://127.0.0.1:{heard.port}/")
    with pytest.raises(OutboundFailed, match=r"nowhere\.invalid could not be called"):
        await OutboundClient().request("GET", "https://nowhere.invalid/")


async def test_listed_hosts_may_be_inside_and_others_at_the_same_address_may_not():
    async with listening(plain(body=b"good")) as heard:
        client = OutboundClient(AllowList(["Hooks.Internal"]), resolve=resolving(["127.0.0.1"]))
        answer = await client.request("GET", f"http://hooks.internal:{heard.port}/")
        assert answer.body == b"good"
        with pytest.raises(OutboundRefused, match=r"other\.internal is at"):
            await client.request("GET", f"http://other.internal:{heard.port}/")
        with pytest.raises(OutboundRefused, match=r"sub\.hooks\.internal is at"):
            await client.request("GET", f"http://sub.hooks.internal:{heard.port}/")


@pytest.mark.parametrize("entry", ["", "10.0.0.1/8", "10.0.0.0/33", "300.1.1.1", "a b", "https://x", "*.x"])
def test_entries_that_are_neither_network_nor_host_are_refused(entry):
    with pytest.raises(BadAllowList, match="outbound_allow holds"):
        AllowList([entry])


def test_a_file_without_certificates_is_refused(tmp_path):
    (tmp_path / "empty.pem").write_text("")
    for name in ("empty.pem", "absent.pem"):
        with pytest.raises(ValueError, match=rf"outbound_ca_file is '.*{name}', which cannot be used"):
            OutboundClient(ca_file=tmp_path / name)
