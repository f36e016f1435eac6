"""ComfyUI-Crystools: its display of metadata exists only in the editor (``web/showMetadata.js``)."""

from __future__ import annotations

from comfyc.packs import Behaviour
from comfyc.packs.setget import pass_through

FOLDER = "ComfyUI-Crystools"

BEHAVIOURS = {"Show Metadata [Crystools]": Behaviour(pass_through, "Show Metadata", (), (), ("text",))}
