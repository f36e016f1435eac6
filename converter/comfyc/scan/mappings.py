"""The methods of dictionaries and sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comfyc.scan.machine import Machine
from comfyc.scan.operators import is_hashable
from comfyc.scan.values import UNKNOWN, PyDict, PyList, PySet, RaisedError, Value, is_unknown, native


def call_dict(
    machine: Machine, owner: PyDict, name: str, arguments: list[Value], keywords: dict[str, Value]
) -> Value:
    """Call a method of a dictionary."""
    views: dict[str, Callable[[], Any]] = {"keys": owner.keys, "values": owner.values, "items": owner.items}
    if name in views:
        return machine.weigh(PyList(views[name](), is_open=owner.is_open))
    if name == "update":
        return _update(machine, owner, arguments, keywords)
    if name == "copy":
        return PyDict(owner, is_open=owner.is_open, default=owner.default)
    if name == "clear":
        owner.clear()
        return None
    if name == "fromkeys":
        members, opened = machine.parts.iterate(machine, arguments[0] if arguments else ())
        value = arguments[1] if len(arguments) > 1 else None
        return PyDict(dict.fromkeys(filter(is_hashable, members), value), is_open=opened)
    if name == "popitem":
        return owner.popitem() if owner else UNKNOWN
    if name == "move_to_end":
        return _to_end(owner, arguments, keywords)
    return _looked_up(owner, name, arguments)


def _update(machine: Machine, owner: PyDict, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    for one in map(native, arguments):
        if isinstance(one, PyDict):
            owner.update(one)
            owner.is_open = owner.is_open or one.is_open
            continue
        pairs, opened = machine.parts.iterate(machine, one)
        owner.is_open = owner.is_open or opened
        for pair in pairs:
            if isinstance(pair, (tuple, PyList)) and len(pair) == 2 and is_hashable(pair[0]):
                owner[pair[0]] = pair[1]
    owner.update(keywords)
    machine.spend(len(owner) >> 3)
    return None


def _to_end(owner: PyDict, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    key = arguments[0] if arguments else UNKNOWN
    if is_hashable(key) and key in owner:
        value = owner.pop(key)
        rest = dict(owner)
        owner.clear()
        if keywords.get("last") is False or (len(arguments) > 1 and arguments[1] is False):
            owner.update({key: value, **rest})
        else:
            owner.update({**rest, key: value})
    return None


def _looked_up(owner: PyDict, name: str, arguments: list[Value]) -> Value:
    """``get``, ``setdefault`` and ``pop``."""
    key = arguments[0] if arguments else UNKNOWN
    default = arguments[1] if len(arguments) > 1 else None
    if is_unknown(key) or not is_hashable(key):
        return UNKNOWN
    if key in owner:
        return owner.pop(key) if name == "pop" else owner[key]
    if name == "setdefault":
        owner[key] = default
        return default
    if owner.is_open:
        return UNKNOWN
    if name == "pop" and len(arguments) < 2:
        raise RaisedError(KeyError)
    return default


def call_set(machine: Machine, owner: PySet, name: str, arguments: list[Value], _: object) -> Value:
    """Call a method of a set."""
    if name == "copy":
        return PySet(owner, is_open=owner.is_open)
    if name == "pop":
        return owner.popitem()[0] if owner else UNKNOWN
    if name == "clear":
        owner.clear()
        return None
    if name in ("add", "discard", "remove"):
        value = arguments[0] if arguments else UNKNOWN
        if is_hashable(value) and not is_unknown(value):
            owner.update({value: None}) if name == "add" else owner.pop(value, None)
        return None
    others = [machine.parts.iterate(machine, one) for one in arguments]
    members = [one for found, _ in others for one in found if is_hashable(one)]
    opened = owner.is_open or any(more for _, more in others)
    if name == "update":
        owner.update(dict.fromkeys(members))
        owner.is_open = opened
        return None
    if name == "union":
        return PySet([*owner, *members], is_open=opened)
    inside = set(members)
    if name in ("intersection", "difference"):
        return PySet((one for one in owner if (one in inside) is (name == "intersection")), is_open=opened)
    if opened:
        return UNKNOWN
    return set(owner) <= inside if name == "issubset" else inside <= set(owner)
