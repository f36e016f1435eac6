"""ComfyUI-KJNodes: SetNode and GetNode (``web/js/setgetnodes.js``), and its editors."""

from __future__ import annotations

from comfyc.packs import Behaviour, Export
from comfyc.packs.kj_editors import EDITORS
from comfyc.packs.setget import connect, pass_through

FOLDER = "ComfyUI-KJNodes"


def _connect(export: Export) -> None:
    connect(export, "SetNode", "GetNode", enclosing=True)


BEHAVIOURS = {
    **EDITORS,
    "SetNode": Behaviour(pass_through, "Set", (("*", "*"),), ("*",), ("Constant",)),
    "GetNode": Behaviour(pass_through, "Get", (), ("*",), ("Constant",), rewire=_connect),
}
