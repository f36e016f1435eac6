"""KayTool: its Set and Get nodes (``web/getset.js``), which find each other in their own graph only."""

from __future__ import annotations

from comfyc.packs.behaviour import Behaviour, Export, pass_through
from comfyc.packs.setget import connect

FOLDER = "KayTool"


def _connect(export: Export) -> None:
    connect(export, "KaySetNode", "KayGetNode", enclosing=False)


BEHAVIOURS = {
    "KaySetNode": Behaviour(pass_through, "Set", (("*", "*"),), (), ("ID",)),
    "KayGetNode": Behaviour(pass_through, "Get", (), ("*",), ("ID",), rewire=_connect),
}
