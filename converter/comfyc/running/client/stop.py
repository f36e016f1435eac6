"""Ctrl-C: once, and our prompts are taken back and what is there is saved; twice, and we are gone."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import Any, TypeVar

from comfyc.running.http.waiting import unless

T = TypeVar("T")
INTERRUPTED = 130
"""The exit code of a program that was interrupted: 128 + SIGINT."""


class Stop:
    """Whether the user wants to stop. Jobs register what is to be done then; see :func:`until_stopped`."""

    def __init__(self) -> None:
        self.is_requested = False
        self.exit_code = INTERRUPTED
        """That of the program that is stopped: 128 + the number of the signal."""
        self.is_urgent = False
        self._actions: dict[object, Callable[[], None]] = {}
        self._hurries: dict[object, Callable[[], None]] = {}

    def end(self) -> KeyboardInterrupt | SystemExit:
        """What ends a program that is to leave at once."""
        return KeyboardInterrupt() if self.exit_code == INTERRUPTED else SystemExit(self.exit_code)

    @contextlib.contextmanager
    def watching(self, on_stop: Callable[[], None], on_hurry: Callable[[], None]) -> Iterator[None]:
        """While inside, ``on_stop`` is called at the first request (at once, if there was one already) and
        ``on_hurry`` at the second."""
        key = object()
        self._actions[key], self._hurries[key] = on_stop, on_hurry
        if self.is_requested:
            on_stop()
        try:
            yield
        finally:
            del self._actions[key], self._hurries[key]

    def request(self) -> None:
        """Once: stop in good order. Again: leave at once."""
        if not self.is_requested:
            self.is_requested = True
            for action in list(self._actions.values()):
                action()
        elif not self.is_urgent:
            self.is_urgent = True
            for action in list(self._hurries.values()):
                action()


async def unless_stopped(stop: Stop, awaitable: Awaitable[T]) -> T | None:
    """The result of ``awaitable``; ``None`` if a stop is requested before (it is cancelled then)."""
    stopped = asyncio.Event()
    with stop.watching(stopped.set, stopped.set):
        return await unless(stopped, awaitable)


async def until_stopped(
    main: Callable[[Stop], Awaitable[T]], *, on_first: Callable[[], None] | None = None
) -> T:
    """Run ``main`` with the Ctrl-C contract in force (SIGINT, SIGTERM and SIGHUP, unless it is ignored).

    The first signal calls ``on_first`` (say what is going on) and asks for a stop: ``main`` goes on to a
    good end. The second one ends it at once, without another word to any server: ``KeyboardInterrupt`` for
    Ctrl-C, ``SystemExit`` with the exit code of the signal for another.
    """
    stop = Stop()
    task: asyncio.Future[T] = asyncio.ensure_future(main(stop))

    def on_signal(number: int) -> None:
        stop.exit_code = 128 + number
        if not stop.is_requested and on_first is not None:
            on_first()
        stop.request()
        if stop.is_urgent:
            task.cancel()

    with _handling(on_signal):
        try:
            return await task
        except asyncio.CancelledError:
            if stop.is_urgent:
                raise stop.end() from None
            task.cancel()
            raise


@contextlib.contextmanager
def _handling(on_signal: Callable[[int], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    caught = [signal.SIGINT, signal.SIGTERM]
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:  # as nohup has it
        caught.append(hangup)
    before: dict[signal.Signals, Any] = {}

    def in_thread(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(on_signal, number)

    try:
        for number in caught:
            before[number] = signal.getsignal(number)
            try:
                loop.add_signal_handler(number, on_signal, number)
            except NotImplementedError:  # Windows
                signal.signal(number, in_thread)
    except (ValueError, RuntimeError):
        before.clear()  # not the main thread: signals are somebody else's business
    try:
        yield
    finally:
        for number, handler in before.items():
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler)
