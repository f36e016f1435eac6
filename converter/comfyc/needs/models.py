"""Which models a file needs: what its nodes load, joined with what it declares.

A model is what a loader looks for: a name in a folder. A declaration belongs to a loader's model if it
has the name that the loader has, with or without subfolders, and rather to one that its own node loads.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from comfyc import codes
from comfyc.api import Conversion
from comfyc.collector import Collector
from comfyc.graph import origin_of
from comfyc.needs.declared import DeclaredModel, folder_name, normal, unsafe
from comfyc.needs.loaders import EMBEDDINGS, Use, models_used
from comfyc.needs.model import Declaration, Model, user_of
from comfyc.needs.reporting import quoted, report
from comfyc.needs.stock import Stock
from comfyc.prompt import Prompt


def needed_models(
    conversion: Conversion, declared: Sequence[DeclaredModel], stock: Stock, found: Collector, file: str
) -> list[Model]:
    """The models of a converted file, those that are loaded first. What is odd about them is reported with
    pointers into the document that was converted."""
    if conversion.catalog is None:
        return []
    prompt = conversion.prompt
    models: dict[tuple[str, str], Model] = {}
    loaded: dict[str, list[Model]] = {}
    for use in models_used(prompt, conversion.catalog):
        folder = use.folder or _declared_folder(use, declared)
        model = models.setdefault((folder, normal(use.value)), Model(normal(use.value), folder))
        model.users.append(user_of(file, use.node, prompt[use.node], use.input))
        _rate(model, use, prompt, stock)
        if model not in loaded.setdefault(use.node, []):
            loaded[use.node].append(model)
    for entry in declared:
        if conversion.ok:
            _join(entry, models, loaded, found)
        elif entry.first.name in entry.values:
            _join_unconverted(entry, models)
    made = list(models.values())
    for model in made:
        _finish(model, stock)
        _report_sources(model, declared, found)
    _report_undeclared(made, conversion, found)
    return made


def _declared_folder(use: Use, declared: Sequence[DeclaredModel]) -> str:
    """The folder that a file names for the model of a loader of which nobody knows the folder."""
    name = posixpath.basename(normal(use.value))
    for entry in declared:
        if posixpath.basename(normal(entry.first.name)) == name and not unsafe(entry.first.directory or "x"):
            return folder_name(entry.first.directory)
    return ""


def _rate(model: Model, use: Use, prompt: Prompt, stock: Stock) -> None:
    """Take in what the server says of one more use: missing if one loader lacks it."""
    status = stock.status(use, prompt[use.node]["inputs"])
    if status == "missing" or model.status == "unknown":
        model.status = status


def _join(
    entry: DeclaredModel,
    models: dict[tuple[str, str], Model],
    loaded: dict[str, list[Model]],
    found: Collector,
) -> None:
    """Give a declaration to the model that it is about, or make one that no loader loads."""
    first, folder = entry.first, folder_name(entry.first.directory)
    own = [model for one in entry.declarations for model in loaded.get(one.user.node, ())]
    fitting = _fitting(first.name, folder, own) or _fitting(first.name, folder, models.values())
    if fitting is None:
        key = (folder, normal(first.name))
        fitting = models.setdefault(key, Model(normal(first.name), folder))
    fitting.declarations.extend(entry.declarations)
    if not fitting.users:
        _report_unused(entry, own, found)
    elif folder and fitting.folder and folder.split("/")[0] != fitting.folder.split("/")[0]:
        message = (
            f"the model {quoted(first.name)} is declared for the folder {quoted(first.directory)}, but"
            f" '{fitting.users[0].type}' loads it from '{fitting.folder}'"
        )
        hint = f"write '{fitting.folder}' as its 'directory'"
        report(found, codes.MODEL_FOLDER, message, (*entry.pointer, "directory"), first.user, hint)


def _join_unconverted(entry: DeclaredModel, models: dict[tuple[str, str], Model]) -> None:
    """Take a declaration for what its node loads, as the editor does if the node's values have its name
    (``modelMetadataUtil.ts``): there is no prompt that would say so."""
    key = (folder_name(entry.first.directory), normal(entry.first.name))
    model = models.setdefault(key, Model(key[1], key[0]))
    model.declarations.extend(entry.declarations)
    model.users.extend(one.user for one in entry.declarations if one.is_active)


def _fitting(name: str, folder: str, models: Iterable[Model]) -> Model | None:
    """The model of a name: best one in the folder, with the whole name."""
    wanted = normal(name)
    last = posixpath.basename(wanted)
    named = [
        model for model in models if posixpath.basename(model.name) == last and model.folder != EMBEDDINGS
    ]
    return min(
        named, key=lambda model: (model.folder != folder, model.name != wanted, not model.users), default=None
    )


def _report_unused(entry: DeclaredModel, own: Sequence[Model], found: Collector) -> None:
    first = entry.first
    if not any(one.is_active for one in entry.declarations):
        return
    message = f"the model {quoted(first.name)} is declared, but no node loads it"
    if own:
        message += f": '{first.user.type}' loads {quoted(own[0].name)}"
    hint = "remove the entry from 'models', or choose the model in the node"
    report(found, codes.MODEL_UNUSED, message, entry.pointer, first.user, hint)


def _finish(model: Model, stock: Stock) -> None:
    if model.status == "unknown":
        model.status = stock.in_folder(model.folder, model.name)
    if model.status == "missing":
        model.similar = stock.similar(model.folder, model.name)


def _report_sources(model: Model, declared: Sequence[DeclaredModel], found: Collector) -> None:
    """Report a model for which a file declares several addresses or hashes."""
    for key, what in (("url", "addresses"), ("hash", "hashes")):
        values = {_source(one, key): one for one in model.declarations if getattr(one, key)}
        if len(values) < 2:
            continue
        last = list(values.values())[-1]
        pointer = next(entry.pointer for entry in declared if last in entry.declarations)
        names = " and ".join(quoted(getattr(one, key)) for one in list(values.values())[:2])
        message = f"the model {quoted(model.name)} is declared with {len(values)} {what}: {names}"
        hint = "declare the same file everywhere"
        report(found, codes.MODEL_TWICE, message, (*pointer, key), last.user, hint)


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
