"""Many files on all cores.

Written by hand because ``ProcessPoolExecutor`` can end its workers only from Python 3.14 on
(``terminate_workers``): until then Ctrl-C would leave processes behind.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from comfyc.cli.output.batch_bar import BatchBar
from comfyc.cli.output.signals import begin_work, signals_later
from comfyc.diagnostics import ComfycError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Result = TypeVar("Result")

_EACH = 8
"""Files for which another process is worth its start."""

_PATIENCE = 2.0
"""Seconds that a process has for cleaning up."""


def on_cores(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    share: Callable[..., None],
    shared: tuple[Any, ...],
    bar: BatchBar,
    jobs: int = 0,
) -> list[Result]:
    """The results of ``work`` in the order of the items, from up to ``jobs`` processes (0: one a core).

    ``share(*shared)`` is called once in each process before any work; a few items stay in this process.
    However it ends, no other process is left. ``ComfycError`` if one was ended from outside.
    """
    jobs = min(jobs or os.cpu_count() or 1, 1 + len(items) // _EACH)
    try:
        if jobs > 1:
            return _spread(work, items, share, shared, bar, jobs)
        share(*shared)
        results = []
        for item in items:
            results.append(work(item))
            bar.step()
        return results
    finally:
        bar.close()


def _spread(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    share: Callable[..., None],
    shared: tuple[Any, ...],
    bar: BatchBar,
    jobs: int,
) -> list[Result]:
    from multiprocessing.connection import wait  # noqa: PLC0415 - a single file does without

    size = max(1, min(16, len(items) // (jobs * 4)))
    left = list(range(0, len(items), size))[::-1]
    results: dict[int, list[Result]] = {}
    working: dict[Any, int] = {}
    ready: Any

    def give(worker: Any) -> None:
        if left:
            working[worker] = left.pop()
            worker.send(items[working[worker] : working[worker] + size])

    with _workers(jobs, work, share, shared) as workers:
        try:
            for worker in workers:
                give(worker)
            while working:
                for ready in wait(working):
                    start = working.pop(ready)
                    results[start] = ready.recv()
                    for _ in results[start]:
                        bar.step()
                    give(ready)
        except (EOFError, ConnectionError) as error:
            raise ComfycError(
                "a worker process was killed", "pass --jobs 1 if there is too little memory"
            ) from error
    return [result for start in sorted(results) for result in results[start]]


@contextmanager
def _workers(count: int, *task: Any) -> Iterator[list[Connection[Any, Any]]]:
    """Our ends of the pipes to so many processes, which are ended when this is left."""
    import multiprocessing  # noqa: PLC0415 - a single file does without

    forks = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
    context: Any = multiprocessing.get_context("fork" if forks else "spawn")
    processes: list[Any] = []
    ours: list[Any] = []
    task = (None if forks else os.getcwd(), *task)
    try:
        with signals_later(), nullcontext() if forks else _among_our_modules():
            for _ in range(count):
                try:
                    our, their = context.Pipe()
                    ours.append(our)
                    process = context.Process(target=_serve, args=(their, ours, *task), daemon=True)
                    process.start()
                except OSError as error:
                    reason = (error.strerror or str(error)).lower()
                    message = f"cannot start a worker process: {reason}"
                    raise ComfycError(message, "pass --jobs 1") from error
                processes.append(process)
                their.close()
        yield ours
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(_PATIENCE)
            process.kill()


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
    share: Callable[..., None],
    shared: tuple[Any, ...],
) -> None:
    """The life of another process: it ends when it is told to, or when nobody holds the other end."""
    begin_work()
    if folder is not None:
        os.chdir(folder)
    for end in ours:
        end.close()
    share(*shared)
    try:
        while True:
            theirs.send([work(item) for item in theirs.recv()])
    except (EOFError, ConnectionError):
        return
