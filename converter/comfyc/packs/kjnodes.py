"""ComfyUI-KJNodes: SetNode and GetNode (``web/js/setgetnodes.js``), and its graphical editors."""

from __future__ import annotations

from comfyc.packs.behaviour import Behaviour, Export, pass_through
from comfyc.packs.kj_editors import EDITORS
from comfyc.packs.setget import connect

FOLDER = "ComfyUI-KJNodes"


def _connect(export: Export) -> None:
    connect(export, "SetNode", "GetNode", enclosing=True)


BEHAVIOURS = {
    **EDITORS,
    "SetNode": Behaviour(pass_through, "Set", (("*", "*"),), ("*",), ("Constant",)),
    "GetNode": Behaviour(pass_through, "Get", (), ("*",), ("Constant",), rewire=_connect),
}
