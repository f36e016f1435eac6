"""ComfyUI-Easy-Use: its own Set and Get nodes, which see their own graph only, and its bookmark."""

from __future__ import annotations

from converter.packs import Behaviour, Export
from converter.packs.setget import connect, pass_through


def _connect(export: Export) -> None:
    connect(export, "easy setNode", "easy getNode", enclosing=False)


BEHAVIOURS = {
    "easy setNode": Behaviour(pass_through, "Set", (("*", "*"),), (), ("Constant",)),
    "easy getNode": Behaviour(pass_through, "Get", (), ("*",), ("Constant",), rewire=_connect),
    "easy bookmark": Behaviour(pass_through, "Bookmark", widgets=("shortcut_key", "zoom")),
}
