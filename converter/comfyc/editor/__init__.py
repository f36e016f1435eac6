"""Open a workflow as the editor does: from the file to nodes with all their values and links.

:func:`open_workflow` runs these steps in the editor's own order:

1. ``groups.prepare_groups`` makes the node types of legacy group nodes, which the file itself defines.
2. ``load.load`` goes through all graphs, definitions before the graphs that use them. For each saved node it

   a. makes a new node of its type (``configure.make_node``): ``construct`` makes the widgets and inputs from
      the type's entry in object_info and keeps them as a ``Shape`` for all nodes of the type. Most nodes
      become folded ones instead (``folded``), which keep the file's own list of values and the links;
   b. applies the saved state (``configure.configure_node``): links by the names of the inputs (``links``),
      values by position (``restore``), while inputs come and go (``dynamic``, ``growing``).

   Subgraph nodes get the values that they hold for the widgets inside (``promoted``). Nodes of an unknown
   type get whatever the file says about them (``unknown``).
3. ``load`` then corrects the values that the editor corrects in every file, gives match-type inputs and
   reroutes their types (``match_types``, ``reroutes``), and cuts the links that no longer fit.
4. ``groups.unpack_groups`` replaces each legacy group node with a subgraph of real nodes.
5. ``primitives.apply_primitives`` writes the values of PrimitiveNodes into the widgets that they are linked
   to. This rounds numbers and fills in ``%tokens%`` (``tokens``), so it comes last, when all nodes have
   their values.

``state`` holds the data that all steps work on. Every module names the file and function of the frontend that
it reproduces. The next stage is ``comfyc.passes``.
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
    """Open a workflow in a new ``editor``.

    ``replacements`` fill in the tokens (``%Node.widget%``) in the values of PrimitiveNodes.
    """
    share_shapes(editor)
    groups = prepare_groups(workflow, editor)
    load(workflow, editor)
    unpack_groups(workflow, editor, groups)
    if PRIMITIVE in editor.scripted:
        for scope in editor.scopes_in_order():
            apply_primitives(scope, replacements)
