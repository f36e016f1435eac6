"""Which models a file needs: what its nodes load, joined with what it declares.

A model is what a loader looks for: a name in a folder. A declaration belongs to a loader's model if it
has the name that the loader has, with or without subfolders, and rather to one that its own node loads.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from comfyc import codes
from comfyc.api import Conversion
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.graph import origin_of
from comfyc.needs.declared import DeclaredModel, folder_name, normal, unsafe
from comfyc.needs.loaders import EMBEDDINGS, models_used
from comfyc.needs.model import Declaration, Model, user_of
from comfyc.needs.reporting import quoted, report
from comfyc.needs.stock import Stock


@dataclass(slots=True)
class _Table:
    """The models of a file, by folder and name, by the last part of the name, and by the nodes that load
    them."""

    models: dict[tuple[str, str], Model] = field(default_factory=dict)
    named: dict[str, list[Model]] = field(default_factory=dict)
    loaded: dict[str, dict[str, list[Model]]] = field(default_factory=dict)

    def get(self, folder: str, name: str) -> Model:
        """The model, which is made if there is none."""
        key = (folder, normal(name))
        if key not in self.models:
            self.models[key] = Model(key[1], folder)
            self.named.setdefault(_last(name), []).append(self.models[key])
        return self.models[key]

    def load(self, node: str, model: Model) -> None:
        """Note that a node loads a model."""
        self.loaded.setdefault(node, {}).setdefault(_last(model.name), []).append(model)


def needed_models(
    conversion: Conversion, declared: Sequence[DeclaredModel], stock: Stock, found: Collector, file: str
) -> list[Model]:
    """The models of a converted file, those that are loaded first. What is odd about them is reported with
    pointers into the document that was converted."""
    if conversion.catalog is None:
        return []
    prompt = conversion.prompt
    table = _Table()
    folders = _folders(declared)
    for use in models_used(prompt, conversion.catalog):
        model = table.get(use.folder or folders.get(_last(use.value), ""), use.value)
        model.users.append(user_of(file, use.node, prompt[use.node], use.input))
        status = stock.status(use, model.folder, prompt[use.node]["inputs"])
        if status == "missing" or model.status == "unknown":
            model.status = status
        table.load(use.node, model)
    for entry in declared:
        if conversion.ok:
            _join(entry, table, found)
        elif entry.first.name in entry.values:
            _join_unconverted(entry, table)
    pointers = {id(one): entry.pointer for entry in declared for one in entry.declarations}
    made = list(table.models.values())
    for model in made:
        if model.status == "unknown":
            model.status = stock.in_folder(model.folder, model.name)
        if model.status == "missing":
            model.similar = stock.similar(model.folder, model.name)
        _report_sources(model, pointers, found)
    _report_undeclared(made, conversion, found)
    return made


def _last(name: str) -> str:
    """The name of a file without its folders."""
    return posixpath.basename(normal(name))


def _folders(declared: Sequence[DeclaredModel]) -> dict[str, str]:
    """The folders that a file names for its models, by the last part of their names."""
    return {
        _last(entry.first.name): folder_name(entry.first.directory)
        for entry in reversed(declared)
        if entry.first.directory and unsafe(entry.first.directory) is None
    }


def _join(entry: DeclaredModel, table: _Table, found: Collector) -> None:
    """Give a declaration to the model that it is about, or make one that no loader loads.

    That is one that its own node loads, from whatever folder, else one of its folder.
    """
    first, folder = entry.first, folder_name(entry.first.directory)
    last = _last(first.name)
    own = [model for one in entry.declarations for model in table.loaded.get(one.user.node, {}).get(last, ())]
    others = [
        model
        for model in table.named.get(last, ())
        if not folder or not model.folder or _top(model.folder) == _top(folder)
    ]
    fitting = _fitting(first.name, folder, own) or _fitting(first.name, folder, others)
    if fitting is None:
        fitting = table.get(folder, first.name)
    fitting.declarations.extend(entry.declarations)
    if not fitting.users:
        _report_unused(entry, table, found)
    elif folder and fitting.folder and _top(folder) != _top(fitting.folder):
        message = (
            f"the model {quoted(first.name)} is declared for the folder {quoted(first.directory)}, but"
            f" '{fitting.users[0].type}' loads it from '{fitting.folder}'"
        )
        hint = f"write '{fitting.folder}' as its 'directory'"
        report(found, codes.MODEL_FOLDER, message, (*entry.pointer, "directory"), first.user, hint)


def _join_unconverted(entry: DeclaredModel, table: _Table) -> None:
    """Take a declaration for what its node loads, as the editor does if the node's values have its name
    (``modelMetadataUtil.ts``): there is no prompt that would say so."""
    model = table.get(folder_name(entry.first.directory), entry.first.name)
    model.declarations.extend(entry.declarations)
    model.users.extend(one.user for one in entry.declarations if one.is_active)


def _fitting(name: str, folder: str, models: Sequence[Model]) -> Model | None:
    """The model that a declaration is about: best one in its folder, with the whole name."""
    files = [model for model in models if model.folder != EMBEDDINGS]
    return min(
        files,
        key=lambda model: (model.folder != folder, model.name != normal(name), not model.users),
        default=None,
    )


def _top(folder: str) -> str:
    """The model folder of a folder, which may be one inside it."""
    return folder.partition("/")[0]


def _report_unused(entry: DeclaredModel, table: _Table, found: Collector) -> None:
    first = entry.first
    active = [one.user.node for one in entry.declarations if one.is_active]
    if not active:
        return
    message = f"the model {quoted(first.name)} is declared, but no node loads it"
    own = next((models[0] for models in table.loaded.get(active[0], {}).values()), None)
    if own is not None:
        message += f": '{first.user.type}' loads {quoted(own.name)}"
    hint = "remove the entry from 'models', or choose the model in the node"
    report(found, codes.MODEL_UNUSED, message, entry.pointer, first.user, hint)


def _report_sources(model: Model, pointers: Mapping[int, Pointer], found: Collector) -> None:
    """Report a model for which a file declares several addresses or hashes."""
    for key, what in (("url", "addresses"), ("hash", "hashes")):
        values = {_source(one, key): one for one in model.declarations if getattr(one, key)}
        if len(values) < 2:
            continue
        last = list(values.values())[-1]
        names = " and ".join(quoted(getattr(one, key)) for one in list(values.values())[:2])
        message = f"the model {quoted(model.name)} is declared with {len(values)} {what}: {names}"
        hint = "declare the same file everywhere"
        report(found, codes.MODEL_TWICE, message, (*pointers[id(last)], key), last.user, hint)


def _source(one: Declaration, key: str) -> str:
    """What must be the same for all declarations of a model."""
    return one.url.removesuffix("?download=true") if key == "url" else f"{one.hash_type} {one.hash}".lower()


def _report_undeclared(models: Sequence[Model], conversion: Conversion, found: Collector) -> None:
    """Report models that are loaded and not declared, in a file that could declare them."""
    for model in models:
        if model.declarations or not model.users or model.folder == EMBEDDINGS:
            continue
        first = model.users[0]
        pointer, title = origin_of(conversion.ir, first.node, first.input)
        found.report(
            codes.MODEL_UNDECLARED,
            f"the model {quoted(model.name)} is loaded, but the file does not say where to get it",
            pointer=pointer,
            node=first.node,
            title=title,
            hint="add it to 'properties.models' of the node: name, url and directory",
        )
