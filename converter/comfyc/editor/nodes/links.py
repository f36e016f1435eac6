"""Keep track of which link goes into which input while a node is configured.

For each link, the editor's link table holds the target node and the index of its input. Inputs that move take
their links along. ``LiveNode.links`` is that table for one node. Source:
``node/slotLinks.ts`` (captureInputLayout, replaceNodeInputs), ``stores/linkStore.ts`` (updateEndpoints) and
``linkDeduplication.ts`` (realignInputLinkSlots), frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.javascript.values import is_index
from comfyc.workflow.model import FileLink

Connected = Callable[[LiveNode, int], None]
"""Called with the index of an input to which a link has moved."""


class InputLayout(NamedTuple):
    """The inputs of a node at some moment, and the links into them by the ``id()`` of the input."""

    inputs: list[LiveInput]
    links: dict[int, FileLink]


def slot_number(slot: Any) -> int | None:
    """The slot in a row of the link table as an index; some files write it as text. None for anything
    else."""
    if type(slot) is int:
        return slot
    return int(slot) if isinstance(slot, str) and is_index(slot) else None


def put_as_saved(node: LiveNode, incoming: Sequence[FileLink]) -> None:
    """Put every link at the index that its row names, even if the node has no input there yet."""
    node.links = {}
    for link in incoming:
        index = slot_number(link.target_slot)
        if index is not None and index not in node.links:
            node.put(link, index)


def capture(node: LiveNode) -> InputLayout:
    """Take a snapshot of the inputs of a node and of their links."""
    inputs, placed = list(node.inputs), node.links
    if not placed:
        return InputLayout(inputs, {})
    return InputLayout(
        inputs, {id(slot): placed[index] for index, slot in enumerate(inputs) if index in placed}
    )


def commit(node: LiveNode, previous: InputLayout, links: Mapping[int, FileLink]) -> list[int] | None:
    """Move the links to the changed ``node.inputs``; ``links`` has the links of the inputs by ``id()``, as in
    :class:`InputLayout`.

    Returns the indexes of new inputs that have a link. If a link that is in neither ``previous`` nor
    ``links`` occupies one of the indexes, the node gets its previous inputs back and the result is None.
    Widgets that were added or removed meanwhile stay so (as ``replaceNodeInputs`` leaves them).
    """
    final = node.inputs
    if not node.links:
        return []
    assigned = [(index, links[id(slot)]) for index, slot in enumerate(final) if id(slot) in links]
    taking_part = {id(link) for _, link in assigned} | {id(link) for link in previous.links.values()}
    for index, _ in assigned:
        incumbent = node.links.get(index)
        if incumbent is not None and id(incumbent) not in taking_part:
            node.inputs = previous.inputs
            return None
    node.links = {index: link for index, link in node.links.items() if id(link) not in taking_part}
    for index, link in assigned:
        node.put(link, index)
    node.sort_links()
    old = {id(slot) for slot in previous.inputs}
    return [index for index, _ in assigned if id(final[index]) not in old]


def realign(
    node: LiveNode, saved: Sequence[Mapping[str, Any]], links: Mapping[Any, FileLink], connected: Connected
) -> None:
    """Move each link to the input whose saved state names the link.

    ``saved`` are the saved inputs, ``links`` the links of the graph by id, and ``connected`` is called for
    each input that gets a link. Of several inputs with one name, the one at the link's own index is taken,
    else the first. A link stays where it is if its destination is occupied by a link that does not move.
    """
    named: dict[int, tuple[FileLink, set[str]]] = {}
    for item in saved:
        ident = item.get("link")
        link = links.get(ident) if isinstance(ident, (int, str, float)) else None
        if link is not None and link.target == node.id:
            named.setdefault(id(link), (link, set()))[1].add(item["name"])
    skipped: set[int] = set()
    moves = 0
    while moves < len(named):  # a move can push another link away, but one round for each link is enough
        index_of = {id(link): index for index, link in node.links.items()}
        if all(key not in index_of or _is_at(node, index_of[key], named[key][1]) for key in named):
            break
        moved: list[tuple[FileLink, int]] = []
        unmatched: list[FileLink] = []
        first_of: dict[str, int] = {}
        for index, slot in enumerate(node.inputs):
            first_of.setdefault(slot.name, index)
        for key, (link, names) in named.items():
            first = min((first_of[name] for name in names if name in first_of), default=None)
            if first is None:
                unmatched.append(link)
            elif key not in skipped and key in index_of and not _is_at(node, index_of[key], names):
                moved.append((link, first))
        if not moved:
            break
        if not _move(node, moved, unmatched, index_of, skipped):
            continue  # ``skipped`` now has the links that cannot move: the next round tries fewer
        moves += 1
        for _, index in moved:
            connected(node, index)


def _is_at(node: LiveNode, index: int, names: set[str]) -> bool:
    return 0 <= index < len(node.inputs) and node.inputs[index].name in names


def _move(
    node: LiveNode,
    moved: list[tuple[FileLink, int]],
    unmatched: list[FileLink],
    index_of: Mapping[int, int],
    skipped: set[int],
) -> bool:
    """Move links to their indexes all at once. If some cannot move, add them to ``skipped``, move none and
    return False."""
    placed = node.links
    destinations = {index for _, index in moved}
    removals = [link for link in unmatched if index_of.get(id(link)) in destinations]
    taking_part = {id(link) for link, _ in moved} | {id(link) for link in removals}
    blocked = [link for link, index in moved if index in placed and id(placed[index]) not in taking_part]
    if blocked:
        skipped.update(_held_up(blocked, moved, index_of))
        return False
    if len(destinations) < len(moved):
        skipped.update(id(link) for link, _ in moved)
        return False
    for index in [index for index, link in placed.items() if id(link) in taking_part]:
        del placed[index]
    for link, index in moved:
        node.put(link, index)
    return True


def _held_up(
    blocked: list[FileLink], moved: list[tuple[FileLink, int]], index_of: Mapping[int, int]
) -> set[int]:
    """The links that cannot move: the blocked ones, those whose destination they occupy, and so on."""
    movers: dict[int, list[FileLink]] = {}
    for link, index in moved:
        movers.setdefault(index, []).append(link)
    held = {id(link) for link in blocked}
    pending = list(blocked)
    while pending:
        for link in movers.get(index_of[id(pending.pop())], ()):
            if id(link) not in held:
                held.add(id(link))
                pending.append(link)
    return held


def drop_beyond(node: LiveNode) -> list[FileLink]:
    """Remove and return the links whose index is beyond the inputs; sort the others by index."""
    count = len(node.inputs)
    beyond = [link for index, link in node.links.items() if not 0 <= index < count]
    node.links = {index: link for index, link in sorted(node.links.items()) if 0 <= index < count}
    return beyond
