"""What keeps a server from starting is one sentence with the remedy, and nothing has been made."""

import socket
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from tests.support.ca import Authority
from tests.support.command_line import process


def serve(tmp_path: Path, port: int, *words: str, **environ: str) -> str:
    """Return the sentence with which a server refuses to start, having made nothing."""
    outcome = process("serve", "--data", str(tmp_path / "data"), "--port", str(port), *words, environ=environ)
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (1, "", 1)
    assert not (tmp_path / "data").exists()
    return outcome.stderr


def test_tls_files_that_cannot_be_used_are_refused(tmp_path: Path, free_port: int, authority: Authority):
    cert, key = authority.issue()
    absent, other = tmp_path / "absent.pem", tmp_path / "other.pem"
    words = ("--tls-cert", str(cert), "--tls-key")
    assert serve(tmp_path, free_port, *words, str(absent)) == (
        f"Error: The TLS file {absent} cannot be read: No such file or directory. "
        "Name a file that this user may read.\n"
    )
    other.write_text("no key")
    told = serve(tmp_path, free_port, *words, str(other))
    assert told.startswith(f"Error: The TLS certificate {cert} with the key {other} cannot be used: ")
    assert told.endswith(
        ". Give PEM files: the certificate with its chain, and the key that belongs to it.\n"
    )
    private = load_pem_private_key(Path(key).read_bytes(), None)
    sealed = BestAvailableEncryption(b"passphrase")
    other.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))
    assert serve(tmp_path, free_port, *words, str(other)) == (
        f"Error: The TLS key {other} is protected by a passphrase. Give one without: "
        f"openssl pkey -in {other} -out FILE\n"
    )


def test_what_cannot_be_served_is_refused_before_anything_is_made(tmp_path: Path, free_port: int):
    assert serve(tmp_path, free_port, "--host", "192.0.2.1") == (
        f"Error: Cannot listen on 192.0.2.1 port {free_port}: Cannot assign requested address. "
        "Give an address of this machine with --host.\n"
    )
    assert "is http, which is only allowed on loopback" in serve(
        tmp_path, free_port, "--issuer", "http://id.example.com"
    )
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert serve(tmp_path, port) == (
            f"Error: Cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another with "
            "--port, or stop what uses it.\n"
        )
        assert serve(tmp_path, free_port, CLAIMSMITH_METRICS_PORT=str(port)) == (
            f"Error: Cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another with "
            "CLAIMSMITH_METRICS_PORT, or stop what uses it.\n"
        )


def test_data_directory_that_cannot_be_made_is_refused(tmp_path: Path, free_port: int):
    (tmp_path / "file").touch()
    for data, said in ((tmp_path / "file", "File exists"), (tmp_path / "file" / "x", "Not a directory")):
        outcome = process("serve", "--port", str(free_port), "--data", str(data))
        assert (outcome.code, outcome.stdout, outcome.stderr) == (
            1,
            "",
            f"Error: The data directory {data} cannot be made: {said}. Name another with --data or "
            "CLAIMSMITH_DATA.\n",
        )
