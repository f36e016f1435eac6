"""Many files on all cores, and how far they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_EACH = 8
"""Files for which another process is worth its start."""


def on_cores(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    share: Callable[..., None],
    shared: tuple[Any, ...],
    jobs: int = 0,
) -> Iterator[Result]:
    """The results of ``work`` in the order of the items, from up to ``jobs`` processes (0: one a core).

    ``share(*shared)`` is called once in each process before any work; a few items stay in this process.
    """
    jobs = min(jobs or os.cpu_count() or 1, 1 + len(items) // _EACH)
    share(*shared)
    if jobs == 1:
        yield from map(work, items)
        return
    import multiprocessing  # noqa: PLC0415 - a single file does without

    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context(
        "fork" if "fork" in methods and sys.platform != "darwin" else "spawn"
    )
    with context.Pool(jobs, share, shared) as pool:
        yield from pool.imap(work, items, chunksize=max(1, min(16, len(items) // (jobs * 4))))


class ProgressBar:
    """A line on stderr that says how far a batch is; nothing where stderr is no terminal."""

    def __init__(self, total: int, verb: str, *, quiet: bool = False) -> None:
        self.total = total
        self.verb = verb
        self.done = 0
        self.shown = not quiet and total > 1 and sys.stderr.isatty()

    def step(self) -> None:
        """One more file is done."""
        self.done += 1
        if self.shown and (self.done == self.total or self.done % max(1, self.total // 100) == 0):
            filled = 30 * self.done // self.total
            sys.stderr.write(f"\r{self.verb} [{'#' * filled}{'.' * (30 - filled)}] {self.done}/{self.total}")
            sys.stderr.flush()

    def close(self) -> None:
        """Take the line away."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
