"""The file format of a catalogue that comfyc ships or caches: quick to open, parsed node by node.

A bundle is gzipped lines of ASCII JSON. The first line is the header, ``{"format": "comfyc-catalogue", ...,
"names": [...]}``; the n-th line after it is the object_info entry of ``names[n]``. To open a bundle, it is
unpacked and split (1.5 ms for 887 nodes; parsing all of them takes 17 ms). An entry is parsed when it is
looked up. ``zcat`` shows everything.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.safety.foreign import MAX_JSON, MAX_VALUES, check_amount
from comfyc.safety.inflating import inflate

FORMAT = "comfyc-catalogue"
FIRST_BYTES = b'{"format":"comfyc-catalogue"'
SUFFIX = ".jsonl.gz"
SIZE_LIMIT = MAX_JSON
"""Upper bound on the bytes of a catalogue (64 MiB), packed and unpacked."""

_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 1 << 12
"""Bytes that are read at once for a header; larger pieces would unpack more than the header of each
bundle."""


class Bundle(Mapping[str, Any]):
    """The entries of one bundle by node type. Each is parsed on look-up, and ``None`` if it is damaged."""

    __slots__ = ("_lines", "header")

    def __init__(self, header: dict[str, Any], lines: dict[str, str]) -> None:
        self.header = header
        self._lines = lines

    def __getitem__(self, node_type: str) -> Any:
        line = self._lines[node_type]
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            return None

    def __contains__(self, node_type: object) -> bool:
        return node_type in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


class Shelf(Mapping[str, Any]):
    """The bundle files of a folder as one mapping; for each type, the first file (by name) that has it
    counts.

    The headers are read at the first look-up, and a bundle is opened when one of its types is looked up.
    ``skip`` is the name of a file to leave out.
    """

    __slots__ = ("_folder", "_open", "_paths", "_skip")

    def __init__(self, folder: Path, *, skip: str = "") -> None:
        self._folder = folder
        self._skip = skip
        self._paths: dict[str, Path] | None = None
        self._open: dict[Path, Bundle] = {}

    def bundle_of(self, node_type: str) -> Bundle | None:
        """The bundle that holds the type, opened, or ``None``."""
        path = self._index().get(node_type)
        if path is None:
            return None
        if path not in self._open:
            self._open[path] = read_bundle(path)
        return self._open[path]

    def headers(self) -> list[dict[str, Any]]:
        """The header of each bundle, by file name."""
        return [read_header(path) for path in bundle_files(self._folder) if path.name != self._skip]

    def __getitem__(self, node_type: str) -> Any:
        bundle = self.bundle_of(node_type)
        if bundle is None:
            raise KeyError(node_type)
        return bundle[node_type]

    def __contains__(self, node_type: object) -> bool:
        return node_type in self._index()

    def __iter__(self) -> Iterator[str]:
        return iter(self._index())

    def __len__(self) -> int:
        return len(self._index())

    def _index(self) -> dict[str, Path]:
        if self._paths is None:
            paths: dict[str, Path] = {}
            for path in bundle_files(self._folder):
                if path.name != self._skip:
                    paths = dict.fromkeys(read_header(path)["names"], path) | paths
            self._paths = paths
        return self._paths


def bundle_files(folder: Path) -> list[Path]:
    """The bundle files of a folder, by name."""
    return sorted(folder.glob("*" + SUFFIX))


def pack_bundle(header: Mapping[str, Any], entries: Mapping[str, Any], *, level: int = 9) -> bytes:
    """Write ``entries`` as a bundle. The same input gives the same bytes, because no time or file name is
    stored.

    ``format`` and ``names`` are added to ``header``; the rest of it is ``Bundle.header`` when the bundle is
    read.
    """
    head = {"format": FORMAT, **header, "names": list(entries)}
    lines = [_dump(head), *(_dump(entry) for entry in entries.values())]
    return gzip_bytes("\n".join(lines).encode("ascii"), level=level)


def parse_bundle(text: str) -> Bundle:
    """Read the unpacked text of a bundle; ``ValueError`` if it is damaged."""
    first, *lines = text.split("\n")
    header = _parse_header(first)
    names = header.pop("names")
    if len(names) != len(lines):
        raise ValueError("the bundle does not have the nodes that its header lists")
    return Bundle(header, dict(zip(names, lines, strict=True)))


def parse_foreign_bundle(data: bytes) -> Bundle:
    """As :func:`parse_bundle`, for a bundle from elsewhere; ``ValueError`` also if it is too large."""
    check_amount(data)
    if data.count(b"\n") > MAX_VALUES:
        raise ValueError("the bundle has too many lines")
    return parse_bundle(data.decode("ascii"))


def read_bundle(path: Path) -> Bundle:
    """Open one of the bundle files that come with comfyc; ``ComfycError`` if it is missing or damaged."""
    try:
        return parse_bundle(zlib.decompress(path.read_bytes(), _GZIP).decode("ascii"))
    except (OSError, ValueError, zlib.error) as error:
        raise _unreadable(path, error) from error


def read_header(path: Path) -> dict[str, Any]:
    """The header of a bundle file with its ``names``, without unpacking the rest."""
    try:
        with path.open("rb") as file:
            unpacker = zlib.decompressobj(_GZIP)
            text = b""
            while b"\n" not in text and (packed := file.read(_CHUNK)):
                text += unpacker.decompress(packed)
        return _parse_header(text.partition(b"\n")[0].decode("ascii"))
    except (OSError, ValueError, zlib.error) as error:
        raise _unreadable(path, error) from error


def gzip_bytes(data: bytes, *, level: int = 9) -> bytes:
    """Pack as gzip without a time stamp."""
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


def gunzip(data: bytes, limit: int = SIZE_LIMIT) -> bytes:
    """Unpack gzip data of one or more members; ``ValueError`` if it is damaged, truncated or has more than
    ``limit`` bytes."""
    return inflate(data, limit)


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _parse_header(line: str) -> dict[str, Any]:
    try:
        header = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("not a comfyc catalogue")
    names = header.get("names")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("the header lists no nodes")
    return header


def _unreadable(path: Path, error: Exception) -> ComfycError:
    return ComfycError(f"cannot read the bundled catalogue '{path}': {error}", "reinstall comfyc")
