"""Files of the web as values: fetched with leave, from public servers, and only what the input takes."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import httpcore
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from comfyc.diagnostics import ComfycError
from comfyc.running import Pace
from comfyc.running.client.fetching import Fetcher
from comfyc.running.client.media import media_type
from comfyc.running.http import guarded
from comfyc.running.http.counting import CountingBackend
from comfyc.running.http.guarded import may_connect
from comfyc.safety.web_files import AddressError, FetchRules, WebFile, is_address, split_address
from tests.server.fake import FakeComfy
from tests.server.running import run_async
from tests.server.test_cli_run import RUNNABLE, comfyc, on, serving

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
MP4 = b"\0\0\0\x18ftypisom" + b"frames" * 20
FLOW = RUNNABLE / "02_load_invert_save.json"
HOST = "files.example"
PUBLIC = "93.184.216.34"
IMAGE = ("image",)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Web:
    """A server of the web. ``async with Web() as site: site.url``"""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.requests: list[web.Request] = []
        self.names: list[str | None] = []
        """What TLS asked for."""
        self.answers: dict[str, Handler] = {}
        self.ssl: ssl.SSLContext | None = None
        if certificate is not None:
            self.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.ssl.load_cert_chain(*certificate)
            self.ssl.sni_callback = lambda _, name, __: self.names.append(name)

    async def __aenter__(self) -> Web:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.ssl).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.BaseRequest)
        self.requests.append(request)  # type: ignore[arg-type]
        handler = self.answers.get(request.path)
        return await handler(request) if handler is not None else web.Response(body=PNG)  # type: ignore[arg-type]


def says(body: bytes = PNG, status: int = 200, **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(
            body=body, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return handler


def chunks(parts: Iterable[bytes], pause: float = 0.0) -> Handler:
    """Answer without a length, part by part."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for part in parts:
            await response.write(part)
            await asyncio.sleep(pause)
        return response

    return handler


def fetched(
    site: Web,
    path: str,
    kinds: tuple[str, ...] = IMAGE,
    most: int = 10_000,
    pace: Pace | None = None,
    answers: dict[str, Handler] | None = None,
) -> tuple[str, bytes]:
    """The name and the content of a file that is fetched from a server of this machine."""
    site.answers |= answers or {}

    async def main() -> tuple[str, bytes]:
        async with site:
            with Fetcher(FetchRules(most, private=True), pace) as fetcher:
                async with fetcher.file(WebFile(site.url + path, kinds)) as file:
                    return file.name, file.read_bytes()

    return run_async(main)


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(ComfycError) as caught:
        fetched(*arguments, **options)
    return str(caught.value)


# --- the command -------------------------------------------------------------------------------------


def test_a_file_of_the_web_is_fetched_once_and_uploaded(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        async with Web() as site:
            address = f"LoadImage.image={site.url}/a/my%20photo.jpeg?sig=S3CRET"
            command = ("run", FLOW, "--server", server.url, "--set", address, "--allow-private-downloads")
            ended = await comfyc(tmp_path, *command, "--count", "2")
            assert ended.code == 0, ended.err
            (name,) = server.uploads
            assert name.startswith("my_photo-")
            assert name.endswith(".png")  # what it is, and not what the address says
            assert {body["prompt"]["1"]["inputs"]["image"] for body in server.bodies} == {name}
            assert PNG in server.files.values()
            (asked,) = site.requests
            assert asked.raw_path == "/a/my%20photo.jpeg?sig=S3CRET"
            assert set(asked.headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
            assert "S3CRET" not in ended.err + ended.out
            planned = await comfyc(tmp_path, "plan", *command[1:], "--json")
            (plan,) = json.loads(planned.out)["results"]
            shown = f"{site.url}/a/my%20photo.jpeg?..."
            assert plan["downloads"] == [{"address": shown, "inputs": ["1.image"]}]
            assert "S3CRET" not in planned.out + planned.err
            for more in (("plan", *command[1:], "-o", "job.plan"), (*command, "--print-prompt")):
                kept = await comfyc(tmp_path, *more)
                assert kept.code == 2
                assert "not known before it is fetched" in kept.err
            assert len(site.requests) == 1

    on(serving(), test)


def test_nothing_is_fetched_without_leave(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        async with Web() as site:
            (tmp_path / "job.toml").write_text(f'[set]\n"LoadImage.image" = "{site.url}/x.png?sig=S3CRET"\n')
            ended = await comfyc(tmp_path, "run", FLOW, "job.toml", "--server", server.url)
            assert ended.code == 1
            assert "I690" in ended.err
            assert "--allow-download" in ended.err
            assert "job.toml:2:" in ended.err
            assert "S3CRET" not in ended.err
            ended = await comfyc(
                tmp_path, "run", FLOW, "job.toml", "--server", server.url, "--allow-download"
            )
            assert ended.code == 1
            assert "I691" in ended.err
            address = f"LoadImage.image={site.url.replace('http', 'https')}/x.png"
            command = ("run", FLOW, "--server", server.url, "--allow-download", "--set", address)
            ended = await comfyc(tmp_path, *command)
            assert ended.code == 2
            assert "'127.0.0.1' is at 127.0.0.1, which is no public address" in ended.err
            assert "--allow-private-downloads" in ended.err
            assert site.requests == []
            assert (server.bodies, server.uploads) == ([], [])

    on(serving(), test)


def test_data_in_an_address_needs_no_leave(tmp_path: Path) -> None:
    address = f"LoadImage.image=data:image/jpeg;base64,{base64.b64encode(PNG).decode()}"

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", FLOW, "--server", server.url, "--set", address)
        assert ended.code == 0, ended.err
        assert [name[:5] + name[-4:] for name in server.uploads] == ["data-.png"]
        assert next(iter(server.files.values())) == PNG
        broken = address[:-20] + "!!" + address[-20:]
        ended = await comfyc(tmp_path, "run", FLOW, "--server", server.url, "--set", broken)
        assert ended.code == 2
        assert "is not base64" in ended.err

    on(serving(), test)


def test_the_files_of_rows_are_fetched_when_their_turn_comes(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        async with Web() as site:
            site.answers["/2.png"] = says(b"<html>")
            lines = [f"{site.url}/{number}.png?sig=S3CRET" for number in (1, 2)]
            (tmp_path / "t.csv").write_text("\n".join(["LoadImage.image", *lines, ""]))
            command = ("run", FLOW, "--table", "t.csv", "--server", server.url, "-d", "out")
            refused = await comfyc(tmp_path, *command)
            assert refused.code == 1
            assert "t.csv:2:1" in refused.err
            assert "I690" in refused.err
            allowed = (*command, "--allow-private-downloads")
            shown = await comfyc(tmp_path, *allowed, "--dry-run")
            assert "    2 files of the web, each when its turn comes\n" in shown.out
            assert site.requests == []
            ended = await comfyc(tmp_path, *allowed)
            assert ended.code == 1
            assert "2 failed: '" in ended.err
            site.answers.clear()
            again = await comfyc(tmp_path, "retry", "out")  # with the leave that was given
            assert again.code == 0, again.err
            assert [name[:2] + name[-4:] for name in server.uploads] == ["1-.png", "2-.png"]
            assert sorted(one.path for one in site.requests) == ["/1.png", "/2.png", "/2.png"]
            assert "S3CRET" not in "".join(one.err + one.out for one in (refused, shown, ended, again))

    on(serving(), test)


# --- what comes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (says(b"<!doctype html><p>Sign in", Content_Type="image/png"), "none of the kinds of files"),
        (says(MP4, Content_Type="image/png"), "is a file .mp4, and the input takes: image"),
        (says(b""), "none of the kinds of files"),
        (says(PNG * 100), "more than 10,000 bytes (--limit downloads=20000 raises this)"),
        (chunks([PNG] * 100), "more than 10,000 bytes"),
        (says(b"\x1f\x8b" + PNG, Content_Encoding="br"), "has an encoding that was not requested"),
        (says(status=404), "its server answers with HTTP 404"),
        (says(status=302, Location="/x.png"), "redirects more than 5 times"),
        (says(status=302, Location="ftp://files.example/x.png"), "only addresses that begin with https://"),
        (says(status=302, Location="http://me:pw@127.0.0.1/x.png"), "comfyc sends no credentials"),
        (says(status=302, Location="http://169.254.169.254/latest"), "169.254.169.254, which is no public"),
        (says(status=302, Location="http://[::ffff:a9fe:a9fe]/"), "which is no public address"),
        (says(status=302, Location="http://[oops/"), "redirects to what is not an address"),
    ],
    ids=range(13),
)
def test_what_is_not_wanted_is_refused(handler: Handler, message: str) -> None:
    assert message in refused(Web(), "/x.png", answers={"/x.png": handler})


def test_a_server_that_is_slow_is_left() -> None:
    impatient = Pace(read=0.2)
    slow = {"/x.png": chunks([PNG[:1]] * 600, pause=0.02)}
    assert "it comes too slowly" in refused(Web(), "/x.png", answers=slow, pace=impatient)
    silent = {"/x.png": chunks([b"", b""], pause=5.0)}
    assert "does not answer in time" in refused(Web(), "/x.png", answers=silent, pace=impatient)


def test_what_is_of_the_wrong_kind_is_not_read_to_its_end() -> None:
    sent: list[int] = []

    def endless() -> Iterable[bytes]:
        for number in range(1000):
            sent.append(number)
            yield MP4 * 100

    message = refused(Web(), "/x.png", most=1 << 30, answers={"/x.png": chunks(endless(), pause=0.001)})
    assert "the input takes: image" in message
    assert len(sent) < 500


def test_a_redirect_is_followed() -> None:
    site = Web()
    name, data = fetched(site, "/x", answers={"/x": says(status=301, Location="/b/y.png?z=1")})
    assert (name, data) == ("x.png", PNG)
    assert [one.raw_path for one in site.requests] == ["/x", "/b/y.png?z=1"]


def test_few_files_are_kept_and_none_for_long() -> None:
    async def main() -> None:
        async with Web() as site:
            with Fetcher(FetchRules(private=True)) as fetcher:
                paths = []
                for number in [*range(10), 9, 0]:
                    async with fetcher.file(WebFile(f"{site.url}/{number}.png", IMAGE)) as path:
                        paths.append(path)
                assert [path.exists() for path in paths] == [False] * 7 + [True] * 5
                assert len(site.requests) == 11  # 9 was there still
                both = [fetcher.file(WebFile(f"{site.url}/same.png", IMAGE)) for _ in range(2)]
                await asyncio.gather(*(one.__aenter__() for one in both))
                assert len(site.requests) == 12
            assert not any(path.parent.parent.exists() for path in paths)

    run_async(main)


# --- who is asked ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addresses", "is_public", "is_private"),
    [
        ("93.184.216.34 8.8.8.8 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808", True, True),
        ("127.0.0.1 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255", False, True),
        ("::1 fd00::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1::", False, True),
        ("169.254.169.254 fe80::1 fe80::1%eth0 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe", False, False),
        ("0.0.0.0 0.1.2.3 :: 224.0.0.1 239.1.1.1 ff02::1 240.0.0.1 255.255.255.255", False, False),
        ("192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 2001:db8::1 fec0::1 ::7f00:1", False, False),
    ],
)
def test_addresses_are_judged_by_where_they_lead(addresses: str, is_public: bool, is_private: bool) -> None:
    for address in addresses.split():
        assert may_connect(address, private=False) is is_public, address
        assert may_connect(address, private=True) is is_private, address


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for a name of the web that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=comfyc")
    names = ("-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(cert))
    try:
        subprocess.run(("openssl", *made, *names), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl to make a certificate with")
    return cert, key


class Names:
    """Names of the web, each with its next addresses. The public one leads to a server of this machine."""

    def __init__(self, site: Web, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.connected: list[str] = []
        real = CountingBackend.connect_tcp

        async def resolve(host: str, port: int) -> list[str]:
            return self.answers.pop(0)

        async def connect(backend: Any, host: str, port: int, *more: Any) -> httpcore.AsyncNetworkStream:
            self.connected.append(host)
            assert host == PUBLIC
            return await real(backend, "127.0.0.1", site.port, *more)

        monkeypatch.setattr(guarded, "resolve", resolve)
        monkeypatch.setattr(CountingBackend, "connect_tcp", connect)


def from_public(site: Web, address: str) -> bytes:
    async def main() -> bytes:
        async with site:
            with Fetcher(FetchRules()) as fetcher:
                async with fetcher.file(WebFile(address, IMAGE)) as file:
                    return file.read_bytes()

    return run_async(main)


def test_the_address_that_was_judged_is_asked_under_its_name(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # is not asked
    site = Web(certificate)

    async def main() -> None:
        async with site:
            # A name that leads elsewhere the next time: it is resolved once
            names = Names(site, monkeypatch, [PUBLIC], ["127.0.0.1"])
            with Fetcher(FetchRules()) as fetcher:
                async with fetcher.file(WebFile(f"https://{HOST}/x.png", IMAGE)) as file:
                    assert file.read_bytes() == PNG
            assert names.connected == [PUBLIC]
            assert names.answers == [["127.0.0.1"]]

    run_async(main)
    assert site.names == [HOST]
    assert [one.headers["Host"] for one in site.requests] == [HOST]


@pytest.mark.parametrize(
    ("location", "answers", "message"),
    [
        (f"https://{HOST}/y.png", [[PUBLIC], ["10.0.0.1"]], f"'{HOST}' is at 10.0.0.1"),
        ("https://intranet.example/", [[PUBLIC], [PUBLIC, "192.168.0.9"]], "is at 192.168.0.9"),
        (f"http://{HOST}/y.png", [[PUBLIC]], "it is not encrypted (http)"),
        ("https://other.example/y.png", [[PUBLIC], [PUBLIC]], "its certificate is not trusted"),
    ],
)
def test_a_redirect_leads_to_nowhere_else(
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    location: str,
    answers: list[list[str]],
    message: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    site = Web(certificate)
    site.answers["/x.png"] = says(status=307, Location=location)
    Names(site, monkeypatch, *answers)
    with pytest.raises(ComfycError) as caught:
        from_public(site, f"https://{HOST}/x.png")
    assert message in str(caught.value)
    assert len(site.requests) == 1


def test_http_is_for_private_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Web()
    Names(site, monkeypatch, [PUBLIC])

    async def main() -> None:
        with Fetcher(FetchRules(private=True)) as fetcher:
            async with fetcher.file(WebFile(f"http://{HOST}/x.png", IMAGE)):
                pass

    with pytest.raises(ComfycError, match="a public server, which is not asked without encryption"):
        run_async(main)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_address_shows_what_may_be_secret(before: str, secret: str) -> None:
    for address in (f"https://{before}?k=S3CRET{secret}", f"https://me:S3CRET@{before}{secret}"):
        assert is_address(address)
        file = WebFile(address)
        if not set("/?#") & set(before):  # which end the name of the server
            assert "S3CRET" not in str(file) + repr(file)
        try:
            parts = split_address(address, private=True)
        except AddressError:
            continue
        assert parts.hostname
        assert parts.username is None
        assert file.name


# --- kinds of files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "kind", "suffix"),
    [
        (PNG, "image", ".png"),
        (b"\xff\xd8\xff\xe0", "image", ".jpg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "animation", ".webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio", ".wav"),
        (b"RIFF\0\0\0\0AVI LIST", "video", ".avi"),
        (b"\0\0\0\x1cftypavif", "image", ".avif"),
        (b"\0\0\0\x14ftypqt  ", "video", ".mov"),
        (b"\0\0\0\x1cftypM4A ", "audio", ".m4a"),
        (MP4, "video", ".mp4"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm", "video", ".webm"),
        (b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska", "video", ".mkv"),
        (b"ID3\x04", "audio", ".mp3"),
        (b"\xff\xfb\x90\x64", "audio", ".mp3"),
        (b"OggS" + bytes(24) + b"OpusHead", "audio", ".opus"),
        (b"OggS" + bytes(24) + b"\x01vorbis", "audio", ".ogg"),
        (b"fLaC\0", "audio", ".flac"),
        (b"glTF\2\0\0\0", "model", ".glb"),
        (b"# made by hand\n\nv 0 0 0\n", "model", ".obj"),
        (b'{"asset": {"version": "2.0"}}', "model", ".gltf"),
    ],
)
def test_a_kind_shows_in_the_first_bytes(head: bytes, kind: str, suffix: str) -> None:
    found = media_type(head)
    assert found is not None
    assert kind in found.kinds
    assert found.suffix == suffix


@pytest.mark.parametrize("head", [b"", b"<svg", b"<html>v 1 2\n", b"PK\3\4", b"#!/bin/sh\n", b"\n" * 512])
def test_what_nodes_do_not_load_has_no_kind(head: bytes) -> None:
    assert media_type(head) is None
