"""The package as a library: with and without async, events, status, and what importing it costs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from comfyc.diagnostics import ComfycError
from comfyc.running import Order, Saving, Server, run, run_async
from comfyc.running.records.events import Ended, Event, NodeStarted, Submitted
from tests.server.fake import FakeComfy
from tests.server.running import PROMPT, QUICK
from tests.server.scripts import Script, load_script


@contextmanager
def fake_in_thread(fake: FakeComfy) -> Iterator[str]:
    """The fake server in an event loop of its own, so that a test may block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(fake.__aenter__(), loop).result(10)
    try:
        yield fake.url
    finally:
        asyncio.run_coroutine_threadsafe(fake.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_run_without_async(tmp_path: Path) -> None:
    events: list[Event] = []
    with fake_in_thread(FakeComfy()) as url:
        result = run(PROMPT, server=Server(url, pace=QUICK), out_dir=tmp_path, on_event=events.append)
    assert result.status == "success"
    assert [Path(path).parent for path in result.paths] == [tmp_path]
    assert isinstance(events[0], Submitted)


def test_run_with_async_and_run_inside_a_running_loop(tmp_path: Path) -> None:
    """A notebook has a loop that runs already; `run` must work there too."""

    async def main(url: str) -> list[str]:
        first = await run_async(PROMPT, server=Server(url, pace=QUICK), out_dir=tmp_path)
        second = run(PROMPT, server=Server(url, pace=QUICK), out_dir=tmp_path)
        return [first.status, second.status]

    with fake_in_thread(FakeComfy()) as url:
        assert asyncio.run(main(url)) == ["success", "success"]


def test_events_can_be_iterated_without_async() -> None:
    with fake_in_thread(FakeComfy()) as url, Server(url, pace=QUICK) as server:
        with server.job(Order(PROMPT)) as job:
            events = list(job)
        assert job.run.status == "success"
    assert isinstance(events[-1], Ended)
    assert [event.node for event in events if isinstance(event, NodeStarted)] == ["1", "2", "3"]


def test_leaving_early_without_async_cancels() -> None:
    script = load_script("08_progress_with_metadata_preview")
    fake = FakeComfy(Script(script.prompt_id, script.post, script.steps, script.history, 8))
    with fake_in_thread(fake) as url, Server(url, pace=QUICK) as server:
        with server.job(Order(PROMPT)) as job:
            for event in job:
                if isinstance(event, NodeStarted):
                    break
        assert fake.interrupts == [job.prompt_id]


def test_the_other_questions_without_async(tmp_path: Path) -> None:
    photo = tmp_path / "a.png"
    photo.write_bytes(b"x")
    with fake_in_thread(FakeComfy()) as url, Server(url, pace=QUICK) as server:
        status = server.status()
        assert (status.remaining, status.system["comfyui_version"]) == (0, "0.33.0")
        assert server.queue().pending == ()
        assert server.interrupt() == ()
        assert server.upload(photo).sent
        prompt_id = server.submit(Order(PROMPT))
        assert server.wait(prompt_id, Saving(tmp_path / "out")).status == "success"
        server.cancel(prompt_id)
        assert repr(server) == f"Server('{url}')"
    with pytest.raises(ComfycError, match="closed"):
        server.status()


def test_the_result_is_only_there_at_the_end() -> None:
    async def main(url: str) -> None:
        async with Server(url, pace=QUICK) as server, server.job(Order(PROMPT)) as job:
            with pytest.raises(ComfycError, match="not ended"):
                _ = job.run
            assert (await job.wait()).status == "success"

    with fake_in_thread(FakeComfy()) as url:
        asyncio.run(main(url))


def test_importing_the_package_loads_no_library() -> None:
    program = (
        "import comfyc.running, sys; print(sorted({'httpcore', 'websockets', 'rich'} & sys.modules.keys()))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_a_prompt_that_is_no_json_is_an_error_before_anything_is_sent() -> None:
    fake = FakeComfy()
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    with fake_in_thread(fake) as url:
        for prompt in ({"1": object()}, {"1": nested}):
            with pytest.raises(ComfycError, match="cannot be written as JSON"):
                run(prompt, server=Server(url, pace=QUICK))
    assert fake.bodies == []
