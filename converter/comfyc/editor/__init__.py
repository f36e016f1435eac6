"""The editor, opening a workflow: from the file to nodes with all their values and links.

What happens, in the order in which the editor does it; :func:`open_workflow` is that order.

1. ``groups.prepare_groups`` makes the node types of legacy group nodes, which the file itself defines.
2. ``load.load`` goes through all graphs, definitions before what uses them, and gives each saved node

   a. a new node of its type (``configure.make_node``): the widgets and inputs that ``construct`` makes of the
      type's entry in object_info, kept for all nodes of the type as a ``Shape``; or, for most nodes, a folded
      one (``folded``), which keeps the file's own list of values and the links;
   b. its saved state (``configure.configure_node``): the links by the names of the inputs (``links``), the
      values by position (``restore``), while inputs come and go (``dynamic``, ``growing``).

   Subgraph nodes get the values that they hold for the widgets inside (``promoted``); nodes of types that
   nobody knows get what the file tells (``unknown``).
3. Still in ``load``: values that the editor corrects in every file, the types that match-type inputs and
   reroutes take on (``match_types``, ``reroutes``), and the links that these cut.
4. ``groups.unpack_groups`` replaces each legacy group node by a subgraph of real nodes.
5. ``primitives.apply_primitives`` writes the values of PrimitiveNodes into what they are linked to, last of
   all: this rounds numbers and fills in ``%tokens%`` (``tokens``), for which all nodes need their values.

``state`` holds what all of these work on. Every module names the file and function of the frontend that it
reproduces. The next step is ``comfyc.passes``.
"""

from __future__ import annotations

from comfyc.catalog.core_types import PRIMITIVE
from comfyc.editor.groups import prepare_groups, unpack_groups
from comfyc.editor.loading.known import share_shapes
from comfyc.editor.loading.load import load
from comfyc.editor.loading.primitives import apply_primitives
from comfyc.editor.loading.tokens import Replacements
from comfyc.editor.nodes.state import Editor
from comfyc.workflow.model import Workflow

__all__ = ["Editor", "open_workflow"]


def open_workflow(workflow: Workflow, editor: Editor, replacements: Replacements) -> None:
    """Open a workflow in a new ``editor``; ``replacements`` fill in tokens in values of PrimitiveNodes."""
    share_shapes(editor)
    groups = prepare_groups(workflow, editor)
    load(workflow, editor)
    unpack_groups(workflow, editor, groups)
    if PRIMITIVE in editor.scripted:
        for scope in editor.scopes_in_order():
            apply_primitives(scope, replacements)
