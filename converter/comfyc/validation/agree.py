"""Merging findings: a problem that several checks detect is reported once, by the more helpful finding.

The checks do not know of one another. The schema and the reader of a workflow fail on the same member; the
conversion warns of a node type that the server will refuse; a muted node is a remark until a node needs it.
Each function here handles one such overlap and passes on all other findings.
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
"""The rules under which schema violations of workflows are reported."""

_WEAKER: Mapping[Rule, frozenset[Rule]] = {
    codes.UNDECLARED_INPUT: frozenset({codes.UNDECLARED_LINK, codes.DEAD_LINK_UNDECLARED}),
    codes.INEXACT_INTEGER: frozenset({codes.EXACT_INTEGER}),
    codes.MINOR_VIOLATION: frozenset({codes.EDITOR_CANNOT_OPEN}),
    codes.EDITOR_CANNOT_OPEN: frozenset({codes.UNREAD_LINK_ROWS}),
    codes.INCOMPLETE_PROMPT_NODE: frozenset({codes.MISSING_NODE_TYPE, codes.NODE_WITHOUT_INPUTS}),
}
"""For each rule, the rules whose findings replace it at the same JSON pointer."""

_MAX_INSTANCES = 20
"""Instances of a node that one finding names."""
_MAX_HOPS = 6
"""Nodes on the way to a dead end that a message names."""


def agree(found: Iterable[Diagnostic]) -> Findings:
    """The findings about one document without redundant ones, in the same order."""
    everything = list(found)
    findings = [one for one in everything if not one.is_rest]
    for settle in _AGREEMENTS:
        findings = settle(findings)
    return [*findings, *(one for one in everything if one.is_rest)]


def _weaker(findings: Findings) -> Findings:
    """Of two rules at the same pointer keep the more specific one."""
    there: dict[Pointer, set[Rule]] = {}
    for one in findings:
        there.setdefault(one.location.pointer, set()).add(one.rule)
    return [
        one
        for one in findings
        if one.rule not in _WEAKER or not _WEAKER[one.rule] & there[one.location.pointer]
    ]


def _malformed(findings: Findings) -> Findings:
    """Prefer schema errors over W030, since they say what is expected.

    A W030 error is never dropped in favour of a schema finding of lower severity.
    """
    unreadable = {one.location.pointer for one in findings if one.rule is codes.MALFORMED}
    if not unreadable:
        return findings
    formal = (one for one in findings if one.rule in _SCHEMA and one.severity is Severity.ERROR)
    errors = {one.location.pointer for one in formal}
    parents = {pointer[:-1] for pointer in errors}
    kept = []
    for one in findings:
        pointer = one.location.pointer
        if one.rule is codes.MALFORMED:
            if pointer not in errors and pointer[:-1] not in errors and pointer not in parents:
                kept.append(one)
        elif one.rule not in _SCHEMA or one.severity is Severity.ERROR or pointer not in unreadable:
            kept.append(one)
    return kept


def _link_tables(findings: Findings) -> Findings:
    """If a whole link table is unread, report its version (G101); otherwise its unread rows (W036)."""
    unread = {one.location.pointer: one.data for one in findings if one.rule is codes.LINKS_UNREAD}
    whole = {pointer for pointer, data in unread.items() if data.get("unread") == data.get("rows")}
    rows = {one.location.pointer[:-1] for one in findings if one.rule is codes.UNREAD_LINK_ROWS}
    dropped = {codes.UNREAD_LINK_ROWS: whole, codes.LINKS_UNREAD: rows - whole}
    return [one for one in findings if _table_of(one) not in dropped.get(one.rule, ())]


def _table_of(one: Diagnostic) -> Pointer:
    return one.location.pointer[: -1 if one.rule is codes.UNREAD_LINK_ROWS else None]


def _malformed_nodes(findings: Findings) -> Findings:
    """Report a node whose shape makes the server fail (P319) at the member that violates the schema."""
    blamed = {
        one.location.pointer[:1]: one
        for one in findings
        if one.rule is codes.SCHEMA_VIOLATION and one.location.pointer
    }
    reported = {one.location.pointer for one in findings if one.rule is codes.MALFORMED_NODE}
    kept = []
    for one in findings:
        if one.rule is codes.MALFORMED_NODE and one.location.pointer in blamed:
            better = blamed[one.location.pointer]
            kept.append(replace(one, location=replace(one.location, pointer=better.location.pointer)))
        elif one.rule is not codes.SCHEMA_VIOLATION or one.location.pointer[:1] not in reported:
            kept.append(one)
    return kept


def _unknown_types(findings: Findings) -> Findings:
    """Merge the warning about an unknown type, which has the better hint, into the server's error."""
    warned = {one.location.pointer: one for one in findings if one.rule is codes.UNKNOWN_TYPE}
    refused = {
        (*one.location.pointer, "type") for one in findings if one.rule is codes.MISSING_NODE_TYPE
    } & warned.keys()
    kept = []
    for one in findings:
        pointer = (*one.location.pointer, "type")
        if one.rule is codes.MISSING_NODE_TYPE and pointer in warned:
            kept.append(_refused_type(one, warned[pointer]))
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
        f"the file has no definition for the subgraph '{node_type}'",
        location,
        "copy the node again from the workflow that has the subgraph, or delete it",
        data,
    )


def _missing_inputs(findings: Findings) -> Findings:
    """Merge a missing required input with the finding that says where its link ends."""
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
        return replace(missing, hint=f"link {end}, to which this input is linked", data=data)
    name = missing.data["input"]
    gives = "provides no value" if state == "muted" else f"has no {unlinked.data['type']} to pass on"
    through = (
        f", reached through {', '.join(way[:-1][:_MAX_HOPS])}{'...' if len(way) > _MAX_HOPS + 1 else ''}"
    )
    return Diagnostic(
        codes.SOURCE_SILENCED,
        f"required input '{name}' gets no value: {end} is {state} and {gives}{through * (len(way) > 1)}",
        missing.location,
        f"let node {way[-1]} run, link another node to '{name}', or mute this node too",
        data,
    )


def _cycles(findings: Findings) -> Findings:
    """Drop the cycle of the main graph (G115) if the cycles of the prompt are reported."""
    named = (codes.DEPENDENCY_CYCLE, codes.FURTHER_CYCLE, codes.UNDECLARED_CYCLE)
    if not any(one.rule in named for one in findings):
        return findings
    return [one for one in findings if one.rule is not codes.NODE_CYCLE]


def _instances(findings: Findings) -> Findings:
    """Report a problem inside a subgraph once for all instances; ``data`` names the nodes."""
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
            kept[index] = replace(kept[index], data={**kept[index].data, "nodes": named[:_MAX_INSTANCES]})
    return kept


_AGREEMENTS: tuple[Callable[[Findings], Findings], ...] = (
    _malformed,
    _link_tables,
    _malformed_nodes,
    _unknown_types,
    _missing_inputs,
    _cycles,
    _weaker,
    _instances,
)
