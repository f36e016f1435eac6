"""Rows whose server nobody has written down: each server of the study is asked for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from comfyc.catalog import Catalog
from comfyc.running import Order, Server
from comfyc.running.prepare import Prepared, prepare
from comfyc.studies.finding_rows import ANYWHERE
from comfyc.studies.ledger import Ledger
from tests.server.fake import FakeComfy
from tests.server.running import QUICK, run_async
from tests.server.test_studies import DOCUMENT, new_study, pictures, states, work_on


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(DOCUMENT, Catalog.load())


@pytest.mark.parametrize("are_all_asked", [True, False])
def test_a_row_that_may_be_anywhere_is_looked_for_everywhere(
    tmp_path: Path, prepared: Prepared, are_all_asked: bool
) -> None:
    async def main() -> None:
        async with FakeComfy() as first, FakeComfy() as second:
            others = [] if are_all_asked else ["http://elsewhere:8188"]
            new_study(tmp_path, 3, servers=[first.url, second.url, *others])
            with Ledger.open(tmp_path) as ledger:
                ids = [ledger.next_id(ledger.row(number)) for number in (1, 2)]
                for number, prompt_id in enumerate(ids, 1):
                    ledger.mark_sent(number, ANYWHERE, prompt_id, "", {})
            servers = [Server(one.url, pace=QUICK) for one in (first, second)]
            async with servers[1] as server:
                await server.run(Order(DOCUMENT, prompt_id=ids[0]))
            await work_on(tmp_path, prepared, servers)
            sent = first.accepted + second.accepted
            assert sent.count(ids[0]) == 1, "the second server has it"
            assert ids[1] not in sent
            assert len(sent) == (3 if are_all_asked else 2)

    run_async(main)
    assert states(tmp_path) == ["done", "done" if are_all_asked else "sent", "done"]
    assert len(pictures(tmp_path)) == (3 if are_all_asked else 2)
