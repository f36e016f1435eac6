"""What ``comfyc diff`` says for the description or a comment of a pull request: Markdown."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from comfyc.cli.output.differences_text import heading, value_text
from comfyc.differences import Difference, DifferenceKind, Differences
from comfyc.differences.wording import changes_summary, layout_summary, statement_of
from comfyc.differences.words import TextPiece, pieces_of
from comfyc.safety.escaping import markdown

_WORDS = {DifferenceKind.NODE_ADDED: "added", DifferenceKind.NODE_REMOVED: "removed"}


def differences_markdown(title: str, found: Differences) -> str:
    """A heading, a table with a row for each change, and a line for what changed of the layout."""
    lines = [f"### {markdown(title)}", "", f"{changes_summary(found.changes).capitalize()}.", ""]
    for (ident, name), part in groupby(found.changes, lambda one: (one.graph, one.graph_name)):
        if ident:
            lines += [f"#### Subgraph {markdown(name)}", ""]
        lines += ["| Node | Change | Before | After |", "| --- | --- | --- | --- |"]
        lines += [_row(one) for one in part]
        lines.append("")
    if found.layout:
        lines += [f"Layout: {layout_summary(found.layout)}.", ""]
    return "\n".join(lines)


def _row(one: Difference) -> str:
    node = markdown(heading(one)) if one.node is not None else ""
    if one.kind in _WORDS:
        return f"| {node} | {_WORDS[one.kind]} | | |"
    name, old, new = statement_of(one)
    before, after = _cells(old, new)
    return f"| {node} | {markdown(name)} | {before} | {after} |"


def _cells(old: Any, new: Any) -> tuple[str, str]:
    pieces = pieces_of(old, new) if isinstance(old, str) and isinstance(new, str) else None
    if pieces is None:
        return markdown(value_text(old)), markdown(value_text(new))
    return _marked(pieces, "removed", "del"), _marked(pieces, "added", "ins")


def _marked(pieces: list[TextPiece], sort: str, tag: str) -> str:
    parts = []
    for piece in pieces:
        if piece.sort == "same":
            parts.append(markdown(piece.text))
        elif piece.sort == sort:
            parts.append(f"<{tag}>{markdown(piece.text)}</{tag}>")
    return "".join(parts)
