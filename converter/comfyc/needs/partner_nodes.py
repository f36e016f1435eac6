"""The partner nodes of a prompt: nodes whose work another company does, for credits of a Comfy account
(``api_node`` in object_info)."""

from __future__ import annotations

from comfyc.catalog import Catalog
from comfyc.needs.model import PartnerNode, user_of
from comfyc.prompt import Prompt


def needed_partner_nodes(prompt: Prompt, catalog: Catalog, file: str) -> list[PartnerNode]:
    """The partner nodes of a prompt by their types, in its order."""
    found: dict[str, PartnerNode] = {}
    for ident, node in prompt.items():
        kind = node.get("class_type")
        info = catalog.info(kind) if isinstance(kind, str) else None
        if not isinstance(kind, str) or info is None or info.get("api_node") is not True:
            continue
        one = found.setdefault(kind, PartnerNode(kind, catalog.title(kind)))
        one.users.append(user_of(file, ident, node))
    return list(found.values())
