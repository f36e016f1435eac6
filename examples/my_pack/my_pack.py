"""What the browser script of a made-up node pack does, told to comfyc.

The pack has two node types. "My Wire" exists only in the editor: it never reaches the prompt, and its output
stands for what is linked to its input. "MyPrompt" runs on the server; the script joins the lines of its text
when the workflow is exported.
"""

from comfyc.graph import Graph, Input, Node
from comfyc.packs import Behaviour, Export


def wire(graph: Graph, node: Node, slot: object, wanted: object) -> Input | None:
    """The input that an output of "My Wire" stands for; None where the file gives the node no input."""
    return node.inputs[0] if node.inputs else None


def join_lines(node: Node, export: Export) -> None:
    """Write the text of a "MyPrompt" in one line."""
    for widget in node.widgets:
        if widget.name == "text" and isinstance(widget.value, str):
            widget.value = ", ".join(widget.value.splitlines())


BEHAVIOURS = {
    "My Wire": Behaviour(stands_for=wire, title="My Wire", inputs=(("", "*"),), outputs=("*",)),
    "MyPrompt": Behaviour(finish=join_lines),
}
