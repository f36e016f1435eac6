"""Set values in a workflow or prompt: from what somebody asks for to the conversion with these values.

    outcome = set_values(interface_of(document), document, requests_of(["57.text=a fox"]))
    outcome.conversion          the prompt with the values, and why others were refused

The result is what the editor exports after the values have been typed into it. Tokens (``%Node.widget%``,
``%date:...%``) and alternatives (``{a|b}``) in the values are replaced like those in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.api import Conversion
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostics
from comfyc.graph import Graph, origin_of
from comfyc.interface.checking import report_values
from comfyc.interface.converting import convert_given, decides_inputs, with_values
from comfyc.interface.names import named_settings
from comfyc.interface.refused import RefusedError
from comfyc.interface.requests import (
    AppRequest,
    Asked,
    Malformed,
    Request,
    Requests,
    at_origin,
    requests_of,
)
from comfyc.interface.settings import Interface, Setting, interface_for
from comfyc.interface.tracing import Target, live_node
from comfyc.interface.values import read_value
from comfyc.prompt import Prompt
from comfyc.safety.web_files import WebFile
from comfyc.workflow.wrapped import Opened


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value for a setting."""

    setting: Setting
    value: Any
    file: Path | WebFile | None = None
    """The file of this machine, or of the web, for an input that takes an uploaded one."""
    is_random: bool = False
    """Whether it is a seed that is to be another one each time."""
    request: Request | AppRequest | None = None


@dataclass(frozen=True, slots=True)
class ValuesSet:
    """The conversion with the values, whose diagnostics have what was found wrong with these too; the
    assignments; and whether all requests were understood. If not, nothing is set."""

    conversion: Conversion
    assignments: tuple[Assignment, ...]
    is_understood: bool

    @property
    def values(self) -> dict[Target, Any]:
        """The values by node id and input name of the prompt; of several for one input, the last one."""
        return values_of(self.assignments)


def set_values(
    interface: Interface, document: Any, requests: Requests, catalog: Catalog | None = None
) -> ValuesSet:
    """Convert a document with values for some of its settings.

    ``interface`` is that of ``document``, found with ``catalog``. If the document cannot be converted, or a
    request is not understood, nothing is set; what is wrong is in the diagnostics of the conversion.
    """
    plain = interface.conversion
    if not plain.ok:
        return ValuesSet(plain, (), is_understood=False)
    found = Collector(plain.options.limits)
    current, done = interface, list[Assignment]()
    for asked in requests.asked:
        about = Collector(plain.options.limits)
        made = _assignments(current, asked, requests, about)
        found.extend(at_origin(one, asked.origin) for one in about)
        done += made
        if any(_changes_inputs(current, one) for one in made):
            current = interface_for(convert_given(document, catalog, values_of(done), plain))
    if found.has_errors:
        return ValuesSet(_with_findings(plain, found), (), is_understood=False)
    conversion = convert_given(document, catalog, values_of(done), plain)
    report_values(conversion, done, found)
    return ValuesSet(_with_findings(conversion, found), tuple(done), is_understood=True)


def _assignments(
    interface: Interface, asked: Asked, requests: Requests, found: Collector
) -> list[Assignment]:
    """What a request sets. If it cannot be carried out, that is reported as an error."""
    try:
        request, settings = _settings(interface, asked, several=requests.several)
        return [_assignment(interface, one, request, requests) for one in settings]
    except RefusedError as refused:
        _report(refused, interface, found)
        return []


def _settings(
    interface: Interface, asked: Asked, *, several: bool
) -> tuple[Request | AppRequest, Sequence[Setting]]:
    """A request and the settings that it means. Raises :class:`RefusedError`."""
    if isinstance(asked, Malformed):
        message = f"expected {asked.form}, got '{asked.text}'"
        raise RefusedError(codes.SETTING_NOT_UNDERSTOOD, message, asked.hint)
    if isinstance(asked, AppRequest):
        from comfyc.interface.apps import app_setting  # noqa: PLC0415 - few files are apps

        return asked, [app_setting(interface, asked.name)]
    return asked, named_settings(interface, asked.path, several=several)


def _assignment(
    interface: Interface, setting: Setting, request: Request | AppRequest, requests: Requests
) -> Assignment:
    made = read_value(
        setting,
        request.value,
        request.folder,
        is_literal=request.is_literal,
        fetching=requests.fetching,
    )
    if setting.link and not requests.unlink and not isinstance(made.value, list):
        raise linked(interface, setting)
    assignment = Assignment(setting, made.value, made.file, made.is_random, request)
    if _changes_inputs(interface, assignment):
        refuse_shared(interface, setting)
    return assignment


def linked(interface: Interface, setting: Setting) -> RefusedError:
    """Why a setting that is linked takes no value."""
    return RefusedError(
        codes.SETTING_LINKED,
        f"'{setting.path}' is linked: it takes its value from {_origin(interface, setting)}",
        "pass --unlink to cut the link and set the value",
        setting.node,
    )


def refuse_shared(interface: Interface, setting: Setting) -> None:
    """:class:`RefusedError` if a setting that decides which inputs its node has does so for several."""
    copies = _copies(interface, setting)
    if copies > 1:
        raise RefusedError(
            codes.SETTING_SHARED,
            f"'{setting.path}' decides which inputs the node has, and the node is in a subgraph that is used "
            f"{copies} times",
            "change it in the editor, where it changes in all of them",
            setting.node,
        )


def decides(interface: Interface, setting: Setting) -> bool:
    """Whether the value of a setting decides which inputs a node has."""
    nodes = interface.conversion.ir.nodes
    return any(node in nodes and decides_inputs(nodes[node], name) for node, name in setting.targets)


def _changes_inputs(interface: Interface, one: Assignment) -> bool:
    """Whether a value changes which inputs a node has."""
    return one.value != one.setting.value and decides(interface, one.setting)


def _copies(interface: Interface, setting: Setting) -> int:
    """How many nodes of the prompt are copies of the node of a setting."""
    nodes = interface.conversion.ir.nodes
    pointer = nodes[setting.node].pointer
    return sum(node.pointer == pointer for node in nodes.values())


def _origin(interface: Interface, setting: Setting) -> str:
    """The output that feeds a setting, for people."""
    ident, _, slot = setting.link.rpartition(" ")
    known = interface.by_node.get(ident)
    titled = f" ('{known[0].title}')" if known else ""
    return f"output {slot} of node {ident}{titled}"


def _report(refused: RefusedError, interface: Interface, found: Collector) -> None:
    node = refused.node or ""
    conversion, known = interface.conversion, interface.by_node.get(node)
    pointer, title = origin_of(conversion.ir, node)
    host = live_node(conversion.editor, node) if not pointer else None
    if host is not None:
        pointer = host.file.pointer
    found.report(
        refused.rule,
        str(refused),
        pointer=conversion.opened.in_file(pointer) if pointer else (),
        node=refused.node,
        title=known[0].title if known else title,
        hint=refused.hint,
    )


def values_of(done: Sequence[Assignment]) -> dict[Target, Any]:
    """The values of assignments by node id and input name of the prompt."""
    return {target: one.value for one in done for target in one.setting.targets}


def _with_findings(conversion: Conversion, found: Collector) -> Conversion:
    return replace(conversion, diagnostics=Diagnostics([*conversion.diagnostics, *found]))


def assign(
    prompt: Prompt,
    values: Sequence[str] | Mapping[str, Any],
    catalog: Catalog | None = None,
    *,
    several: bool = False,
) -> Prompt:
    """A prompt with other values; the given one stays as it is.

    ``values`` are ``NODE.INPUT=VALUE`` texts, read as ``--set`` reads them, or a mapping from ``NODE.INPUT``
    to the values themselves, which take the place of links too. ``catalog`` tells the types of inputs, and
    names those that the prompt does not have; by default it is the bundled one. ``ComfycError`` for a name
    that fits no input, or several, unless ``several``, and for a text that gives no value of the input's
    type. Of a file for upload only its name is set.
    """
    catalog = Catalog.load() if catalog is None else catalog
    conversion = Conversion(prompt, Diagnostics(), Graph(), opened=Opened(prompt), catalog=catalog)
    interface, found = interface_for(conversion), dict[Target, Any]()
    if isinstance(values, Mapping):
        for path, value in values.items():
            for one in named_settings(interface, path, several=several):
                found.update(dict.fromkeys(one.targets, value))
        return with_values(prompt, found)
    for asked in requests_of(values).asked:
        request, settings = _settings(interface, asked, several=several)
        for one in settings:
            found.update(dict.fromkeys(one.targets, read_value(one, request.value).value))
    return with_values(prompt, found)
