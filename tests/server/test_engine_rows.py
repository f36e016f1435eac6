"""Rows of a study on the workers of a Dask cluster: each once on the servers, whoever dies."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from comfyc.studies.ledger import Ledger
from comfyc.studies.records import LedgerRow
from tests import in_process
from tests.server.fake import FakeComfy
from tests.server.test_cli_run import serving
from tests.server.test_python_api import fake_in_thread

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")

from comfyc.cli.work.row_tasks import RowMaker, RowTask  # noqa: E402

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="processes are killed as on Unix"),
]
ROWS = 8
WORKFLOW: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


@pytest.fixture
def fakes() -> Iterator[list[FakeComfy]]:
    """Two servers, whose prompts take a while."""
    made = [serving(late_history=0.15) for _ in range(2)]
    with contextlib.ExitStack() as stack:
        for fake in made:
            stack.enter_context(fake_in_thread(fake))
        yield made


@contextlib.contextmanager
def cluster(fakes: list[FakeComfy]) -> Iterator[Any]:
    """A scheduler, and a worker beside each server."""
    workers = {
        number: {
            "cls": distributed.Nanny,
            "options": {
                "nthreads": 1,
                "host": "127.0.0.1",
                "env": {"COMFYC_SERVER": fake.url},
                "resources": {"comfyui": 1},
            },
        }
        for number, fake in enumerate(fakes)
    }
    scheduler = {
        "cls": distributed.Scheduler,
        "options": {"dashboard": False, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1", "port": 0},
    }
    with distributed.SpecCluster(scheduler=scheduler, workers=workers) as made:
        yield made


def engine_of(made: Any) -> str:
    return str(made.scheduler_address.replace("tcp://", "dask://"))


def when_accepted(fake: FakeComfy, number: int, act: Callable[[], None]) -> None:
    """Do something as soon as a server has accepted so many prompts, before it says so."""
    queue = fake.queue

    async def acting(body: dict[str, Any]) -> int:
        position = await queue(body)
        if len(fake.accepted) == number:
            act()
        return position

    fake.queue = acting  # type: ignore[method-assign]


def pid_beside(made: Any, fake: FakeComfy) -> int:
    with distributed.Client(made, set_as_default=False) as client:
        urls, pids = client.run(os.getenv, "COMFYC_SERVER"), client.run(os.getpid)
    (worker,) = [name for name, url in urls.items() if url == fake.url]
    return int(pids[worker])


def check(folder: Path, fakes: list[FakeComfy]) -> None:
    """Each row is done, was sent once, and has its file."""
    accepted = [prompt_id for fake in fakes for prompt_id in fake.accepted]
    with Ledger.open(folder) as ledger:
        results = list(ledger.results())
    assert [one.state for one in results] == ["done"] * ROWS, [one.problem for one in results]
    assert sorted(accepted) == sorted(str(one.prompt_id) for one in results)
    assert [one.outputs[0].path for one in results] == [f"{number:04}.png" for number in range(1, ROWS + 1)]
    assert sorted(path.name for path in folder.glob("*.png")) == [one.outputs[0].path for one in results]
    for one in results:
        (server,) = [fake for fake in fakes if one.prompt_id in fake.accepted]
        assert one.server == server.url


def study(folder: Path, made: Any) -> in_process.Ended:
    (folder / "flow.json").write_text(json.dumps(WORKFLOW), "utf-8")
    rows = ("--grid", f"color=1..{ROWS}", "-d", "out", "--engine", engine_of(made))
    return in_process.comfyc("run", "flow.json", *rows, cwd=folder)


class SessionKilledError(Exception):
    """What ends a session here."""


def killed(_: object, items: Iterator[RowTask], *about: object) -> Iterator[Any]:
    """Hand over one row, and die before anything is heard of it."""
    next(items)
    raise SessionKilledError
    yield


def ledger_row_before(row: LedgerRow) -> LedgerRow:
    """A row as it was before it was marked as sent."""
    return dataclasses.replace(row, state="waiting", attempt=row.attempt - 1, prompt_id="", server="")


def test_a_worker_that_is_killed_loses_and_doubles_nothing(tmp_path: Path, fakes: list[FakeComfy]) -> None:
    with cluster(fakes) as made:
        pid = pid_beside(made, fakes[0])
        when_accepted(fakes[0], 2, lambda: os.kill(pid, signal.SIGKILL))
        done = study(tmp_path, made)
    assert done.code == 0, done.err
    assert len(done.out.split()) == ROWS
    check(tmp_path / "out", fakes)
    assert all(fake.accepted for fake in fakes)


@pytest.mark.parametrize("goes_on_with", ["engine", "servers"])
def test_a_scheduler_that_is_lost_loses_and_doubles_nothing(
    tmp_path: Path, fakes: list[FakeComfy], goes_on_with: str
) -> None:
    with cluster(fakes) as made:
        closing = threading.Thread(target=lambda: made.close(timeout=20))
        when_accepted(fakes[1], 2, closing.start)
        done = study(tmp_path, made)
        closing.join()
    assert done.code == 2, done.err
    assert "was lost" in done.err
    if goes_on_with == "servers":
        left = in_process.comfyc("resume", "out", cwd=tmp_path)
    else:
        with cluster(fakes) as again:
            left = in_process.comfyc("resume", "out", "--engine", engine_of(again), cwd=tmp_path)
    assert left.code == 0, left.err
    check(tmp_path / "out", fakes)


def test_a_prompt_that_nobody_may_send_any_more_is_not_sent(tmp_path: Path, fakes: list[FakeComfy]) -> None:
    """A task of a session that was killed may be about to send what another session has sent since."""
    (tmp_path / "flow.json").write_text(json.dumps(WORKFLOW), "utf-8")
    with cluster(fakes) as made:
        engine = ("--engine", engine_of(made))
        rows = ("--grid", f"color=1..{ROWS}", "-d", "out")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("comfyc.cli.work.engine_rows.DaskCluster.each", killed)
            with pytest.raises(SessionKilledError):
                in_process.comfyc("run", "flow.json", *rows, *engine, cwd=tmp_path)
        with Ledger.open(tmp_path / "out") as ledger:
            (row,) = ledger.rows("sent")
            late = RowMaker(ledger.head)
            task = RowTask(ledger_row_before(row))
        done = in_process.comfyc("resume", "out", *engine, cwd=tmp_path)
        assert done.code == 0, done.err
        with distributed.Client(made, set_as_default=False) as client:
            answer = client.submit(late, task, resources={"comfyui": 1}).result()
        assert answer.problem == "another worker is at the row"
    check(tmp_path / "out", fakes)


def test_workers_without_servers_are_refused(tmp_path: Path) -> None:
    with cluster([]) as made:
        done = study(tmp_path, made)
    assert (done.code, "no Dask worker stands beside a ComfyUI server" in done.err) == (2, True)


def test_an_engine_is_for_rows(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(WORKFLOW), "utf-8")
    done = in_process.comfyc("run", "flow.json", "--engine", "dask://127.0.0.1:1", cwd=tmp_path)
    assert (done.code, "--engine is for the rows of a study" in done.err) == (2, True)
