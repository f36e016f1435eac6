"""Which input files a server has, asked one by one with ``HEAD /view``."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from comfyc.catalog.address import ServerAddress
from comfyc.running.http.access import Access

_FOLDERS = ("input", "output", "temp")


@dataclass(frozen=True, slots=True)
class InputFiles:
    """Answers whether a server has a file that a prompt names; may be handed to other processes."""

    access: Access
    timeout: float = 10.0

    def __call__(self, name: str) -> bool | None:
        """``name`` as in a prompt: "a.png", "sub/a.png", "a.png [output]". None: it cannot be told.

        ``ComfycError`` if the server cannot be reached.
        """
        query = view_of(name)
        if query is None:
            return None
        from comfyc.catalog.http import status_of  # noqa: PLC0415 - urllib, for those who ask

        access = self.access
        server = ServerAddress(access.base, access.query, access.headers, access.ssl_context())
        status = status_of(server, "/view", urlencode(query), timeout=self.timeout)
        return {200: True, 404: False}.get(status)


def view_of(name: str) -> dict[str, str] | None:
    """The query of ``/view`` for an annotated name (``folder_paths.annotated_filepath``), None if it is
    that of no plain file below one of the folders."""
    kind = "input"
    for folder in _FOLDERS:
        if name.endswith(f"[{folder}]"):
            name, kind = name.removesuffix(f"[{folder}]")[:-1], folder
            break
    subfolder, _, filename = name.replace("\\", "/").rpartition("/")
    parts = [*subfolder.split("/"), filename]
    if not filename or ".." in parts or filename == "." or name.startswith("/"):
        return None
    return {"filename": filename, "subfolder": subfolder, "type": kind}
