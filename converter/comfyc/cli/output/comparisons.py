"""How ``comfyc catalog diff`` shows what changed between two catalogues."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from comfyc.comparison import Change, ChangedType, Comparison, Fit
from comfyc.safety.escaping import plain, shortened

_WIDTH = 60
"""Characters of a value that are shown."""
_FITS = {
    Fit.SAME: "",
    Fit.ADDED: "saved values fit, new ones follow",
    Fit.DROPPED: "the last saved values are lost",
    Fit.RENAMED: "saved values go to other names",
    Fit.SHIFTED: "values shift",
}


def comparison_text(found: Comparison, packs: Mapping[str, str]) -> str:
    """The types that were added, removed and changed, by pack, with a line for each change."""
    lines: list[str] = []
    changed = {one.node_type: one for one in found.changed}
    marks = {**dict.fromkeys(found.added, "+"), **dict.fromkeys(found.removed, "-")}
    names = sorted([*marks, *changed], key=lambda name: (packs[name].casefold(), name.casefold(), name))
    pack = None
    for name in names:
        if packs[name] != pack:
            pack = packs[name]
            lines.append(f"{pack}:")
        lines += _lines(changed[name]) if name in changed else [f"  {marks[name]} {name}"]
    return "".join(f"{plain(line)}\n" for line in lines)


def _lines(changed: ChangedType) -> Iterable[str]:
    fit = _FITS[changed.fit]
    yield f"  ~ {changed.node_type}{f'  ({fit})' if fit else ''}"
    for change in changed.changes:
        condition = f" (if {change.when})" if change.when else ""
        mark = "  <- values shift" if change.shifts else ""
        yield f"      {change.part} '{change.name}'{condition} {_what(change)}{mark}"


def _what(change: Change) -> str:
    before, after = change.before, change.after
    if change.what == "added":
        return f"added: {after}"
    if change.what == "removed":
        return f"removed: {before}"
    if change.what == "moved":
        return f"moved from position {before + 1} to {after + 1}"
    if change.what == "optional":
        return "is optional now" if after else "is required now"
    if change.what == "options":
        parts = [f"{word} {_shown(values)}" for word, values in (("new", after), ("gone", before)) if values]
        return f"options: {'; '.join(parts)}"
    return f"{change.what}: {_shown(before)} -> {_shown(after)}"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        text = ", ".join(map(str, value))
        return shortened(text, _WIDTH) + (f" ({len(value)})" if len(text) > _WIDTH else "")
    return shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), _WIDTH)
