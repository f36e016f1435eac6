"""``--show``: the bytes for each protocol decoded again, and who gets which."""

from __future__ import annotations

import base64
import io
import os
import re
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

pytest.importorskip("pty")

from comfyc.running.display import terminal_pictures
from comfyc.running.display.terminal_pictures import (
    TerminalPictures,
    iterm2_image,
    kitty_image,
    picture_protocol,
)
from comfyc.running.display.terminal_query import TerminalAnswer, ask_terminal
from tests.carriers import chunk
from tests.server.fake import FakeComfy
from tests.server.terminal import Terminal
from tests.server.test_cli_run import WORKFLOW, on, serving

DA1 = b"\x1b[?62;4;22c"


def png(width: int, height: int, *, noise: bool = False) -> bytes:
    """A picture whose pixels all have another colour, or whose halves have one each."""
    if noise:
        rows = [b"\0" + os.urandom(3 * width) for _ in range(height)]
    else:
        half = width // 2
        rows = [b"\0" + b"\xff\0\0" * half + b"\0\0\xff" * (width - half)] * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def kitty_decoded(sequence: bytes) -> tuple[dict[str, str], bytes]:
    """The keys of the first part, and the data, as a terminal puts them together."""
    parts = re.findall(rb"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sequence)
    assert b"".join(b"\x1b_G%s;%s\x1b\\" % part for part in parts) == sequence
    assert all(len(text) <= 4096 and len(text) % 4 == 0 for _, text in parts)
    assert [keys for keys, _ in parts[1:]] == [b"m=1"] * (len(parts) - 2) + [b"m=0"] * (len(parts) > 1)
    keys = dict(each.split("=") for each in parts[0][0].decode().split(","))
    assert keys.pop("m") == str(int(len(parts) > 1))
    return keys, base64.b64decode(b"".join(text for _, text in parts), validate=True)


def sixel_decoded(sequence: bytes) -> list[list[tuple[int, int, int] | None]]:
    """The pixels of a sequence, in colours from 0 to 100, None where none is drawn."""
    found = re.fullmatch(rb'\x1bP0;1q"1;1;(\d+);(\d+)([#0-9;!$?-~-]*)\x1b\\', sequence, re.DOTALL)
    assert found is not None
    width, height = int(found[1]), int(found[2])
    pixels: list[list[tuple[int, int, int] | None]] = [[None] * width for _ in range(height)]
    palette: dict[int, tuple[int, int, int]] = {}
    color = x = top = 0
    for part in re.finditer(rb"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|([$-])", found[3]):
        if part[1] and part[2]:
            palette[int(part[1])] = (int(part[2]), int(part[3]), int(part[4]))
        elif part[1]:
            color = int(part[1])
        elif part[8]:
            x = 0
            top += 6 * (part[8] == b"-")
        else:
            bits = (part[6] or part[7])[0] - 63
            for _ in range(int(part[5] or 1)):
                for row in range(6):
                    if bits >> row & 1:
                        assert pixels[top + row][x] is None  # each pixel has one colour
                        pixels[top + row][x] = palette[color]
                x += 1
            assert x <= width
    return pixels


@pytest.mark.parametrize("size", [1, 3071, 3072, 3073, 20_000])
def test_kitty_gets_a_file_in_chunks(size: int) -> None:
    data = os.urandom(size)
    assert kitty_decoded(kitty_image(data, 40, 12)) == (
        {"a": "T", "f": "100", "q": "2", "c": "40", "r": "12"},
        data,
    )


def test_iterm2_gets_a_file_as_it_is() -> None:
    data = os.urandom(5000)
    found = re.fullmatch(rb"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", iterm2_image(data, 40, 12))
    assert found is not None
    assert found[1] == b"inline=1;size=5000;width=40;height=12;preserveAspectRatio=1"
    assert base64.b64decode(found[2], validate=True) == data


@pytest.mark.parametrize(("width", "height"), [(1, 1), (64, 6), (64, 7), (63, 64)])
def test_sixels_are_the_pixels(width: int, height: int) -> None:
    pytest.importorskip("PIL")
    from comfyc.running.display.sixel import sixels  # noqa: PLC0415

    pixels = sixel_decoded(sixels(png(width, height), 100, 100))
    half = width // 2
    assert pixels == [[(100, 0, 0)] * half + [(0, 0, 100)] * (width - half)] * height


def test_sixels_are_made_small_in_few_colours() -> None:
    pytest.importorskip("PIL")
    from comfyc.running.display.sixel import sixels  # noqa: PLC0415

    pixels = sixel_decoded(sixels(png(300, 200, noise=True), 90, 90))
    assert (len(pixels[0]), len(pixels)) == (90, 60)
    colors = {pixel for row in pixels for pixel in row}
    assert None not in colors
    assert 100 < len(colors) <= 255
    for broken in (b"", b"\x89PNG\r\n\x1a\n", png(64, 64)[:-40]):
        with pytest.raises(ValueError, match="decoded"):
            sixels(broken, 90, 90)


@pytest.mark.parametrize(
    ("environment", "answer", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "", "kitty"),
        ({"TERM": "xterm-ghostty"}, "", "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, "", "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "", "iterm2"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "", "iterm2"),
        ({"TERM": "xterm-256color"}, "kitty(0.26.5) 62", "kitty"),
        ({"TERM": "xterm-256color"}, "Konsole 22.04.1 62 1 4", "kitty"),
        ({"TERM": "xterm-256color"}, "Konsole 21.12.3 62 1", None),
        ({"TERM": "xterm-256color"}, "iTerm2 3.5.0 62 4", "iterm2"),
        ({"TERM": "xterm-256color"}, "XTerm(379) 63 1 2 4 6", "sixel"),
        ({"TERM": "foot"}, "foot(1.13.1) 62 4 22", "sixel"),
        ({"TERM": "xterm-256color"}, "", None),
        ({"TERM": "xterm-256color", "VTE_VERSION": "6003"}, "65 1 9", None),
        ({"TERM": "linux"}, "6", None),
        ({"TERM": "dumb"}, "62 4", None),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "WezTerm"}, "tmux 3.4 1 2 4", "sixel"),
        ({"TERM": "screen", "TERM_PROGRAM": "WezTerm"}, "1 2", None),
        ({"TERM": "xterm-kitty", "TMUX": "x"}, "1 2", None),
    ],
)
def test_a_terminal_gets_what_it_can_show(
    environment: Mapping[str, str], answer: str, protocol: str | None
) -> None:
    words = answer.split()
    numbers = {word for word in words if word.isdecimal()}
    name = " ".join(word for word in words if word not in numbers)
    assert picture_protocol(environment, lambda: TerminalAnswer(name, frozenset(numbers))) == protocol


@contextmanager
def terminal(
    answers: bytes, rows: int = 24, columns: int = 80, pixels: tuple[int, int] = (800, 480)
) -> Iterator[tuple[io.TextIOWrapper, bytearray]]:
    """A terminal that answers a question with these bytes, and what has been written to it."""
    import fcntl  # noqa: PLC0415 - not on Windows
    import pty  # noqa: PLC0415
    import termios  # noqa: PLC0415

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, *pixels))
    written = bytearray()

    def read() -> None:
        try:
            while data := os.read(master, 65536):
                written.extend(data)
                if b"\x1b[c" in data:
                    os.write(master, answers)
        except OSError:
            pass

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    name = os.ttyname(slave)
    ours = mock.patch.object(os, "tcgetpgrp", return_value=os.getpgrp())
    asked = mock.patch.object(terminal_pictures, "ask_terminal", partial(ask_terminal, name, 5.0))
    stream = io.TextIOWrapper(open(slave, "wb", buffering=0), write_through=True)  # noqa: SIM115
    with ours, asked, stream:
        yield stream, written
        termios.tcdrain(slave)
    reader.join(5)
    os.close(master)


def test_a_terminal_is_asked_and_its_answer_is_not_shown() -> None:
    with terminal(b"\x1bP>|foot(1.13.1)\x1b\\" + DA1) as (stream, written):
        answer = ask_terminal(os.ttyname(stream.fileno()), 5.0)
    assert answer == TerminalAnswer("foot(1.13.1)", frozenset({"62", "4", "22"}))
    assert bytes(written) == b"\x1b[>q\x1b[c"
    with terminal(b"\x1b[?6") as (stream, written):  # never ends
        assert ask_terminal(os.ttyname(stream.fileno()), 0.05) == TerminalAnswer()
    assert bytes(written) == b"\x1b[>q\x1b[c"
    assert ask_terminal("/dev/null") == TerminalAnswer()


def test_pictures_are_shown_as_large_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_pictures.os, "environ", {"TERM": "xterm-kitty"})  # type: ignore[attr-defined]
    sizes = {"large": (1024, 1024), "small": (40, 40), "wide": (2000, 10)}
    for name, size in sizes.items():
        (tmp_path / f"{name}.png").write_bytes(png(*size))
    (tmp_path / "text.txt").write_text("\x1b]0;no picture")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    notes: list[str] = []
    names = ["large.png", "text.txt", "small.png", "missing.png", "photo.jpg", "photo.jpg", "wide.png"]
    with terminal(b"") as (stream, written):
        TerminalPictures(stream, notes.append).show_all(str(tmp_path / name) for name in names)
    pictures = bytes(written).split(b"\r\n")
    assert pictures.pop() == b""
    decoded = [kitty_decoded(picture) for picture in pictures]
    assert [data for _, data in decoded] == [png(*sizes[name]) for name in ("large", "small", "wide")]
    # 10 x 20 pixels a character: 18 rows are 360 pixels, 48 columns are 480
    assert [(keys["c"], keys["r"]) for keys, _ in decoded] == [("36", "18"), ("4", "2"), ("48", "1")]
    assert notes == ["this terminal shows pictures in PNG only"]


@pytest.mark.parametrize(
    ("environment", "note"),
    [
        ({"TERM": "xterm-256color"}, "this terminal shows no pictures"),
        ({"TERM": "tmux-256color", "TMUX": "x"}, "tmux does it from 3.4 on"),
    ],
)
def test_others_get_a_note_and_no_picture(
    environment: dict[str, str], note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_pictures.os, "environ", environment)  # type: ignore[attr-defined]
    (tmp_path / "a.png").write_bytes(png(8, 8))
    notes: list[str] = []
    with terminal(b"\x1b[?62;22c") as (stream, written):
        shown = TerminalPictures(stream, notes.append)
        shown.show_all([str(tmp_path / "a.png")] * 2)
    assert len(notes) == 1
    assert note in notes[0]
    assert bytes(written) == b"\x1b[>q\x1b[c"
    TerminalPictures(io.StringIO(), notes.append).show_all([str(tmp_path / "a.png")])
    assert notes[1:] == ["--show shows nothing, because stderr is no terminal"]


@pytest.mark.slow
def test_a_run_shows_what_it_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "iTerm.app")
    monkeypatch.delenv("TMUX", raising=False)

    async def test(server: FakeComfy) -> None:
        server.files["output", "", "a_00001_.png"] = data = png(30, 30)
        command = ("run", WORKFLOW, "--server", server.url, "--show")
        async with Terminal(tmp_path, *command, columns=100) as terminal:
            assert await terminal.ended() == 0
        assert [line for line in terminal.lines() if "a_00001_.png" in line] == ["a_00001_.png"]
        path, _, picture = terminal.raw.rpartition(b"\x1b]1337;File=")
        assert path.rstrip(b"\r\n").endswith(b"a_00001_.png")
        assert picture.partition(b":")[2].startswith(base64.b64encode(data) + b"\x07")

    on(serving(), test)
