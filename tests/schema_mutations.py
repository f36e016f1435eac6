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
    (("nodes",), {}, "W031", ("nodes",), "'nodes' is an object where a list of nodes belongs"),
    (("nodes",), None, "W031", ("nodes",), "'nodes' is null where a list of nodes belongs"),
    (N4, None, "W031", N4, "the node is null where an object belongs"),
    (N4, [1], "W031", N4, "the node is a list where an object belongs"),
    ((*N4, "id"), GONE, "W032", N4, "the node has no 'id'"),
    ((*N4, "id"), None, "W031", (*N4, "id"), "'id' is null where a number or text belongs"),
    ((*N4, "id"), "", "W031", (*N4, "id"), "'id' is empty where a number or text belongs"),
    ((*N4, "id"), [1], "W031", (*N4, "id"), "'id' is a list where a number or text belongs"),
    ((*N4, "type"), GONE, "W032", N4, "the node has no 'type'"),
    ((*N4, "type"), 5, "W031", (*N4, "type"), "'type' is a number where the name of a node class belongs"),
    (
        (*N4, "mode"),
        7,
        "W034",
        (*N4, "mode"),
        "'mode' is 7 where 0 (runs), 2 (muted) or 4 (bypassed) belongs",
    ),
    (
        (*N4, "mode"),
        True,
        "W034",
        (*N4, "mode"),
        "'mode' is true where 0 (runs), 2 (muted) or 4 (bypassed) belongs",
    ),
    (
        (*N4, "mode"),
        [],
        "W034",
        (*N4, "mode"),
        "'mode' is a list where 0 (runs), 2 (muted) or 4 (bypassed) belongs",
    ),
    ((*N4, "inputs"), {}, "W031", (*N4, "inputs"), "'inputs' is an object where a list of inputs belongs"),
    ((*N4, "outputs"), 1, "W031", (*N4, "outputs"), "'outputs' is a number where a list of outputs belongs"),
    (IN0, "model", "W031", IN0, "'inputs' row 0 is text where an object with a name belongs"),
    (IN0, None, "W031", IN0, "'inputs' row 0 is null where an object with a name belongs"),
    ((*IN0, "name"), GONE, "W032", IN0, "'inputs' row 0 has no 'name'"),
    ((*IN0, "name"), 1, "W031", (*IN0, "name"), "'name' of 'inputs' row 0 is a number where text belongs"),
    (
        (*IN0, "link"),
        [1],
        "W031",
        (*IN0, "link"),
        "'link' of 'inputs' row 0 is a list where the id of a link, or null belongs",
    ),
    (
        (*IN0, "widget"),
        "model",
        "W031",
        (*IN0, "widget"),
        "'widget' of 'inputs' row 0 is text where an object with the widget's name belongs",
    ),
    (
        (*IN0, "type"),
        True,
        "W031",
        (*IN0, "type"),
        "'type' of 'inputs' row 0 is true or false where the name of a type belongs",
    ),
    (
        (*N4, "widgets_values"),
        "20",
        "W031",
        (*N4, "widgets_values"),
        "'widgets_values' is text where a list or an object belongs",
    ),
    ((*N4, "properties"), "", "W031", (*N4, "properties"), "'properties' is text where an object belongs"),
    ((*N4, "flags"), [], "W033", (*N4, "flags"), "'flags' is a list where an object belongs"),
    ((*N4, "pos"), "left", "W033", (*N4, "pos"), "'pos' is text where a pair of numbers belongs"),
    ((*N4, "pos"), [1], "W033", (*N4, "pos"), "'pos' has 1 member where at least 2 belong"),
    ((*N4, "pos"), ["a", 1], "W033", (*N4, "pos", 0), "member 0 of 'pos' is text where a number belongs"),
    ((*N4, "size"), {"0": 1}, "W033", (*N4, "size"), "'size' has no '1'"),
    (
        (*N4, "size", 1),
        True,
        "W033",
        (*N4, "size", 1),
        "member 1 of 'size' is true or false where a number belongs",
    ),
    (("links",), {}, "W031", ("links",), "'links' is an object where a list of rows belongs"),
    (("links", 3), [4, 5, 0, 3], "W037", ("links", 3), "'links' row 3 has 4 members where 5 or 6 belong"),
    (
        ("links", 3),
        [4, 5, 0, 3, 1, "A", 0],
        "W037",
        ("links", 3),
        "'links' row 3 has 7 members where 5 or 6 belong",
    ),
    (
        ("links", 3),
        4,
        "W037",
        ("links", 3),
        "'links' row 3 is a number where a row of 5 or 6 members belongs",
    ),
    (
        ("links", 3, 1),
        None,
        "W037",
        ("links", 3, 1),
        "member 1 of 'links' row 3 is null where a number or text belongs",
    ),
    (
        ("links", 3, 2),
        {},
        "W037",
        ("links", 3, 2),
        "member 2 of 'links' row 3 is an object where the number of a slot belongs",
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
    (("version",), "0.4", "W035", ("version",), "'version' is \"0.4\" where 0.4 belongs"),
    (("groups",), [{}], "W033", ("groups", 0), "'groups' row 0 has no 'bounding'"),
    (("extra",), "x", "W033", ("extra",), "'extra' is text where an object belongs"),
    (
        ("extra",),
        {"ds": {"offset": 0}},
        "W033",
        ("extra", "ds", "offset"),
        "'offset' of 'ds' of 'extra' is a number where a pair of numbers belongs",
    ),
    (
        ("extra",),
        {"groupNodes": {"a": {}}},
        "W032",
        ("extra", "groupNodes", "a"),
        "'a' of 'groupNodes' of 'extra' has no 'nodes'",
    ),
    (("config",), 0, "W033", ("config",), "'config' is a number where an object belongs"),
    (("definitions",), [], "W031", ("definitions",), "'definitions' is a list where an object belongs"),
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
        "'name' of 'inputs' row 0 of the subgraph 'sub' is null where text belongs",
    ),
    (
        ("inputs", 0, "linkIds"),
        1,
        "W031",
        ("inputs", 0, "linkIds"),
        "'linkIds' of 'inputs' row 0 of the subgraph 'sub' is a number where a list of link ids belongs",
    ),
    (
        ("nodes", 0, "type"),
        None,
        "W031",
        ("nodes", 0, "type"),
        "'type' is null where the name of a node class belongs",
    ),
    (("state",), 1, "W033", ("state",), "'state' of the subgraph 'sub' is a number where an object belongs"),
]
"""Of a subgraph definition named 'sub'; both places count from the definition."""
