"""What a prompt loses on its way through a workflow: found by converting the new workflow and comparing.

Every difference between the prompt and what the editor would export of the new workflow is reported, with a
pointer into the prompt. Titles and what ``_meta`` says of packs do not count: no server reads them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Rule
from comfyc.javascript.values import shown
from comfyc.prompt import Prompt, PromptNode
from comfyc.rebuild.nodes import unwrapped

_LISTED = 3


def report_losses(prompt: Prompt, again: Prompt, ids: Mapping[str, str], diagnostics: Collector) -> None:
    """Report what ``again``, the prompt of the new workflow, has not or has otherwise.

    ``ids`` are the ids of the nodes in ``again`` by those in ``prompt``.
    """
    found = _counterparts(prompt, again, ids)
    renamed = [key for key, ident in found.items() if ident is not None and ident != key]
    if renamed:
        _report_ids(renamed, found, diagnostics)
    for key, ident in found.items():
        if ident is None:
            _report_node(key, prompt[key], diagnostics)
        else:
            _compare(key, prompt[key], again[ident], found, diagnostics)


def _counterparts(prompt: Prompt, again: Prompt, ids: Mapping[str, str]) -> dict[str, str | None]:
    """For each node of ``prompt`` its id in ``again``, None if it is not there.

    The editor gives inner nodes new ids if their numbers occur in two subgraphs. It keeps their order, so
    that among nodes of one class, title and depth the next one that nobody has is meant.
    """
    found: dict[str, str | None] = {}
    for key, node in prompt.items():
        ident = ids.get(key, key)
        is_there = ident in again and again[ident].get("class_type") == node.get("class_type")
        found[key] = ident if is_there else None
    taken = set(found.values())
    others: dict[Any, deque[str]] = defaultdict(deque)
    for ident, node in again.items():
        if ident not in taken:
            others[_kind(ident, node)].append(ident)
    for key, known in found.items():
        if known is None and others[_kind(key, prompt[key])]:
            found[key] = others[_kind(key, prompt[key])].popleft()
    return found


def _kind(ident: str, node: PromptNode) -> tuple[int, str | None, str | None]:
    """What nodes that may be one another have in common: depth, class and title."""
    kind = node.get("class_type")
    return ident.count(":"), kind if isinstance(kind, str) else None, _title(node)


def _report_ids(renamed: list[str], found: Mapping[str, str | None], diagnostics: Collector) -> None:
    first = ", ".join(f"'{key}' to '{found[key]}'" for key in renamed[:_LISTED])
    more = f" and {len(renamed) - _LISTED} more" if len(renamed) > _LISTED else ""
    diagnostics.report(
        codes.IDS_CHANGED,
        f"the ids of {len(renamed)} node{'s' if len(renamed) > 1 else ''} change: {first}{more}",
        pointer=(renamed[0],),
        node=renamed[0],
        hint="pass --layout tidy, which makes subgraphs of such ids"
        if any(":" in key and ":" not in (found[key] or "") for key in renamed)
        else None,
        data={"ids": {key: found[key] for key in renamed}},
    )


def _report_node(key: str, node: PromptNode, diagnostics: Collector) -> None:
    kind = node.get("class_type")
    reason = "it has no class_type" if not isinstance(kind, str) else f"the editor exports no '{kind}' of it"
    diagnostics.report(
        codes.NODE_LOST, f"the node is lost: {reason}", pointer=(key,), node=key, title=_title(node)
    )


def _compare(
    key: str, node: PromptNode, other: PromptNode, ids: Mapping[str, str | None], diagnostics: Collector
) -> None:
    ours, theirs = node["inputs"], other["inputs"]
    for name, value in ours.items():
        loss = _loss(name, value, theirs, ids)
        if loss is not None:
            diagnostics.report(
                loss.rule,
                loss.message,
                pointer=(key, "inputs", name),
                node=key,
                title=_title(node),
                hint=loss.hint,
            )
    added = [name for name in theirs if name not in ours]
    if added:
        listed = ", ".join(f"'{name}'" for name in added[:_LISTED])
        more = f" and {len(added) - _LISTED} more" if len(added) > _LISTED else ""
        diagnostics.report(
            codes.DEFAULT_ADDED,
            f"the prompt has nothing for {listed}{more}: the defaults are used",
            pointer=(key, "inputs"),
            node=key,
            title=_title(node),
            data={"inputs": added},
        )


class _Loss(NamedTuple):
    rule: Rule
    message: str
    hint: str | None = None


def _loss(name: str, value: Any, theirs: Mapping[str, Any], ids: Mapping[str, str | None]) -> _Loss | None:
    """What is lost of one input, None if nothing is."""
    if isinstance(value, list):
        is_kept = bool(value) and theirs.get(name) == [ids.get(str(value[0])), *value[1:]]
        return (
            None
            if is_kept
            else _Loss(codes.LINK_NOT_KEPT, f"the link into '{name}' is lost{_why(value, ids)}")
        )
    if name not in theirs:
        return _Loss(
            codes.VALUE_NOT_KEPT,
            f"the value {shown(value)} of '{name}' is lost: the node has no such widget",
            "check that the catalogue has the version of the node that the prompt was made with",
        )
    if _is_same(unwrapped(value), unwrapped(theirs[name])):
        return None
    message = f"the value {shown(value)} of '{name}' would be exported as {shown(theirs[name])}"
    return _Loss(codes.VALUE_NOT_EQUAL, message)


def _why(value: list[Any], ids: Mapping[str, str | None]) -> str:
    origin = str(value[0]) if value else ""
    return "" if origin in ids else f": there is no node '{origin}'"


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same in JSON, where true is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _title(node: PromptNode) -> str | None:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) else None
