"""Templates of job files: every input of a workflow with what it takes, ready to be filled in.

In TOML and YAML the present values are comments, so that a template sets nothing until somebody takes a ``#``
away. JSON has no comments: there the values are members, and are those that the workflow has.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.interface import Interface, Request, Requests, Setting, set_values
from comfyc.interface.apps import app_of, app_setting
from comfyc.interface.describing import facts_of
from comfyc.interface.refused import RefusedError
from comfyc.safety.escaping import plain, shortened

SCHEMA = "urn:comfyc:schema:job:1"
_CHOICES = 20
"""Choices of a combo that are listed."""
_LONGEST = 1000
"""Characters of a comment."""
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[\w./() :-]*[\w.)])?\Z", re.ASCII)
"""Keys that YAML reads as they are written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An input in a template: its table (``in`` or ``set``), its node ("" in ``in``), its name there, its
    present value, and what is said of it."""

    table: str
    node: str
    name: str
    value: Any
    about: str


def job_template(file: str, interface: Interface, settings: Sequence[Setting], form: str) -> str:
    """A job file for a workflow, in the form "toml", "yaml" or "json".

    ``settings`` are those of ``interface`` that are to be in it; the inputs of an app come first, by their
    own names.
    """
    entries = [*_of_app(interface), *_of_nodes(interface, settings)]
    if form == "json":
        return _json(interface, entries)
    return _commented(file, entries, form)


def _of_app(interface: Interface) -> Iterator[Entry]:
    """The inputs that an app declares, as ``--in`` names them."""
    app = app_of(interface)
    for one in app.inputs if app is not None else ():
        if one.setting is None or one.setting.link:
            continue
        name = next(
            (each for each in (one.label, one.name) if _means(interface, each, one.setting)), one.path
        )
        about = _about(one.setting)
        yield Entry(
            "in", "", name, one.setting.value, f"{one.description}. {about}" if one.description else about
        )


def _means(interface: Interface, name: str, setting: Setting) -> bool:
    try:
        return app_setting(interface, name) == setting
    except RefusedError:
        return False


def _of_nodes(interface: Interface, settings: Sequence[Setting]) -> Iterator[Entry]:
    """The other inputs, as ``--set`` names them."""
    app = app_of(interface)
    own = {one.path for one in app.inputs} if app is not None else set()
    for one in settings:
        if not one.link and one.path not in own:
            yield Entry("set", one.node, one.input, one.value, _about(one))


def _about(setting: Setting) -> str:
    """What an input is and takes, in one line."""
    facts = facts_of(setting.spec)
    label = f"{setting.input} ('{setting.label}')" if setting.label != setting.input else setting.input
    limits = facts.limits
    if facts.choices is not None and len(facts.choices) <= _CHOICES:
        limits = ", ".join(map(str, facts.choices))
    upload = "@FILE uploads a file" if facts.takes_file else ""
    takes = ", ".join(filter(None, (facts.type, limits, upload)))
    return f"{setting.title}, {label}: {takes}" if takes else f"{setting.title}, {label}"


def _json(interface: Interface, entries: Sequence[Entry]) -> str:
    """The values as they are, without those that could not be given again: the workflow has some that its
    inputs do not take, and they would be refused."""
    document: dict[str, Any] = {"$schema": SCHEMA}
    for one in _accepted(interface, [one for one in entries if not _has_foreign(one.value)]):
        table = document.setdefault(one.table, {})
        members = table.setdefault(one.node, {}) if one.table == "set" else table
        members[one.name] = _given(one.value)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _accepted(interface: Interface, entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries whose values can be given: what is refused is left out, until nothing is."""
    while entries:
        asked = Requests(tuple(_request(interface, one, index) for index, one in enumerate(entries)))
        conversion = interface.conversion
        made = set_values(interface, conversion.opened.value, asked, conversion.catalog)
        refused = {one.data.get("origin") for one in made.conversion.diagnostics.errors}
        values = (each for each in made.assignments if each.value != each.setting.value)
        refused |= {each.request.origin for each in values if each.request is not None}
        kept = [one for index, one in enumerate(entries) if _origin(index) not in refused]
        if len(kept) == len(entries):
            break
        entries = kept
    return entries


def _request(interface: Interface, entry: Entry, index: int) -> Request:
    of_app = entry.table == "in"
    path = app_setting(interface, entry.name).path if of_app else f"{entry.node}.{entry.name}"
    return Request(path, _given(entry.value), _origin(index), is_literal=True)


def _origin(index: int) -> str:
    return f"template:{index}"


def _given(value: Any) -> Any:
    """A value as a job file has it: a leading ``@`` would name a file."""
    return f"@{value}" if isinstance(value, str) and value.startswith("@") else value


def _has_foreign(value: Any) -> bool:
    """Whether a value is null, or has something that JSON or UTF-8 does not have."""
    if value is None:
        return True
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        return True
    return False


def _commented(file: str, entries: Sequence[Entry], form: str) -> str:
    assign = {"toml": " = ", "yaml": ": "}[form]
    lines = [
        f"# Values for {plain(file)}. A value counts once the # in front of it is gone.",
        "",
        "# for run: a whole number, random, keep or increment",
        f"#seed{assign}{json.dumps('random')}",
        "# for run: how many times",
        f"#count{assign}1",
    ]
    for table in ("in", "set"):
        own = [one for one in entries if one.table == table]
        if not own and table == "in":
            continue
        lines += ["", f"[{table}]" if form == "toml" else f"{table}:"]
        indent = "" if form == "toml" else "  "
        for group in _groups(own, form):
            lines += [f"{indent}# {plain(shortened(one.about, _LONGEST))}" for one in group]
            lines.append(f"{indent}#{_toml_line(group[0]) if form == 'toml' else _yaml_line(group)}")
    return "\n".join(lines) + "\n"


def _toml_line(one: Entry) -> str:
    keys = [one.node, one.name] if one.table == "set" else [one.name]
    return f"{'.'.join(map(_toml_key, keys))} = {_toml(_given(one.value))}"


def _groups(entries: Sequence[Entry], form: str) -> list[list[Entry]]:
    """The entries of each line: one, but in YAML all objects of a node, which are members of its table."""
    groups: dict[Any, list[Entry]] = {}
    for one in entries:
        is_object = form == "yaml" and one.table == "set" and isinstance(one.value, dict)
        groups.setdefault(one.node if is_object else (one.node, one.name), []).append(one)
    return list(groups.values())


def _yaml_line(group: Sequence[Entry]) -> str:
    first = group[0]
    if first.table == "set" and isinstance(first.value, dict):
        members = (f"{_yaml_key(one.name)}: {_yaml_value(_given(one.value))}" for one in group)
        return f"{_yaml_key(first.node)}: {{{', '.join(members)}}}"
    key = f"{first.node}.{first.name}" if first.node else first.name
    return f"{_yaml_key(key)}: {_yaml_value(_given(first.value))}"


def _toml_key(key: str) -> str:
    return key if _BARE.match(key) else _quoted(key)


def _yaml_key(key: str) -> str:
    return key if _PLAIN.match(key) and ": " not in key else _quoted(key)


def _quoted(text: str) -> str:
    """A text in quotes, as TOML, YAML and JSON read it alike; what UTF-8 does not have is spelt."""
    shown = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", shown)


def _toml(value: Any) -> str:
    """A value in TOML, which has no null: an empty text stands for it in a comment."""
    if isinstance(value, dict):
        members = (f"{_toml_key(str(key))} = {_toml(member)}" for key, member in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None:
        return '""'
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _yaml_value(value: Any) -> str:
    if isinstance(value, dict):
        members = (f"{_quoted(str(key))}: {_yaml_value(member)}" for key, member in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml_value, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{'-' * (value < 0)}.{'nan' if math.isnan(value) else 'inf'}"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)
