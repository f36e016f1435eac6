"""What is known of names outside of the pack: Python's library, ComfyUI's constants and node classes."""

from __future__ import annotations

import math
import string
import sys
from collections.abc import Callable
from typing import Any

from comfyc.scan.builtins import BUILTINS
from comfyc.scan.core import core_class, core_mappings, sampler_names, scheduler_names
from comfyc.scan.data_files import DATA_FILES
from comfyc.scan.folders import FOLDERS, MODEL_FILES, folder_table
from comfyc.scan.libraries import FUNCTIONS
from comfyc.scan.loaders import EMPTY, LOADERS, ModuleTable
from comfyc.scan.machine import Machine
from comfyc.scan.path_functions import PATH_FUNCTIONS
from comfyc.scan.syntax import SYNTAX
from comfyc.scan.texts import names_in
from comfyc.scan.v3_types import v3_value
from comfyc.scan.values import UNKNOWN, Native, PyDict, PyList, PySet, Unknown, Value

_CONSTANTS: dict[str, Value] = {
    "nodes.MAX_RESOLUTION": 16384,
    "sys.maxsize": 9223372036854775807,
    "sys.platform": "linux",
    "sys.version_info": (3, 12, 0),
    "sys.version_info.major": 3,
    "sys.version_info.minor": 12,
    "sys.float_info.max": sys.float_info.max,
    "sys.float_info.min": sys.float_info.min,
    "sys.float_info.epsilon": sys.float_info.epsilon,
    "inspect.Parameter.empty": EMPTY,
    "inspect._empty": EMPTY,
    "os.name": "posix",
    "os.sep": "/",
    "os.path.sep": "/",
    "os.extsep": ".",
    "os.linesep": "\n",
    "math.pi": math.pi,
    "math.e": math.e,
    "math.tau": math.tau,
    "math.inf": math.inf,
    "numpy.pi": math.pi,
    "numpy.inf": math.inf,
    "typing.TYPE_CHECKING": False,
    "builtins.__debug__": True,
    "builtins.NotImplemented": Unknown("NotImplemented"),
    "string.ascii_letters": string.ascii_letters,
    "string.ascii_lowercase": string.ascii_lowercase,
    "string.ascii_uppercase": string.ascii_uppercase,
    "string.digits": string.digits,
    "comfy_execution.graph_utils.is_link": Unknown("is_link"),
}
_ADDED_SAMPLERS = ("ddim", "uni_pc", "uni_pc_bh2")


def _k_samplers(machine: Machine) -> Value:
    return PyList(name for name in sampler_names(machine.core) if name not in _ADDED_SAMPLERS)


_MADE: dict[str, Callable[[Machine], Value]] = {
    "folder_paths.folder_names_and_paths": folder_table,
    "folder_paths.supported_pt_extensions": lambda _: PySet(MODEL_FILES),
    "os.environ": lambda _: PyDict(dict.fromkeys(("PATH", "HOME", "USER", "LANG"), UNKNOWN)),
    "sys.modules": ModuleTable,
    "nodes.NODE_CLASS_MAPPINGS": core_mappings,
    "nodes.NODE_DISPLAY_NAME_MAPPINGS": lambda _: PyDict(is_open=True),
    "comfy.samplers.KSampler.SAMPLERS": lambda machine: PyList(sampler_names(machine.core)),
    "comfy.samplers.SAMPLER_NAMES": lambda machine: PyList(sampler_names(machine.core)),
    "comfy.samplers.KSAMPLER_NAMES": _k_samplers,
    "comfy.samplers.KSampler.SCHEDULERS": lambda machine: PyList(scheduler_names(machine.core)),
    "comfy.samplers.SCHEDULER_NAMES": lambda machine: PyList(scheduler_names(machine.core)),
    "comfy.samplers.SCHEDULER_HANDLERS": lambda machine: PyDict.fromkeys(scheduler_names(machine.core)),
}
"""Values that are made once for each pack, because its code may change them."""

_IO_TYPES = names_in(
    "STRING IMAGE MASK LATENT BOOLEAN INT FLOAT COMBO CONDITIONING SAMPLER SIGMAS GUIDER "
    "NOISE CLIP CONTROL_NET VAE MODEL LORA_MODEL LOSS_MAP CLIP_VISION CLIP_VISION_OUTPUT "
    "STYLE_MODEL GLIGEN UPSCALE_MODEL AUDIO WEBCAM POINT FACE_ANALYSIS BBOX SEGS VIDEO"
)
"""Members of ``comfy.comfy_types.IO``: texts like their names."""


def outside(machine: Machine, name: str) -> Value:
    """What is known of a dotted name outside of the pack, else an unknown with this name."""
    known = _known(machine, name)
    return Unknown(name[:300]) if known is None else known


def _of_loaded(machine: Machine, parts: list[str]) -> Any:
    """In a checkout of ComfyUI: the value of a name of one of its modules that has been read."""
    for count in range(len(parts) - 1, 1, -1):
        stem = "/".join(parts[:count])
        module = machine.modules.get(f"{stem}.py") or machine.modules.get(f"{stem}/__init__.py")
        if module is not None:
            value: Value = module
            for part in parts[count:]:
                value = machine.get(value, part)
            return value
    return None


def _known(machine: Machine, name: str) -> Any:
    own = machine.memo.setdefault("outside", {})
    if name in own:
        return own[name]
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    for functions in (FUNCTIONS, PATH_FUNCTIONS, LOADERS, SYNTAX, FOLDERS, DATA_FILES):
        if name in functions:
            return Native(name, functions[name])
    if name in _MADE:
        own[name] = _MADE[name](machine)
        return own[name]
    top, _, rest = name.partition(".")
    if top == "builtins":
        return BUILTINS.get(rest)
    return _of_comfyui(machine, top, name)


def _of_comfyui(machine: Machine, top: str, name: str) -> Any:
    """A name of ComfyUI's own modules."""
    if top == "comfy":
        found = None if machine.files.package else _of_loaded(machine, name.split("."))
        return _io_type(name) if found is None and ".IO." in name else found
    if top == "comfy_api":
        return v3_value(machine, name)
    return core_class(machine.core, name) if top in ("nodes", "comfy_extras") else None


def _io_type(name: str) -> str | None:
    """A member of ``comfy.comfy_types.IO``."""
    last = name.rpartition(".")[2]
    return "*" if last == "ANY" else last if last in _IO_TYPES else None
