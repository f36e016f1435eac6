"""Lines with which a shell, or aria2, downloads models. Nothing is downloaded here.

Names and addresses are a stranger's. A file is written below one folder only, its path and its address are
quoted, and what has a character that a terminal obeys is left out. Only addresses of http and https are
written. ``/blob/`` in an address of Hugging Face is that of a page: the file is at ``/resolve/``.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from comfyc.needs.declared import folder_name, leads_to_page, normal, unsafe
from comfyc.needs.loaders import comfyui_folders
from comfyc.needs.model import Model, is_web
from comfyc.safety.escaping import visible

_SAFE = "!$&'()*+,/:;=?@[]~%"
"""Characters of an address that stay, besides letters, digits and ``_.-``."""
_HOSTS = ("huggingface.co", "hf.co")
_BLOB = re.compile(r"^((?:/datasets|/spaces)?/[^/]+/[^/]+)/blob/")


@dataclass(frozen=True, slots=True)
class Download:
    """A file to download: its address, its path below the folder of the models, and its SHA-256 hash, "" if
    none is declared."""

    url: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class NoDownload:
    """A model for which nothing is written, and why."""

    model: Model
    why: str


def downloads(models: Iterable[Model]) -> list[Download | NoDownload]:
    """How to get each model that a node loads, in their order."""
    return [_download(model) for model in models if model.is_needed]


def _download(model: Model) -> Download | NoDownload:
    path = download_path(model)
    if path is None:
        return NoDownload(model, "its name or folder is not one to write to")
    if not model.urls:
        return NoDownload(model, "the file declares no address for it")
    files = [url for url in model.urls if not leads_to_page(url)]
    made = [plain for url in files if (plain := plain_url(url)) is not None]
    if not made:
        why = f"its address leads to a page: {model.urls[0]}" if not files else "its address is malformed"
        return NoDownload(model, why)
    return Download(made[0], path, model.sha256)


def download_path(model: Model) -> str | None:
    """Where a model is to lie below the folder of the models; None if that is not safe, or not known.

    The loader decides, but the directory of a folder that a pack has registered is known to the file only.
    """
    declared = (folder_name(one.directory) for one in model.declarations if one.directory)
    folder = model.folder
    if folder not in comfyui_folders():
        folder = next((one for one in declared if unsafe(one) is None), folder)
    path = f"{folder}/{normal(model.name)}"
    if not folder or any(unsafe(one) is not None for one in (folder, model.name, path)):
        return None
    return posixpath.normpath(path)


def plain_url(url: str) -> str | None:
    """An address of http or https as printable ASCII, without its fragment; None for any other text."""
    if not is_web(url):
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    if not host or visible(url) != url:
        return None
    path = parts.path
    if host.removeprefix("www.") in _HOSTS:
        path = _BLOB.sub(r"\1/resolve/", path)
    bare = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    return quote(bare, safe=_SAFE)


def wget_lines(files: Iterable[Download], folder: str) -> Iterator[str]:
    """Commands for a shell: each makes the folder of a file and downloads the file, going on with a part."""
    for file in files:
        target = _below(folder, file.path)
        yield (
            f"mkdir -p -- {shlex.quote(posixpath.dirname(target))}"
            f" && wget -c -O {shlex.quote(target)} -- {shlex.quote(file.url)}"
        )


def aria2_lines(files: Iterable[Download], folder: str) -> Iterator[str]:
    """The input file of ``aria2c -i``: an address, and indented lines that say where the file goes."""
    for file in files:
        directory, name = posixpath.split(_below(folder, file.path))
        yield file.url
        yield f"  dir={directory}"
        yield f"  out={name}"
        if file.sha256:
            yield f"  checksum=sha-256={file.sha256}"


def _below(folder: str, path: str) -> str:
    """A path below a folder, which no program takes for an option."""
    joined = posixpath.join(folder, path)
    return f"./{joined}" if joined.startswith("-") else joined
