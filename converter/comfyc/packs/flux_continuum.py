"""Flux Continuum: OutputGet (``web/outputgetnode.js``), a Get node for the Set nodes of KJNodes."""

from __future__ import annotations

from comfyc.packs.behaviour import Behaviour, Export, pass_through
from comfyc.packs.setget import connect

FOLDER = "ComfyUI-Flux-Continuum"


def _connect(export: Export) -> None:
    connect(export, "SetNode", "OutputGet", enclosing=False)


BEHAVIOURS = {"OutputGet": Behaviour(pass_through, "OutputGet", (), ("*",), ("Output",), rewire=_connect)}
