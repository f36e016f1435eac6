"""Corpora on the workers of a Dask cluster: each file has one row, whoever dies."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comfyc import ComfycError
from tests import in_process
from tests.discovery import FIXTURES

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")

from comfyc.engines.dask_cluster import DaskCluster, connect  # noqa: E402

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="processes are killed as on Unix"),
]
FLOW = FIXTURES / "text_to_image" / "workflow.json"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers, whose tasks Dask gives up when two of them have died of it."""
    quick = {
        "distributed.scheduler.allowed-failures": 1,
        "distributed.comm.timeouts.connect": "5s",
        "distributed.worker.memory.terminate": False,
    }
    with (
        dask.config.set(quick),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made,
    ):
        yield made


@pytest.fixture
def address(cluster: Any) -> str:
    return str(cluster.scheduler_address.removeprefix("tcp://"))


def double(item: int) -> int:
    """Doubles; a worker dies of 13."""
    if item == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * item


def whose(item: int) -> tuple[int, int]:
    """The item, and the process that had it."""
    return item, os.getpid()


def test_a_table_is_the_same_wherever_it_is_made(address: str, tmp_path: Path) -> None:
    for number in range(70):
        (tmp_path / f"{number:02}.json").write_bytes(FLOW.read_bytes())
    tables = []
    for engine in ("cores", f"dask://{address}"):
        done = in_process.comfyc("validate", tmp_path, "--engine", engine, "-o", tmp_path / "t.jsonl")
        assert done.code == 0, done.err
        rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text("utf-8").splitlines()]
        tables.append([{**row, "seconds": 0} for row in rows])
    assert tables[0] == tables[1]
    assert len(tables[0]) == 70


def test_what_kills_its_workers_is_lost_alone(address: str) -> None:
    with DaskCluster(double, address) as engine:
        results = list(engine.map([range(at, at + 5) for at in range(0, 30, 5)], lambda item: -item))
    expected = [2 * item for item in range(30)]
    expected[13] = -13
    assert [one for batch in results for one in batch] == expected


def test_a_worker_that_is_killed_costs_no_row(address: str) -> None:
    killed = None
    items = []
    with DaskCluster(whose, address) as engine:
        for results in engine.map([range(at, at + 10) for at in range(0, 400, 10)], lambda item: (item, 0)):
            items += [item for item, _ in results]
            if killed is None:
                killed = results[0][1]
                os.kill(killed, signal.SIGKILL)
    assert items == list(range(400))


def test_workers_with_another_version_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comfyc.engines.dask_cluster.version", lambda: "99.0")
    with pytest.raises(ComfycError, match=r"has comfyc .*, not 99\.0"):
        connect(address)


def test_a_scheduler_that_is_not_there() -> None:
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}),
        pytest.raises(ComfycError, match="there is no Dask scheduler"),
    ):
        connect("127.0.0.1:1")
