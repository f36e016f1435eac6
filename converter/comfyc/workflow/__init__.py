"""The editor's file format. ``model`` has its data classes, ``read`` makes them from a JSON document,
``repair`` drops and renumbers nodes and links as the editor does, and ``wrapped`` finds a workflow inside
another document.
"""

from comfyc.workflow.model import (
    INPUT_NODE,
    OUTPUT_NODE,
    FileGraph,
    FileLink,
    FileNode,
    FileSlot,
    Workflow,
)
from comfyc.workflow.read import has_too_many_nodes, read
from comfyc.workflow.repair import mint_node_id

__all__ = [
    "INPUT_NODE",
    "OUTPUT_NODE",
    "FileGraph",
    "FileLink",
    "FileNode",
    "FileSlot",
    "Workflow",
    "has_too_many_nodes",
    "mint_node_id",
    "read",
]
