"""Pictures shown on the terminal itself, by the protocol that it has.

- kitty's graphics protocol (kitty, Ghostty, Konsole): PNG as it is, in base64 of at most 4096 bytes each.
  https://sw.kovidgoyal.net/kitty/graphics-protocol/
- inline images of iTerm2 (iTerm2, WezTerm): any file that the system can decode.
  https://iterm2.com/documentation-images.html
- sixels (foot, xterm -ti vt340, mlterm, Windows Terminal, tmux from 3.4 on, ...), see ``sixel.py``.

A terminal gets pictures only if its environment or its own answer says that it can show them.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TextIO

from comfyc.running.client.media import HEAD, media_type
from comfyc.running.display.terminal_query import TerminalAnswer, ask_terminal

PictureProtocol = Literal["kitty", "iterm2", "sixel"]

_CELLS = (48, 18)
"""The most columns and rows that a picture takes."""
_CELL = (8, 16)
"""Pixels of a character where the terminal does not say."""
_CHUNK = 4096
_MOST = 32 << 20
"""Bytes of a picture that is sent to a terminal."""
_TERMS: Mapping[str, PictureProtocol] = {"xterm-kitty": "kitty", "xterm-ghostty": "kitty"}
_PROGRAMS: Mapping[str, PictureProtocol] = {"iTerm.app": "iterm2", "WezTerm": "iterm2", "ghostty": "kitty"}
_NAMES: Mapping[str, PictureProtocol] = {
    "kitty": "kitty",
    "ghostty": "kitty",
    "konsole": "kitty",
    "iterm2": "iterm2",
    "wezterm": "iterm2",
}
"""Beginnings of what terminals call themselves."""


def picture_protocol(
    environment: Mapping[str, str], ask: Callable[[], TerminalAnswer]
) -> PictureProtocol | None:
    """How the terminal of this environment shows pictures; ``None`` if it does not, or if that cannot be
    known.

    Under tmux and screen the environment may be that of another terminal, and only their own answer counts.
    """
    term = environment.get("TERM", "")
    if term == "dumb":
        return None
    if not is_multiplexed(environment):
        known = _TERMS.get(term) or _PROGRAMS.get(environment.get("TERM_PROGRAM", ""))
        if known is not None:
            return known
    answer = ask()
    name = answer.name.casefold()
    if not is_multiplexed(environment):
        for beginning, protocol in _NAMES.items():
            if name.startswith(beginning) and not "konsole" <= name < "konsole 22.04":
                return protocol
    return "sixel" if "4" in answer.attributes else None


def is_multiplexed(environment: Mapping[str, str]) -> bool:
    """Whether tmux or screen is between us and the terminal."""
    term = environment.get("TERM", "")
    return bool(environment.get("TMUX") or environment.get("STY")) or term.startswith(("screen", "tmux"))


class TerminalPictures:
    """Shows pictures on the terminal that ``stream`` is, or says once through ``note`` why it cannot."""

    def __init__(self, stream: TextIO, note: Callable[[str], None]) -> None:
        self._stream = stream
        self._note = note
        self._noted: set[str] = set()
        self._protocol: PictureProtocol | None = None
        if not stream.isatty():
            self._say("--show shows nothing, because stderr is no terminal")
            return
        self._protocol = picture_protocol(os.environ, ask_terminal)
        if self._protocol is None and is_multiplexed(os.environ):
            self._say(
                "--show shows nothing: no pictures pass through here (tmux does it from 3.4 on, with sixels)"
            )
        elif self._protocol is None:
            self._say("--show shows nothing, because this terminal shows no pictures (kitty, iTerm2, sixel)")

    def show_all(self, paths: Iterable[str]) -> None:
        """Show the pictures among files, each below what the terminal shows."""
        if self._protocol is not None:
            for path in paths:
                self._show(path)

    def _show(self, path: str) -> None:
        try:
            with open(path, "rb") as file:
                kind = media_type(head := file.read(HEAD))
                if kind is None or "image" not in kind.kinds:
                    return
                data = head + file.read(_MOST)
        except OSError:
            return  # it was there a moment ago; whoever took it away knows
        if len(data) > _MOST:
            self._say("pictures of more than 32 MiB are not shown")
            return
        sequence = self._sequence(data, is_png=kind.suffix == ".png")
        if sequence:
            self._stream.flush()
            self._stream.buffer.write(sequence + b"\n")
            self._stream.flush()

    def _sequence(self, data: bytes, *, is_png: bool) -> bytes:
        columns, rows, cell_width, cell_height = self._room()
        if self._protocol != "sixel" and is_png:
            width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
            scale = min(1.0, columns * cell_width / max(width, 1), rows * cell_height / max(height, 1))
            columns = max(round(width * scale / cell_width), 1)
            rows = max(round(height * scale / cell_height), 1)
        if self._protocol == "iterm2":
            return iterm2_image(data, columns, rows)
        if self._protocol == "kitty" and is_png:
            return kitty_image(data, columns, rows)
        if self._protocol == "kitty":
            self._say("this terminal shows pictures in PNG only")
            return b""
        from comfyc.running.display.sixel import sixels  # noqa: PLC0415

        try:
            return sixels(data, columns * cell_width, rows * cell_height)
        except ImportError:
            self._say("this terminal shows sixels, for which Pillow is needed: install comfyc[pictures]")
        except ValueError as error:
            self._say(str(error))
        return b""

    def _room(self) -> tuple[int, int, int, int]:
        """The columns and rows that a picture may take, and the pixels of a character."""
        lines, columns, width, height = _window(self._stream)
        cell_width = width // columns if width and columns else _CELL[0]
        cell_height = height // lines if height and lines else _CELL[1]
        return (
            max(min(_CELLS[0], (columns or 80) - 2), 1),
            max(min(_CELLS[1], (lines or 24) - 4), 1),
            max(cell_width, 1),
            max(cell_height, 1),
        )

    def _say(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._note(text)


def _window(stream: TextIO) -> tuple[int, int, int, int]:
    """Lines, columns and pixels of a terminal, 0 for what it does not say."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
        import struct  # noqa: PLC0415
        import termios  # noqa: PLC0415

        found = struct.unpack("HHHH", fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8)))
    except (ImportError, OSError, ValueError):
        return 0, 0, 0, 0
    return found[0], found[1], found[2], found[3]


def kitty_image(png: bytes, columns: int, rows: int) -> bytes:
    """A PNG for kitty, scaled to so many cells. The terminal does not answer (q=2)."""
    text = b64encode(png)
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    parts = []
    for number, chunk in enumerate(chunks):
        keys = b"a=T,f=100,q=2,c=%d,r=%d," % (columns, rows) if number == 0 else b""
        more = int(number + 1 < len(chunks))
        parts.append(b"\x1b_G%sm=%d;%s\x1b\\" % (keys, more, chunk))
    return b"".join(parts)


def iterm2_image(data: bytes, columns: int, rows: int) -> bytes:
    """A file for iTerm2, scaled into so many cells."""
    keys = b"inline=1;size=%d;width=%d;height=%d;preserveAspectRatio=1" % (len(data), columns, rows)
    return b"\x1b]1337;File=%s:%s\x07" % (keys, b64encode(data))
