"""Local files that a prompt uses: sent to the server's input folder, once, and named as it names them.

Everything goes to POST /upload/image, masks, sound, video and 3D models too: the server does not look
at the content (server.py, image_upload). Names hold the hash of the content, so that a file that is
there is recognised and two different ones never meet.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import attempt, get_json
from comfyc.running.client.fetching import Fetcher
from comfyc.running.http.form import UploadForm
from comfyc.running.http.transport import Http, HttpAnswer
from comfyc.running.records.events import Uploaded
from comfyc.running.records.redaction import redacted
from comfyc.safety.foreign import number_or_none
from comfyc.safety.opening import open_regular
from comfyc.safety.web_files import WebFile

UPLOAD_FLAGS = ("image_upload", "animated_image_upload", "audio_upload", "video_upload", "file_upload")
"""Options of a combo in object_info that let its value be an uploaded file (comfy_api/latest/_io.py)."""

_MODELS = (".gltf", ".glb", ".obj", ".fbx", ".stl", ".spz", ".splat", ".ply", ".ksplat")
"""What Load3D lists, from the folder "3d" of the inputs only (comfy_extras/nodes_load_3d.py)."""
_HASHED = 16
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Planned:
    """The file at ``path``, of this machine or of the web, is to be the value of an input."""

    node: str
    input_name: str
    path: Path | WebFile


@dataclass(frozen=True, slots=True)
class Placed:
    """A file on the server. ``value`` is how an input names it ("3d/x.glb"); ``sent``: it was not there."""

    value: str
    sent: bool


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A local file as it is now, and ``value``, the name that it will have on every server."""

    path: Path
    sha256: str
    size: int

    @property
    def value(self) -> str:
        name = upload_name(self.path, self.sha256)
        return f"{_subfolder(self.path)}/{name}" if _subfolder(self.path) else name


def takes_upload(spec: Any) -> bool:
    """May an input of this definition (``[type, options]`` in object_info) be given a local file?"""
    options = spec[1] if isinstance(spec, list | tuple) and len(spec) > 1 else None
    return isinstance(options, Mapping) and any(options.get(flag) for flag in UPLOAD_FLAGS)


async def upload_inputs(
    http: Http,
    prompt: Mapping[str, Any],
    files: Iterable[Planned | tuple[str, str, str]],
    on_uploaded: Callable[[Uploaded], None] | None = None,
    fetcher: Fetcher | None = None,
) -> dict[str, Any]:
    """The prompt with the names that the server gave to files, which are uploaded first. Those of the web are
    fetched by ``fetcher``.

    ``ComfycError`` if a file cannot be had or the server will not take it. ``prompt`` stays as it is.
    """
    changed: dict[str, Any] = dict(prompt)
    placed: dict[Path | WebFile, Placed] = {}
    for file in files:
        plan = file if isinstance(file, Planned) else Planned(file[0], file[1], Path(file[2]))
        if plan.path not in placed:
            placed[plan.path] = await upload_any(http, plan.path, fetcher)
            if on_uploaded is not None:
                done = placed[plan.path]
                on_uploaded(redacted(http.access, Uploaded("", str(plan.path), done.value, done.sent)))
        _name_file(changed, plan, placed[plan.path].value)
    return changed


async def upload_any(http: Http, path: Path | WebFile, fetcher: Fetcher | None) -> Placed:
    """Put a file into the server's input folder; one of the web is fetched by ``fetcher`` first."""
    if isinstance(path, Path):
        return await upload_file(http, path)
    if fetcher is None:
        raise ComfycError(
            f"'{path}' is of the web, and nothing fetches it here", "pass a file of this machine"
        )
    async with fetcher.file(path) as fetched:
        return await upload_file(http, fetched)


def local_file(path: Path) -> LocalFile:
    """Read a file that is to be uploaded; ``ComfycError`` if that cannot be done."""
    return LocalFile(path, *_digest(path))


def with_local_files(
    prompt: Mapping[str, Any], files: Iterable[Planned], read: Mapping[Path, LocalFile]
) -> dict[str, Any]:
    """The prompt with the names that :func:`upload_inputs` will give to local files; nothing is sent. The
    names of files of the web are not known before."""
    changed: dict[str, Any] = dict(prompt)
    for plan in files:
        if isinstance(plan.path, Path):
            _name_file(changed, plan, read[plan.path].value)
    return changed


def _name_file(prompt: dict[str, Any], plan: Planned, value: str) -> None:
    """Write the name of a file on the server into the input that takes it."""
    node = prompt.get(plan.node)
    if not isinstance(node, Mapping):
        raise ComfycError(f"the prompt has no node '{plan.node}' to give '{plan.path}' to")
    inputs = node.get("inputs")
    given = dict(inputs) if isinstance(inputs, Mapping) else {}
    prompt[plan.node] = {**node, "inputs": {**given, plan.input_name: value}}


async def upload_file(http: Http, path: Path) -> Placed:
    """Put a file into the server's input folder unless it is there; 3D models go where their nodes look."""
    file = local_file(path)
    if await is_there(http, file):
        return Placed(file.value, sent=False)
    await _check_size(http, path, file.size)
    return await attempt(http, lambda: _send(http, path, upload_name(path, file.sha256), _subfolder(path)))


async def is_there(http: Http, file: LocalFile) -> bool:
    """Whether a server has a file already."""
    name, subfolder = upload_name(file.path, file.sha256), _subfolder(file.path)
    return await attempt(http, lambda: _is_there(http, name, subfolder, file.size))


def _subfolder(path: Path) -> str:
    return "3d" if path.suffix.lower() in _MODELS else ""


def upload_name(path: Path, digest: str) -> str:
    """The name of a file on the server: its own, as far as it is plain ASCII, and the hash of its content.

    The server writes other characters percent-encoded, which its own nodes do not find again.
    """
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", path.stem).strip("._")[:60] or "file"
    suffix = re.sub(r"[^A-Za-z0-9.]+", "", path.suffix.lower())[:16]
    return f"{stem}-{digest[:_HASHED]}{suffix}"


def _digest(path: Path) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    try:
        with open_regular(path) as file:
            while block := file.read(_BLOCK):
                hasher.update(block)
                size += len(block)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ComfycError(
            f"cannot read '{path}': {reason.lower()}",
            "pass an existing file after '@'",
        ) from error
    return hasher.hexdigest(), size


async def _is_there(http: Http, name: str, subfolder: str, size: int) -> bool:
    query = {"filename": name, "subfolder": subfolder, "type": "input"}
    async with http.stream("HEAD", "/view", params=query) as response:
        if response.status_code in (401, 403, 407):
            raise http.refusal(HttpAnswer(response.status_code, b""), "/view")
        return response.status_code == 200 and response.headers.get("content-length") == str(size)


async def _check_size(http: Http, path: Path, size: int) -> None:
    """Say that a file is too large before sending it all; a server without /features says so itself."""
    try:
        features = await get_json(http, "/features")
    except ComfycError:
        return
    most = number_or_none(features.get("max_upload_size")) if isinstance(features, dict) else None
    if most is not None and size >= most:
        raise ComfycError(
            f"'{path}' is larger than the server accepts ({size} of {int(most)} bytes)",
            "start the server with a larger --max-upload-size (in MB)",
        )


async def _send(http: Http, path: Path, name: str, subfolder: str) -> Placed:
    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    fields = {"type": "input", "subfolder": subfolder}
    try:
        with open_regular(path) as file:
            form = UploadForm(fields, "image", (name, file, mime))
            answer = await http.request("POST", "/upload/image", form=form)
    except OSError as error:
        raise ComfycError(f"cannot read '{path}': {error.strerror or error}") from error
    if answer.status != 200:
        raise http.refusal(answer, "/upload/image")
    document = answer.json()
    stored = document.get("name") if isinstance(document, dict) else None
    if not isinstance(stored, str) or not stored:
        raise http.no_answer("its answer to an upload names no file")
    where = document.get("subfolder")
    return Placed(f"{where}/{stored}" if isinstance(where, str) and where else stored, sent=True)
