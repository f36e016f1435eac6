"""The values that `comfyc catalog list` and `comfyc catalog show` print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.bundle import read_header
from comfyc.catalog.bundled import CATALOGS, CORE, CORE_ID, PACKS
from comfyc.catalog.scanned import OPEN_CHOICES
from comfyc.catalog.shelf import Shelf
from comfyc.safety.escaping import shortened, visible

_FLAGS = ("output_node", "deprecated", "experimental", "api_node", "dev_only")
_IN_COLUMNS = frozenset({"default", "min", "max", "step", "options", "template", "tooltip", "display_name"})
_LIMITS = ("min", "max", "step")
_WIDTH = 60
"""Upper bound on the characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class BundleSummary:
    """One bundled catalogue: title, version of the pack, number of node types, size on disk in bytes, path,
    repository on GitHub (owner/name) and id in the Comfy registry ("" if there is none)."""

    title: str
    version: str
    nodes: int
    size: int
    path: Path
    repository: str
    cnr_id: str


@dataclass(frozen=True, slots=True)
class InputRow:
    """One input of a node, as texts. ``name`` is as in a prompt (dotted inside dynamic inputs).

    ``kind`` is the type; ``options`` is the whole list of a combo, empty for other types; ``flags`` are
    further options that are set, such as ``multiline``; ``when`` is "name = key" of the dynamic combo and the
    option that bring the input.
    """

    name: str
    kind: str
    required: bool
    default: str
    limits: str
    options: tuple[str, ...]
    flags: tuple[str, ...]
    when: str


@dataclass(frozen=True, slots=True)
class OutputRow:
    """One output of a node: its slot, name and type, and whether it provides a list."""

    slot: int
    name: str
    kind: str
    is_list: bool


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node type, as values to show."""

    node_type: str
    title: str
    category: str
    module: str
    source: str
    flags: tuple[str, ...]
    inputs: tuple[InputRow, ...]
    outputs: tuple[OutputRow, ...]


def list_bundles(core: Path = CATALOGS / CORE, packs: Path = PACKS) -> list[BundleSummary]:
    """Summaries of the bundled catalogues: ComfyUI's own nodes, then the packs by title."""
    header = read_header(core)
    title, version = str(header.get("title", core.name)), str(header.get("version", ""))
    own = BundleSummary(title, version, len(header["names"]), core.stat().st_size, core, "", CORE_ID)
    volumes = sorted(Shelf(packs).volumes, key=lambda one: (one.title.casefold(), one.file))
    return [
        own,
        *(
            BundleSummary(
                one.title, one.version, one.nodes, path.stat().st_size, path, one.repository, one.cnr_id
            )
            for one in volumes
            for path in [packs / one.file]
        ),
    ]


def view_node(catalog: Catalog, node_type: str) -> NodeView | None:
    """One node type as values, or ``None`` if the catalogue lacks it."""
    entry = catalog.info(node_type)
    if entry is None:
        return None
    return NodeView(
        node_type=node_type,
        title=catalog.title(node_type),
        category=entry.get("category") or "",
        module=entry.get("python_module") or "",
        source=catalog.source_of(node_type) or "",
        flags=tuple(flag for flag in _FLAGS if entry.get(flag) is True),
        inputs=tuple(_input_rows(entry["input"], entry.get("input_order") or {})),
        outputs=tuple(_output_rows(entry)),
    )


def _input_rows(
    sections: dict[str, Any], order: Mapping[str, list[str]], prefix: str = "", when: str = "", depth: int = 0
) -> Iterator[InputRow]:
    for section in ("required", "optional"):
        inputs = sections.get(section, {})
        listed = [name for name in order.get(section, []) if name in inputs]
        for name in dict.fromkeys([*listed, *inputs]):
            spec = inputs[name]
            options = spec[1] if len(spec) > 1 else {}
            path = prefix + name
            yield _input_row(path, spec[0], options, section == "required", when)
            if spec[0] == "COMFY_DYNAMICCOMBO_V3":
                for choice in options.get("options", []):
                    if isinstance(choice, dict):
                        own = f"{path} = {_text(choice.get('key'))}"
                        yield from _input_rows(choice.get("inputs", {}), {}, f"{path}.", own)


def _input_row(path: str, kind: Any, options: dict[str, Any], required: bool, when: str) -> InputRow:
    choices = kind if isinstance(kind, list) else options.get("options")
    if not isinstance(choices, list):
        choices = []
    keys = [choice.get("key") if isinstance(choice, dict) else choice for choice in choices]
    flags = [key for key, value in options.items() if value is True and key not in _IN_COLUMNS]
    if OPEN_CHOICES in flags:
        flags[flags.index(OPEN_CHOICES)] = "there may be other choices" if keys else "choices not known"
    return InputRow(
        name=path,
        kind="COMBO" if isinstance(kind, list) else _kind(kind, options),
        required=required,
        default=_text(options["default"]) if "default" in options else "",
        limits=", ".join(f"{key} {_text(options[key])}" for key in _LIMITS if options.get(key) is not None),
        options=tuple(_text(key) for key in keys),
        flags=tuple(flags),
        when=when,
    )


def _kind(kind: str, options: dict[str, Any]) -> str:
    """The type of an input. For a template, its inner types, which say more than the template's own type."""
    template = options.get("template")
    if not isinstance(template, dict):
        return kind
    if kind == "COMFY_MATCHTYPE_V3":
        return _text(template.get("allowed_types", kind))
    sections = template.get("input", template)
    specs = [spec for part in ("required", "optional") for spec in sections.get(part, {}).values()]
    inner = ["COMBO" if isinstance(spec[0], list) else spec[0] for spec in specs]
    names = template.get("names")
    most = len(names) if isinstance(names, list) else template.get("max", options.get("max", ""))
    return f"{' + '.join(inner)} x {_text(template.get('min', 0))}..{_text(most)}"


def _output_rows(entry: dict[str, Any]) -> Iterator[OutputRow]:
    names = entry.get("output_name") or []
    lists = entry.get("output_is_list") or []
    for slot, kind in enumerate(entry["output"]):
        shown = "COMBO" if isinstance(kind, list) else kind
        name = _text(names[slot]) if slot < len(names) else shown
        yield OutputRow(slot, name, shown, slot < len(lists) and lists[slot] is True)


def _text(value: Any) -> str:
    """A value on one line, short enough for a cell."""
    try:
        text = visible(value if isinstance(value, str) else repr(value))
    except RecursionError:
        return "..."
    if value is True or value is False:
        text = "true" if value else "false"
    if text == "" or text != text.strip():
        text = f"'{text}'"
    return shortened(text, _WIDTH)
