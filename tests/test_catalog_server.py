"""The catalogue of a server: fetched over HTTP, cached, saved. The servers here are threads of the test."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from comfyc.catalog import Catalog
from comfyc.catalog import cached as catalog_cache
from comfyc.catalog import http as catalog_http
from comfyc.catalog.address import parse_server
from comfyc.catalog.bundle import SIZE_LIMIT, pack_bundle
from comfyc.catalog.cached import cache_folder, read_cached
from comfyc.catalog.fetch import save_object_info
from comfyc.diagnostics import ComfycError
from comfyc.safety.atomic import replace_file

NODES = {
    "KSampler": {"input": {"required": {"seed": ["INT", {"max": 2**64 - 1}]}}, "output": ["LATENT"]},
    "Näme": {"input": {}, "output": [], "description": "prose"},
}
RULES = {"Old": [{"new_node_id": "KSampler", "old_node_id": "Old"}]}

Reply = Callable[[BaseHTTPRequestHandler], None]


class FakeComfy:
    """Answers from a table of paths; notes every request as (path, headers)."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                fake.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                reply = fake.replies.get(self.path.partition("?")[0])
                if reply is None:
                    answer(self, b"404: Not Found", status=404, kind="text/plain")
                else:
                    reply(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.thread.start()
        self.host = f"127.0.0.1:{self.http.server_address[1]}"
        self.url = f"http://{self.host}"

    def stop(self) -> None:
        if not self.thread.is_alive():
            return
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def serve(self, nodes: Any = NODES, *, rules: Any = RULES, base: str = "") -> None:
        self.replies[f"{base}/object_info"] = lambda request: answer(request, as_json(nodes))
        if rules is not None:
            self.replies[f"{base}/node_replacements"] = lambda request: answer(request, as_json(rules))

    def count(self, path: str = "/object_info") -> int:
        return sum(1 for asked, _ in self.requests if asked == path)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def answer(
    request: BaseHTTPRequestHandler,
    body: bytes,
    *,
    status: int = 200,
    kind: str = "application/json",
    length: int | None = None,
    **headers: str,
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)
    if length is not None:
        request.close_connection = True


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    server = FakeComfy()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("COMFYC_CACHE_DIR", str(folder))
    return folder


def all_bytes(folder: Path) -> bytes:
    """Everything below a folder: file names and unpacked contents."""
    parts = []
    for path in folder.rglob("*"):
        parts.append(path.name.encode())
        if path.is_file():
            parts.append(gzip.decompress(path.read_bytes()))
    return b"\n".join(parts)


# --- fetching -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending", ["", "/", "/object_info", "/object_info/", "/object_info/KSampler", "/#fragment"]
)
@pytest.mark.parametrize("base", ["", "/comfy/ui", "/api"])
def test_a_server_is_found_however_its_url_is_written(comfy: FakeComfy, base: str, ending: str) -> None:
    comfy.serve(base=base)
    catalog = Catalog.load(comfy.url + base + ending)
    assert catalog.info("KSampler") == {**NODES["KSampler"], "name": "KSampler"}
    assert list(catalog) == list(NODES)
    assert catalog.node_replacements == RULES
    assert catalog.name == comfy.url + base
    assert catalog.lists_files is True
    assert [path for path, _ in comfy.requests] == [
        f"{base}/object_info",
        f"{base}/node_replacements",
        f"{base}/embeddings",
    ]


@pytest.mark.parametrize(
    ("given", "names"), [(["a", "b"], ("a", "b")), (["a", 5], ("a",)), ({}, ()), ("x", ())]
)
def test_the_names_of_embeddings(comfy: FakeComfy, given: Any, names: tuple[str, ...]) -> None:
    """No combo lists them, so that they are asked for, and kept with the catalogue."""
    comfy.serve()
    comfy.replies["/embeddings"] = lambda request: answer(request, as_json(given))
    for _ in range(2):
        assert Catalog.load(comfy.url).embeddings == names
    assert comfy.count("/embeddings") == 1


@pytest.mark.parametrize("rules", [None, [], "x"])
def test_a_server_without_replacement_rules(comfy: FakeComfy, rules: Any) -> None:
    comfy.serve(rules=rules)
    assert Catalog.load(comfy.url).node_replacements == {}


def test_a_gzipped_answer(comfy: FakeComfy) -> None:
    packed = gzip.compress(as_json(NODES))
    comfy.replies["/object_info"] = lambda request: answer(request, packed, Content_Encoding="gzip")
    assert list(Catalog.load(comfy.url)) == list(NODES)
    assert comfy.requests[0][1]["accept-encoding"] == "gzip"


def test_a_chunked_answer_and_a_broken_one(comfy: FakeComfy) -> None:
    body = as_json(NODES)
    ends = [b"0\r\n\r\n", b""]

    def reply(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"%x\r\n%b\r\n" % (len(body), body) + ends.pop(0))
        request.close_connection = True

    comfy.replies["/object_info"] = reply
    assert list(Catalog.load(comfy.url)) == list(NODES)
    with pytest.raises(ComfycError, match="broke off"):
        Catalog.load(comfy.url, refresh=True)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (lambda r: answer(r, b"<html>login</html>", kind="text/html"), "web page"),
        (lambda r: answer(r, b"{}"), "empty"),
        (lambda r: answer(r, b"", status=204), "HTTP 204"),
        (lambda r: answer(r, b"no", status=401), "HTTP 401"),
        (lambda r: answer(r, b"no", status=403), "HTTP 403"),
        (lambda r: answer(r, b"gone", status=410), "HTTP 410"),
        (lambda r: answer(r, b"<html>oops</html>", status=500), "HTTP 500"),
        (lambda r: answer(r, as_json(NODES)[:50], length=1000), "ended after 50 of 1000 bytes"),
        (lambda r: answer(r, b"not gzip", Content_Encoding="gzip"), "damaged"),
        (lambda r: answer(r, b"", status=302, Location="file:///etc/passwd"), "redirect"),
        (lambda r: answer(r, b"", status=302, Location="ftp://x/object_info"), "redirect"),
        (lambda r: answer(r, b"", status=302, Location="/object_info"), "redirect"),
        (lambda r: answer(r, b"", status=304), "HTTP 304"),
        (None, "HTTP 404"),
    ],
)
def test_what_is_no_catalogue_is_an_error_and_never_cached(
    comfy: FakeComfy, cache: Path, reply: Reply | None, says: str
) -> None:
    if reply is not None:
        comfy.replies["/object_info"] = reply
    with pytest.raises(ComfycError, match=says) as caught:
        Catalog.load(comfy.url)
    assert comfy.url in str(caught.value)
    assert caught.value.hint
    assert not cache.exists()


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(ComfycError, match="refused"):
        Catalog.load(f"http://127.0.0.1:{port}")


def test_a_slow_server_is_given_up(comfy: FakeComfy, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.6)

    def dripping(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        with contextlib.suppress(OSError):  # the client hangs up
            for _ in range(40):
                request.wfile.write(b" ")
                time.sleep(0.02)

    comfy.replies["/object_info"] = silent
    with pytest.raises(ComfycError, match="in time"):
        Catalog.load(comfy.url, timeout=0.2)
    comfy.replies["/object_info"] = dripping
    monkeypatch.setattr(catalog_http, "_PATIENCE", 0.05)
    with pytest.raises(ComfycError, match="takes too long"):
        Catalog.load(comfy.url, timeout=5.0)


def test_the_size_of_an_answer_is_bounded(comfy: FakeComfy, monkeypatch: pytest.MonkeyPatch) -> None:
    comfy.serve({**NODES, "filling": {"x": "x" * 5000}})
    monkeypatch.setattr(catalog_http, "SIZE_LIMIT", 4000)
    with pytest.raises(ComfycError, match="larger than 4000 bytes"):
        Catalog.load(comfy.url)


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://host:port",
        "http://[::1",
        "https://user:secret@",
        "http://:8188",
        "http://a:\udcffsecret@h/\udcff",
    ],
)
def test_a_malformed_url(url: str) -> None:
    with pytest.raises(ComfycError, match="malformed") as caught:
        Catalog.load(url)
    assert "secret" not in str(caught.value)


def test_odd_urls_are_taken_apart() -> None:
    assert (
        parse_server("HTTPS://Host.Example:8443//a b/é/?x=1").base
        == "https://host.example:8443//a%20b/%C3%A9"
    )
    assert parse_server("http://[::1]:8188").base == "http://[::1]:8188"
    assert parse_server("http://h/object_information").base == "http://h/object_information"


# --- credentials ----------------------------------------------------------------------------------


def test_credentials_are_sent_and_shown_nowhere(comfy: FakeComfy, cache: Path) -> None:
    comfy.serve(base="/c")
    url = f"http://us%40er:s3cret%21@{comfy.host}/c?token=t0ken"
    catalog = Catalog.load(url)
    assert comfy.requests[0][0] == "/c/object_info?token=t0ken"
    assert comfy.requests[0][1]["authorization"] == "Basic dXNAZXI6czNjcmV0IQ=="  # us@er:s3cret!
    assert comfy.requests[1][1]["authorization"] == comfy.requests[0][1]["authorization"]
    stored = all_bytes(cache)
    assert comfy.url.encode() in stored
    comfy.stop()
    with pytest.raises(ComfycError) as caught:
        Catalog.load(url, refresh=True)
    shown = f"{catalog.name} {catalog!r} {caught.value} {caught.value.hint} {parse_server(url)!r}"
    for secret in ("s3cret", "us%40er", "us@er", "t0ken", "dXNAZXI6"):
        assert secret not in shown
        assert secret.encode() not in stored


def test_headers_go_with_every_request_and_win_over_the_url(comfy: FakeComfy) -> None:
    comfy.serve()
    Catalog.load(f"http://a:b@{comfy.host}", headers={"authorization": "Bearer x", "X-Key": "k"})
    for _, sent in comfy.requests:
        assert sent["authorization"] == "Bearer x"
        assert sent["x-key"] == "k"


@pytest.mark.parametrize(
    "header", [("X", "s3cret\r\nY: z"), ("X:", "s3cret"), ("", "s3cret"), ("X", "s3crét")]
)
def test_a_malformed_header_is_refused_without_showing_it(comfy: FakeComfy, header: tuple[str, str]) -> None:
    with pytest.raises(ComfycError, match="malformed") as caught:
        Catalog.load(comfy.url, headers=dict([header]))
    assert "s3cr" not in str(caught.value)
    assert comfy.requests == []


def test_credentials_follow_a_redirect_to_the_same_server_only(comfy: FakeComfy) -> None:
    other = FakeComfy()
    try:
        comfy.serve(base="/new")
        other.serve()
        comfy.replies["/object_info"] = lambda r: answer(r, b"", status=308, Location="/new/object_info")
        Catalog.load(f"http://a:b@{comfy.host}", headers={"X-Key": "k"})
        assert comfy.requests[1][0] == "/new/object_info"
        assert comfy.requests[1][1]["x-key"] == "k"
        assert "authorization" in comfy.requests[1][1]
        comfy.replies["/object_info"] = lambda r: answer(
            r, b"", status=302, Location=f"{other.url}/object_info"
        )
        Catalog.load(f"http://a:b@{comfy.host}", headers={"X-Key": "k"}, refresh=True)
        assert not {"authorization", "x-key"} & other.requests[0][1].keys()
    finally:
        other.stop()


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://host/else", "https://host/else"),
        ("else", "https://host/a/else"),
        ("http://host/else", None),
        ("file:///etc/passwd", None),
        ("https://host/a/object_info", None),
    ],
)
def test_where_a_redirect_is_followed(location: str, target: str | None) -> None:
    class Response:
        status = 302
        headers: ClassVar = {"Location": location}

    assert catalog_http._redirected("https://host/a/object_info", Response()) == target


def bombs(size: int) -> bytes:
    return gzip.compress(b" " * size)


@pytest.mark.parametrize(
    ("coding", "body", "says"),
    [
        ("gzip", lambda: bombs(SIZE_LIMIT + 1), "larger than 67108864 bytes"),
        ("gzip, gzip", lambda: gzip.compress(bombs(1000)), "was not requested"),
        ("br", lambda: b"", "was not requested"),
        ("deflate", lambda: b"", "was not requested"),
        ("gzip", lambda: gzip.compress(b"") * 2000, "more than 1000 members"),
        ("gzip", lambda: bombs(1000)[:-4], "cut off"),
    ],
)
def test_packed_answers_are_unpacked_in_bounds(
    comfy: FakeComfy, coding: str, body: Callable[[], bytes], says: str
) -> None:
    comfy.replies["/object_info"] = lambda r: answer(r, body(), Content_Encoding=coding)
    with pytest.raises(ComfycError, match=says):
        Catalog.load(comfy.url)


def endless(*pieces: bytes, pause: float = 0.0) -> Reply:
    """The first piece, then the last for ever."""

    def reply(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        with contextlib.suppress(OSError):
            request.wfile.write(pieces[0])
            while True:
                request.wfile.write(pieces[-1])
                time.sleep(pause)

    return reply


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "reply",
    [
        endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        endless(OK, b"X: " + b"y" * 60_000 + b"\r\n"),
        endless(OK + b"\r\n", b" " * 60_000),
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 60_000 + b"\r\n \r\n"),
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x" * 60_000 + b"\r\n"),
        endless(b"HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n", b" " * 60_000),
    ],
    ids=["continue", "headers", "body", "extensions", "trailers", "redirect"],
)
def test_an_answer_without_an_end_is_given_up(
    comfy: FakeComfy, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    """Counted in bytes: this would go on for as long as the patience allows, which is an hour here."""
    monkeypatch.setattr(catalog_http, "SIZE_LIMIT", 1 << 20)
    comfy.replies["/object_info"] = reply
    with pytest.raises(ComfycError):
        Catalog.load(comfy.url, timeout=900)


@pytest.mark.parametrize("start", [b"", OK, OK + b"X: "], ids=["status", "headers", "header"])
def test_a_head_that_drips_is_given_up(
    comfy: FakeComfy, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    monkeypatch.setattr(catalog_http, "_PATIENCE", 0.01)
    comfy.replies["/object_info"] = endless(start, b"H", pause=0.02)
    with pytest.raises(ComfycError, match="takes too long"):
        Catalog.load(comfy.url, timeout=30.0)


def test_redirections_have_an_end(comfy: FakeComfy) -> None:
    for number in range(10):
        place = f"/hop{number + 1}"
        comfy.replies[f"/hop{number}"] = functools.partial(answer, body=b"", status=302, Location=place)
    comfy.replies["/object_info"] = comfy.replies["/hop0"]
    with pytest.raises(ComfycError, match=r"redirect.*HTTP 302"):
        Catalog.load(comfy.url)
    assert len(comfy.requests) == 1 + 5


def test_no_proxy_is_asked_for_this_machine(comfy: FakeComfy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    comfy.serve()
    assert "KSampler" in Catalog.load(comfy.url)


# --- the cache ------------------------------------------------------------------------------------


def test_a_cached_answer_is_taken_until_it_is_old(comfy: FakeComfy, monkeypatch: pytest.MonkeyPatch) -> None:
    comfy.serve()
    first = Catalog.load(comfy.url)
    again = Catalog.load(comfy.url + "/object_info")
    assert comfy.count() == 1
    assert again.name == first.name
    assert again.node_replacements == RULES
    assert {name: again.info(name) for name in again} == {name: first.info(name) for name in first}
    Catalog.load(comfy.url, max_age=0)
    assert comfy.count() == 2
    Catalog.load(comfy.url, refresh=True)
    assert comfy.count() == 3
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 601)
    Catalog.load(comfy.url)
    assert comfy.count() == 4
    monkeypatch.setattr("time.time", lambda: now - 3600)  # the clock was turned back
    Catalog.load(comfy.url)
    assert comfy.count() == 5


def test_an_etag_is_asked_about_each_time(comfy: FakeComfy) -> None:
    nodes: list[Any] = [NODES, {"Other": {"input": {}, "output": []}}]

    def reply(request: BaseHTTPRequestHandler) -> None:
        tag = f'"{len(nodes)}"'
        if request.headers.get("If-None-Match") == tag:
            request.send_response(304)
            request.send_header("ETag", tag)
            request.end_headers()
        else:
            answer(request, as_json(nodes[0]), ETag=tag)

    comfy.replies["/object_info"] = reply
    assert list(Catalog.load(comfy.url)) == list(NODES)
    assert list(Catalog.load(comfy.url, max_age=0)) == list(NODES)
    assert comfy.requests[-1][1]["if-none-match"] == '"2"'
    nodes.pop(0)
    assert list(Catalog.load(comfy.url)) == ["Other"]
    Catalog.load(comfy.url, refresh=True)
    assert [("if-none-match" in sent) for path, sent in comfy.requests if path == "/object_info"] == [
        False,
        True,
        True,
        False,
    ]


def test_an_unreachable_server_with_a_cached_copy(comfy: FakeComfy) -> None:
    comfy.serve()
    Catalog.load(comfy.url)
    comfy.replies["/object_info"] = lambda request: answer(request, b"starting", status=503)
    assert list(Catalog.load(comfy.url)) == list(NODES)  # young enough: not asked
    with pytest.raises(ComfycError, match="HTTP 503") as caught:
        Catalog.load(comfy.url, max_age=0)
    assert "stale copy" in (caught.value.hint or "")
    for refresh in (False, True):
        stale = Catalog.load(comfy.url, allow_stale=True, max_age=0, refresh=refresh)
        assert list(stale) == list(NODES)
        assert stale.name == f"{comfy.url} (stale copy, less than a minute old)"
    comfy.replies["/object_info"] = lambda request: answer(request, b"no", status=401)
    with pytest.raises(ComfycError, match="HTTP 401"):
        Catalog.load(comfy.url, max_age=0, allow_stale=True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-9],
        lambda data: b"{}",
        lambda data: gzip.compress(b"[" * 100_000),
        lambda data: pack_bundle({"server": "http://another", "fetched": time.time()}, NODES),
        lambda data: pack_bundle({}, NODES),
        lambda data: gzip.compress(b'{"format":"comfyc-catalogue","names":[5]}\n{}'),
    ],
)
def test_a_damaged_cache_is_fetched_and_written_anew(
    comfy: FakeComfy, cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    comfy.serve()
    Catalog.load(comfy.url)
    (file,) = cache.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert list(Catalog.load(comfy.url)) == list(NODES)
    assert comfy.count() == 2
    assert read_cached(comfy.url) is not None
    assert list(cache.iterdir()) == [file]


def test_a_cache_that_cannot_be_written_is_no_error(
    comfy: FakeComfy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comfy.serve()
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("COMFYC_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert "KSampler" in Catalog.load(comfy.url)
    monkeypatch.setattr(catalog_cache, "cache_folder", lambda: None)
    assert "KSampler" in Catalog.load(comfy.url)
    assert comfy.count() == 2


def test_servers_do_not_share_a_cached_answer(comfy: FakeComfy, cache: Path) -> None:
    comfy.serve()
    comfy.serve({"Other": {"input": {}, "output": []}}, base="/two")
    assert list(Catalog.load(comfy.url)) == list(NODES)
    assert list(Catalog.load(comfy.url + "/two")) == ["Other"]
    assert list(Catalog.load(comfy.url)) == list(NODES)
    assert len(list(cache.iterdir())) == 2


def test_the_cache_folder_of_each_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("COMFYC_CACHE_DIR")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x/cache")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == Path("/x/cache/comfyc")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache/comfyc"
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder() == Path.home() / "Library/Caches/comfyc"
    monkeypatch.setattr("sys.platform", "win32")
    assert cache_folder() == Path("/local/comfyc/Cache")


# --- saving ---------------------------------------------------------------------------------------


def test_the_whole_answer_is_saved(comfy: FakeComfy, tmp_path: Path, cache: Path) -> None:
    comfy.serve(base="/c")
    path = tmp_path / "object_info.json"
    assert save_object_info(comfy.url + "/c", path) == 2
    assert path.read_bytes() == as_json(NODES)
    assert list(Catalog.load(path)) == list(NODES)
    packed = tmp_path / "object_info.json.gz"
    save_object_info(comfy.url + "/c", str(packed), headers={"X-Key": "k"})
    assert gzip.decompress(packed.read_bytes()) == as_json(NODES)
    assert comfy.requests[-1][1]["x-key"] == "k"
    assert not cache.exists()


@pytest.mark.parametrize("body", [b"<html>", as_json(NODES)[:-1], b"{}"])
def test_nothing_is_saved_of_a_bad_answer(comfy: FakeComfy, tmp_path: Path, body: bytes) -> None:
    comfy.replies["/object_info"] = lambda request: answer(request, body)
    path = tmp_path / "object_info.json"
    path.write_text("before")
    with pytest.raises(ComfycError):
        save_object_info(comfy.url, path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["object_info.json"]
    assert path.read_text() == "before"


def test_a_place_that_cannot_be_written(comfy: FakeComfy, tmp_path: Path) -> None:
    comfy.serve()
    for path in (tmp_path / "missing" / "x.json", tmp_path):
        with pytest.raises(ComfycError, match="cannot write"):
            save_object_info(comfy.url, path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="a named pipe")
def test_a_pipe_is_written_and_not_replaced(comfy: FakeComfy, tmp_path: Path) -> None:
    comfy.serve()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    save_object_info(comfy.url, pipe)
    reader.join(5)
    assert got == [as_json(NODES)]


def test_a_replacement_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError, match="folder"):
        replace_file(target, b"x")
    assert list(tmp_path.iterdir()) == [target]
