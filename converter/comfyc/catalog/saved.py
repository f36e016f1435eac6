"""Read a catalogue from a file: a saved object_info, or a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc.catalog.bundle import FIRST_BYTES, SIZE_LIMIT, gunzip, parse_foreign_bundle
from comfyc.catalog.entry import SAVE_HINT, parse_object_info
from comfyc.diagnostics import ComfycError
from comfyc.safety.opening import read_regular

_GZIP_MAGIC = b"\x1f\x8b"


def read_saved(path: str) -> tuple[Mapping[str, Any], Any]:
    """The entries of a file and its rules of replacement, which only a bundle has (else ``None``).

    The file is JSON, possibly gzipped, or a bundle. Raises ``ComfycError`` if it is neither.
    """
    try:
        data = read_regular(path, SIZE_LIMIT)
        if data.startswith(_GZIP_MAGIC):
            data = gunzip(data)
        if data.startswith(FIRST_BYTES):
            bundle = parse_foreign_bundle(data)
            return bundle, bundle.header.get("node_replacements")
    except FileNotFoundError as error:
        raise ComfycError(f"there is no file '{path}'", SAVE_HINT) from error
    except OSError as error:
        raise ComfycError(f"cannot read '{path}': {error.strerror or error}", SAVE_HINT) from error
    except ValueError as error:
        raise ComfycError(f"cannot read '{path}': {error}", SAVE_HINT) from error
    return parse_object_info(data, f"'{path}'"), None
