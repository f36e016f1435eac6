"""Servers that are slow, away or not there yet; places that cannot be written; servers of different kinds."""

from __future__ import annotations

import asyncio
import errno
import gzip
import json
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from comfyc.catalog import Catalog
from comfyc.cli.work.run_targets import check_targets
from comfyc.diagnostics import ComfycError
from comfyc.running import Order, Run, Server, Stop
from comfyc.running.records.events import FileSaved
from comfyc.running.records.out_folder import check_folder
from comfyc.running.servers.pool import Done, Piece, Pool
from tests.server.fake import FakeComfy, Faults
from tests.server.running import PROMPT, QUICK, files_in, pace, run_async, run_on
from tests.server.scripts import Script, made_script
from tests.server.test_cli_run import PLAIN, WORKFLOW, comfyc, end, on, serving, start
from tests.server.test_files import dripping

pytestmark = pytest.mark.slow

FILE = {"filename": "a.png", "subfolder": "", "type": "output"}
ONE = made_script({"3": {"images": [FILE]}})


def ran(faults: Faults, out_dir: Path, stop: Stop | None = None, **changes: Any) -> Run:
    async def main() -> Run:
        async with FakeComfy(ONE, faults) as fake:
            return await run_on(fake, out_dir, pace=pace(**changes), stop=stop)

    return run_async(main)


# --- downloads ---


@pytest.mark.parametrize("status", [502, 503, 504, 429])
def test_a_server_that_is_away_is_waited_for_as_while_a_prompt_runs(status: int, tmp_path: Path) -> None:
    run = ran(Faults(statuses={"GET /view": [status] * 30}), tmp_path)
    assert (run.exit_code(), files_in(tmp_path)) == (0, ["a.png"])


def test_a_server_that_stays_away_is_given_up(tmp_path: Path) -> None:
    run = ran(Faults(statuses={"GET /view": [502] * 9999}), tmp_path, unreachable=0.2)
    assert (run.status, run.exit_code()) == ("success", 2)
    assert "HTTP 502" in str(run.files[0].problem)


def test_a_stop_ends_a_download_that_drips(tmp_path: Path) -> None:
    stop = Stop()

    async def view(request: web.Request, data: bytes) -> web.StreamResponse:
        asyncio.get_running_loop().call_later(0.1, stop.request)
        return await dripping(request, data * 10_000)

    run = ran(Faults(view=view), tmp_path, stop, read=3600.0, grace=0.2)  # or the test ends by its limit
    assert run.files[0].problem
    assert files_in(tmp_path) == []


def test_ctrl_c_while_a_server_is_away_ends_the_waiting(tmp_path: Path) -> None:
    stop = Stop()

    async def view(request: web.Request, data: bytes) -> web.StreamResponse:
        stop.request()
        return web.Response(status=502)

    run = ran(Faults(view=view), tmp_path, stop, unreachable=3600.0)  # or the test ends by its limit
    assert "HTTP 502" in str(run.files[0].problem)


def test_the_next_prompt_runs_while_the_first_one_is_downloaded(tmp_path: Path) -> None:
    executed_meanwhile = asyncio.Event()

    async def test(server: FakeComfy) -> None:
        async def view(request: web.Request, data: bytes) -> web.StreamResponse:
            while len(server.executed) < 3:
                await asyncio.sleep(0.01)
            executed_meanwhile.set()
            return web.Response(body=data)

        server.faults.view = view
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--count", "3", "--server", server.url)
        assert (ended.code, len(ended.out.splitlines())) == (0, 3)
        assert executed_meanwhile.is_set()

    on(serving(), test)


# --- places ---


def in_the_way(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file"


BAD_PLACES: list[Callable[[Path], Path]] = [
    in_the_way,
    lambda folder: in_the_way(folder) / "below" / "it",
    lambda folder: Path("/proc/comfyc/out"),
    lambda folder: Path("/dev/null"),
]


@pytest.mark.parametrize("place", BAD_PLACES, ids=["file", "below a file", "proc", "device"])
@pytest.mark.parametrize("command", ["run", "wait"])
def test_an_out_dir_that_takes_nothing_is_an_error_before_anything_is_sent(
    command: str, place: Callable[[Path], Path], tmp_path: Path
) -> None:
    async def test(server: FakeComfy) -> None:
        target = WORKFLOW if command == "run" else "some-id"
        ended = await comfyc(tmp_path, command, target, "--server", server.url, "--out-dir", place(tmp_path))
        assert (ended.code, ended.out) == (2, "")
        assert "cannot write to" in ended.err
        assert "--out-dir" in ended.err
        assert not server.requests

    on(serving(), test)


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EDQUOT])
def test_a_place_that_is_read_only_or_full_is_noticed(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise OSError(code, os.strerror(code), str(self))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(ComfycError, match=os.strerror(code).lower()):
        check_folder(tmp_path / "not" / "there")
    assert files_in(tmp_path) == []


def test_a_place_is_left_as_it_was(tmp_path: Path) -> None:
    check_targets(tmp_path / "a" / "b", tmp_path / "preview.png")
    check_folder(Path())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("preview", ["no/such/folder/p.png", "", "file/p.png"])
def test_a_preview_that_cannot_be_kept_is_an_error_first(preview: str, tmp_path: Path) -> None:
    in_the_way(tmp_path)
    with pytest.raises(ComfycError) as caught:
        check_targets(tmp_path, tmp_path / preview)
    assert caught.value.hint == "choose another file with --preview"


def test_a_folder_that_goes_while_it_is_written_is_a_problem_of_its_files(tmp_path: Path) -> None:
    out = tmp_path / "out"

    async def view(request: web.Request, data: bytes) -> web.StreamResponse:
        for folder in tmp_path.glob("out"):
            folder.rmdir()
        out.write_text("in the way")
        return web.Response(body=data)

    run = ran(Faults(view=view), out)
    assert (run.status, run.exit_code()) == ("success", 2)
    assert "cannot write" in str(run.files[0].problem)


# --- a server that is not there yet ---


@pytest.mark.parametrize("command", ["run", "status", "wait"])
def test_a_server_that_comes_in_time_is_waited_for(command: str, tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        server.faults.statuses = {"GET /prompt": [502, 502]}
        server.history["known"] = ONE.renamed("known").history
        server.files["output", "", "a.png"] = b"a"
        targets: dict[str, list[Any]] = {"run": [WORKFLOW], "status": [], "wait": ["known"]}
        words = [command, *targets[command], "--server", server.url]
        ended = await comfyc(tmp_path, *words, "--wait-for-server", "20")
        assert ended.code == 0, ended.err
        assert server.requests[:3] == ["GET /prompt"] * 3

    on(serving(PLAIN), test)


def test_a_server_that_never_comes_is_an_error_after_that_time(tmp_path: Path) -> None:
    async def main() -> None:
        ended = await comfyc(
            tmp_path, "run", WORKFLOW, "--server", "http://127.0.0.1:9", "--wait-for-server", "1"
        )
        assert ended.code == 2
        assert "cannot reach 'http://127.0.0.1:9'" in ended.err

    run_async(main)


def test_waiting_for_a_server_can_be_stopped(tmp_path: Path) -> None:
    async def main() -> None:
        async with FakeComfy(faults=Faults(down=True)) as fake:
            process = await start(tmp_path, "status", "--server", fake.url, "--wait-for-server", "600")
            while len(fake.requests) < 2:
                await asyncio.sleep(0.01)
            process.send_signal(signal.SIGINT)
            assert (await end(process)).code == 130

    run_async(main)


# --- servers of different kinds ---


_TYPES = ("EmptyImage", "ImageScale", "SaveImage", "LoadImage", "ImageInvert")


def lacking(*types: str, values: dict[str, list[str]] | None = None) -> FakeComfy:
    """A server without some node types, and with other files in some lists."""
    catalog = Catalog.load()
    infos = {name: catalog.info(name) for name in _TYPES if name not in types}
    document = json.loads(json.dumps(infos))
    for place, offered in (values or {}).items():
        node, name = place.split(".")
        document[node]["input"]["required"][name][0] = offered

    async def object_info(request: web.Request) -> web.Response:
        return web.json_response(document)

    return serving(answers={"GET /object_info": object_info})


def on_both(able: FakeComfy, unable: FakeComfy, test: Callable[[FakeComfy, FakeComfy], Any]) -> None:
    async def main() -> None:
        async with able, unable:
            await test(able, unable)

    run_async(main)


@pytest.mark.parametrize("order", [1, -1], ids=["able first", "unable first"])
@pytest.mark.parametrize(
    ("file", "unable"),
    [
        (WORKFLOW, lambda: lacking("ImageScale")),
        (
            WORKFLOW.parent / "02_load_invert_save.json",
            lambda: lacking(values={"LoadImage.image": ["other.png"]}),
        ),
    ],
    ids=["node type", "file"],
)
def test_a_prompt_goes_only_where_its_nodes_and_files_are(
    file: Path, unable: Callable[[], FakeComfy], order: int, tmp_path: Path
) -> None:
    async def test(able: FakeComfy, unable: FakeComfy) -> None:
        urls = [able.url, unable.url][::order]
        servers = [word for url in urls for word in ("--server", url)]
        ended = await comfyc(tmp_path, "run", file, "--count", "4", *servers)
        assert ended.code == 0, ended.err
        assert (len(able.executed), len(unable.bodies)) == (4, 0)
        assert ended.err.count("S420") == 1
        assert unable.url in ended.err

    able = lacking(values={"LoadImage.image": ["example.png"]})
    on_both(able, unable(), test)


def test_what_no_server_can_run_is_not_sent(tmp_path: Path) -> None:
    async def test(one: FakeComfy, other: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--server", one.url, "--server", other.url)
        assert ended.code == 1
        assert "P301" in ended.err
        assert not one.bodies
        assert not other.bodies

    on_both(lacking("ImageScale"), lacking("SaveImage"), test)


def test_a_server_that_refuses_what_it_lacks_is_left_out_from_then_on(tmp_path: Path) -> None:
    refusal = {"type": "missing_node_type", "message": "Node 'ImageScale' not found", "details": "#2"}
    refusing = lacking()
    refusing.script = Script(PLAIN.prompt_id, {"error": refusal, "node_errors": {}}, ())

    async def test(able: FakeComfy, unable: FakeComfy) -> None:
        servers = ("--server", unable.url, "--server", able.url)
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--count", "5", *servers)
        assert ended.code == 0, ended.err
        assert (len(able.executed), len(unable.bodies)) == (5, 1)
        assert ended.err.count("S420") == 1
        assert "Node 'ImageScale' not found" in ended.err

    on_both(lacking(), refusing, test)


def test_work_that_fits_elsewhere_does_not_wait_for_a_busy_server() -> None:
    fakes = [FakeComfy(), FakeComfy()]

    def piece(kind: int) -> Piece:
        async def make(server: Server, stop: Stop) -> Run:
            return await server.run(Order(PROMPT), stop=stop)

        async def fits(server: Server) -> bool:
            return server.name == fakes[kind].url

        return Piece(make, fits=fits, kind=kind)

    async def main() -> list[Done]:
        async with AsyncExitStack() as stack:
            for fake in fakes:
                await stack.enter_async_context(fake)
            servers = [await stack.enter_async_context(Server(fake.url, pace=QUICK)) for fake in fakes]
            pieces = [piece(0)] * 3 + [piece(1)] * 2
            return [one async for one in Pool(servers).run(pieces)]

    done = run_async(main)
    assert [one.run.status for one in done if one.run] == ["success"] * 5
    assert [len(fake.executed) for fake in fakes] == [3, 2]


# --- HTTP ---


@pytest.mark.parametrize("kind", ["chunked", "gzip", "close"])
def test_answers_of_every_form_are_read(kind: str, tmp_path: Path) -> None:
    fake = FakeComfy(ONE)

    async def history(request: web.Request) -> web.StreamResponse:
        found = (await fake._get_history(request)).body  # type: ignore[attr-defined]
        response = web.StreamResponse()
        if kind == "chunked":
            response.enable_chunked_encoding()
        if kind == "gzip":
            found = gzip.compress(found)
            response.headers["Content-Encoding"] = "gzip"
        if kind == "close":
            response.force_close()
        await response.prepare(request)
        for byte in range(0, len(found), 100):
            await response.write(found[byte : byte + 100])
        await response.write_eof()
        return response

    fake.faults.answers["GET /history"] = history

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path)

    run = run_async(main)
    assert run.status == "success"
    assert run.seconds == 1.0
    assert files_in(tmp_path) == ["a.png"]


def test_requests_share_a_connection(tmp_path: Path) -> None:
    peers: set[Any] = set()
    fake, saved = FakeComfy(ONE), list[Any]()

    async def main() -> None:
        async with fake, Server(fake.url, pace=QUICK) as server:
            for _ in range(5):
                run = await server.run(Order(PROMPT), on_event=saved.append)
                assert run.status == "success"
                peers.add(fake.connections)

    run_async(main)
    assert peers == {1}  # one WebSocket for all five
    assert not [one for one in saved if isinstance(one, FileSaved)]
