"""A server behind a proxy that the environment names: the same run, by way of the proxy."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from comfyc.running import Order, Run, Saving, Server
from tests.server.fake import FakeComfy
from tests.server.running import QUICK, files_in, run_async
from tests.server.scripts import made_script

SCRIPT = made_script({"1": {"images": [{"filename": "a.png", "subfolder": "s", "type": "output"}]}})
NAME = "comfy.example:8188"


@contextlib.asynccontextmanager
async def proxy(port: int, seen: list[str]) -> AsyncIterator[str]:
    """A proxy that leads everything to ``port`` of this machine; ``seen`` are the first lines it gets."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, _, rest = head.partition(b"\r\n")
        seen.append(first.decode())
        method, target, version = first.split()
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            path = target.removeprefix(f"http://{NAME}".encode())
            lines = (line for line in rest.split(b"\r\n") if not line.lower().startswith(b"connection:"))
            to_writer.write(
                b" ".join((method, path, version)) + b"\r\nConnection: close\r\n" + b"\r\n".join(lines)
            )
        await asyncio.gather(pipe(reader, to_writer), pipe(to_reader, writer), return_exceptions=True)

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_a_run_goes_through_the_proxy_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    photo, seen = tmp_path / "photo.png", list[str]()
    photo.write_bytes(bytes(900))
    fake = FakeComfy(SCRIPT)
    fake.token = "very-secret"

    async def main() -> Run:
        async with fake, proxy(int(fake.url.rpartition(":")[2]), seen) as address:
            for name in ("http_proxy", "HTTP_PROXY"):
                monkeypatch.setenv(name, address)
            for name in ("no_proxy", "NO_PROXY"):
                monkeypatch.delenv(name, raising=False)
            async with Server(f"http://{NAME}?key=hidden-key", token="very-secret", pace=QUICK) as server:
                order = Order(
                    {"1": {"class_type": "LoadImage", "inputs": {"image": "x"}}},
                    files=(("1", "image", str(photo)),),
                    saving=Saving(tmp_path / "out"),
                )
                return await server.run(order)

    run = run_async(main)
    assert (run.status, run.exit_code()) == ("success", 0)
    assert files_in(tmp_path / "out") == ["s/a.png"]
    assert len(fake.uploads) == 1
    assert f"CONNECT {NAME} HTTP/1.1" in seen
    assert any(line.startswith(f"POST http://{NAME}/prompt?key=") for line in seen)
    said = "".join(record.getMessage() for record in caplog.records if record.name != "aiohttp.access")
    assert "hidden-key" not in said
    assert "very-secret" not in said


def test_a_proxy_that_is_not_there_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def main() -> None:
        async with Server(f"http://{NAME}", pace=QUICK) as server:
            await server.status()

    with pytest.raises(Exception, match=f"cannot reach 'http://{NAME}'"):
        run_async(main)
