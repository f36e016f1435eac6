"""The editor's file format, read as it stands: ``model`` says what there is, ``read`` makes it of a document,
``repair`` drops and renumbers what the editor drops and renumbers, ``wrapped`` finds a workflow in another
document.
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
