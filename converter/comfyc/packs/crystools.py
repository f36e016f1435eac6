"""ComfyUI-Crystools: its metadata display is an editor-only node (``web/showMetadata.js``)."""

from __future__ import annotations

from comfyc.packs.behaviour import Behaviour, pass_through

FOLDER = "ComfyUI-Crystools"

BEHAVIOURS = {"Show Metadata [Crystools]": Behaviour(pass_through, "Show Metadata", (), (), ("text",))}
