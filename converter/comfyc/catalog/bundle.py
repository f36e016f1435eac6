"""The file format of a catalogue that comfyc ships or caches: quick to open, parsed node by node.

A bundle is gzipped lines of ASCII JSON. The first line is the header, ``{"format": "comfyc-catalogue", ...,
"names": [...]}``; the n-th line after it is the object_info entry of ``names[n]``. To open a bundle, it is
unpacked and split (1.5 ms for 887 nodes; parsing all of them takes 17 ms). An entry is parsed when it is
looked up. ``zcat`` shows everything.

The bundle of a pack may have a history: entries of former commits, in further lines at the end. The header
then has ``commits``, the first seven digits of each commit, oldest first, as one text; ``releases``, for each
release of the pack the position of its commit in that text; and ``older``, ``[type, first, last]`` for each
further line: the positions of the first and the last commit at which the entry was that.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from comfyc.diagnostics import ComfycError
from comfyc.safety.foreign import MAX_JSON, MAX_VALUES, check_amount
from comfyc.safety.inflating import inflate

FORMAT = "comfyc-catalogue"
FIRST_BYTES = b'{"format":"comfyc-catalogue"'
SUFFIX = ".jsonl.gz"
SIZE_LIMIT = MAX_JSON
"""Upper bound on the bytes of a catalogue (64 MiB), packed and unpacked."""

COMMIT_DIGITS = 7
"""How many digits of each commit the history of a bundle keeps."""

_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 1 << 12
"""Bytes that are read at once for a header; larger pieces would unpack more than the header of each
bundle."""


class OlderEntry(NamedTuple):
    """The entry that a node type had from one commit of its pack to another, which are ``first`` and
    ``last``, positions in the history of the pack. ``line`` is its JSON."""

    first: int
    last: int
    line: str


class Bundle(Mapping[str, Any]):
    """The entries of one bundle by node type. Each is parsed on look-up, and ``None`` if it is damaged.

    ``older`` are the former entries of the types that have any, oldest first; a type that the pack no longer
    has is only there.
    """

    __slots__ = ("_lines", "header", "older")

    def __init__(
        self,
        header: dict[str, Any],
        lines: dict[str, str],
        older: Mapping[str, Sequence[OlderEntry]] | None = None,
    ) -> None:
        self.header = header
        self.older = older or {}
        self._lines = lines

    def __getitem__(self, node_type: str) -> Any:
        return parse_entry(self._lines[node_type])

    def __contains__(self, node_type: object) -> bool:
        return node_type in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def pack_bundle(
    header: Mapping[str, Any],
    entries: Mapping[str, Any],
    *,
    older: Sequence[tuple[str, int, int, Any]] = (),
    level: int = 9,
) -> bytes:
    """Write ``entries`` as a bundle. The same input gives the same bytes, because no time or file name is
    stored.

    ``format`` and ``names`` are added to ``header``; the rest of it is ``Bundle.header`` when the bundle is
    read. ``older`` are former entries: the type, the positions of the first and the last commit, the entry.
    """
    head = {"format": FORMAT, **header, "names": list(entries)}
    if older:
        head["older"] = [row[:3] for row in older]
    lines = [_dump(head), *(_dump(entry) for entry in entries.values()), *(_dump(row[3]) for row in older)]
    return gzip_bytes("\n".join(lines).encode("ascii"), level=level)


def parse_bundle(text: str) -> Bundle:
    """Read the unpacked text of a bundle; ``ValueError`` if it is damaged."""
    first, *lines = text.split("\n")
    header = _parse_header(first)
    names, rows = header.pop("names"), header.pop("older", [])
    if len(names) + len(rows) != len(lines):
        raise ValueError("the bundle does not have the nodes that its header lists")
    older: dict[str, list[OlderEntry]] = {}
    for (name, since, until), line in zip(rows, lines[len(names) :], strict=True):
        older.setdefault(name, []).append(OlderEntry(since, until, line))
    return Bundle(header, dict(zip(names, lines, strict=False)), older)


def parse_foreign_bundle(data: bytes) -> Bundle:
    """As :func:`parse_bundle`, for a bundle from elsewhere; ``ValueError`` also if it is too large."""
    check_amount(data)
    if data.count(b"\n") > MAX_VALUES:
        raise ValueError("the bundle has too many lines")
    return parse_bundle(data.decode("ascii"))


def read_bundle(path: Path) -> Bundle:
    """Open one of the bundle files that come with comfyc; ``ComfycError`` if it is missing or damaged."""
    try:
        return parse_bundle(unpacked(path.read_bytes()).decode("ascii"))
    except (OSError, ValueError) as error:
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


def unpacked(data: bytes) -> bytes:
    """Unpack a file that comes with comfyc, without the limits that foreign data needs; ``ValueError`` if it
    is damaged."""
    try:
        return zlib.decompress(data, _GZIP)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def gzip_bytes(data: bytes, *, level: int = 9) -> bytes:
    """Pack as gzip without a time stamp."""
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


def gunzip(data: bytes, limit: int = SIZE_LIMIT) -> bytes:
    """Unpack gzip data of one or more members; ``ValueError`` if it is damaged, truncated or has more than
    ``limit`` bytes."""
    return inflate(data, limit)


def parse_entry(line: str) -> Any:
    """The entry in one line of a bundle; ``None`` if it is damaged."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


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
    older = header.get("older", [])
    if not isinstance(older, list) or not all(_is_older(row) for row in older):
        raise ValueError("the header lists former entries in a form that comfyc does not know")
    return header


def _is_older(row: Any) -> bool:
    """Whether a row of ``older`` has a type and two positions."""
    if not isinstance(row, list) or len(row) != 3:
        return False
    return isinstance(row[0], str) and all(type(position) is int for position in row[1:])


def _unreadable(path: Path, error: Exception) -> ComfycError:
    return ComfycError(f"cannot read the bundled catalogue '{path}': {error}", "reinstall comfyc")
