"""Find the output nodes of a prompt that somebody chooses by their names, as ``run --only`` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comfyc import codes
from comfyc.collector import Collector
from comfyc.graph import origin_of
from comfyc.interface.names import nodes_named
from comfyc.interface.settings import Interface, title_in
from comfyc.suggestions import closest, did_you_mean

_LISTED = 8


def chosen_outputs(interface: Interface, names: Sequence[str], found: Collector) -> tuple[str, ...]:
    """The ids of the output nodes that ``names`` mean, in the order of the prompt.

    A name is an id, a title or a class; a subgraph node stands for the outputs inside it. What means no
    output, or those of several nodes, is reported to ``found`` (P360).
    """
    outputs = dict(_outputs(interface))
    chosen: set[str] = set()
    for name in names:
        nodes = nodes_named(interface, name.strip())
        meant = {node: _of(node, outputs) for node in nodes}
        meant = {node: own for node, own in meant.items() if own}
        if len(meant) == 1:
            chosen.update(*meant.values())
        else:
            _refuse(interface, name.strip(), nodes, list(meant), outputs, found)
    return tuple(ident for ident in outputs if ident in chosen)


def _outputs(interface: Interface) -> Iterator[tuple[str, str]]:
    """The output nodes of the prompt, with their titles."""
    catalog = interface.conversion.catalog
    for ident, node in interface.conversion.prompt.items():
        info = catalog.info(str(node.get("class_type"))) if catalog is not None else None
        if info is not None and info.get("output_node") is True:
            yield ident, title_in(node)


def _of(node: str, outputs: dict[str, str]) -> list[str]:
    """The outputs that a node stands for: itself, or those inside a subgraph node."""
    return [node] if node in outputs else [one for one in outputs if one.startswith(f"{node}:")]


def _refuse(
    interface: Interface,
    name: str,
    nodes: Sequence[str],
    meant: Sequence[str],
    outputs: dict[str, str],
    found: Collector,
) -> None:
    listed = _listed([f"{ident} ('{title}')" for ident, title in outputs.items()])
    hint = f"the output nodes are: {listed}" if outputs else "add an output node, such as SaveImage"
    if meant:
        own = [f"{one} ('{outputs[one]}')" if one in outputs else one for one in meant]
        message = f"--only '{name}' matches {len(meant)} nodes with outputs: {_listed(own)}"
        hint = f"use their ids: {' '.join(f'--only {one}' for one in meant[:_LISTED])}"
    elif nodes:
        what = f"'{name}' is no output node" if nodes == [name] else f"no node '{name}' is an output node"
        message = f"--only names an output node, and {what}"
    else:
        message = f"--only names an output node, and no node has the id, title or class '{name}'"
        guesses = closest(name, [text for pair in outputs.items() for text in pair], 3)
        hint = did_you_mean(guesses) or hint
    node = nodes[0] if len(nodes) == 1 else None
    pointer, title = origin_of(interface.conversion.ir, node or "")
    pointer = interface.conversion.opened.in_file(pointer) if pointer else ()
    found.report(codes.NOT_AN_OUTPUT, message, pointer=pointer, node=node, title=title, hint=hint)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
