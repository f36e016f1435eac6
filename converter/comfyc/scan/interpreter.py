"""Put the parts of the interpreter together, and interpret the modules of a pack."""

from __future__ import annotations

import ast
import posixpath
import warnings

from comfyc.catalog import Catalog
from comfyc.scan.assignments import assign
from comfyc.scan.attributes import attribute
from comfyc.scan.calls import call
from comfyc.scan.expressions import evaluate
from comfyc.scan.files import PackFiles
from comfyc.scan.imports import dotted
from comfyc.scan.kinds import iterate
from comfyc.scan.limits import MAX_CALLS, MAX_SOURCE, STATEMENT_FUEL, OutOfFuelError
from comfyc.scan.machine import Fault, Machine, Parts
from comfyc.scan.outside import outside
from comfyc.scan.scopes import NameScope
from comfyc.scan.sources import parse_source
from comfyc.scan.statements import execute
from comfyc.scan.values import Module, PyList, RaisedError


def new_machine(files: PackFiles, core: Catalog) -> Machine:
    """A machine for the files of a pack."""
    parts = Parts(evaluate, execute, assign, call, attribute, iterate, load, outside)
    return Machine(files, core, parts, search=[] if files.package else [""])


def load(machine: Machine, path: str) -> Module:
    """The module of a file, interpreted unless that has begun before. Faults of the file are noted."""
    known = machine.modules.get(path)
    if known is not None:
        return known
    name = dotted(machine, path)
    module = Module(path, name)
    machine.modules[path] = module
    at = posixpath.join(machine.files.virtual, path)
    is_package = path.endswith("__init__.py")
    module.names.update(
        __name__=name,
        __file__=at,
        __package__=name if is_package else name.rpartition(".")[0],
        __doc__=None,
    )
    if is_package:
        module.names["__path__"] = PyList([posixpath.dirname(at)])
    tree = _parsed(machine, module)
    if tree is not None and machine.depth < MAX_CALLS:
        _interpret(machine, module, tree)
    elif tree is not None:
        module.fault = "it is imported too deeply"
    module.has_ended = True
    return module


def _parsed(machine: Machine, module: Module) -> ast.Module | None:
    """The syntax tree of a module's file; None, with a fault noted, if it has none."""
    try:
        source = machine.files.read(module.path, MAX_SOURCE)
        machine.spend(len(source) >> 8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse_source(source)
    except SyntaxError as error:
        fault = Fault(module.path, error.lineno, error.offset, f"it is no Python: {error.msg}")
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        reason = "it is nested too deeply" if isinstance(error, (RecursionError, MemoryError)) else str(error)
        fault = Fault(module.path, None, None, reason)
    module.fault = fault.message
    machine.faults.append(fault)
    return None


def _interpret(machine: Machine, module: Module, tree: ast.Module) -> None:
    """Run the statements of a module. One that fails is left out, as far as the scan is concerned."""
    scope = NameScope(module.names, module)
    machine.depth += 1
    outer = machine.scope
    try:
        for node in tree.body:
            try:
                _run(machine, node, scope)
            except RaisedError as error:
                module.fault = module.fault or f"line {node.lineno} raises {error}"
                if isinstance(node, ast.Raise):
                    break
            except OutOfFuelError:
                raise
            except Exception as error:  # what the interpreter fails at costs this statement and no more
                reason = "is nested too deeply" if isinstance(error, RecursionError) else "is not understood"
                module.fault = module.fault or f"line {node.lineno} {reason}"
                fault = Fault(module.path, node.lineno, node.col_offset + 1, f"this {reason}")
                machine.faults.append(fault)
    except OutOfFuelError:
        module.fault = module.fault or "it takes too many steps"
        raise
    finally:
        machine.depth -= 1
        machine.scope = outer
        module.has_ended = True


def _run(machine: Machine, node: ast.stmt, scope: NameScope) -> None:
    """Run a statement of a module, with fuel of its own unless it may import other modules."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Try, ast.If, ast.With, ast.For)):
        execute(machine, (node,), scope)
        return
    depth = machine.depth
    try:
        with machine.budget(STATEMENT_FUEL):
            execute(machine, (node,), scope)
    except OutOfFuelError:
        if machine.left <= 0:
            raise
        machine.depth = depth
        path = scope.module.path
        machine.faults.append(Fault(path, node.lineno, node.col_offset + 1, "this takes too many steps"))
        scope.module.fault = scope.module.fault or f"line {node.lineno} takes too many steps"
