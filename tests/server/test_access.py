"""Addresses, tokens, certificates: sent where they belong, shown nowhere."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import json
import logging
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from comfyc.catalog import Catalog, bundled_core
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.running import Order, Pace, Run, Saving, Server, access_from_environment, open_access, run_to_json
from comfyc.running.display.listening import both
from comfyc.running.display.progress import open_progress
from comfyc.running.faults import run_diagnostics
from comfyc.running.records.redaction import redacted
from comfyc.safety.escaping import printable
from comfyc.safety.secrets import HIDDEN
from tests.server.fake import FakeComfy, Faults
from tests.server.running import PROMPT, QUICK, pace, run_async, run_on
from tests.server.scripts import made_script
from tests.server.test_cli_run import WORKFLOW, comfyc, on, serving


@pytest.mark.parametrize(
    ("url", "base", "socket"),
    [
        (None, "http://127.0.0.1:8188", "ws://127.0.0.1:8188/ws"),
        ("gpu-box:8188", "http://gpu-box:8188", "ws://gpu-box:8188/ws"),
        ("https://host/comfy/", "https://host/comfy", "wss://host/comfy/ws"),
        ("http://[::1]:8188", "http://[::1]:8188", "ws://[::1]:8188/ws"),
        (" http://user:pass@host:1 ", "http://host:1", "ws://host:1/ws"),
        ("http://host/?key=abcdef", "http://host", "ws://host/ws?key=abcdef"),
    ],
)
def test_addresses(url: str | None, base: str, socket: str) -> None:
    access = open_access(url)
    assert access.base == base
    assert access.url("/ws", websocket=True) == socket


@pytest.mark.parametrize(
    "url", ["", "http://", "ftp://host", "http://host:99999", "http://[::1", "file:///etc"]
)
def test_a_malformed_address_is_an_error(url: str) -> None:
    if url == "":
        assert open_access(url).base == "http://127.0.0.1:8188"
        return
    with pytest.raises(ComfycError) as caught:
        open_access(url)
    assert caught.value.hint


@pytest.mark.parametrize("header", ["no colon", "Bad Name: x", "X: a\r\nY: b", ": x"])
def test_a_malformed_header_is_an_error_without_its_value(header: str) -> None:
    with pytest.raises(ComfycError, match="header"):
        open_access(headers=[header])


def test_what_is_sent_for_tokens_headers_and_passwords() -> None:
    assert open_access("http://u:p%40ss@h").headers == {"Authorization": "Basic dTpwQHNz"}
    assert open_access("http://u:p@h", token="abc").headers == {"Authorization": "Bearer abc"}
    given = open_access(token="abc", headers=["authorization: Digest x", "X-A: b: c"]).headers
    assert given == {"authorization": "Digest x", "X-A": "b: c"}


def test_the_environment_fills_in_but_a_token_stays_with_its_server() -> None:
    environment = {"COMFYC_SERVER": "http://mine", "COMFYC_TOKEN": "t", "COMFY_API_KEY": "k"}
    assert access_from_environment(environment) == ("http://mine", "t", "k")
    assert access_from_environment(environment, "http://mine") == ("http://mine", "t", "k")
    assert access_from_environment(environment, "http://other") == ("http://other", None, None)
    assert access_from_environment(environment, "http://other", token="u") == ("http://other", "u", None)
    keyed = {"COMFY_API_KEY": "k"}
    assert access_from_environment(keyed) == ("http://127.0.0.1:8188", None, "k")
    assert access_from_environment(keyed, "127.0.0.1:8188") == ("127.0.0.1:8188", None, "k")
    assert access_from_environment(keyed, "http://127.0.0.1:8189")[2] is None
    assert access_from_environment({}) == ("http://127.0.0.1:8188", None, None)


def test_the_token_and_the_base_path_reach_every_request_and_the_socket() -> None:
    fake = FakeComfy("08_progress_with_metadata_preview", prefix="/a/proxy")
    fake.token = "s3cret-token"

    async def main() -> Any:
        async with fake:
            return await run_on(fake)

    assert run_async(main).status == "success"
    assert fake.connections == 1


def test_the_account_key_goes_with_the_prompt_and_nowhere_else() -> None:
    fake = FakeComfy()

    async def main() -> None:
        async with fake, Server(fake.url, api_key="comfyui-key-1", pace=QUICK) as server:
            run = await server.run(Order(PROMPT, {"nodes": []}))
            assert "comfyui-key-1" not in repr((server, run, server.http, server.access))

    run_async(main)
    (body,) = fake.bodies
    assert body["extra_data"] == {
        "extra_pnginfo": {"workflow": {"nodes": []}},
        "api_key_comfy_org": "comfyui-key-1",
    }


SECRETS = ["t0ken-value", "pa55word", "qu3ry-value", "head3r-value", "ap1-key-value"]


def secret_server(url: str, patience: Pace = QUICK) -> Server:
    host = url.removeprefix("http://")
    return Server(
        f"http://user:{SECRETS[1]}@{host}?key={SECRETS[2]}",
        token=SECRETS[0],
        headers={"X-Secret": SECRETS[3]},
        api_key=SECRETS[4],
        pace=patience,
    )


async def echo(request: web.Request) -> web.Response:
    """Everything the client sent, in every place that might be shown."""
    body = await request.text()
    text = " ".join([str(request.url), json.dumps(dict(request.headers)), body])
    detail = {"type": "x", "message": text, "details": text, "extra_info": {}}
    errors = {"1": {"errors": [detail], "dependent_outputs": [], "class_type": text}}
    return web.json_response({"error": detail, "node_errors": errors}, status=400)


def moved(request: web.Request) -> Any:
    async def answer() -> web.Response:
        return web.Response(status=302, headers={"Location": str(request.url) + "&" + SECRETS[0]})

    return answer()


@pytest.mark.parametrize("status", [401, 404, 413, 429])
def test_no_error_holds_a_secret(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def main() -> None:
        faults = Faults(statuses={"POST /prompt": [status] * 20, "GET /ws": [401] * 20})
        async with FakeComfy(faults=faults) as fake, secret_server(fake.url) as server:
            with pytest.raises(ComfycError) as caught:
                await server.run(Order(PROMPT))
            told = f"{caught.value!r} {caught.value} {caught.value.hint} {server!r} {server.http!r}"
            for secret in SECRETS:
                assert secret not in told

    run_async(main)
    for secret in SECRETS:
        ours = [record for record in caplog.records if record.name != "aiohttp.access"]
        assert not any(secret in record.getMessage() for record in ours)


def test_a_redirection_is_told_without_its_query() -> None:
    async def main() -> None:
        faults = Faults(answers={"POST /prompt": moved})
        async with FakeComfy(faults=faults) as fake, secret_server(fake.url) as server:
            with pytest.raises(ComfycError, match="redirects") as caught:
                await server.run(Order(PROMPT))
            for secret in SECRETS:
                assert secret not in str(caught.value)

    run_async(main)


def test_what_a_server_echoes_is_redacted() -> None:
    """Rejections, failures, texts and the NDJSON of them come from the server, which knows our secrets."""

    async def main() -> str:
        faults = Faults(answers={"POST /prompt": echo})
        async with FakeComfy(faults=faults) as fake, secret_server(fake.url) as server:
            run = await server.run(Order(PROMPT))
            assert run.reason == "rejected"
            return json.dumps(run_to_json(run)) + repr(run)

    told = run_async(main)
    assert "***" in told
    for secret in SECRETS:
        assert secret not in told


def test_events_that_echo_a_secret_are_redacted() -> None:
    texts = {"1": {"text": [f"said {secret}" for secret in SECRETS]}}
    stream = io.StringIO()

    async def main() -> str:
        async with FakeComfy(made_script(texts)) as fake, secret_server(fake.url) as server:
            with open_progress("json", stream) as progress:
                run = await server.run(Order(PROMPT), on_event=progress.follow("x"))
            return json.dumps(run_to_json(run))

    told = run_async(main) + stream.getvalue()
    assert "said ***" in told
    for secret in SECRETS:
        assert secret not in told


ECHO = "sk-t0ken=value+1"
SPELLINGS = {
    "plain": ECHO,
    "in a word": f"a{ECHO}b",
    "url": quote(ECHO, safe=""),
    "url, lower case": quote(ECHO, safe="").lower().replace("sk-t0ken", "sk-t0ken"),
    "url, every byte": "".join(f"%{byte:02x}" for byte in ECHO.encode()),
    "base64": base64.b64encode(ECHO.encode()).decode(),
    "base64 of more": base64.b64encode(f"user:{ECHO}:x".encode()).decode(),
    "base64 for urls": base64.urlsafe_b64encode(f"?{ECHO}".encode()).decode(),
    "hex": ECHO.encode().hex(),
    "json": "".join(f"\\u{ord(char):04x}" for char in ECHO),
    "json, slashes": ECHO.replace("=", "\\="),
    "python": "".join(f"\\x{ord(char):02x}" for char in ECHO),
    "html": "".join(f"&#{ord(char)};" for char in ECHO),
    "url in json": "".join(f"\\u0025{byte:02x}" for byte in ECHO.encode()),
    "escapes in between": "\x1b".join(ECHO),
    "zero width": "\u200b".join(ECHO),
    "line ends": "\u2028".join(ECHO),
    "full width": "".join(chr(ord(char) + 0xFEE0) for char in ECHO),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_known_in_every_spelling(spelling: str) -> None:
    hidden = open_access(token=ECHO).redact(f"said: {SPELLINGS[spelling]}.")
    assert HIDDEN in hidden
    assert hidden in ("***", "said: ***.", "said: a***b.") or spelling.startswith("base64")
    assert "t0ken" not in printable(hidden)


def test_what_holds_no_secret_stays() -> None:
    access = open_access("http://u:1234@h", token=ECHO)
    for text in ("100% \\u0041 &amp; caf\u00e9\u200b", "a+b%20c", "6f1f1234-0000-4000-8000-000000001234"):
        assert redacted(access, {"x": text}) == {"x": text}
    assert redacted(access, {"1234": 1234, "a1234": 12345}) == {"***": "***", "a***": 12345}
    assert redacted(access, ["1234", {"***": 1, "1234": 2}]) == ["***", {"***": 1, "****": 2}]


@pytest.mark.parametrize(
    "spelling", ["plain", "base64", "url, every byte", "escapes in between", "zero width"]
)
def test_a_secret_that_a_server_repeats_is_in_no_record_and_in_no_name(spelling: str, tmp_path: Path) -> None:
    """Ids, classes, types of exceptions, names of files and of members: all of them the server chooses."""
    said = f"x{SPELLINGS[spelling]}"
    failure = {
        "node_id": said,
        "node_type": said,
        "exception_type": said,
        "exception_message": said,
        "traceback": [said],
        "current_inputs": {said: [said]},
        "executed": [said],
        "current_outputs": [said],
    }
    file = {"filename": f"{said}.png", "subfolder": said, "type": "output", said: said}
    outputs = {said: {"images": [file], said: [said, {said: [said]}], "text": [said]}}
    script = made_script(outputs)
    blocked = {**failure, "exception_type": "ExecutionBlocked", "prompt_id": script.prompt_id}
    steps = (json.dumps({"type": "execution_error", "data": blocked}), *script.steps)
    fake = FakeComfy(type(script)(script.prompt_id, script.post, steps, script.history))
    fake.files["output", said, file["filename"]] = b"picture"
    stream = io.StringIO()
    events: list[Any] = []

    async def main() -> Any:
        async with fake, Server(fake.url, token=ECHO, pace=QUICK) as server:
            follow = open_progress("json", stream).follow("x")
            order = Order(PROMPT, saving=Saving(tmp_path / "out", texts=True))
            run = await server.run(order, on_event=both(follow, events.append))
            rejection = Run(
                "error", "rejected", "s", node_errors={said: {said: [said]}}, rejection={said: said}
            )
            return run, redacted(server.access, rejection), await server.queue(), await server.status()

    run, *others = run_async(main)
    assert [one.problem for one in run.files] == [None]
    (path,) = (one.path for one in run.files)
    assert Path(path).read_bytes() == b"picture"
    assert run.blocked
    made = [str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*")]
    found = Collector()
    run_diagnostics(run, found, lambda node, name: ((), None))
    told = [
        stream.getvalue(),
        *map(repr, (run, *others, events, list(found))),
        json.dumps(run_to_json(run)),
        *made,
    ]
    for text in told:
        assert SPELLINGS[spelling] not in text
        assert "t0ken" not in printable(text, 1 << 20), text[
            max(0, printable(text, 1 << 20).find("t0ken") - 300) :
        ][:400]


def test_a_catalogue_holds_no_secret_that_a_server_repeats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYC_CACHE_DIR", str(tmp_path))
    entry = {"input": {"required": {ECHO: [[ECHO], {"default": ECHO}]}}, "output": [], "description": ECHO}

    async def info(request: web.Request) -> web.Response:
        return web.json_response({ECHO: entry, "A": entry}, headers={"ETag": f'"{ECHO}"'})

    async def main() -> Any:
        faults = Faults(answers={"GET /object_info": info, "GET /node_replacements": info})
        async with FakeComfy(faults=faults) as fake:
            headers = {"Authorization": f"Bearer {ECHO}"}
            return await asyncio.to_thread(Catalog.load, fake.url, headers=headers)

    catalog = run_async(main)
    assert list(catalog) == ["***", "A"]
    assert "t0ken" not in repr((list(catalog), catalog.info("A"), catalog.node_replacements))
    (cached,) = tmp_path.iterdir()
    assert b"t0ken" not in gzip.decompress(cached.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("is_partner", [True, False, "yes"])
@pytest.mark.parametrize("way", ["own", "other", "file"])
def test_the_account_key_goes_where_it_belongs(is_partner: Any, way: str, tmp_path: Path) -> None:
    """To the server of the environment or with --api-key-file, and with a prompt of partner nodes alone."""
    (tmp_path / "key").write_text("comfyui-key-1")

    async def info(request: web.Request) -> web.Response:
        catalog = bundled_core()
        kinds = {kind: catalog.info(kind) or {} for kind in catalog}
        return web.json_response({kind: {**entry, "api_node": is_partner} for kind, entry in kinds.items()})

    fake = serving(answers={"GET /object_info": info})

    async def main(fake: FakeComfy) -> None:
        environment = {
            "COMFY_API_KEY": "comfyui-key-1",
            "COMFYC_SERVER": fake.url if way == "own" else "http://127.0.0.1:9",
        }
        named = {"own": (), "other": ("--server", fake.url), "file": ("--server", fake.url)}[way]
        key = ("--api-key-file", tmp_path / "key") if way == "file" else ()
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--allow-spend", *named, *key, **environment)
        assert ended.code == 0, ended.err
        assert ("does not get $COMFY_API_KEY" in ended.err) == (is_partner is True and way == "other")

    on(fake, main)
    sent = is_partner is True and way != "other"
    assert [body["extra_data"].get("api_key_comfy_org") for body in fake.bodies] == [
        "comfyui-key-1" if sent else None
    ]


# --- https ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
    command += [
        "-subj",
        "/CN=comfyc",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(cert),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl to make a certificate with")
    return cert, key


def run_tls(certificate: tuple[Path, Path], **options: Any) -> Any:
    import ssl  # noqa: PLC0415

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def main() -> Any:
        fake = FakeComfy("08_progress_with_metadata_preview")
        fake.ssl = context
        async with fake, Server(fake.url, pace=pace(attempts=1), **options) as server:
            run = await server.run(Order(PROMPT))
            assert fake.connections == 1
            return run

    return run_async(main)


def test_a_certificate_must_be_known_or_waved_through(certificate: tuple[Path, Path]) -> None:
    assert run_tls(certificate, cacert=certificate[0]).status == "success"
    assert run_tls(certificate, insecure=True).status == "success"
    with pytest.raises(ComfycError, match="not trusted") as caught:
        run_tls(certificate)
    assert "--cacert" in str(caught.value.hint)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("run", str(WORKFLOW)), ("validate", str(WORKFLOW)), ("status",), ("queue",), ("wait", "x")]
)
def test_every_command_names_the_flags_that_let_us_in(
    certificate: tuple[Path, Path], tmp_path: Path, command: tuple[str, ...]
) -> None:
    import ssl  # noqa: PLC0415

    async def tls(fake: FakeComfy) -> None:
        refused = await comfyc(tmp_path, *command, "--server", fake.url)
        assert refused.code == 2
        assert "its certificate is not trusted (self" in refused.err
        assert "--insecure" in refused.err
        assert "--cacert" in refused.err
        named = await comfyc(tmp_path, *command, "--server", fake.url, "--cacert", certificate[0])
        assert "certificate" not in named.err

    async def login(fake: FakeComfy) -> None:
        fake.token = "secret"
        refused = await comfyc(tmp_path, *command, "--server", fake.url)
        assert refused.code == 2
        assert "refused the request (HTTP 401)" in refused.err
        for way in ("--token", "--header", "$COMFYC_TOKEN"):
            assert way in refused.err
        let_in = await comfyc(tmp_path, *command, "--server", fake.url, "--token", "secret")
        assert "refuses" not in let_in.err

    secure = serving()
    secure.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.ssl.load_cert_chain(*certificate)
    on(secure, tls)
    on(serving(), login)


def test_certificates_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "junk.pem").write_text("junk")
    for path in (tmp_path / "missing.pem", tmp_path / "junk.pem"):
        with pytest.raises(ComfycError, match="cannot read the certificates"):
            asyncio.run(enter("https://127.0.0.1:1", path))


async def enter(url: str, cacert: Path) -> None:
    async with Server(url, cacert=cacert):
        pass
