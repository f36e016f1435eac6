"""A command in a terminal of its own: what it writes goes through an emulator, as a person would see it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from pathlib import Path

import pyte


class Terminal:
    """``async with Terminal(folder, "run", file, columns=40) as terminal: await terminal.ended()``

    Both streams are on the terminal, unless ``piped``: then stdout is a pipe.
    """

    def __init__(
        self, folder: Path, *arguments: str | Path, columns: int = 80, rows: int = 24, piped: bool = False
    ) -> None:
        self.folder, self.arguments, self.piped = folder, arguments, piped
        self.screen = pyte.HistoryScreen(columns, rows, history=100_000, ratio=0.5)
        self.raw = b""
        self._emulator = pyte.ByteStream(self.screen)
        self._out = b""

    async def __aenter__(self) -> Terminal:
        self._master, slave = pty.openpty()
        self.resize(self.screen.columns, self.screen.lines)
        clean = {key: value for key, value in os.environ.items() if not key.startswith("COMFY")}

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "comfyc",
            *map(str, self.arguments),
            stdin=slave,
            stdout=asyncio.subprocess.PIPE if self.piped else slave,
            stderr=slave,
            cwd=self.folder,
            env={
                **clean,
                "TERM": "xterm-256color",
                "PYTHONIOENCODING": "utf-8",
                "COMFYC_CACHE_DIR": str(self.folder / "cache"),
            },
            preexec_fn=take_terminal,
        )
        os.close(slave)
        self._reader = asyncio.create_task(asyncio.to_thread(self._read))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self._reader
        os.close(self._master)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # nobody has the other end any more
            while data := os.read(self._master, 65536):
                self.raw += data
                self._emulator.feed(data)

    async def ended(self) -> int:
        """Wait for the end of the command; its exit code."""
        self._out, _ = await self.process.communicate() if self.piped else (b"", await self.process.wait())
        await self._reader
        return self.process.returncode or 0

    @property
    def out(self) -> str:
        """What went to the pipe."""
        return self._out.decode()

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal larger or smaller, and say so to the command."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)
        if hasattr(self, "process"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGWINCH)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def write(self, text: str) -> None:
        """Write on it as another program would."""
        self._emulator.feed(text.encode())

    def lines(self) -> list[str]:
        """All that is to be seen, from the first line on; the empty ones at the end are left out."""
        top = [_text(row, self.screen.columns) for row in self.screen.history.top]
        lines = [*top, *(line.rstrip() for line in self.screen.display)]
        while lines and not lines[-1]:
            lines.pop()
        return lines


def _text(row: object, columns: int) -> str:
    return "".join(row[column].data for column in range(columns)).rstrip()  # type: ignore[index]
