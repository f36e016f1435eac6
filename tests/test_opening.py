"""Files that may be anything: no endless device, no pipe that nobody writes to, no more than a limit."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from comfyc.safety import opening
from comfyc.safety.opening import open_named, open_regular, read_regular
from tests.in_process import comfyc

WORKFLOW = Path(__file__).parents[1] / "fixtures" / "workflows"
PROMPT = b'{"1": {"class_type": "EmptyImage", "inputs": {}}}'

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of a POSIX system")


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def linked(target: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "link").symlink_to(target)
        return folder / "link"

    return make


def unix_socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
    return folder / "socket"


ODD: dict[str, Callable[[Path], Path]] = {
    "pipe": pipe,
    "zero": linked("/dev/zero"),
    "tty": linked("/dev/tty"),
    "socket": unix_socket,
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_regular_file_is_not_opened(kind: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"regular|No such"):
        open_regular(ODD[kind](tmp_path))


def test_a_folder_and_nothing_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


def test_only_so_much_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular(tmp_path / "file", 5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_regular(tmp_path / "file", 4)


def test_a_named_pipe_is_read_once_somebody_writes(tmp_path: Path) -> None:
    place = pipe(tmp_path)
    writer = threading.Thread(target=lambda: place.write_bytes(b"x" * 100_000))
    writer.start()
    with open_named(place) as file:
        assert file.read() == b"x" * 100_000
    writer.join()


def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_WRITER_COMES", 0.1)
    with pytest.raises(OSError, match="no process writes"):
        open_named(pipe(tmp_path))


def test_a_pipe_of_the_shell_is_a_workflow() -> None:
    reading, writing = os.pipe()
    os.write(writing, PROMPT)
    os.close(writing)
    ended = comfyc("validate", f"/dev/fd/{reading}")
    os.close(reading)
    assert "EmptyImage" not in ended.err
    assert ended.code in (0, 1)


@pytest.mark.parametrize("kind", ODD)
def test_no_command_waits_for_what_is_no_file(kind: str, tmp_path: Path) -> None:
    """A configuration, a catalogue, the text of a setting, a key: each is told, none is read."""
    flow = tmp_path / "flow.json"
    flow.write_bytes(PROMPT)
    odd = ODD[kind](tmp_path)
    calls: list[tuple[int, tuple[str | Path, ...]]] = [
        (2, ("validate", flow, "--object-info", odd)),
        (1, ("convert", flow, "--set", f"1.width=@{odd}")),
        (2, ("run", flow, "--api-key-file", odd, "--server", "http://127.0.0.1:9")),
    ]
    for code, call in calls:
        ended = comfyc(*call)
        assert ended.code == code, call
        assert "error" in ended.err
        assert "Traceback" not in ended.err
    odd.rename(tmp_path / "comfyc.toml")
    ended = comfyc("validate", flow)
    assert ended.code == 2
    assert "comfyc.toml' cannot be read" in ended.err


@pytest.mark.parametrize("kind", ["pipe", "zero"])
def test_a_cache_that_is_no_file_is_no_cache(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comfyc.catalog import cached as catalog_cache  # noqa: PLC0415

    monkeypatch.setenv("COMFYC_CACHE_DIR", str(tmp_path))
    place = catalog_cache._path("http://host")
    assert place is not None
    ODD[kind](tmp_path).rename(place)
    assert catalog_cache.read_cached("http://host") is None
