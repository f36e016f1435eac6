"""Which link goes into which input while a node is configured.

In the editor the link table holds, for each link, the node and the index of the input that it goes
into; inputs that move take their links along. Source: ``node/slotLinks.ts`` (captureInputLayout,
replaceNodeInputs), ``stores/linkStore.ts`` (updateEndpoints) and ``linkDeduplication.ts``
(realignInputLinkSlots), frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from comfyc.editor.live import LiveInput, LiveNode
from comfyc.javascript.values import is_index
from comfyc.workflow import FileLink

Connected = Callable[[LiveNode, int], None]
"""Called with the index of an input to which a link has moved."""

Layout = tuple[list[LiveInput], dict[int, FileLink]]
"""The inputs of a node at some moment, and the links that go into them by ``id()`` of the input."""


def slot_number(slot: Any) -> int | None:
    """A slot of a link row as an index; some files write it as text."""
    if type(slot) is int:
        return slot
    return int(slot) if isinstance(slot, str) and is_index(slot) else None


def place(node: LiveNode, incoming: Sequence[FileLink]) -> None:
    """Start with every link at the index that its row names, also beyond the inputs there are yet."""
    node.placed = {}
    for link in incoming:
        slot = slot_number(link.target_slot)
        if slot is not None:
            node.placed.setdefault(slot, link)


def capture(node: LiveNode) -> Layout:
    """The inputs now, and their links."""
    placed = node.placed
    if not placed:
        return list(node.inputs), {}
    links = {id(slot): placed[index] for index, slot in enumerate(node.inputs) if index in placed}
    return list(node.inputs), links


def commit(node: LiveNode, previous: Layout, links: Mapping[int, FileLink]) -> list[int] | None:
    """Take the changed ``node.inputs`` over; ``links`` are those of the new layout.

    Returns the indexes of new inputs that have a link. If a link that takes no part occupies one of
    the indexes, the old inputs stay and the result is None.
    """
    final = node.inputs
    if not node.placed:
        return []
    assigned = [(index, links[id(slot)]) for index, slot in enumerate(final) if id(slot) in links]
    taking_part = {id(link) for _, link in assigned} | {id(link) for link in previous[1].values()}
    for index, _ in assigned:
        incumbent = node.placed.get(index)
        if incumbent is not None and id(incumbent) not in taking_part:
            node.inputs = previous[0]
            return None
    node.placed = {index: link for index, link in node.placed.items() if id(link) not in taking_part}
    node.placed.update(assigned)
    old = {id(slot) for slot in previous[0]}
    return [index for index, _ in assigned if id(final[index]) not in old]


def realign(
    node: LiveNode, saved: Sequence[Mapping[str, Any]], links: Mapping[Any, FileLink], connected: Connected
) -> None:
    """Move each link to the input of the name that references it in the file.

    Of several inputs with the name the one at the link's own index is taken, else the first. A link
    stays where it is if another one that no name moves is in its way.
    """
    named: dict[int, tuple[FileLink, set[str]]] = {}
    for item in saved:
        ident = item.get("link")
        link = links.get(ident) if isinstance(ident, (int, str, float)) else None
        if link is not None and link.target == node.id:
            named.setdefault(id(link), (link, set()))[1].add(item["name"])
    skipped: set[int] = set()
    passes = 0
    while passes < len(named):
        index_of = {id(link): index for index, link in (node.placed or {}).items()}
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
            continue
        passes += 1
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
    placed = node.placed
    assert placed is not None
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
    placed.update((index, link) for link, index in moved)
    return True


def _held_up(
    blocked: list[FileLink], moved: list[tuple[FileLink, int]], index_of: Mapping[int, int]
) -> set[int]:
    """A link that stays is in the way of those that were to take its place, and so on."""
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


def unsettle(node: LiveNode) -> None:
    """Take the links out of the inputs again, which are about to change."""
    node.placed = {index: slot.binding for index, slot in enumerate(node.inputs) if slot.binding is not None}
    for slot in node.inputs:
        slot.binding = None


def settle(node: LiveNode) -> list[FileLink]:
    """Write the links into the inputs; return those whose index is beyond them."""
    beyond: list[FileLink] = []
    for index, link in (node.placed or {}).items():
        if 0 <= index < len(node.inputs):
            node.put(link, index)
        else:
            beyond.append(link)
    node.placed = None
    return beyond
