"""Questions to a server that its catalogue does not answer: what a model folder holds, which version it
is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from comfyc.catalog.address import ServerAddress
from comfyc.catalog.fetch import get_beside


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks a server, with GETs only."""

    server: ServerAddress
    timeout: float = 10.0

    def folder(self, name: str) -> Sequence[str] | None:
        """The files of a model folder (GET /models/FOLDER, ``app/model_manager.py`` and server.py); None if
        the server does not know the folder, or does not answer."""
        answer = get_beside(self.server, f"/models/{quote(name, safe='')}", self.timeout)
        if not isinstance(answer, list):
            return None
        return [one for one in answer if isinstance(one, str)]

    def version(self) -> str:
        """The version of ComfyUI (GET /system_stats), "" if the server does not say it."""
        answer = get_beside(self.server, "/system_stats", self.timeout)
        system = answer.get("system") if isinstance(answer, dict) else None
        version = system.get("comfyui_version") if isinstance(system, dict) else None
        return version if isinstance(version, str) else ""
