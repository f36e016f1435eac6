"""Addresses of fsspec: which files there are, and how one of them is read.

``s3://bucket/**/*.png``, ``zip://*.json::https://host/flows.zip``, ``memory://flows``: whatever fsspec or a
package for it knows. A plain path is a file of this machine, and needs no fsspec.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from comfyc.carriers import ENDINGS
from comfyc.corpora.blobs import RangedBlob, front_of
from comfyc.diagnostics import ComfycError
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.safety.opening import open_regular
from comfyc.sources import Source, read_source

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_INSTALL = "pip install 'comfyc[corpora]'"
_TAGS = ("ETag", "etag", "md5Hash", "md5", "sha256")
_TIMES = ("LastModified", "last_modified", "mtime", "modified", "updated", "created")


class CorpusFile(NamedTuple):
    """A file of a corpus as its listing has it: ``etag`` is "" and the others None if that does not say.

    ``modified`` is in seconds since the epoch.
    """

    address: str
    size: int | None = None
    etag: str = ""
    modified: float | None = None


def is_address(text: str) -> bool:
    """Whether a text is an address, and no path of this machine."""
    return bool(_SCHEME.match(text)) and not os.path.lexists(text)


def local_path(address: str) -> str | None:
    """The path of a file of this machine; None for any other address."""
    if not is_address(address):
        return address
    scheme, _, path = address.partition("://")
    return path if scheme.lower() in ("file", "local") and "::" not in address else None


def list_files(addresses: Iterable[str], *, allow_empty: bool = False) -> Iterator[CorpusFile]:
    """The files that addresses lead to, folder by folder, by name: a file, all below a folder that may hold a
    workflow, or what a pattern matches.

    A file that several addresses lead to comes once. ``ComfycError`` if an address leads nowhere, unless
    ``allow_empty``, or cannot be listed.
    """
    wanted = list(addresses)
    seen: set[str] = set()
    for address in wanted:
        is_empty = True
        for found in _listed(address):
            is_empty = False
            if len(wanted) > 1:
                if found.address in seen:
                    continue
                seen.add(found.address)
            yield found
        if is_empty and not allow_empty:
            raise ComfycError(f"no file matches '{address}'", "check the address; ** matches any folders")


def open_file(found: CorpusFile, limits: Limits = DEFAULTS) -> tuple[Source, CorpusFile]:
    """The bytes of a file, read on demand, and what is known of it. ``ComfycError`` if that fails, then or
    now."""
    path = local_path(found.address)
    if path is not None:
        return _open_local(found, path, limits)
    with _as_ours(found.address):
        files, name = _opened(found.address)
        if found.size is None:
            found = _found(found.address, files, name, files.info(name))

    def read(start: int, stop: int) -> bytes:
        with _as_ours(found.address):
            data: bytes = files.cat_file(name, start=start, end=stop)
            return data

    if found.size is not None:
        return Source(found.address, front_of(RangedBlob(read, found.size))), found
    data = read(0, limits.stream + 1)
    if len(data) > limits.stream:
        raise ComfycError(f"{found.address} gives {limits.exceeded('stream')}")
    return Source(found.address, data), found


def _open_local(found: CorpusFile, path: str, limits: Limits) -> tuple[Source, CorpusFile]:
    def read(start: int, stop: int) -> bytes:
        try:
            with open_regular(path) as file:
                file.seek(start)
                return file.read(stop - start)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ComfycError(f"'{path}' cannot be read: {reason}") from error

    if not os.path.isfile(path):
        return read_source(path, limits), found
    info = os.stat(path)
    found = found._replace(size=info.st_size, modified=info.st_mtime)
    return Source(found.address, front_of(RangedBlob(read, info.st_size))), found


def _listed(address: str) -> Iterator[CorpusFile]:
    with _as_ours(address):
        files, name = _opened(address)
        if _has_magic(address, name):
            import fsspec.utils  # noqa: PLC0415 - nothing else needs it

            pattern = re.compile(fsspec.utils.glob_translate(name))
            parts = name.split("/")
            first = next(at for at, part in enumerate(parts) if _has_magic(address, part))
            depth = None if "**" in name else len(parts) - first
            for path, info in _walked(files, "/".join(parts[:first]), depth):
                if pattern.match(path):
                    yield _found(address, files, path, info)
            return
        info = files.info(name)
        if info.get("type") != "directory":
            yield _found(address, files, name, info)
            return
        for path, info in _walked(files, name, None):
            if path.lower().endswith(ENDINGS):
                yield _found(address, files, path, info)


def _walked(files: Any, root: str, depth: int | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The files below a folder; no more than one folder's listing is held."""
    for folder, folders, names in files.walk(root, maxdepth=depth, detail=True, on_error="raise"):
        for inner in [one for one in folders if one.startswith(".")]:
            del folders[inner]
        for name in sorted(names):
            if not name.startswith("."):
                yield f"{folder.rstrip('/')}/{name}" if folder else name, names[name]
        files.dircache.clear()


def _found(address: str, files: Any, path: str, info: Mapping[str, Any]) -> CorpusFile:
    name = files.unstrip_protocol(path)
    _, chained, rest = address.partition("::")
    return CorpusFile(
        name + chained + rest,
        info.get("size"),
        next((str(info[key]).strip('"') for key in _TAGS if info.get(key)), ""),
        next((seconds for key in _TIMES if (seconds := _seconds(info.get(key))) is not None), None),
    )


def _seconds(value: Any) -> float | None:
    """A time in seconds since the epoch, in whatever form a file system has it."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()
    return float(value) if isinstance(value, (int, float)) else None


def _has_magic(address: str, name: str) -> bool:
    signs = "*[" if address.startswith(("http://", "https://")) else "*?["
    return any(sign in name for sign in signs)


def _opened(address: str) -> tuple[Any, str]:
    """The file system of an address, and the name in it."""
    try:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - files of this machine need none
    except ImportError as error:
        raise ComfycError(f"'{address}' is an address, for which fsspec is needed", _INSTALL) from error
    first, chained, rest = address.partition("::")
    if not chained:
        files, name = url_to_fs(address)
        return files, name
    scheme = first.partition("://")[0]
    files = _inside(scheme, rest)
    return files, files._strip_protocol(first)


@lru_cache(maxsize=8)
def _inside(scheme: str, rest: str) -> Any:
    """The file system in a file, such as an archive, whose table of contents is read once."""
    from fsspec.core import url_to_fs  # noqa: PLC0415

    return url_to_fs(f"{scheme}://::{rest}")[0]


class _as_ours:  # noqa: N801 - a context manager, used as a function
    """Context manager that says what goes wrong in any file system as ``ComfycError``: their drivers raise
    exceptions of all kinds."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, _: Any) -> None:
        if not isinstance(error, Exception) or isinstance(error, ComfycError):
            return
        if isinstance(error, FileNotFoundError):
            raise ComfycError(f"there is no file '{self._address}'", "check the address") from error
        hint = "install what the message names" if isinstance(error, ImportError) else None
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or repr(error)
        raise ComfycError(f"'{self._address}' cannot be read: {reason}", hint) from error
