"""Just enough of a backend for ComfyUI's compiled frontend to start: static files and a few fixed answers.

No ComfyUI, no models: `/object_info` is whatever the caller gives, and so are the scripts of packs. The
endpoints are those that frontend 1.58.1 asks for before it is usable, found by watching its requests.
"""

from __future__ import annotations

import json
import mimetypes
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ANSWERS: dict[str, object] = {
    "embeddings": [],
    "experiment/models": [],
    "features": {"supports_preview_metadata": True, "supports_model_type_tags": True},
    "global_subgraphs": {},
    "history": {},
    "i18n": {},
    "internal/folder_paths": {},
    "jobs": {"jobs": [], "pagination": {"offset": 0, "limit": 200, "total": 0, "has_more": False}},
    "node_replacements": {},
    "queue": {"queue_running": [], "queue_pending": []},
    "settings": {"Comfy.TutorialCompleted": True, "Comfy.InstalledVersion": "0.0.0"},
    "system_stats": {
        "system": {
            "os": "linux",
            "ram_total": 1,
            "ram_free": 1,
            "comfyui_version": "0.0.0",
            "python_version": "3",
            "pytorch_version": "2",
            "embedded_python": False,
            "argv": ["main.py"],
        },
        "devices": [],
    },
    "userdata": [],
    "users": {"storage": "server", "migrated": True},
    "workflow_templates": {},
}
"""Path without leading slash (and without `api/`) -> the JSON that is answered."""


def _scripts_of(packs: Mapping[str, Path]) -> list[str]:
    """The addresses of all scripts of packs, as a server lists them."""
    return [
        f"/extensions/{pack}/{file.relative_to(folder).as_posix()}"
        for pack, folder in packs.items()
        for file in sorted(folder.rglob("*.js"))
    ]


def _uploaded_name(body: bytes) -> str:
    """The file name in a multipart upload: the 3D viewer exports the name that it gets back."""
    found = re.search(rb'filename="([^"]*)"', body)
    return found.group(1).decode("utf-8", "replace") if found else "upload.png"


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection of the browser."""

    protocol_version = "HTTP/1.1"

    def __init__(
        self, static: Path, object_info: bytes, scripts: Mapping[str, Path], *connection: Any
    ) -> None:
        self.static = static
        self.scripts = scripts
        self.object_info = object_info
        super().__init__(*connection)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        name = path.removeprefix("api/")
        if name == "object_info":
            self._send(200, self.object_info, "application/json")
        elif name == "extensions":
            self._send(200, json.dumps(_scripts_of(self.scripts)).encode(), "application/json")
        elif name.startswith("extensions/") and name.split("/")[1] in self.scripts:
            _, pack, *rest = name.split("/")
            self._send_file(self.scripts[pack].joinpath(*rest), self.scripts[pack])
        elif name in ANSWERS:
            self._send(200, json.dumps(ANSWERS[name]).encode(), "application/json")
        else:
            self._send_file(self.static / (path or "index.html"), self.static)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer: object = {}
        if urlsplit(self.path).path.endswith(("/upload/image", "/upload/mask")):
            answer = {"name": _uploaded_name(body), "subfolder": "", "type": "input"}
        self._send(200, json.dumps(answer).encode(), "application/json")

    def _send_file(self, file: Path, folder: Path) -> None:
        if file.is_file() and file.resolve().is_relative_to(folder):
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            self._send(200, file.read_bytes(), kind, "max-age=3600")
        else:
            self._send(404, b"", "text/plain")

    def _send(self, status: int, body: bytes, kind: str, cache: str = "no-store") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", cache)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Silence: a page load is some hundred requests."""


@contextmanager
def serve(static: Path, object_info: bytes, scripts: Mapping[str, Path] | None = None) -> Iterator[str]:
    """Serve the frontend in `static` with the node types of `object_info`, a JSON text; yields the URL.

    `scripts` are the web folders of packs, by the names of the packs' folders.
    """
    mimetypes.add_type("text/javascript", ".js")
    given = {name: folder.resolve() for name, folder in (scripts or {}).items()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, static.resolve(), object_info, given))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
