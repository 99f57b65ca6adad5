import base64
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from claimsmith.crypto.master_key import MasterKeyError, load_master_key

KEY = bytes(range(32))
TEXT = base64.urlsafe_b64encode(KEY).decode()
MAKE_ONE = (
    "Make one with: python3 -c 'import base64,os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
)


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "value",
    [
        " ",
        "short",
        TEXT[:-4],
        TEXT + "AAAA",
        "+" + TEXT[1:],
        TEXT[:20] + "\n" + TEXT[20:],
        "é" * 43,
        "\ud800",
    ],
)
def test_a_value_that_is_no_key_is_refused_without_repeating_it(value: str, tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError) as refused:
        load_master_key(tmp_path, value=value)
    assert str(refused.value) == f"CLAIMSMITH_MASTER_KEY must hold 32 bytes as base64url. {MAKE_ONE}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "\n", "short", TEXT + TEXT, "x" * 5000, "\xff\xfe"])
def test_a_file_that_holds_no_key_is_refused(content: str, tmp_path: Path) -> None:
    path = write(tmp_path / "master.key", content)
    with pytest.raises(MasterKeyError) as refused:
        load_master_key(tmp_path)
    assert str(refused.value) == f"The master key file {path} must hold 32 bytes as base64url. {MAKE_ONE}"
    assert path.read_text() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610, 0o601, 0o602, 0o444, 0o777])
@pytest.mark.parametrize("given", [False, True])
def test_a_file_open_to_others_is_refused(mode: int, given: bool, tmp_path: Path) -> None:
    path = write(tmp_path / "master.key", TEXT, mode)
    with pytest.raises(MasterKeyError) as refused:
        load_master_key(tmp_path, file=path if given else None)
    assert str(refused.value) == (
        f"The master key file {path} can be read by others (mode {mode:03o}). "
        f"Run: chmod 600 {path} (or mount it with mode 0400)."
    )


def test_the_mode_is_that_of_the_file_a_link_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(write(tmp_path / "real", TEXT, 0o644))
    with pytest.raises(MasterKeyError, match="mode 644"):
        load_master_key(tmp_path, file=link)
    (tmp_path / "real").chmod(0o400)
    assert load_master_key(tmp_path, file=link) == KEY


def test_a_given_file_that_is_absent_is_refused_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "absent"
    with pytest.raises(MasterKeyError) as refused:
        load_master_key(tmp_path, file=path)
    assert str(refused.value) == (
        f"The master key file {path} cannot be read: No such file or directory. Let the user of this process "
        "read it, or name another file in CLAIMSMITH_MASTER_KEY_FILE."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_leads_nowhere_is_refused_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "master.key").symlink_to(tmp_path / "gone")
    with pytest.raises(MasterKeyError, match="cannot be read: No such file"):
        load_master_key(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_directory_or_pipe_in_place_of_the_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "directory").mkdir(0o700)
    for name in ("pipe", "directory"):
        with pytest.raises(MasterKeyError, match=f"{name} is no regular file"):
            load_master_key(tmp_path, file=tmp_path / name)


@pytest.mark.parametrize(
    ("name", "why"), [("absent", "No such file or directory"), ("file", "Not a directory")]
)
def test_a_data_directory_that_cannot_be_written_is_refused(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    data = tmp_path / name
    with pytest.raises(MasterKeyError) as refused:
        load_master_key(data)
    assert str(refused.value) == (
        f"The master key file {data / 'master.key'} cannot be made: {why}. Let this process write to "
        f"{data}, or give the key in CLAIMSMITH_MASTER_KEY."
    )


@pytest.mark.parametrize("text", [TEXT, TEXT.rstrip("="), f"  {TEXT}\n", f"{TEXT}\r\n"])
def test_a_key_is_read_with_or_without_padding_and_space_around_it(text: str, tmp_path: Path) -> None:
    assert load_master_key(tmp_path, value=text) == KEY
    assert load_master_key(tmp_path, file=write(tmp_path / "given", text)) == KEY


def test_a_value_ranks_over_a_file_and_that_over_the_data_directory(tmp_path: Path) -> None:
    stored, given, value = bytes(32), bytes([1]) * 32, bytes([2]) * 32
    write(tmp_path / "master.key", base64.urlsafe_b64encode(stored).decode())
    path = write(tmp_path / "given", base64.urlsafe_b64encode(given).decode())
    text = base64.urlsafe_b64encode(value).decode()
    assert load_master_key(tmp_path, value=text, file=path) == value
    assert load_master_key(tmp_path, value="", file=path) == given
    assert load_master_key(tmp_path, file=path) == given
    assert load_master_key(tmp_path, value="") == stored
    assert load_master_key(tmp_path) == stored


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_first_start_makes_a_key_for_its_owner_alone(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        key = load_master_key(tmp_path)
    finally:
        os.umask(before)
    assert len(key) == 32
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    assert load_master_key(tmp_path) == key
    assert base64.urlsafe_b64decode((tmp_path / "master.key").read_text()) == key


def test_each_installation_gets_another_key(tmp_path: Path) -> None:
    directories = [tmp_path / str(number) for number in range(10)]
    for directory in directories:
        directory.mkdir()
    assert len({load_master_key(directory) for directory in directories}) == 10


def test_of_many_threads_that_start_at_once_one_makes_the_key(tmp_path: Path) -> None:
    for turn in range(20):
        data = tmp_path / str(turn)
        data.mkdir()
        barrier = Barrier(8)

        def start(data: Path = data, barrier: Barrier = barrier) -> bytes:
            barrier.wait()
            return load_master_key(data)

        with ThreadPoolExecutor(8) as pool:
            keys = {future.result() for future in [pool.submit(start) for _ in range(8)]}
        assert keys == {load_master_key(data)}
        assert [path.name for path in data.iterdir()] == ["master.key"]


def test_of_many_processes_that_start_at_once_one_makes_the_key(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from claimsmith.crypto.master_key import load_master_key\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "print(load_master_key(pathlib.Path(sys.argv[1])).hex())\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=30)[0] for process in processes}
    assert answers == {load_master_key(tmp_path).hex() + "\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]
