"""Apt Preset: its Set and Get nodes of three values, which find each other in their own graph only."""

from __future__ import annotations

from comfyc.packs.behaviour import Behaviour, Export, pass_through
from comfyc.packs.setget import connect

FOLDER = "ComfyUI-Apt_Preset"

_THREE = ("*", "*", "*")


def _connect(export: Export) -> None:
    connect(export, "flow_Set_Value", "flow_Get_Value", enclosing=False)


BEHAVIOURS = {
    "flow_Set_Value": Behaviour(
        pass_through, "Set", tuple(("*", kind) for kind in _THREE), _THREE, ("name",)
    ),
    "flow_Get_Value": Behaviour(pass_through, "Get", (), _THREE, ("name",), rewire=_connect),
}
