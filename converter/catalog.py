"""The catalogue: what ``/object_info`` says about every node type, from a file, a server or the package.

Nothing is built up front: an entry is checked (and, from a bundle, parsed) when its type is asked for,
so that a catalogue of 100 MB costs its ``json.loads`` and no more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from converter.catalog_bundle import (
    FIRST_BYTES,
    gunzip,
    parse_bundle,
    read_bundle,
)
from converter.catalog_entry import clean_entry
from converter.diagnostics import ConverterError

CATALOGS = Path(__file__).parent / "catalogs"
"""The bundled data: one ``*.jsonl.gz`` per catalogue, and the frontend's English titles."""

CORE = "core-0.33.0.jsonl.gz"
TITLES = "titles-en-1.58.1.json.gz"

_GZIP_MAGIC = b"\x1f\x8b"
_SAVE_HINT = "save one with: comfyc catalog save http://127.0.0.1:8188 -o object_info.json"


class Catalog:
    """Every node type that a ComfyUI offers, by name.

    ``name`` says for people where it came from. ``node_replacements`` is the server's answer of that
    name (old type -> list of rules), ``{}`` if unknown. ``lists_files`` is whether the combos that list
    files on the server's disk list real ones: false for what is bundled (its server had no models), so
    that a name missing there proves nothing.
    """

    __slots__ = ("_more", "_seen", "_sources", "lists_files", "name", "node_replacements")

    def __init__(
        self,
        entries: Mapping[str, Any],
        *,
        name: str,
        node_replacements: Mapping[str, Any] | None = None,
        lists_files: bool = True,
        more: tuple[Path, ...] = (),
    ) -> None:
        """``more`` are bundle files to look into for a type that ``entries`` lacks, opened only then."""
        self.name = name
        self.node_replacements: Mapping[str, Any] = node_replacements or {}
        self.lists_files = lists_files
        self._sources: list[Mapping[str, Any]] = [entries]
        self._more = more
        self._seen: dict[str, dict[str, Any]] = {}

    @classmethod
    def load(
        cls,
        source: str | os.PathLike[str] | None = None,
        *,
        refresh: bool = False,
        headers: Mapping[str, str] | None = None,
        allow_stale: bool = False,
    ) -> Catalog:
        """Load a catalogue.

        ``source`` is ``None`` for the bundled core, the path of a saved object_info (JSON, also
        gzipped, also the answer for a single type), or the http(s) URL of a server. For a server,
        ``headers`` go with each request, ``refresh`` passes by the cache and ``allow_stale`` takes an
        old cached copy if the server cannot be reached. ``ConverterError`` if there is none to be had.
        """
        if source is None:
            return _load_core()
        text = os.fspath(source)
        if text.startswith(("http://", "https://")):
            raise ConverterError("not yet")
        return _load_file(Path(text))

    @classmethod
    def from_object_info(
        cls,
        object_info: Mapping[str, Any],
        *,
        name: str = "object_info",
        node_replacements: Mapping[str, Any] | None = None,
    ) -> Catalog:
        """A catalogue from the parsed answer of ``/object_info``, which must not change afterwards."""
        return cls(object_info, name=name, node_replacements=node_replacements)

    def info(self, node_type: str) -> dict[str, Any] | None:
        """The entry of a type in the shape of ``/object_info``, or ``None``; not to be changed.

        Structure is guaranteed as ``catalog_entry.clean_entry`` says, whatever the file held.
        """
        found = self._seen.get(node_type)
        if found is None:
            for source in self._sources:
                if node_type in source:
                    found = clean_entry(node_type, source[node_type])
                    break
            if found is not None:
                self._seen[node_type] = found
        return found

    def title(self, node_type: str) -> str:
        """The title that the frontend gives a node of this type (CONVERSION_SPEC.md 4.7).

        The English text bundled in the frontend wins over the server's ``display_name``; a name with a
        ``.`` is never found there, because the frontend looks it up by a dotted path.
        """
        if "." not in node_type:
            bundled = _titles().get(node_type)
            if bundled is not None:
                return bundled
        entry = self.info(node_type)
        return (entry and entry.get("display_name")) or node_type

    def close_matches(self, node_type: str) -> list[str]:
        """Up to three types of this catalogue that the name may stand for, best first."""
        from difflib import get_close_matches  # noqa: PLC0415

        return get_close_matches(node_type[:200], list(self))

    def __contains__(self, node_type: object) -> bool:
        return any(node_type in source for source in self._sources)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources[0])

    def __len__(self) -> int:
        return len(self._sources[0])

    def __repr__(self) -> str:
        return f"<Catalog {self.name!r}, {len(self)} nodes>"


def _load_core() -> Catalog:
    bundle = read_bundle(CATALOGS / CORE)
    return Catalog(
        bundle,
        name=f"{bundle.header['title']} (bundled)",
        node_replacements=bundle.header.get("node_replacements"),
        lists_files=False,
    )


def _load_file(path: Path) -> Catalog:
    try:
        data = path.read_bytes()
        if data.startswith(_GZIP_MAGIC):
            data = gunzip(data)
        if data.startswith(FIRST_BYTES):
            bundle = parse_bundle(data.decode("ascii"))
            return Catalog(bundle, name=str(path), node_replacements=bundle.header.get("node_replacements"))
        document = json.loads(data)
    except OSError as error:
        raise ConverterError(f"cannot read '{path}': {error.strerror or error}", _SAVE_HINT) from error
    except (ValueError, RecursionError) as error:
        raise ConverterError(f"'{path}' is not an object_info: {error}", _SAVE_HINT) from error
    if not isinstance(document, dict):
        raise ConverterError(f"'{path}' is not an object_info", _SAVE_HINT)
    return Catalog(document, name=str(path))


@cache
def _titles() -> dict[str, str]:
    titles: dict[str, str] = json.loads(gunzip((CATALOGS / TITLES).read_bytes()))
    return titles
