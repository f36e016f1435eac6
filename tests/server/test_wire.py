"""What a server sends is bounded by the byte and by the second, in all of an answer, also through a proxy."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import hashlib
import json
import re
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from comfyc.catalog.address import UnreachableError
from comfyc.running import Server, ServerLimits, open_access
from comfyc.running.client.listen import Listener, SocketState
from comfyc.running.client.wire import Frame, Message, cost, parse
from comfyc.running.http.transport import HttpAnswer
from tests.server.running import pace, run_async
from tests.server.test_proxied import NAME, proxy

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LIMITS = ServerLimits(answer=100_000, receipt=100_000, message=200_000, news=100_000, file=100_000)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CLIENTS = ["direct", "proxied"]


class Sent:
    """How many bytes a server could send before we had enough."""

    count = 0


def endless(sent: Sent, *pieces: bytes, pause: float = 0.0) -> Serve:
    """All pieces, the last again and again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
            while not reader.at_eof():
                writer.write(pieces[-1])
                sent.count += len(pieces[-1])
                await writer.drain()
                await asyncio.sleep(pause)
        writer.close()

    return serve


def once(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return serve


@contextlib.asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def ask(serve: Serve, client: str, monkeypatch: pytest.MonkeyPatch, **patience: float) -> HttpAnswer:
    """One question to a server; with ``proxied`` to a proxy, which gives the same answer itself."""

    async def main() -> HttpAnswer:
        async with serving(serve) as address:
            if client == "proxied":
                monkeypatch.setenv("http_proxy", address)
                monkeypatch.setenv("HTTP_PROXY", address)
                address = f"http://{NAME}"
            async with Server(address, pace=pace(**patience), limits=LIMITS) as server:
                return await server.http.request("GET", "/x")

    return run_async(main)


ENDLESS = {
    "headers": (OK, b"X: " + b"y" * 1000 + b"\r\n"),
    "header": (OK, b"X" * 10_000),
    "body": (OK + b"\r\n", b"[" * 10_000),
    "long": (OK + b"Content-Length: 99999999999999999999\r\n\r\n", b"[" * 10_000),
    "chunks": (CHUNKED, b"2710\r\n" + b"[" * 10_000 + b"\r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"X: " + b"y" * 1000 + b"\r\n"),
    "size": (CHUNKED + b"1", b"0" * 10_000),
    # These two the library alone would read until the time is over
    "continue": (b"HTTP/1.1 100 Continue\r\n\r\n" * 100,),
    "extensions": (CHUNKED, b"1;" + b"x" * 10_000 + b"\r\n[\r\n"),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_without_an_end_is_given_up(
    client: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In bytes and not in seconds: the patience is a minute."""
    sent = Sent()
    with pytest.raises(UnreachableError):
        ask(endless(sent, *ENDLESS[kind]), client, monkeypatch)
    assert sent.count < 100 * LIMITS.answer


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "pieces",
    [
        (b"H",),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
        (OK + b"X: ", b"y"),
        (OK + b"\r\n", b"["),
        (CHUNKED, b"1\r\n[\r\n"),
        (CHUNKED + b"0\r\n", b"y"),
    ],
    ids=["status", "continue", "header", "body", "chunks", "trailers"],
)
def test_an_answer_that_drips_is_given_up(
    client: str, pieces: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes in time, and the whole never does."""
    with pytest.raises(UnreachableError, match=r"in time|was lost"):
        ask(endless(Sent(), *pieces, pause=0.02), client, monkeypatch, read=0.2)


def packed(coding: bytes, body: bytes) -> bytes:
    return OK + b"Content-Encoding: " + coding + b"\r\nConnection: close\r\n\r\n" + body


BOMB = gzip.compress(b"[" * 50_000_000, 1)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("coding", "body", "says"),
    [
        (b"gzip", BOMB, "larger than 100000 bytes"),
        (b"deflate", zlib.compress(b"[" * 50_000_000, 1), "larger than 100000 bytes"),
        (b"gzip, gzip", gzip.compress(BOMB), "was not requested"),
        (b"gzip\r\nContent-Encoding: gzip", gzip.compress(BOMB), "was not requested"),
        (b"br", b"x", "was not requested"),
        (b"zstd", b"x", "was not requested"),
        (b"gzip", gzip.compress(b"[]") + b"x" * 1000, "damaged"),
        (b"gzip", gzip.compress(b"[]")[:-3], "damaged"),
        (b"gzip", gzip.compress(b"[]") + bytes(200_000), "larger than 100000 bytes"),
    ],
    ids=["gzip", "deflate", "twice", "two headers", "br", "zstd", "garbage", "cut", "zeros"],
)
def test_what_is_packed_is_counted_when_it_is_unpacked(
    client: str, coding: bytes, body: bytes, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    monkeypatch.setattr(zlib, "decompressobj", counting(made))
    with pytest.raises(UnreachableError, match=says):
        ask(once(packed(coding, body)), client, monkeypatch)
    assert sum(made) <= 3 * LIMITS.answer


def counting(made: list[int]) -> Any:
    """``zlib.decompressobj`` that notes how much comes out."""
    real = zlib.decompressobj

    class Counting:
        def __init__(self, *arguments: Any, **options: Any) -> None:
            self._real = real(*arguments, **options)

        def decompress(self, data: bytes, *arguments: int) -> bytes:
            found = self._real.decompress(data, *arguments)
            made.append(len(found))
            return found

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    return Counting


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_packed_once_is_read(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for coding, body in ((b"gzip", gzip.compress(b"[1]")), (b"deflate", zlib.compress(b"[1]"))):
        assert ask(once(packed(coding, body)), client, monkeypatch).json() == [1]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_what_comes_with_a_redirection_or_a_refusal_is_not_read(
    client: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Sent()
    head = b"HTTP/1.1 %d X\r\nLocation: /y\r\n\r\n" % status
    answer = ask(endless(sent, head, b"x" * 10_000), client, monkeypatch)
    assert (answer.status, answer.body, answer.location) == (status, b"", "/y")
    assert sent.count < 100 * LIMITS.answer


def test_json_is_counted_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ask(once(OK + b"\r\n[" + b"[]," * 30_000 + b"[]]"), "direct", monkeypatch)
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("parsed"))
    assert answer.json() is None


# --- WebSocket ---


def frame(code: int, payload: bytes, *, last: bool = True, bits: int = 0) -> bytes:
    size = len(payload)
    head = bytes([(128 if last else 0) | bits | code])
    if size < 126:
        head += bytes([size])
    elif size < 1 << 16:
        head += b"\x7e" + struct.pack(">H", size)
    else:
        head += b"\x7f" + struct.pack(">Q", size)
    return head + payload


def socket_of(*frames: bytes, extensions: bool = False) -> Serve:
    """A WebSocket that sends these frames and stays."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)
        assert key is not None
        assert b"extensions" not in head.lower()
        accept = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept
        )
        writer.write(b"\r\nSec-WebSocket-Extensions: permessage-deflate" if extensions else b"")
        writer.write(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for one in frames:
                writer.write(one)
                await writer.drain()
            await reader.read()
        writer.close()

    return serve


def hear(serve: Serve, client: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a listener hears until its connection has ended, or everything came."""

    async def main() -> list[Any]:
        heard: list[Any] = []
        over = asyncio.Event()

        def put(item: Any, size: int) -> None:
            heard.append(item)
            if (isinstance(item, SocketState) and not item.up) or (
                isinstance(item, Message) and item.type == "end"
            ):
                over.set()

        async with serving(serve) as address, proxy(int(address.rpartition(":")[2]), []) as between:
            if client == "proxied":
                monkeypatch.setenv("http_proxy", between)
                monkeypatch.setenv("HTTP_PROXY", between)
                address = f"http://{NAME}"
            listener = Listener(open_access(address), "me", put, pace(retry=60.0), LIMITS)
            await listener.start()
            await over.wait()
            await listener.stop()
        return [item for item in heard if not isinstance(item, SocketState)]

    return run_async(main)


def news(size: int, kind: str = "x") -> bytes:
    bare = json.dumps({"type": kind, "data": {"y": ""}})
    return bare.replace('""', '"' + "z" * (size - len(bare)) + '"').encode()


PICTURE = struct.pack(">II", 1, 1)
END = frame(1, b'{"type": "end"}')
TEXT, BINARY, MORE = 1, 2, 0


@pytest.mark.parametrize("client", CLIENTS)
def test_messages_within_their_limits_are_heard(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = news(100_000)
    frames = [
        frame(TEXT, whole),
        frame(BINARY, PICTURE + bytes(199_992)),
        frame(9, b"ping"),
        frame(TEXT, whole[:50_000], last=False) + frame(9, b"") + frame(MORE, whole[50_000:]),
        END,
    ]
    kinds = [type(item) for item in hear(socket_of(*frames), client, monkeypatch)]
    assert kinds == [Message, Frame, Message, Message]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "frames",
    [
        [frame(TEXT, news(100_001))],
        [frame(TEXT, news(150_000)[:90_000], last=False), frame(MORE, bytes(60_000))],
        [frame(BINARY, PICTURE + bytes(200_000))],
        [frame(BINARY, PICTURE + bytes(150_000), last=False), frame(MORE, bytes(150_000))],
        [frame(TEXT, b"", last=False), *[frame(MORE, b"", last=False)] * 20_000, frame(MORE, b"{}")],
        [b"\x81\x7f" + struct.pack(">Q", 1 << 62)],
        [frame(9, bytes(126))],
        [frame(9, b"", last=False)],
        [frame(TEXT, b"{}", bits=64)],
        [frame(MORE, b"{}")],
        [frame(TEXT, b"{", last=False), frame(TEXT, b"}")],
        [frame(3, b"")],
        [bytes([0x81, 0x82, 1, 2, 3, 4, 5, 6])],
    ],
    ids=[
        *("text", "texts", "binary", "binaries", "fragments", "length", "ping", "part of a ping"),
        *("compressed", "nothing before", "not ended", "unknown", "masked"),
    ],
)
def test_a_message_beyond_its_limits_ends_the_connection(
    client: str, frames: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hear(socket_of(*frames, END), client, monkeypatch) == []


@pytest.mark.parametrize("client", CLIENTS)
def test_compression_that_nobody_offered_is_refused(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hear(socket_of(END, extensions=True), client, monkeypatch) == []


def test_messages_of_too_many_values_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("parsed"))
    assert parse(b'{"type": "x", "data": [' + b"[]," * 250_000 + b"[]]}") is None


def test_a_message_costs_what_its_values_do() -> None:
    """What waits is bounded by it: 3 bytes of JSON may take 100 bytes of memory."""
    assert cost(b"[" + b"[]," * 1000 + b"[]]") > 100_000
    assert cost(PICTURE + b"[" * 1000) == 1008


@pytest.mark.parametrize("client", CLIENTS)
def test_a_head_that_drips_is_given_up_where_the_body_may_take_long(
    client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download has no time in which it must end, but its head has."""

    async def main() -> None:
        async with serving(endless(Sent(), OK + b"X: ", b"y", pause=0.02)) as address:
            if client == "proxied":
                monkeypatch.setenv("http_proxy", address)
                monkeypatch.setenv("HTTP_PROXY", address)
                address = f"http://{NAME}"
            server = Server(address, pace=pace(read=0.2, connect=0.2), limits=LIMITS)
            async with server, server.http.stream("GET", "/view"):
                pass

    with pytest.raises(UnreachableError, match="in time"):
        run_async(main)


def test_a_download_without_an_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from comfyc.running import Run, Saving  # noqa: PLC0415
    from comfyc.running.records.outcome import Output  # noqa: PLC0415

    sent = Sent()

    async def main() -> Run:
        async with (
            serving(endless(sent, CHUNKED, b"2710\r\n" + bytes(10_000) + b"\r\n")) as address,
            Server(address, pace=pace(), limits=LIMITS) as server,
        ):
            run = Run("success", None, address, "p", outputs={"1": (Output("file", "images", "a.png"),)})
            return await server.save(run, Saving(tmp_path, folders=("",)))

    (output,) = run_async(main).outputs["1"]
    assert output.problem == "the file is larger than 100000 bytes"
    assert sent.count < 100 * LIMITS.file
    assert list(tmp_path.iterdir()) == []
