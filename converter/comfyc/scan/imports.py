"""Imports: which file of the pack a name means, and the modules of these files.

What is no file of the pack is outside of it: an unknown with its dotted name. All such imports succeed.
"""

from __future__ import annotations

import ast
import posixpath
import sys

from comfyc.scan.limits import MAX_CALLS
from comfyc.scan.machine import Machine
from comfyc.scan.scopes import NameScope
from comfyc.scan.texts import names_in
from comfyc.scan.values import UNKNOWN, Module, RaisedError, Value, is_unknown

_COMFYUI = names_in(
    "nodes server execution folder_paths comfy comfy_api comfy_extras comfy_execution "
    "comfy_api_nodes node_helpers latent_preview app main cuda_malloc api_server torch "
    "numpy PIL cv2 transformers diffusers safetensors requests aiohttp yaml scipy einops "
    "torchvision torchaudio tqdm huggingface_hub"
)
"""Names that a pack never means when it imports them from nowhere in particular."""


_READ = (
    "nodes",
    "node_helpers",
    "comfy_extras",
    "comfy_api_nodes",
    "comfy.samplers",
    "comfy.comfy_types",
    "comfy.context_windows",
    "comfy.weight_adapter",
    "comfy.hooks",
)
"""The modules of ComfyUI that define nodes, or constants that nodes use."""


def _is_read(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in _READ)


def find_module(machine: Machine, parts: list[str], folder: str) -> str | None:
    """The file of the module ``parts`` below a folder of the pack; for a folder without ``__init__.py``, that
    folder with a ``/`` at its end."""
    path = posixpath.join(folder, *parts) if parts else folder
    files = machine.files
    if parts and f"{path}.py" in files.files:
        # a package comes before a module of the same name
        return f"{path}/__init__.py" if f"{path}/__init__.py" in files.files else f"{path}.py"
    if path in files.folders:
        start = posixpath.join(path, "__init__.py")
        return start if start in files.files else f"{path}/"
    return None


def resolve(machine: Machine, module: Module, level: int, name: str) -> str | None:
    """The file of the pack that ``from {level dots}{name} import`` in a module means; None if it is none."""
    parts = [part for part in name.split(".") if part]
    folder = posixpath.dirname(module.path)
    if level:
        for _ in range(level - 1):
            if not folder:
                return None
            folder = posixpath.dirname(folder)
        return find_module(machine, parts, folder)
    package = machine.files.package
    if package and (name == package or name.startswith(f"{package}.")):
        return find_module(machine, name[len(package) :].strip(".").split(".") if name != package else [], "")
    if not parts or (not package and not _is_read(name)):
        return None
    for one in machine.search:
        found = find_module(machine, parts, one)
        if found is not None and not found.endswith("/"):
            return found
    return None if machine.files.package == "" else _guessed(machine, parts, folder)


def _guessed(machine: Machine, parts: list[str], folder: str) -> str | None:
    """A file beside the module, or at the top of the pack, which an absolute import can only mean if the pack
    has put its folder on the path in a way that is not followed."""
    if parts[0] in _COMFYUI or parts[0] in sys.stdlib_module_names:
        return None
    for one in dict.fromkeys((folder, "")):
        found = find_module(machine, parts, one)
        if found is not None and found != "/" and not found.endswith("/"):
            return found
    return None


def dotted(machine: Machine, path: str) -> str:
    """The dotted name of the module of a file."""
    stem = path.removesuffix("/").removesuffix(".py").removesuffix("__init__").removesuffix("/")
    name = stem.replace("/", ".")
    package = machine.files.package
    return f"{package}.{name}" if package and name else package or name


def module_of(machine: Machine, path: str) -> Module:
    """The module of a file, or of a folder without ``__init__.py`` (ending in ``/``), with its parents."""
    if path.endswith("/"):
        if path not in machine.modules:
            name = dotted(machine, path)
            names: dict[str, Value] = {"__name__": name, "__path__": UNKNOWN}
            machine.modules[path] = Module(f"{path}__init__.py", name, names, has_ended=True, fault="no file")
        return machine.modules[path]
    _load_parents(machine, path)
    made = machine.parts.load(machine, path)
    _publish(machine, made)
    return made


def _load_parents(machine: Machine, path: str) -> None:
    """Python imports the packages around a module first."""
    folder = posixpath.dirname(path)
    if path.endswith("__init__.py"):
        folder = posixpath.dirname(folder)
    above: list[str] = []
    while folder:
        above.append(f"{folder}/__init__.py")
        folder = posixpath.dirname(folder)
    for start in reversed(above):
        if start in machine.files.files and start not in machine.modules and machine.depth < MAX_CALLS:
            machine.parts.load(machine, start)


def _publish(machine: Machine, made: Module) -> None:
    """A module is an attribute of its package from now on."""
    own = posixpath.dirname(made.path) if made.path.endswith("__init__.py") else made.path.removesuffix(".py")
    parent = machine.modules.get(posixpath.join(posixpath.dirname(own), "__init__.py"))
    if parent is not None and own and parent is not made:
        parent.names.setdefault(posixpath.basename(own), made)


def import_modules(machine: Machine, node: ast.Import, scope: NameScope) -> None:
    """``import a.b, c as d``."""
    for alias in node.names:
        path = resolve(machine, scope.module, 0, alias.name)
        top = alias.name.partition(".")[0]
        if alias.asname is not None:
            value = module_of(machine, path) if path is not None else outside(machine, alias.name)
            scope.store(alias.asname, value)
            continue
        if path is not None:
            module_of(machine, path)
        path = resolve(machine, scope.module, 0, top)
        scope.store(top, module_of(machine, path) if path is not None else outside(machine, top))


def outside(machine: Machine, name: str) -> Value:
    """What is known of a dotted name outside of the pack."""
    return machine.parts.outside(machine, name)


def _takes_constants(node: ast.ImportFrom) -> bool:
    """Whether only constants are imported, for which any module of ComfyUI is read."""
    return bool(node.module) and all(alias.name.isupper() for alias in node.names)


def import_from(machine: Machine, node: ast.ImportFrom, scope: NameScope) -> None:
    """``from a.b import c as d, *``; raises ImportError for modules and names that the pack lacks."""
    path = resolve(machine, scope.module, node.level, node.module or "")
    if path is None and not machine.files.package and _takes_constants(node):
        path = find_module(machine, (node.module or "").split("."), "")
    if path is None:
        if node.level:
            raise RaisedError(ModuleNotFoundError)
        _import_outside(machine, node, scope)
        return
    module = module_of(machine, path)
    for alias in node.names:
        if alias.name == "*":
            _import_all(machine, module, scope)
        else:
            scope.store(alias.asname or alias.name, _imported(machine, module, path, alias.name))


def _import_outside(machine: Machine, node: ast.ImportFrom, scope: NameScope) -> None:
    for alias in node.names:
        if alias.name == "*":
            scope.module.is_open = True
        else:
            scope.store(alias.asname or alias.name, outside(machine, f"{node.module}.{alias.name}"))


def _imported(machine: Machine, module: Module, path: str, name: str) -> Value:
    if name in module.names:
        return module.names[name]
    if path.endswith(("__init__.py", "/")):
        below = find_module(machine, [name], posixpath.dirname(path))
        if below is not None:
            return module_of(machine, below)
    found = machine.get(module, name)
    if is_unknown(found) and not module.has_ended:
        return UNKNOWN
    if is_unknown(found) and not module.fault:
        raise RaisedError(ImportError)
    return found


def _import_all(machine: Machine, module: Module, scope: NameScope) -> None:
    scope.module.is_open = scope.module.is_open or module.is_open or bool(module.fault)
    public = module.names.get("__all__")
    if isinstance(public, list):
        names = [name for name in public if isinstance(name, str) and name in module.names]
    else:
        names = [name for name in module.names if not name.startswith("_")]
    for name in names:
        scope.store(name, module.names[name])


def import_by_name(machine: Machine, module: Module, name: str, package: str) -> Value:
    """``importlib.import_module(name, package)``."""
    level = len(name) - len(name.lstrip("."))
    rest = name.lstrip(".")
    if level and package and package != module.name:
        prefix = package.split(".")[: len(package.split(".")) - (level - 1)]
        rest, level = ".".join([*prefix, rest]), 0
        path = resolve(machine, module, 0, rest)
    elif level:
        path = resolve(machine, module, level, rest)
    else:
        path = resolve(machine, module, 0, rest)
    if path is None:
        if level:
            raise RaisedError(ModuleNotFoundError)
        return outside(machine, rest)
    return module_of(machine, path)
