"""Studies on servers: what is written when, and that no kill loses a row or doubles one."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import socket
import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from comfyc.catalog import Catalog
from comfyc.diagnostics import ComfycError
from comfyc.options import Options
from comfyc.running import Saving, Server
from comfyc.running.client.fetching import Fetcher
from comfyc.running.client.stop import Stop
from comfyc.running.display.study_listening import StudyDisplay
from comfyc.running.prepare import Prepared, prepare
from comfyc.safety.limits import DEFAULTS
from comfyc.studies.creating import create_ledger
from comfyc.studies.ledger import NAME, Ledger, prompt_id_of
from comfyc.studies.making import RowMaking
from comfyc.studies.records import ColumnHead, NewRow, StudyHead
from comfyc.studies.runner import StudyRunner
from tests.server.fake import FakeComfy
from tests.server.killing import Killer
from tests.server.running import QUICK, files_in, pace, run_async

DOCUMENT: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}
COLOR = ("1", "color")


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(DOCUMENT, Catalog.load())


def new_study(folder: Path, rows: int, *, servers: Sequence[str] = (), loads: int = 1) -> None:
    head = StudyHead(
        str(uuid.uuid4()),
        "study",
        time.time(),
        "0",
        "",
        DOCUMENT,
        (ColumnHead("color", (COLOR,)),),
        tuple(servers),
        {},
    )
    new = (
        NewRow(n, {"color": n}, {}, {COLOR: n}, "", str(n), str(n), str(n % loads), b"")
        for n in range(1, rows + 1)
    )
    create_ledger(folder, head, new).close()


async def work_on(
    folder: Path,
    prepared: Prepared,
    servers: Sequence[Server],
    *,
    display: StudyDisplay | None = None,
    **options: Any,
) -> None:
    """Make the rows of the study in a folder that are left, in this process."""

    async def known(server: Server) -> Prepared:
        return prepared

    with Ledger.open(folder) as ledger, Fetcher(None) as fetcher:
        ledger.hold()
        making = RowMaking(
            prepared=known,
            options=lambda row: Options(),
            seeds=[{}],
            saving=Saving(folder, overwrite=True),
            limits=DEFAULTS,
            fetcher=fetcher,
            **options,
        )
        await StudyRunner(ledger, servers, making, display or StudyDisplay()).run(Stop())


def states(folder: Path) -> list[str]:
    with Ledger.open(folder) as ledger:
        return [one.state for one in ledger.results()]


def pictures(folder: Path) -> list[str]:
    return [name for name in files_in(folder) if name.endswith(".png")]


def test_a_row_is_written_down_before_it_is_sent(tmp_path: Path, prepared: Prepared) -> None:
    new_study(tmp_path, 3)
    seen: list[list[str]] = []

    async def main() -> None:
        async with FakeComfy() as fake:
            queue = fake.queue

            async def noted(body: dict[str, Any]) -> int:
                with Ledger.open(tmp_path) as ledger:
                    seen.append([one.prompt_id for one in ledger.rows("sent")])
                assert body["prompt_id"] in seen[-1]
                return await queue(body)

            fake.queue = noted  # type: ignore[method-assign]
            await work_on(tmp_path, prepared, [Server(fake.url, pace=QUICK)])
            assert [body["prompt"]["1"]["inputs"]["color"] for body in fake.bodies] == [1, 2, 3]

    run_async(main)
    assert len(seen) == 3
    assert states(tmp_path) == ["done"] * 3
    assert pictures(tmp_path) == ["1.png", "2.png", "3.png"]
    with Ledger.open(tmp_path) as ledger:
        result = next(ledger.results())
        assert result.prompt_id == prompt_id_of(ledger.head.id, 1, 1)
        assert [(one.path, one.size) for one in result.outputs] == [
            ("1.png", (tmp_path / "1.png").stat().st_size)
        ]


@pytest.mark.slow
def test_no_kill_loses_a_row_or_doubles_one(
    tmp_path: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed_at(moment: int, folder: Path) -> bool:
        """A kill at that moment, and a resume; whether there was such a moment."""
        new_study(folder, 2)
        async with FakeComfy() as fake:
            killer = Killer(moment)
            with monkeypatch.context() as patches:
                killer.watch(patches)
                server = Server(fake.url, pace=QUICK)
                lived = await killer.live(work_on(folder, prepared, [server], concurrency=1))
            await work_on(folder, prepared, [Server(fake.url, pace=pace(undecided=0.05))])
            assert states(folder) == ["done"] * 2, moment
            assert pictures(folder) == ["1.png", "2.png"], moment
            assert len(fake.accepted) == len(fake.executed) == 2, moment
            colors = [body["prompt"]["1"]["inputs"]["color"] for body in fake.bodies]
            assert sorted(colors) == [1, 2], moment
        return not lived

    async def main() -> int:
        moment = 1
        while await killed_at(moment, tmp_path / str(moment)):
            moment += 1
        return moment

    assert run_async(main) > 40


def test_a_server_that_restarts_loses_no_row(tmp_path: Path, prepared: Prepared) -> None:
    """What it had in its queue is made again, under another id; what was done before is not."""
    new_study(tmp_path, 6)

    async def main() -> None:
        async with FakeComfy() as fake:
            server = Server(fake.url, pace=QUICK)
            working = asyncio.ensure_future(work_on(tmp_path, prepared, [server]))
            while not fake.executed:
                await asyncio.sleep(0)
            known = dict(fake.history)
            await fake.restart()
            await working
            colors = {
                body["prompt_id"]: body["prompt"]["1"]["inputs"]["color"]
                for body in fake.bodies
                if body["prompt_id"] in fake.history or body["prompt_id"] in known
            }
            assert set(colors.values()) == set(range(1, 7))

    run_async(main)
    assert states(tmp_path) == ["done"] * 6
    assert pictures(tmp_path) == [f"{n}.png" for n in range(1, 7)]
    with Ledger.open(tmp_path) as ledger:
        again = [one.number for one in ledger.results() if one.attempt > 1]
        assert again
        assert all(ledger.attempts(one)[0][1] == "the server was restarted" for one in again)


def test_rows_of_a_dead_server_go_to_another(tmp_path: Path, prepared: Prepared) -> None:
    new_study(tmp_path, 6)
    health: list[tuple[str, str]] = []

    class Watcher(StudyDisplay):
        def server_is(self, server: str, state: str, why: str = "") -> None:
            health.append((server, state))

    async def main() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))  # nobody listens there
            dead = f"http://127.0.0.1:{unused.getsockname()[1]}"
            async with FakeComfy() as fake:
                servers = [Server(url, pace=QUICK) for url in (dead, fake.url)]
                await work_on(tmp_path, prepared, servers, display=Watcher())
                assert len(fake.executed) == 6
                assert health[0] == (dead, "away")

    run_async(main)
    assert states(tmp_path) == ["done"] * 6


def test_a_server_keeps_the_models_that_it_has(tmp_path: Path, prepared: Prepared) -> None:
    """Two servers, and rows that need two different things loaded in turn: each server loads one of them."""
    new_study(tmp_path, 12, loads=2)

    async def main() -> None:
        async with FakeComfy() as one, FakeComfy() as other:
            servers = [Server(fake.url, pace=QUICK) for fake in (one, other)]
            await work_on(tmp_path, prepared, servers)
            for fake in (one, other):
                loads = [body["prompt"]["1"]["inputs"]["color"] % 2 for body in fake.bodies]
                assert loads == sorted(loads) or loads == sorted(loads, reverse=True)

    run_async(main)
    assert states(tmp_path) == ["done"] * 12


def test_a_row_that_is_left_on_a_server_waits_for_it(tmp_path: Path, prepared: Prepared) -> None:
    """A server that does not answer any more may still run what it has: the row is left, for a resume."""
    new_study(tmp_path, 1)

    async def main() -> None:
        async with FakeComfy() as fake:
            fake.script = dataclasses.replace(fake.script, hold_at=1)
            impatient = pace(unreachable=0.2)
            working = asyncio.ensure_future(work_on(tmp_path, prepared, [Server(fake.url, pace=impatient)]))
            while not fake.running:
                await asyncio.sleep(0)
            fake.faults.down = True
            await working
            assert states(tmp_path) == ["sent"]
            fake.faults.down = False
            fake.release.set()
            await work_on(tmp_path, prepared, [Server(fake.url, pace=QUICK)])
            assert len(fake.accepted) == 1

    run_async(main)
    assert states(tmp_path) == ["done"]


def test_two_processes_do_not_work_on_one_study(tmp_path: Path) -> None:
    new_study(tmp_path, 1)
    with Ledger.open(tmp_path) as ledger, Ledger.open(tmp_path) as other:
        ledger.hold()
        with pytest.raises(ComfycError, match="another comfyc is at work"):
            other.hold()
    with Ledger.open(tmp_path) as other:
        other.hold()


def test_a_ledger_is_whole_or_not_there(tmp_path: Path) -> None:
    head = StudyHead(str(uuid.uuid4()), "x", 0.0, "0", "", {}, (), (), {})

    def rows() -> Iterator[NewRow]:
        for number in (1, 2):
            yield NewRow(number, {}, {}, {}, "", "same", "same")

    with pytest.raises(ComfycError, match="the rows 1 and 2 would both have the name 'same'"):
        create_ledger(tmp_path, head, rows())
    assert files_in(tmp_path) == []


def test_the_results_are_a_table_with_a_column_for_each_parameter(tmp_path: Path, prepared: Prepared) -> None:
    """The statement in docs/studies.md, on a study whose parameters have awkward names."""
    names = ["it's", 'a "b"', "state"]
    columns = tuple(ColumnHead(name, (COLOR,)) for name in names)
    head = StudyHead(str(uuid.uuid4()), "x", 0.0, "0", "", DOCUMENT, columns, (), {})
    parameters = {"it's": 4.5, 'a "b"': "fox", "state": True}
    create_ledger(tmp_path, head, [NewRow(1, parameters, {}, {COLOR: 5}, "", "one", "one")]).close()

    async def main() -> None:
        async with FakeComfy() as fake:
            await work_on(tmp_path, prepared, [Server(fake.url, pace=QUICK)])

    run_async(main)
    page = (Path(__file__).parents[2] / "docs" / "studies.md").read_text("utf-8")
    (statement,) = re.findall(r'"(SELECT \* FROM result[^"]*)"', page)
    connection = sqlite3.connect(tmp_path / NAME)
    connection.row_factory = sqlite3.Row
    (row,) = (dict(one) for one in connection.execute(statement))
    connection.close()
    shown = {name: row[name] for name in ("it's", 'a "b"', "parameter state", "state", "path", "name")}
    assert shown == {
        "it's": 4.5,
        'a "b"': "fox",
        "parameter state": 1,
        "state": "done",
        "path": "one.png",
        "name": "one",
    }


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0"])
def test_a_damaged_ledger_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(ComfycError, match="cannot be read as a ledger"):
        Ledger.open(tmp_path)


def test_a_prompt_that_arrives_late_is_not_sent_again(tmp_path: Path, prepared: Prepared) -> None:
    """The process that sent it was killed, and the server queues it only after the resume has begun."""
    new_study(tmp_path, 1)

    async def main() -> None:
        async with FakeComfy() as fake:
            with Ledger.open(tmp_path) as ledger:
                row = ledger.row(1)
                prompt_id = ledger.next_id(row)
                ledger.mark_sent(1, fake.url, prompt_id, "", {})
            working = asyncio.ensure_future(work_on(tmp_path, prepared, [Server(fake.url, pace=QUICK)]))
            while fake.requests.count(f"GET /history/{prompt_id}") < 12 and not working.done():
                await asyncio.sleep(0.01)
            await fake.queue({"prompt_id": prompt_id, "prompt": DOCUMENT})
            await working
            assert fake.accepted == [prompt_id]

    run_async(main)
    assert states(tmp_path) == ["done"]
