"""JSONata expressions, evaluated in a process of their own: they come from a server, and some never end.

jlens evaluates them, a JSONata engine that gives what the frontend's (npm ``jsonata``) gives for the
expressions of ComfyUI's nodes: ``scripts/record_prices.py`` records that. It can be told how many steps an
expression may take, but single steps can be without end (to compare two structures that share their parts, or
to replace within a long text), and nothing stops them then but the end of the process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
from functools import lru_cache
from importlib.util import find_spec
from threading import Lock, Timer
from typing import Any

INSTALL = "pip install 'comfyc[prices]'"

_MAX_LENGTH = 1 << 15
"""Characters of an expression; the longest of ComfyUI 0.33.0 has 4205."""
_START = 60.0
"""Seconds that the process may take to start."""
_SECONDS = 10.0
"""Seconds that an expression may take; those of ComfyUI 0.33.0 take less than a millisecond."""
_CODE = "import sys; sys.path[:] = sys.argv[1:]; from comfyc.prices.worker import main; main()"


class PriceError(Exception):
    """Why an expression gives nothing, as a clause: "its expression takes too long"."""


def evaluated(expression: str, context: dict[str, Any]) -> Any:
    """The result of an expression; ``None`` also if it has none.

    Raises ``PriceError`` if it is wrong, fails on this ``context`` or takes too long, and if jlens is not
    installed.
    """
    if len(expression) > _MAX_LENGTH:
        raise PriceError(f"its expression is longer than {_MAX_LENGTH} characters")
    if find_spec("jlens") is None:
        raise PriceError(f"to compute it, run: {INSTALL}")
    answer = _answer(json.dumps([expression, context]))
    if "error" in answer:
        raise PriceError(answer["error"])
    return answer["result"]


@lru_cache(maxsize=1024)
def _answer(question: str) -> dict[str, Any]:
    with _LOCK:
        return _ASKED.ask(question)


class _Asked:
    """The process, started for the first question and after one that had no answer."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def ask(self, question: str) -> dict[str, Any]:
        """The answer of ``worker.answer``, or one that says why there is none."""
        try:
            if self.process is None:
                self.process = _started()
                if not self._line("", _START):
                    return {"error": "the process that computes prices does not start"}
            line = self._line(question + "\n", _SECONDS)
        except OSError as error:
            return {"error": f"the process that computes prices does not start: {error.strerror}"}
        if not line:
            return {"error": "its expression takes too long, or too much memory"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _line(self, question: str, seconds: float) -> str:
        """The next line of the process; "" and no process any more if it does not come in time."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timer = Timer(seconds, self.process.kill)
        timer.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(question)
                self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self.end()
        return line

    def end(self) -> None:
        """End the process, whatever it does."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.communicate()


def _started() -> subprocess.Popen[str]:
    """A process that sees the same modules as this one, and nothing of the environment or the folder."""
    command = [sys.executable, "-I", "-S", "-c", _CODE, *sys.path]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, encoding="ascii"
    )


_LOCK = Lock()
_ASKED = _Asked()
atexit.register(_ASKED.end)
