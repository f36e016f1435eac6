"""Work for many items on all cores of this machine.

Written by hand because ``ProcessPoolExecutor`` can end its workers only from Python 3.14 on
(``terminate_workers``): until then Ctrl-C would leave processes behind. It also gives up with the first
worker that dies.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from comfyc.diagnostics import ComfycError
from comfyc.safety.signals import begin_work, signals_later

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Item = TypeVar("Item")
Result = TypeVar("Result")

_PATIENCE = 2.0
"""Seconds that a process has for cleaning up."""
_AHEAD = 4
"""Batches for each process that may be done before the first of them is."""


class Processes(Generic[Item, Result]):
    """Processes that do ``work``, and a context manager: however it is left, none of them is.

    ``share(*shared)`` is called once in each process before any work. ``forks``: whether the processes may be
    forks of this one, where the system has them; what this process has begun in threads is lost in those.
    """

    def __init__(
        self,
        work: Callable[[Item], Result],
        jobs: int,
        *,
        share: Callable[..., None] | None = None,
        shared: tuple[Any, ...] = (),
        forks: bool = True,
    ) -> None:
        import multiprocessing  # noqa: PLC0415 - a single file does without

        self._task = (work, share, shared)
        self._jobs = jobs
        has_forks = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
        self._forks = forks and has_forks
        self._folder = None if self._forks else os.getcwd()
        self._context: Any = multiprocessing.get_context("fork" if self._forks else "spawn")
        self._workers: dict[Connection[Any, Any], BaseProcess] = {}

    def __enter__(self) -> Processes[Item, Result]:
        try:
            for _ in range(self._jobs):
                self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def map(
        self, batches: Iterable[Sequence[Item]], lost: Callable[[Item], Result] | None = None
    ) -> Iterator[list[Result]]:
        """The results of each batch, in the order of the batches, of which few are held at a time.

        If a process dies, another one is started, and each item of its batch is tried alone. An item with
        which a process dies again has the result ``lost(item)``. Without ``lost``, ``ComfycError`` at once.
        """
        from multiprocessing.connection import wait  # noqa: PLC0415 - a single file does without

        numbered = enumerate(batches)
        begun: dict[int, _Batch[Item, Result]] = {}
        waiting: deque[tuple[int, range]] = deque()
        working: dict[Any, tuple[int, range]] = {}
        first, has_more = 0, True
        while has_more or begun:
            while has_more and len(waiting) < self._jobs and len(begun) < _AHEAD * self._jobs:
                number, items = next(numbered, (-1, ()))
                if number < 0:
                    has_more = False
                    break
                begun[number] = _Batch(items)
                waiting.append((number, range(len(items))))
            for worker in [one for one in self._workers if one not in working]:
                if waiting and self._give(worker, [begun[waiting[0][0]].items[at] for at in waiting[0][1]]):
                    working[worker] = waiting.popleft()
            while first in begun and begun[first].is_done:
                yield begun.pop(first).results
                first += 1
            ready: Any
            for ready in wait(working, timeout=None if working else 0):
                number, span = working.pop(ready)
                batch = begun[number]
                try:
                    batch.take(span, ready.recv())
                except (EOFError, ConnectionError) as error:
                    if lost is None:
                        message = "a worker process was killed"
                        raise ComfycError(message, "pass --jobs 1 if there is too little memory") from error
                    self._replace(ready)
                    if len(span) == 1:
                        batch.take(span, [lost(batch.items[span[0]])])
                    else:
                        waiting.extendleft((number, range(at, at + 1)) for at in reversed(span))

    def _give(self, worker: Connection[Any, Any], items: Sequence[Item]) -> bool:
        """Give a process something to do; False if it has died, and another one is started for it."""
        try:
            worker.send(items)
        except ConnectionError:
            self._replace(worker)
            return False
        return True

    def _start(self) -> None:
        with signals_later(), nullcontext() if self._forks else _among_our_modules():
            try:
                ours, theirs = self._context.Pipe()
                task = (theirs, [*self._workers, ours], self._folder, *self._task)
                process = self._context.Process(target=_serve, args=task, daemon=True)
                process.start()
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise ComfycError(f"cannot start a worker process: {reason}", "pass --jobs 1") from error
            self._workers[ours] = process
            theirs.close()

    def _replace(self, worker: Connection[Any, Any]) -> None:
        self._workers.pop(worker).join(_PATIENCE)
        worker.close()
        self._start()

    def _end(self) -> None:
        for process in self._workers.values():
            process.terminate()
        for process in self._workers.values():
            process.join(_PATIENCE)
            process.kill()


class Here(Generic[Item, Result]):
    """This process, which does ``work`` alone; a context manager as :class:`Processes` is."""

    def __init__(self, work: Callable[[Item], Result]) -> None:
        self._work = work

    def __enter__(self) -> Here[Item, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(
        self, batches: Iterable[Sequence[Item]], lost: Callable[[Item], Result] | None = None
    ) -> Iterator[list[Result]]:
        """The results of each batch; nobody is left to ask ``lost`` if this process dies."""
        for batch in batches:
            yield [self._work(item) for item in batch]


class _Batch(Generic[Item, Result]):
    """Items and the results of those that are done."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self._done: dict[int, Result] = {}

    def take(self, span: range, results: Iterable[Result]) -> None:
        self._done.update(zip(span, results, strict=True))

    @property
    def is_done(self) -> bool:
        return len(self._done) == len(self.items)

    @property
    def results(self) -> list[Result]:
        return [self._done[at] for at in range(len(self.items))]


@contextmanager
def _among_our_modules() -> Iterator[None]:
    """A process that is no fork begins with ``python -c``, which imports from the working folder first: start
    it in the folder of Python's own modules, and not in a repository that may have a json.py."""
    here = os.getcwd()
    os.chdir(os.path.dirname(os.__file__))
    try:
        yield
    finally:
        os.chdir(here)


def _serve(
    theirs: Connection[Any, Any],
    ours: Sequence[Connection[Any, Any]],
    folder: str | None,
    work: Callable[[Any], Any],
    share: Callable[..., None] | None,
    shared: tuple[Any, ...],
) -> None:
    """The life of another process: it ends when it is told to, or when nobody holds the other end."""
    begin_work()
    if folder is not None:
        os.chdir(folder)
    for end in ours:
        end.close()
    if share is not None:
        share(*shared)
    try:
        while True:
            theirs.send([work(item) for item in theirs.recv()])
    except (EOFError, ConnectionError):
        return
