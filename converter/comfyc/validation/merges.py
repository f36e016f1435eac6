"""The conflicts that a merge has noted in a document and that nobody has settled."""

from __future__ import annotations

from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.documents import is_workflow


def report_conflicts(document: Any, found: Collector) -> None:
    """Report the conflicts that a merge has noted in the document."""
    noted = [document.get("extra")] if is_workflow(document) else map(_meta_of, document.values())
    if not any(isinstance(one, dict) and "comfyc" in one for one in noted):
        return
    from comfyc.merging.conflicts import Conflict, listed  # noqa: PLC0415 - few files have conflicts

    for pointer, entry in listed(document):
        conflict = Conflict.of_json(entry) if isinstance(entry, dict) else None
        found.report(
            codes.UNSETTLED_MERGE,
            "an entry of the list of conflicts is malformed"
            if conflict is None
            else f"a merge has left a conflict: {conflict.words()}",
            pointer=pointer,
            node=None if conflict is None or conflict.node is None else str(conflict.node),
            title=None if conflict is None else conflict.title or None,
            hint="set what is right, and take the list out with comfyc git resolve FILE --ours; --theirs "
            "puts their values in",
        )


def _meta_of(node: Any) -> Any:
    return node.get("_meta") if isinstance(node, dict) else None
