"""Work for many items on the workers of a Dask cluster.

What runs where and when, what is tried again after a worker has died, and what is given up: all of that is
Dask's. A batch is a task; the items of a task that killed so many workers that Dask gave it up
(``distributed.scheduler.allowed-failures``) are given to it once more, each as a task of its own.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from importlib import metadata
from typing import Any, Generic, TypeVar

from distributed import Client, KilledWorker, as_completed
from distributed.diagnostics.plugin import WorkerPlugin

from comfyc.diagnostics import ComfycError
from comfyc.version import version

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 4
"""Tasks for each thread of the cluster that are submitted and not yet taken."""
_FEWEST = 8

_works: dict[str, Callable[[Any], Any]] = {}
"""In a worker: what is to be done with an item, by the name of the run."""


def connect(address: str) -> Client:
    """A client of the scheduler at HOST:PORT, whose workers have this version of comfyc. ``ComfycError`` if
    there is none, or if they have not."""
    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError) as error:
        hint = "start one with `dask scheduler`, and workers with `dask worker HOST:PORT`"
        raise ComfycError(f"there is no Dask scheduler at {address}: {error}", hint) from error
    try:
        _check_versions(client)
    except BaseException:
        client.close()
        raise
    return client


def _check_versions(client: Client) -> None:
    # A function of the standard library: a worker without comfyc could not load one of ours
    ours = version()
    for worker, theirs in client.run(metadata.version, "comfyc", on_error="return").items():
        if theirs != ours:
            state = "has no comfyc" if isinstance(theirs, Exception) else f"has comfyc {theirs}, not {ours}"
            hint = f"pip install 'comfyc[dask]=={ours}' where the workers run"
            raise ComfycError(f"the Dask worker {worker} {state}", hint)


class _Work(WorkerPlugin):  # type: ignore[misc]
    """Brings what is to be done to each worker once, also to those that come later or again."""

    def __init__(self, run: str, work: Callable[[Any], Any]) -> None:
        self.name = f"comfyc-{run}"
        self._run, self._work = run, work

    def setup(self, worker: Any) -> None:
        _works[self._run] = self._work

    def teardown(self, worker: Any) -> None:
        _works.pop(self._run, None)


def _do(run: str, items: Sequence[Any]) -> list[Any]:
    """A task."""
    work = _works[run]
    return [work(item) for item in items]


class DaskCluster(Generic[Item, Result]):
    """The workers of the scheduler at HOST:PORT, which do ``work``; a context manager."""

    def __init__(self, work: Callable[[Item], Result], address: str) -> None:
        self._work, self._address = work, address
        self._run = uuid.uuid4().hex
        self.client: Client = None

    def __enter__(self) -> DaskCluster[Item, Result]:
        self.client = connect(self._address)
        self.client.register_plugin(_Work(self._run, self._work))
        return self

    def __exit__(self, *_: object) -> None:
        if self.client.status == "running":
            self.client.unregister_worker_plugin(f"comfyc-{self._run}")
        self.client.close()

    def amount(self, resource: str) -> float:
        """How much of a resource all workers have together."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        return sum(float(one["resources"].get(resource, 0)) for one in workers)

    def map(
        self, batches: Iterable[Sequence[Item]], lost: Callable[[Item], Result]
    ) -> Iterator[list[Result]]:
        """The results of each batch, in the order of the batches, of which few are held at a time.

        An item that kills workers again and again has the result ``lost(item)``. ``ComfycError`` if the
        scheduler is lost.
        """
        submitted: deque[tuple[int, Sequence[Item], Any]] = deque()
        numbered = enumerate(batches)
        window = _FEWEST
        is_over = False
        while True:
            while not is_over and len(submitted) < window:
                number, items = next(numbered, (-1, ()))
                if number < 0:
                    is_over = True
                    break
                if number % _FEWEST == 0:
                    window = max(_FEWEST, _AHEAD * sum(self.client.nthreads().values()))
                submitted.append((number, items, self._submit(items, str(number))))
            if not submitted:
                return
            number, items, task = submitted.popleft()
            results = self._taken(task)
            if results is None and len(items) > 1:
                alone = [self._taken(self._submit([one], f"{number}-{at}")) for at, one in enumerate(items)]
                results = [
                    lost(item) if one is None else one[0] for item, one in zip(items, alone, strict=True)
                ]
            yield [lost(item) for item in items] if results is None else results

    def each(
        self, items: Iterator[Item], at_a_time: int, resources: Mapping[str, float]
    ) -> Iterator[tuple[Item, Result | None]]:
        """The result of each item as it comes, None if all workers that had it died. Each takes so much of
        the resources of a worker.

        No more than ``at_a_time`` are submitted and not done; an item is taken right before it is submitted.
        ``ComfycError`` if the scheduler is lost.
        """
        submitted: dict[Any, Item] = {}
        done = as_completed(loop=self.client.loop)
        for number, item in enumerate(items):
            task = self._submit([item], str(number), resources)
            submitted[task] = item
            done.add(task)
            if len(submitted) >= at_a_time:
                yield self._next(done, submitted)
        while submitted:
            yield self._next(done, submitted)

    def _next(self, done: Any, submitted: dict[Any, Item]) -> tuple[Item, Result | None]:
        task = next(done)
        item = submitted.pop(task)
        results = self._taken(task)
        return item, None if results is None else results[0]

    def _submit(self, items: Sequence[Item], name: str, resources: Mapping[str, float] | None = None) -> Any:
        key = f"comfyc-{self._run}-{name}"
        return self.client.submit(_do, self._run, items, key=key, pure=False, resources=resources)

    def _taken(self, task: Any) -> list[Result] | None:
        """The results of a task, which is released; None if it killed its workers."""
        try:
            results: list[Result] = task.result()
        except KilledWorker:
            return None
        except (CancelledError, OSError) as error:
            raise ComfycError(
                f"the Dask scheduler at {self._address} was lost: {error}", "run the command again"
            ) from error
        finally:
            task.release()
        return results
