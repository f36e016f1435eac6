"""Which definition of one document is which of another."""

from __future__ import annotations

from comfyc.differences.views import ComparedDocument, ComparedGraph


def matched_definitions(old: ComparedDocument, new: ComparedDocument) -> dict[str, str]:
    """The definitions that are the same one, from old ids to new ids.

    The same id comes first, then the same name, and then the same types of nodes for the most part.
    """
    found = {ident: ident for ident in old.definitions if ident in new.definitions}
    left = [ident for ident in old.definitions if ident not in found]
    right = [ident for ident in new.definitions if ident not in found]
    by_name: dict[str, list[str]] = {}
    for ident in right:
        by_name.setdefault(new.definitions[ident].name, []).append(ident)
    for ident in left:
        others = by_name.get(old.definitions[ident].name, [])
        if len(others) == 1:
            found[ident] = others.pop()
    taken = set(found.values())
    types = {ident: _types(view) for ident, view in new.definitions.items()}
    for ident in left:
        if ident in found:
            continue
        own = _types(old.definitions[ident])
        best = max(
            (other for other in right if other not in taken),
            key=lambda other: len(own & types[other]) / len(own | types[other]),
            default=None,
        )
        if best is not None and 2 * len(own & types[best]) > len(own | types[best]):
            found[ident] = best
            taken.add(best)
    return found


def _types(view: ComparedGraph) -> set[str]:
    return {node.type for node in view.nodes.values()}
