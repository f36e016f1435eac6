"""One thing broken at a time: what is put where, and the rule, place and words that it is told with."""

from __future__ import annotations

from typing import Any

from comfyc.diagnostics import Pointer

GONE = object()
"""Not a value: the member is taken out."""

Mutation = tuple[Pointer, Any, str, Pointer, str]
"""Place, new value, code, place that is told, message."""

N4, IN0 = ("nodes", 4), ("nodes", 4, "inputs", 0)
MUTATIONS: list[Mutation] = [
    (("nodes",), {}, "W031", ("nodes",), "'nodes' is an object, expected a list of nodes"),
    (("nodes",), None, "W031", ("nodes",), "'nodes' is null, expected a list of nodes"),
    (N4, None, "W031", N4, "the node is null, expected an object"),
    (N4, [1], "W031", N4, "the node is a list, expected an object"),
    ((*N4, "id"), GONE, "W032", N4, "the node has no 'id'"),
    ((*N4, "id"), None, "W031", (*N4, "id"), "'id' is null, expected a number or text"),
    ((*N4, "id"), "", "W031", (*N4, "id"), "'id' is empty, expected a number or text"),
    ((*N4, "id"), [1], "W031", (*N4, "id"), "'id' is a list, expected a number or text"),
    ((*N4, "type"), GONE, "W032", N4, "the node has no 'type'"),
    ((*N4, "type"), 5, "W031", (*N4, "type"), "'type' is a number, expected the name of a node class"),
    (
        (*N4, "mode"),
        7,
        "W034",
        (*N4, "mode"),
        "'mode' is 7, expected 0 (runs), 2 (muted) or 4 (bypassed)",
    ),
    (
        (*N4, "mode"),
        True,
        "W034",
        (*N4, "mode"),
        "'mode' is true, expected 0 (runs), 2 (muted) or 4 (bypassed)",
    ),
    (
        (*N4, "mode"),
        [],
        "W034",
        (*N4, "mode"),
        "'mode' is a list, expected 0 (runs), 2 (muted) or 4 (bypassed)",
    ),
    ((*N4, "inputs"), {}, "W031", (*N4, "inputs"), "'inputs' is an object, expected a list of inputs"),
    ((*N4, "outputs"), 1, "W031", (*N4, "outputs"), "'outputs' is a number, expected a list of outputs"),
    (IN0, "model", "W031", IN0, "'inputs' row 0 is text, expected an object with a name"),
    (IN0, None, "W031", IN0, "'inputs' row 0 is null, expected an object with a name"),
    ((*IN0, "name"), GONE, "W032", IN0, "'inputs' row 0 has no 'name'"),
    ((*IN0, "name"), 1, "W031", (*IN0, "name"), "'name' of 'inputs' row 0 is a number, expected text"),
    (
        (*IN0, "link"),
        [1],
        "W031",
        (*IN0, "link"),
        "'link' of 'inputs' row 0 is a list, expected the id of a link, or null",
    ),
    (
        (*IN0, "widget"),
        "model",
        "W031",
        (*IN0, "widget"),
        "'widget' of 'inputs' row 0 is text, expected an object with the widget's name",
    ),
    (
        (*IN0, "type"),
        True,
        "W031",
        (*IN0, "type"),
        "'type' of 'inputs' row 0 is true or false, expected the name of a type",
    ),
    (
        (*N4, "widgets_values"),
        "20",
        "W031",
        (*N4, "widgets_values"),
        "'widgets_values' is text, expected a list or an object",
    ),
    ((*N4, "properties"), "", "W031", (*N4, "properties"), "'properties' is text, expected an object"),
    ((*N4, "flags"), [], "W033", (*N4, "flags"), "'flags' is a list, expected an object"),
    ((*N4, "pos"), "left", "W033", (*N4, "pos"), "'pos' is text, expected a pair of numbers"),
    ((*N4, "pos"), [1], "W033", (*N4, "pos"), "'pos' has 1 member, expected at least 2"),
    ((*N4, "pos"), ["a", 1], "W033", (*N4, "pos", 0), "member 0 of 'pos' is text, expected a number"),
    ((*N4, "size"), {"0": 1}, "W033", (*N4, "size"), "'size' has no '1'"),
    (
        (*N4, "size", 1),
        True,
        "W033",
        (*N4, "size", 1),
        "member 1 of 'size' is true or false, expected a number",
    ),
    (("links",), {}, "W031", ("links",), "'links' is an object, expected a list of rows"),
    (("links", 3), [4, 5, 0, 3], "W037", ("links", 3), "'links' row 3 has 4 members, expected 5 or 6"),
    (
        ("links", 3),
        [4, 5, 0, 3, 1, "A", 0],
        "W037",
        ("links", 3),
        "'links' row 3 has 7 members, expected 5 or 6",
    ),
    (
        ("links", 3),
        4,
        "W037",
        ("links", 3),
        "'links' row 3 is a number, expected a row of 5 or 6 members",
    ),
    (
        ("links", 3, 1),
        None,
        "W037",
        ("links", 3, 1),
        "member 1 of 'links' row 3 is null, expected a number or text",
    ),
    (
        ("links", 3, 2),
        {},
        "W037",
        ("links", 3, 2),
        "member 2 of 'links' row 3 is an object, expected the number of a slot",
    ),
    (
        ("links", 3),
        None,
        "W036",
        ("links", 3),
        "'links' has rows that the editor does not read: 1 that is null",
    ),
    (
        ("links", 3),
        {},
        "W036",
        ("links", 3),
        "'links' has rows that the editor does not read: 1 that is an object",
    ),
    (("version",), GONE, "W035", (), "the workflow has no 'version'"),
    (("version",), "0.4", "W035", ("version",), "'version' is \"0.4\", expected 0.4"),
    (("groups",), [{}], "W033", ("groups", 0), "'groups' row 0 has no 'bounding'"),
    (("extra",), "x", "W033", ("extra",), "'extra' is text, expected an object"),
    (
        ("extra",),
        {"ds": {"offset": 0}},
        "W033",
        ("extra", "ds", "offset"),
        "'offset' of 'ds' of 'extra' is a number, expected a pair of numbers",
    ),
    (
        ("extra",),
        {"groupNodes": {"a": {}}},
        "W032",
        ("extra", "groupNodes", "a"),
        "'a' of 'groupNodes' of 'extra' has no 'nodes'",
    ),
    (("config",), 0, "W033", ("config",), "'config' is a number, expected an object"),
    (("definitions",), [], "W031", ("definitions",), "'definitions' is a list, expected an object"),
]
"""Of the text-to-image workflow."""

SUBGRAPH = ("definitions", "subgraphs", 0)
SUBGRAPH_MUTATIONS: list[Mutation] = [
    (("id",), GONE, "W032", (), "the subgraph 'sub' has no 'id'"),
    (("nodes",), GONE, "W032", (), "the subgraph 'sub' has no 'nodes'"),
    (("inputNode",), GONE, "W033", (), "the subgraph 'sub' has no 'inputNode'"),
    (
        ("links", 0, "target_id"),
        GONE,
        "W037",
        ("links", 0),
        "'links' row 0 of the subgraph 'sub' has no 'target_id'",
    ),
    (
        ("links", 0),
        [1, 2, 0, 3, 0],
        "W036",
        ("links", 0),
        "'links' of the subgraph 'sub' has rows that the editor does not read: 1 that is a list",
    ),
    (
        ("inputs", 0, "name"),
        None,
        "W031",
        ("inputs", 0, "name"),
        "'name' of 'inputs' row 0 of the subgraph 'sub' is null, expected text",
    ),
    (
        ("inputs", 0, "linkIds"),
        1,
        "W031",
        ("inputs", 0, "linkIds"),
        "'linkIds' of 'inputs' row 0 of the subgraph 'sub' is a number, expected a list of link ids",
    ),
    (
        ("nodes", 0, "type"),
        None,
        "W031",
        ("nodes", 0, "type"),
        "'type' is null, expected the name of a node class",
    ),
    (("state",), 1, "W033", ("state",), "'state' of the subgraph 'sub' is a number, expected an object"),
]
"""Of a subgraph definition named 'sub'; both places count from the definition."""
