"""Documents made to hurt, as functions of a size: what each multiplies is in its name and its comment."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def nested(depth: int, value: Any = 0) -> Any:
    """Lists inside each other; made without recursion, as they are to be read without it."""
    for _ in range(depth):
        value = [value]
    return value


def node(ident: Any, kind: Any, **members: Any) -> Json:
    """A node of a file."""
    return {"id": ident, "type": kind, **members}


def workflow(nodes: list[Json], links: list[Any] | None = None, **members: Any) -> Json:
    """A file of schema 0.4."""
    return {"version": 0.4, "nodes": nodes, "links": links or [], **members}


def slot(name: str, link: Any = None, kind: Any = "*", widget: str | None = None) -> Json:
    """A saved input."""
    return {"name": name, "type": kind, "link": link, **({"widget": {"name": widget}} if widget else {})}


def definition(ident: str, nodes: list[Json], links: list[Json] | None = None, **members: Any) -> Json:
    """A subgraph definition; ``inputs`` and ``outputs`` among the members."""
    return {"id": ident, "name": ident, "nodes": nodes, "links": links or [], **members}


def inner_link(ident: int, origin: int, origin_slot: int, target: int, target_slot: int) -> Json:
    """A link of a definition; -10 is its input boundary, -20 its output boundary."""
    return {
        "id": ident,
        "origin_id": origin,
        "origin_slot": origin_slot,
        "target_id": target,
        "target_slot": target_slot,
        "type": "*",
    }


def with_definitions(nodes: list[Json], *definitions: Json, links: list[Any] | None = None) -> Json:
    """A file with subgraph definitions."""
    return workflow(nodes, links, definitions={"subgraphs": list(definitions)})


SAMPLER = [1, "fixed", 20, 8, "euler", "normal", 1]
IMAGE = {"outputs": [{"name": "IMAGE", "type": "IMAGE"}], "widgets_values": [64, 64, 1, 0]}


# --- long chains and wide nodes ------------------------------------------------------------------


def chain(size: int, kind: str = "ImageInvert", mode: int = 0) -> Json:
    """An image, ``size`` nodes in a row, and a node that saves it."""
    name = "image" if kind == "ImageInvert" else ""
    nodes = [node(1, "EmptyImage", **IMAGE)]
    for ident in range(2, size + 2):
        outputs = [{"name": "", "type": "IMAGE" if name else "*"}]
        inputs = [slot(name, ident - 1, "IMAGE" if name else "*")]
        nodes.append(node(ident, kind, mode=mode, inputs=inputs, outputs=outputs))
    nodes.append(
        node(size + 2, "SaveImage", inputs=[slot("images", size + 1, "IMAGE")], widgets_values=["a"])
    )
    return workflow(nodes, [[ident, ident, 0, ident + 1, 0, "IMAGE"] for ident in range(1, size + 2)])


def wide_node(size: int, kind: str, shift: int = 0, *, one_name: bool = False) -> Json:
    """A node with ``size`` linked inputs; the names tell another order than the link table."""
    inputs = [slot("i" if one_name else f"i{at}", (at + shift) % size + 1) for at in range(size)]
    links = [[at + 1, 1, 0, 2, at, "IMAGE"] for at in range(size)]
    return workflow([node(1, "EmptyImage", **IMAGE), node(2, kind, inputs=inputs)], links)


def held_up_links(size: int) -> Json:
    """Every link of a node wants the place of the next; the last place is not free."""
    inputs = [slot(f"i{at}", at or None) for at in range(size)]
    links = [[at + 1, 1, 0, 2, at, "IMAGE"] for at in range(size)]
    return workflow([node(1, "EmptyImage", **IMAGE), node(2, "NoSuchType", inputs=inputs)], links)


def competing_links(size: int) -> Json:
    """All links go into one input, which all inputs of a node name."""
    origins = [node(ident, "EmptyImage", **IMAGE) for ident in (1, 2, 3)]
    target = node(9, "NoSuchType", inputs=[slot("images", at + 1) for at in range(size)])
    return workflow([*origins, target], [[at + 1, 1 + at % 3, 0, 9, 0, "IMAGE"] for at in range(size)])


def outlived_links(size: int) -> Json:
    """Of two links into each input only the second is named, so that it replaces the first."""
    links = [[2 * at + which, which, 0, 9, at, "IMAGE"] for at in range(size) for which in (1, 2)]
    target = node(9, "NoSuchType", inputs=[slot(f"i{at}", 2 * at + 2) for at in range(size)])
    return workflow([node(1, "EmptyImage", **IMAGE), node(2, "EmptyImage", **IMAGE), target], links)


def one_id(size: int) -> Json:
    """All nodes have the same id."""
    return workflow([node(1, "ImageInvert") for _ in range(size)])


def one_id_inside(size: int) -> Json:
    """The nodes of all definitions have the same id."""
    definitions = [definition(f"d{at}", [node(1, "ImageInvert")]) for at in range(size)]
    return with_definitions([node(1, f"d{at}") for at in range(size)], *definitions)


# --- PrimitiveNodes ------------------------------------------------------------------------------

WIDTH = {
    "outputs": [{"name": "INT", "type": "INT", "widget": {"name": "width"}}],
    "widgets_values": [5, "fixed"],
}


def primitives(size: int) -> Json:
    """PrimitiveNodes, each for one node."""
    nodes: list[Json] = []
    for at in range(size):
        nodes.append(node(2 * at + 1, "PrimitiveNode", **WIDTH))
        target = slot("width", at + 1, "INT", "width")
        nodes.append(node(2 * at + 2, "EmptyImage", inputs=[target], widgets_values=[1, 1, 1, 0]))
    return workflow(nodes, [[at + 1, 2 * at + 1, 0, 2 * at + 2, 0, "INT"] for at in range(size)])


def one_primitive(size: int) -> Json:
    """One PrimitiveNode for all nodes."""
    target = slot("width", None, "INT", "width")
    nodes = [
        node(at + 2, "EmptyImage", inputs=[{**target, "link": at + 1}], widgets_values=[1, 1, 1, 0])
        for at in range(size)
    ]
    links = [[at + 1, 1, 0, at + 2, 0, "INT"] for at in range(size)]
    return workflow([node(1, "PrimitiveNode", **WIDTH), *nodes], links)


# --- subgraphs -----------------------------------------------------------------------------------


def inside_itself() -> Json:
    """A definition with a node of its own type, nested in a definition of the same."""
    inner = definition("d", [node(1, "d"), node(2, "d"), node(3, "ImageInvert")])
    inner["definitions"] = {"subgraphs": [definition("e", [node(1, "d")])]}
    return with_definitions([node(1, "d"), node(2, "e")], inner)


def inside_each_other(size: int) -> Json:
    """Definitions in a circle, each with five nodes of the next."""
    definitions = [
        definition(f"d{at}", [node(10 * at + k, f"d{(at + 1) % size}") for k in range(5)])
        for at in range(size)
    ]
    return with_definitions([node(10_000, "d0")], *definitions)


def doubling(depth: int) -> Json:
    """Each definition holds two nodes of the next: 2 to the power of ``depth`` nodes."""
    definitions = [
        definition(
            f"d{at}", [node(10 * at + k, f"d{at + 1}" if at < depth else "ImageInvert") for k in range(2)]
        )
        for at in range(depth + 1)
    ]
    return with_definitions([node(10_000, "d0")], *definitions)


def deep_subgraphs(depth: int) -> Json:
    """Each definition holds one node of the next, so that the ids grow with the square of the depth."""
    definitions = [
        definition(f"d{at}", [node(at + 1, f"d{at + 1}" if at < depth else "ImageInvert")])
        for at in range(depth + 1)
    ]
    return with_definitions([node(1_000_000, "d0")], *definitions)


def nested_lists_of_definitions(depth: int) -> Json:
    """Definitions that stand in the list of another one."""
    inner: Json | None = None
    for at in range(depth):
        outer = definition(f"d{at}", [node(1, f"d{at - 1}" if at else "ImageInvert")])
        if inner is not None:
            outer["definitions"] = {"subgraphs": [inner]}
        inner = outer
    assert inner is not None
    return with_definitions([node(1, f"d{depth - 1}")], inner)


def many_hosts_of_wide(size: int) -> Json:
    """Nodes of one definition that has as many inputs and outputs as there are nodes."""
    slots = [{"name": f"s{at}", "type": "INT", "linkIds": []} for at in range(size)]
    wide = definition("d", [node(5, "KSampler")], inputs=slots, outputs=slots)
    return with_definitions([node(at + 10, "d") for at in range(size)], wide)


def many_hosts_of_long_lists(size: int) -> Json:
    """Nodes of one definition whose input and output name as many links that do not exist."""
    slots = [{"name": "s", "type": "INT", "linkIds": list(range(10 * size))}]
    wide = definition("d", [node(5, "KSampler")], inputs=slots, outputs=slots)
    return with_definitions([node(at + 10, "d") for at in range(size)], wide)


def many_links_of_one_input(size: int) -> Json:
    """A definition's input feeds all inputs of a node that has no widgets."""
    links = [inner_link(at, -10, 0, 5, at) for at in range(size)]
    inner = node(5, "NoSuchType", inputs=[slot(f"i{at}", at) for at in range(size)])
    inputs = [{"name": "s", "type": "*", "linkIds": list(range(size))}]
    return with_definitions([node(10, "d"), node(11, "d")], definition("d", [inner], links, inputs=inputs))


def many_copies_of_wide(size: int) -> Json:
    """Nodes of one definition that holds a node with as many inputs."""
    inner = node(5, "NoSuchType", inputs=[slot(f"i{at}") for at in range(size)])
    return with_definitions([node(at + 10, "d") for at in range(size)], definition("d", [inner]))


def many_copies_of_text(size: int) -> Json:
    """Nodes of one definition that holds a text of a megabyte: little in memory, all of it in a prompt."""
    inner = node(5, "CLIPTextEncode", widgets_values=["x" * 1_000_000])
    return with_definitions([node(at + 10, "d") for at in range(size)], definition("d", [inner]))


# --- promoted widgets ----------------------------------------------------------------------------


def proxied(inner: list[Json], entries: list[Any], links: list[Json] | None = None, hosts: int = 1) -> Json:
    """Hosts with these entries of ``proxyWidgets``, each with a value."""
    members = {"properties": {"proxyWidgets": entries}, "widgets_values": list(range(len(entries)))}
    nodes = [node(1_000_000 + at, "d", **members) for at in range(hosts)]
    return with_definitions(nodes, definition("d", inner, links))


def one_proxy(size: int) -> Json:
    """The same widget again and again."""
    return proxied([node(5, "KSampler", widgets_values=SAMPLER)], [["5", "seed"]] * size)


def lost_proxies(size: int) -> Json:
    """Widgets of nodes that do not exist."""
    return proxied([node(5, "KSampler", widgets_values=SAMPLER)], [[f"x{at}", "seed"] for at in range(size)])


def proxies_of_many(size: int, hosts: int = 1) -> Json:
    """One widget of each of many nodes."""
    inner = [node(at + 1, "KSampler", widgets_values=SAMPLER) for at in range(size)]
    return proxied(inner, [[str(at + 1), "seed"] for at in range(size)], hosts=hosts)


def proxies_of_a_primitive(size: int) -> Json:
    """The same PrimitiveNode again and again."""
    sampler = node(5, "KSampler", inputs=[slot("seed", 1, "INT", "seed")], widgets_values=SAMPLER)
    primitive = node(
        6, "PrimitiveNode", outputs=[{"name": "INT", "type": "INT"}], widgets_values=[1, "fixed"]
    )
    return proxied([sampler, primitive], [["6", "value"]] * size, [inner_link(1, 6, 0, 5, 0)])


def long_prefix(size: int) -> Json:
    """A name with one prefix after the other."""
    return proxied([node(5, "KSampler", widgets_values=SAMPLER)], [["5", "1:" * size + "seed"]])


def proxies_into_nested(size: int) -> Json:
    """Widgets of a nested host that has as many inputs."""
    slots = [{"name": f"s{at}", "type": "INT", "linkIds": [at]} for at in range(size)]
    sampler = node(5, "NoSuchType", inputs=[slot(f"w{at}", at, "INT", f"w{at}") for at in range(size)])
    sampler["widgets_values"] = list(range(size))
    links = [inner_link(at, -10, at, 5, at) for at in range(size)]
    entries = [["7", f"s{at}"] for at in range(size)]
    outer = definition("outer", [node(7, "inner")])
    host = node(1, "outer", properties={"proxyWidgets": entries}, widgets_values=list(range(size)))
    return with_definitions([host], outer, definition("inner", [sampler], links, inputs=slots))


# --- texts ---------------------------------------------------------------------------------------


def prompt_text(text: str) -> Json:
    """One text in which braces and comments count."""
    return workflow([node(2, "CLIPTextEncode", widgets_values=[text])])


def file_name(text: str, *others: Json) -> Json:
    """One text in which tokens count."""
    return workflow([*others, node(2, "SaveImage", widgets_values=[text])])


def long_text_in_names(size: int) -> Json:
    """A text of a megabyte that takes the place of a token in each of many names."""
    names = [node(at + 2, "SaveImage", widgets_values=["%a.text%" * 10]) for at in range(size)]
    return workflow([node(1, "CLIPTextEncode", title="a", widgets_values=["x" * 1_000_000]), *names])


# --- types ---------------------------------------------------------------------------------------


def long_types(size: int) -> Json:
    """A bypassed node between types that are long lists of types."""
    one, other = (",".join(f"{letter}{at}" for at in range(size)) for letter in "ab")
    bypassed = node(
        2, "NoSuchType", mode=4, inputs=[slot("i", 1, one)], outputs=[{"name": "o", "type": other}]
    )
    last = node(3, "NoSuchType", inputs=[slot("i", 2, other + ",x")])
    links = [[1, 1, 0, 2, 0, "*"], [2, 2, 0, 3, 0, "*"]]
    return workflow([node(1, "EmptyImage", **IMAGE), bypassed, last], links)


def bypassed_wide_node(size: int) -> Json:
    """A bypassed node whose inputs, outputs and targets all have types of their own."""
    inputs = [slot(f"i{at}", at + 1, f"A{at}") for at in range(size)]
    outputs = [{"name": f"o{at}", "type": f"B{at}"} for at in range(size)]
    nodes = [node(1, "EmptyImage", **IMAGE), node(2, "NoSuchType", mode=4, inputs=inputs, outputs=outputs)]
    nodes += [node(10 + at, "NoSuchType", inputs=[slot("i", size + at + 1, f"C{at}")]) for at in range(size)]
    links = [[at + 1, 1, 0, 2, at, "*"] for at in range(size)]
    return workflow(nodes, links + [[size + at + 1, 2, at, 10 + at, 0, "*"] for at in range(size)])


def reroutes_to_many_types(size: int) -> Json:
    """A chain of reroutes of something of any type, with targets of as many types at its end."""
    nodes = [node(1, "NoSuchType", outputs=[{"name": "", "type": "*"}])]
    links = [[1, 1, 0, 10, 0, "*"]]
    for at in range(size):
        nodes.append(node(10 + at, "Reroute", inputs=[slot("", at + 1)], outputs=[{"name": "", "type": "*"}]))
        links.append([at + 2, 10 + at, 0, 11 + at, 0, "*"])
    for at in range(size):
        nodes.append(node(10 + size + at, "NoSuchType", inputs=[slot("i", size + 2 + at, f"T{at}")]))
        links.append([size + 2 + at, 9 + size, 0, 10 + size + at, 0, "*"])
    return workflow(nodes, links)


def switches(size: int) -> Json:
    """Nodes that give what they get, each fed twice by the one before it, the last one first."""
    nodes = [node(1, "EmptyImage", **IMAGE)]
    links: list[Any] = []
    for at in range(size):
        inputs = [slot("on_false", 2 * at + 1), slot("on_true", 2 * at + 2)]
        outputs = [{"name": "output", "type": "*"}]
        nodes.append(node(10 + at, "ComfySwitchNode", inputs=inputs, outputs=outputs, widgets_values=[True]))
        origin = 9 + at if at else 1
        links += [[2 * at + 1 + which, origin, 0, 10 + at, which, "*"] for which in (0, 1)]
    return workflow(nodes[::-1], links)


# --- claims --------------------------------------------------------------------------------------


def claimed_lengths(size: int) -> Json:
    """Dicts of values that say they are long lists."""
    kinds = ("KSampler", "NoSuchType", "CLIPTextEncode", "CustomCombo")
    values = {"length": 10**9, "0": "x"}
    return workflow([node(at + 1, kinds[at % 4], widgets_values=values) for at in range(size)])


def claimed_rows(size: int) -> Json:
    """Values that ask for a billion rows."""
    return workflow([node(at + 1, "Rows", widgets_values=[1e9]) for at in range(size)])


ROWS = {
    "Rows": {
        "input": {
            "required": {
                "rows": [
                    "COMFY_DYNAMICGROUP_V3",
                    {"template": {"required": {"x": ["INT", {"default": 1}]}}, "min": 0, "max": 10**9},
                ]
            }
        },
        "output": [],
    },
    "Members": {
        "input": {
            "required": {
                "members": [
                    "COMFY_AUTOGROW_V3",
                    {"template": {"input": {"required": {"x": ["INT", {}]}}, "min": 10**9, "max": 10**9}},
                ]
            }
        },
        "output": [],
    },
}
"""Node types that claim no less."""


def nested_groups(depth: int, members: int) -> Json:
    """The definition of a type with groups of inputs inside groups, ``members`` to the power of ``depth``."""
    spec: list[Any] = ["INT", {}]
    for _ in range(depth):
        spec = ["COMFY_AUTOGROW_V3", {"template": {"input": {"required": {"m": spec}}, "min": members}}]
    return {"Nested": {"input": {"required": {"g": spec}}, "output": []}}


# --- group nodes ---------------------------------------------------------------------------------


def group_nodes(groups: dict[str, list[str]], *types: str) -> Json:
    """Nodes of legacy groups; each group by name with the types of its inner nodes."""
    entries = {
        name: {
            "nodes": [{"type": kind, "pos": [0, 0], "index": at} for at, kind in enumerate(kinds)],
            "links": [],
        }
        for name, kinds in groups.items()
    }
    nodes = [node(at + 1, f"workflow>{kind}") for at, kind in enumerate(types)]
    return workflow(nodes, extra={"groupNodes": entries})
