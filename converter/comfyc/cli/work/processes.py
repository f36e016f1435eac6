"""Many files on all cores, with a bar."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from comfyc.cli.output.batch_bar import BatchBar

Item = TypeVar("Item")
Result = TypeVar("Result")

_EACH = 8
"""Files for which another process is worth its start."""


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
    results: list[Result] = []
    try:
        if jobs > 1:
            from comfyc.engines.processes import Processes  # noqa: PLC0415 - a single file does without

            size = max(1, min(16, len(items) // (jobs * 4)))
            batches = (items[at : at + size] for at in range(0, len(items), size))
            with Processes(work, jobs, share=share, shared=shared) as pool:
                for done in pool.map(batches):
                    results += done
                    for _ in done:
                        bar.step()
            return results
        share(*shared)
        for item in items:
            results.append(work(item))
            bar.step()
        return results
    finally:
        bar.close()
