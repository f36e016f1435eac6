"""What ``comfyc run`` would send, as it is told before: it is what ``run`` sends then, but for the ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.fake import FakeComfy
from tests.server.test_cli_run import RUNNABLE, comfyc, on, serving

_IDS = {"prompt_id", "client_id"}


def without_ids(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in _IDS}


@pytest.mark.slow
def test_what_is_printed_is_what_is_sent(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG...")
    flags = ["--seed", "5", "--count", "2", "--random-seed", "1", "--front"]
    flags += ["--set", f"LoadImage.image=@{photo}", "--set", "SaveImage.filename_prefix={a|b|c|d|e|f|g}"]

    async def test(server: FakeComfy) -> None:
        file = RUNNABLE / "02_load_invert_save.json"
        arguments = ("run", str(file), "--server", server.url, *flags)
        printed = await comfyc(tmp_path, *arguments, "--print-prompt")
        assert (printed.code, printed.err) == (0, "")
        assert {line.split()[0] for line in server.requests} <= {"GET", "HEAD"}
        sent = await comfyc(tmp_path, *arguments)
        assert sent.code == 0
        bodies = [json.loads(line) for line in printed.out.splitlines()]
        assert len({body["prompt_id"] for body in bodies}) == 2
        assert list(map(without_ids, bodies)) == list(map(without_ids, server.bodies))
        assert all(list(one) == list(other) for one, other in zip(bodies, server.bodies, strict=True))

    on(serving(), test)
