"""One fault, one finding: what several layers see of the same thing is told once, in the better words.

The layers do not know each other. The schema and the reading of a workflow stumble over the same member;
the conversion warns of a node type that the server will refuse; a muted node is a remark until a node needs
it. Each function here takes one such agreement between findings; what it does not know it passes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from comfyc import codes
from comfyc.diagnostics import Diagnostic, Pointer, Rule, Severity
from comfyc.validation.topology import is_definition_id

Findings = list[Diagnostic]

_SCHEMA = frozenset(
    {
        *(codes.SCHEMA_VIOLATION, codes.MISSING_MEMBER, codes.MINOR_VIOLATION, codes.UNKNOWN_MODE),
        *(codes.UNKNOWN_VERSION, codes.UNREAD_LINK_ROWS, codes.BROKEN_LINK_ROW),
    }
)
"""The rules of the schemas for workflows."""

_WEAKER: Mapping[Rule, frozenset[Rule]] = {
    codes.UNDECLARED_INPUT: frozenset({codes.UNDECLARED_LINK, codes.DEAD_LINK_UNDECLARED}),
    codes.INEXACT_INTEGER: frozenset({codes.EXACT_INTEGER}),
    codes.MINOR_VIOLATION: frozenset({codes.EDITOR_CANNOT_OPEN}),
    codes.EDITOR_CANNOT_OPEN: frozenset({codes.UNREAD_LINK_ROWS}),
    codes.INCOMPLETE_PROMPT_NODE: frozenset({codes.MISSING_NODE_TYPE, codes.NODE_WITHOUT_INPUTS}),
}
"""Rules whose findings say less than one of these others at the same place."""

_NAMED = 20
_WAY = 6


def agree(found: Iterable[Diagnostic]) -> Findings:
    """The findings about one document without those that others say better, in the same order."""
    everything = list(found)
    findings = [one for one in everything if not one.is_rest]
    for settle in _AGREEMENTS:
        findings = settle(findings)
    return [*findings, *(one for one in everything if one.is_rest)]


def _weaker(findings: Findings) -> Findings:
    """Of two rules at one place the one that says more stays."""
    there: dict[Pointer, set[Rule]] = {}
    for one in findings:
        there.setdefault(one.location.pointer, set()).add(one.rule)
    return [
        one
        for one in findings
        if one.rule not in _WEAKER or not _WEAKER[one.rule] & there[one.location.pointer]
    ]


def _malformed(findings: Findings) -> Findings:
    """The schema says what belongs in a place, reading only that something else is there. But what reading
    takes for an error is none to be passed over because the schema is milder."""
    read = {one.location.pointer for one in findings if one.rule is codes.MALFORMED}
    if not read:
        return findings
    formal = (one for one in findings if one.rule in _SCHEMA and one.severity is Severity.ERROR)
    errors = {one.location.pointer for one in formal}
    around = {place[:-1] for place in errors}
    kept = []
    for one in findings:
        place = one.location.pointer
        if one.rule is codes.MALFORMED:
            if place not in errors and place[:-1] not in errors and place not in around:
                kept.append(one)
        elif one.rule not in _SCHEMA or one.severity is Severity.ERROR or place not in read:
            kept.append(one)
    return kept


def _link_tables(findings: Findings) -> Findings:
    """Of a link table that goes unread as a whole the version is wrong; of others some rows are."""
    unread = {one.location.pointer: one.data for one in findings if one.rule is codes.LINKS_UNREAD}
    whole = {place for place, data in unread.items() if data.get("unread") == data.get("rows")}
    rows = {one.location.pointer[:-1] for one in findings if one.rule is codes.UNREAD_LINK_ROWS}
    dropped = {codes.UNREAD_LINK_ROWS: whole, codes.LINKS_UNREAD: rows - whole}
    return [one for one in findings if _table_of(one) not in dropped.get(one.rule, ())]


def _table_of(one: Diagnostic) -> Pointer:
    return one.location.pointer[: -1 if one.rule is codes.UNREAD_LINK_ROWS else None]


def _malformed_nodes(findings: Findings) -> Findings:
    """What the server says of a node that it stumbles over, at the member that the schema blames."""
    blamed = {
        one.location.pointer[:1]: one
        for one in findings
        if one.rule is codes.SCHEMA_VIOLATION and one.location.pointer
    }
    told = {one.location.pointer for one in findings if one.rule is codes.MALFORMED_NODE}
    kept = []
    for one in findings:
        if one.rule is codes.MALFORMED_NODE and one.location.pointer in blamed:
            better = blamed[one.location.pointer]
            kept.append(replace(one, location=replace(one.location, pointer=better.location.pointer)))
        elif one.rule is not codes.SCHEMA_VIOLATION or one.location.pointer[:1] not in told:
            kept.append(one)
    return kept


def _unknown_types(findings: Findings) -> Findings:
    """The conversion knows what to do about an unknown type, the server refuses it: one error with both."""
    warned = {one.location.pointer: one for one in findings if one.rule is codes.UNKNOWN_TYPE}
    refused = {
        (*one.location.pointer, "type") for one in findings if one.rule is codes.MISSING_NODE_TYPE
    } & warned.keys()
    kept = []
    for one in findings:
        place = (*one.location.pointer, "type")
        if one.rule is codes.MISSING_NODE_TYPE and place in warned:
            kept.append(_refused_type(one, warned[place]))
        elif one.rule is not codes.UNKNOWN_TYPE or one.location.pointer not in refused:
            kept.append(one)
    return kept


def _refused_type(refused: Diagnostic, warned: Diagnostic) -> Diagnostic:
    location = replace(refused.location, pointer=warned.location.pointer)
    data = {**warned.data, **refused.data}
    node_type = warned.data.get("type")
    if not is_definition_id(node_type):
        return replace(refused, location=location, hint=warned.hint, data=data)
    return Diagnostic(
        codes.DEFINITION_MISSING,
        f"the file has no definition of the subgraph '{node_type}'",
        location,
        "copy the node again from the workflow that has the subgraph, or delete it",
        data,
    )


def _missing_inputs(findings: Findings) -> Findings:
    """A required input whose link leads to nothing: the error, with the way to where it ends."""
    ends = {
        (one.location.node, one.data.get("input")): one
        for one in findings
        if one.rule is codes.INPUT_UNLINKED
    }
    missing = {
        (one.location.node, one.data.get("input"))
        for one in findings
        if one.rule is codes.REQUIRED_INPUT_MISSING
    }
    kept = []
    for one in findings:
        key = (one.location.node, one.data.get("input"))
        if one.rule is codes.REQUIRED_INPUT_MISSING and key in ends:
            kept.append(_dead_end(one, ends[key]))
        elif one.rule is not codes.INPUT_UNLINKED or key not in missing:
            kept.append(one)
    return kept


def _dead_end(missing: Diagnostic, unlinked: Diagnostic) -> Diagnostic:
    way, state = unlinked.data.get("way"), unlinked.data.get("state")
    if not way:
        return missing
    end = f"node {way[-1]}" + (f' "{unlinked.data["end"]}"' if unlinked.data.get("end") else "")
    data = {**missing.data, **unlinked.data}
    if state == "unlinked":
        return replace(missing, hint=f"link {end}, which this input is linked to", data=data)
    name = missing.data["input"]
    gives = "gives nothing" if state == "muted" else f"passes no {unlinked.data['type']} on"
    through = f", by way of {', '.join(way[:-1][:_WAY])}{'...' if len(way) > _WAY + 1 else ''}"
    return Diagnostic(
        codes.SOURCE_SILENCED,
        f"required input '{name}' gets nothing: {end} is {state} and {gives}{through * (len(way) > 1)}",
        missing.location,
        f"let node {way[-1]} run, link another node to '{name}', or mute this node too",
        data,
    )


def _circles(findings: Findings) -> Findings:
    """The first circle of the main graph is not told again where the prompt's circles are."""
    named = (codes.DEPENDENCY_CYCLE, codes.FURTHER_CYCLE, codes.UNDECLARED_CYCLE)
    if not any(one.rule in named for one in findings):
        return findings
    return [one for one in findings if one.rule is not codes.NODE_CYCLE]


def _instances(findings: Findings) -> Findings:
    """A fault inside a subgraph is one, however many nodes of it there are; ``data`` names them."""
    first: dict[tuple[Rule, Pointer, str], int] = {}
    kept: Findings = []
    nodes: dict[int, list[str]] = {}
    for one in findings:
        location = one.location
        if location.node is None or not location.pointer:
            kept.append(one)
            continue
        index = first.setdefault((one.rule, location.pointer, one.message), len(kept))
        if index == len(kept):
            kept.append(one)
        nodes.setdefault(index, []).append(location.node)
    for index, named in nodes.items():
        if len(named) > 1:
            kept[index] = replace(kept[index], data={**kept[index].data, "nodes": named[:_NAMED]})
    return kept


_AGREEMENTS: tuple[Callable[[Findings], Findings], ...] = (
    _malformed,
    _link_tables,
    _malformed_nodes,
    _unknown_types,
    _missing_inputs,
    _circles,
    _weaker,
    _instances,
)
