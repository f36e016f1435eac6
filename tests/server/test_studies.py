"""Studies on servers: what is written when, and that no kill loses a row or doubles one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from comfyc.catalog import Catalog
from comfyc.options import Options
from comfyc.running import Saving, Server
from comfyc.running.client.fetching import Fetcher
from comfyc.running.client.stop import Stop
from comfyc.running.display.study_listening import StudyDisplay
from comfyc.running.prepare import Prepared, prepare
from comfyc.safety.limits import DEFAULTS
from comfyc.studies.creating import create_ledger
from comfyc.studies.ledger import Ledger, prompt_id_of
from comfyc.studies.records import ColumnHead, NewRow, StudyHead
from comfyc.studies.runner import RowMaking, StudyRunner
from tests.server.fake import FakeComfy
from tests.server.killing import Killer
from tests.server.running import QUICK, files_in, run_async

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


async def work_on(folder: Path, prepared: Prepared, servers: Sequence[Server], **options: Any) -> None:
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
        await StudyRunner(ledger, servers, making, StudyDisplay()).run(Stop())


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
            await work_on(folder, prepared, [Server(fake.url, pace=QUICK)])
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
