"""Files that comfyc writes for itself: the cached answers of servers.

A cached answer is a bundle (``catalog.bundle``), so that the next conversion need not parse all of it. Its
name is a hash of the server's address; no secrets are stored. A cache that cannot be read or written is not
an error: comfyc works as if there were none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import SIZE_LIMIT, SUFFIX, Bundle, gunzip, pack_bundle, parse_foreign_bundle
from comfyc.safety.atomic import replace_file
from comfyc.safety.foreign import number_or_none
from comfyc.safety.opening import read_regular


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """The cached entries of a server, the time of its answer (seconds since the epoch), and the ETag, if
    any."""

    bundle: Bundle
    fetched: float
    etag: str | None

    @property
    def age(self) -> float:
        """Seconds since the answer was fetched; negative if the clock was turned back."""
        return time.time() - self.fetched


def cache_folder() -> Path | None:
    """The folder for cached catalogues: ``COMFYC_CACHE_DIR``, or ``comfyc`` in the platform's cache folder.

    ``None`` if there is no home folder.
    """
    own = os.environ.get("COMFYC_CACHE_DIR")
    if own:
        return Path(own)
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "comfyc"
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            return (Path(local) if local else Path.home() / "AppData" / "Local") / "comfyc" / "Cache"
        shared = Path(os.environ.get("XDG_CACHE_HOME") or "")
        return (shared if shared.is_absolute() else Path.home() / ".cache") / "comfyc"
    except RuntimeError:  # there is no home folder
        return None


def read_cached(server: str) -> CachedAnswer | None:
    """The cached answer of the server with this address, or ``None`` if there is none or it is damaged."""
    path = _path(server)
    if path is None:
        return None
    try:
        bundle = parse_foreign_bundle(gunzip(read_regular(path, SIZE_LIMIT)))
    except (OSError, ValueError):
        return None
    fetched, etag = number_or_none(bundle.header.get("fetched")), bundle.header.get("etag")
    if bundle.header.get("server") != server or fetched is None:
        return None
    return CachedAnswer(bundle, fetched, etag if isinstance(etag, str) else None)


def write_cached(
    server: str, entries: Mapping[str, Any], *, etag: str | None, beside: Mapping[str, Any]
) -> None:
    """Cache the answer of a server, with what it says ``beside`` the catalogue. If it cannot be written,
    nothing happens."""
    path = _path(server)
    if path is None:
        return
    header = {**beside, "server": server, "fetched": time.time(), "etag": etag}
    with contextlib.suppress(OSError, RecursionError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, pack_bundle(header, entries, level=1))


def _path(server: str) -> Path | None:
    folder = cache_folder()
    if folder is None:
        return None
    return folder / (hashlib.sha256(server.encode()).hexdigest()[:32] + SUFFIX)
