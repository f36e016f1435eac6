"""SIGTERM and the closing of the terminal end a command as Ctrl-C does: after it has cleaned up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_INTERRUPT = signal.SIGINT
_STOPS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def stoppable() -> Iterator[None]:
    """Let these signals raise SystemExit, with the exit code that the shell gives for them.

    What somebody has decided about them (``nohup`` ignores SIGHUP) is left.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are somebody else's business
        yield
        return
    ours = [number for number in _STOPS if signal.getsignal(number) is signal.SIG_DFL]
    try:
        for number in ours:
            signal.signal(number, _stop)
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def signals_later() -> Iterator[None]:
    """Hold signals back while processes are started: they inherit that, until :func:`begin_work`."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [_INTERRUPT, *_STOPS])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_work() -> None:
    """Set up the signals of a worker: Ctrl-C, which the terminal sends to all, is for the first process."""
    signal.signal(_INTERRUPT, signal.SIG_IGN)
    for number in _STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [_INTERRUPT, *_STOPS])


def _stop(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # another one shall not end the cleaning up
    raise SystemExit(128 + number)
