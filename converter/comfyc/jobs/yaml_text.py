"""Job files in YAML, as YAML 1.2 reads it: ``yes`` is a text, and ``12:57`` is no time of the day.

PyYAML parses the text (the extra ``comfyc[yaml]``). Its own rules for plain scalars are those of YAML 1.1,
which take ids of inner nodes (``12:57``) for numbers; here the core schema of YAML 1.2.2 counts.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.jobs.texts import (
    MAX_DEPTH,
    MAX_VALUES,
    ParsedText,
    Position,
    nearest,
    report_size,
    report_syntax,
)

_PLAIN = "plain"
"""The tag of scalars that have none and are not quoted."""
_TAGS = "tag:yaml.org,2002:"
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INT = re.compile(r"[-+]?[0-9]{1,4000}\Z")
_BASED = re.compile(r"0o[0-7]{1,1000}\Z|0x[0-9a-fA-F]{1,1000}\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")


class _FaultError(Exception):
    """Why a node of YAML is no JSON value, and where that is."""

    def __init__(self, why: str, at: Position, *, is_size: bool = False) -> None:
        super().__init__(why)
        self.at = at
        self.is_size = is_size


class _Loader(yaml.SafeLoader):
    """Counts the nodes while they are made, and leaves plain scalars to :func:`_plain`."""

    made = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.made += 1
        if self.made > MAX_VALUES:
            mark = self.get_mark()
            at = mark.line + 1, mark.column + 1
            raise _FaultError(f"more than {MAX_VALUES:,} values", at, is_size=True)
        return super().compose_node(parent, index)

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is yaml.ScalarNode and implicit[0]:
            return _PLAIN
        return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]


def parse_yaml(text: str, found: Collector) -> ParsedText | None:
    """The value of a text in YAML; None, with the reason reported, if it is none."""
    reader = _Reader()
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
        value = {} if root is None else reader.value(root, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        whole = error.problem or ""
        why = f"{error.context} {whole}" if whole.startswith("but ") else whole or str(error.context)
        report_syntax("YAML", why, at, found)
        return None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        report_syntax("YAML", str(error).partition("\n")[0], (1, 1), found)
        return None
    except _FaultError as error:
        if error.is_size:
            report_size(str(error), error.at, found)
        else:
            report_syntax("YAML", str(error), error.at, found)
        return None
    except RecursionError:
        report_size("tables and lists that are nested too deeply", (1, 1), found)
        return None
    return ParsedText(value, nearest(lambda: reader.positions), tuple(reader.repeated))


class _Reader:
    """Makes JSON values of nodes, notes the positions of keys, and counts what it makes: each alias makes its
    whole value again."""

    def __init__(self) -> None:
        self.positions: dict[Pointer, Position] = {}
        self.repeated: list[Pointer] = []
        self.made = 0

    def value(self, node: yaml.Node, pointer: Pointer) -> Any:
        self.made += 1
        if self.made > MAX_VALUES:
            raise _FaultError(f"more than {MAX_VALUES:,} values", _position(node), is_size=True)
        if len(pointer) > MAX_DEPTH:
            why = f"more than {MAX_DEPTH} tables and lists in one another"
            raise _FaultError(why, _position(node), is_size=True)
        if isinstance(node, yaml.MappingNode):
            return self.members(node, pointer)
        if isinstance(node, yaml.SequenceNode):
            _refuse_tag(node, "seq")
            return [self.value(item, (*pointer, index)) for index, item in enumerate(node.value)]
        if node.tag == _PLAIN:
            return _plain(node.value)
        _refuse_tag(node, "str")
        return node.value

    def members(self, node: yaml.MappingNode, pointer: Pointer) -> dict[str, Any]:
        _refuse_tag(node, "map")
        members: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _FaultError("a key is a list or a table", _position(key))
            inner = (*pointer, key.value)
            if key.value in members:
                self.repeated.append(inner)
            self.positions[inner] = _position(key)
            members[key.value] = self.value(item, inner)
        return members


def _position(node: yaml.Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _plain(written: str) -> Any:
    """The value of a scalar that is not quoted, as YAML's core schema has it."""
    folded = written.lower() if written in (written.lower(), written.upper(), written.title()) else written
    if folded in _CONSTANTS:
        return _CONSTANTS[folded]
    if _INT.match(written):
        return int(written)
    if _BASED.match(written):
        return int(written, 0)
    if _FLOAT.match(written):
        return float(written)
    return float(written.replace(".", "", 1)) if _SPECIAL.match(written) else written


def _refuse_tag(node: yaml.Node, name: str) -> None:
    if node.tag != f"{_TAGS}{name}":
        raise _FaultError(f"the tag '{node.tag}' has no meaning in a job file", _position(node))
