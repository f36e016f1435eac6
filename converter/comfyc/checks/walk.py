"""The server's walk over a prompt: from each output along the links, validating each node once.

Source of the behaviour: execution.validate_inputs. The server recurses into each link and reaches Python's
recursion limit in a long chain; here a list of generators replaces the recursion and the limit is emulated.
Where the server iterates over a Python set (inputs, outputs), this walk uses the order of declaration and of
the prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog.entry import unknown_parts
from comfyc.catalog.scanned import OPEN_CHOICES
from comfyc.checks.facts import is_file, prints_tuple
from comfyc.checks.links import ANY, may_link
from comfyc.checks.rules import Declared, DeclaredInputs, NodeRules, Rules
from comfyc.checks.validators import TYPES_PARAMETER, run_validator
from comfyc.checks.values import Raised, convert, off_list, past_limits, problem, unwrap

DEEPEST_V1 = 984
DEEPEST_V3 = 976
"""Nodes in the longest chain, including the output, that stays below Python's recursion limit of 1000.
Measured on ComfyUI 0.33.0 and Python 3.11 with chains of ImageInvert (V1) and ImageFlip (V3)."""

DEEPEST_CAUGHT = 973
"""The greatest depth at which the server can still handle an exception; deeper, the handler itself exceeds
the limit. Measured on a fresh server; one that has met the limit before handles 980 levels of V1 nodes."""

TOO_DEEP = "maximum recursion depth exceeded while calling a Python object"

Order = Callable[[Iterable[str]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class NodeOutcome:
    """The result for one node. An invalid node without errors depends on an invalid one."""

    valid: bool
    errors: list[dict[str, Any]]


@dataclass(slots=True)
class Walk:
    """The validation of one prompt: its arguments and its results so far.

    ``brought`` holds the ids of nodes whose files will be uploaded; ``values`` the converted inputs by node
    id; ``raised`` the exception behind each ``exception_during_...`` error, by the node id under which the
    server reports it; ``unknowable`` the inputs (node id, name) that only the server can validate.
    """

    prompt: Mapping[str, Mapping[str, Any]]
    rules: Rules
    files_known: bool
    order: Order = iter
    brought: Container[str] = ()
    outcomes: dict[str, NodeOutcome] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    raised: dict[str, Raised] = field(default_factory=dict)
    unknowable: set[tuple[str, str]] = field(default_factory=set)
    path: dict[str, None] = field(default_factory=dict)
    filed: list[str] = field(default_factory=list)

    def file(self, node_id: str, outcome: NodeOutcome) -> None:
        """Record the result for a node, replacing an earlier one; ``filed`` keeps the order of first
        results."""
        if node_id not in self.outcomes:
            self.filed.append(node_id)
        self.outcomes[node_id] = outcome


Steps = Generator[str, NodeOutcome, NodeOutcome]


def judge_output(walk: Walk, output: str) -> NodeOutcome:
    """Validate a node and everything it needs. Raises ``Raised`` if validating the node itself would
    raise."""
    if output in walk.outcomes:
        return walk.outcomes[output]
    stack: list[tuple[str, Steps]] = []
    _enter(walk, stack, output)
    result: NodeOutcome | Raised | None = None
    while stack:
        node_id, steps = stack[-1]
        try:
            wanted = _resume(steps, result)
        except StopIteration as stop:
            result = stop.value
        except RecursionError as error:
            result = Raised("RecursionError", str(error), "nested-value")
        except Raised as raised:
            result = raised
        else:
            result = walk.outcomes.get(wanted) or _cycle(walk, wanted)
            if result is None:
                _enter(walk, stack, wanted)
            continue
        stack.pop()
        del walk.path[node_id]
    if isinstance(result, Raised):
        raise result
    assert result is not None
    return result


def _enter(walk: Walk, stack: list[tuple[str, Steps]], node_id: str) -> None:
    walk.path[node_id] = None
    stack.append((node_id, _judge_node(walk, node_id, len(stack) + 1)))


def _resume(steps: Steps, result: NodeOutcome | Raised | None) -> str:
    """Resume a node with the result for the source that it asked about, or with the exception raised
    there."""
    if isinstance(result, Raised):
        return steps.throw(result)
    return next(steps) if result is None else steps.send(result)


def _cycle(walk: Walk, wanted: str) -> NodeOutcome | None:
    """If ``wanted`` is being validated already, record a cycle for all nodes on the path back to it."""
    if wanted not in walk.path:
        return None
    path = list(walk.path)
    nodes = path[path.index(wanted) :]
    shown = " -> ".join(f"{node} ({walk.prompt[node]['class_type']})" for node in [*nodes, wanted])
    for node in nodes:
        error = problem(
            "dependency_cycle", "Dependency cycle detected", shown, node_id=node, cycle_nodes=nodes
        )
        walk.file(node, NodeOutcome(False, [error]))
    return walk.outcomes[wanted]


def _judge_node(walk: Walk, node_id: str, depth: int) -> Steps:
    """Validate one node; yields the id of each source whose outcome it needs."""
    node = walk.prompt[node_id]
    rules = walk.rules.of(node["class_type"])
    assert rules is not None  # an unknown class fails the whole prompt earlier
    _check_depth(rules, depth)
    if "inputs" not in node:
        raise Raised("KeyError", "'inputs'", "no-inputs")
    values = walk.values[node_id] = dict(node["inputs"])
    table = rules.declared_inputs(values)
    if table.fault is not None:
        raise Raised("ValueError", table.fault[1], "rows", table.fault[0])
    received: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    valid = True
    for name in walk.order(table.inputs):
        declared = table.inputs[name]
        error = None
        if name not in values:
            error = _missing(declared, table) if declared.required else None
        elif isinstance(values[name], list):
            error = _link_error(walk, rules, declared, values[name], received)
            if error is None:
                valid &= yield from _judge_source(walk, declared, values[name], depth)
        else:
            error = judge_value(walk, node_id, rules, declared, values)
        if error is not None:
            errors.append(error)
    files_known = walk.files_known and rules.lists_files and node_id not in walk.brought
    found, unknown = run_validator(rules, table, values, received, files_known=files_known)
    walk.unknowable.update((node_id, name) for name in unknown)
    outcome = _joined(walk.outcomes.get(node_id), valid, errors + found)
    walk.file(node_id, outcome)
    return outcome


def _check_depth(rules: NodeRules, depth: int) -> None:
    modern = isinstance(rules.returns, list)
    if depth > (DEEPEST_V3 if modern else DEEPEST_V1):
        raise Raised("RecursionError", TOO_DEEP, "too-deep")


def _missing(declared: Declared, table: DeclaredInputs) -> dict[str, Any]:
    name = declared.name
    shown = name.rpartition(".")[2] if table.dynamic else name
    return problem("required_input_missing", "Required input is missing", shown, input_name=name)


def _link_error(
    walk: Walk, rules: NodeRules, declared: Declared, link: list[Any], received: dict[str, Any]
) -> dict[str, Any] | None:
    """Validate a link without following it: its form, its source, its type."""
    extra = {"input_name": declared.name, "input_config": declared.config}
    if len(link) != 2:
        message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
        return problem("bad_linked_input", message, declared.name, **extra, received_value=link)
    given = received[declared.name] = _type_of_source(walk, declared.name, link)
    asked = rules.validator is not None and TYPES_PARAMETER in rules.validator.required
    if asked or may_link(given, declared.type):
        return None
    return problem(
        "return_type_mismatch",
        "Return type mismatch between linked nodes",
        f"{declared.name}, received_type({given}) mismatch input_type({declared.type})",
        **extra,
        received_type=given,
        linked_node=link,
    )


def _type_of_source(walk: Walk, name: str, link: list[Any]) -> Any:
    """The type of the linked output, by Python's indexing. Raises ``Raised`` if there is none."""
    source, slot = link
    if isinstance(source, list | dict):
        raise Raised("TypeError", f"unhashable type: '{type(source).__name__}'", "bad-link", name)
    if not isinstance(source, str) or source not in walk.prompt:
        raise Raised("KeyError", repr(source), "missing-source", name)
    rules = walk.rules.of(walk.prompt[source]["class_type"])
    assert rules is not None
    try:
        return rules.returns[slot]
    except IndexError as error:
        if "outputs" in unknown_parts(rules.entry, "*"):
            return ANY
        raise Raised("IndexError", str(error), "missing-output", name) from None
    except TypeError as error:
        raise Raised("TypeError", str(error), "bad-link", name) from None


def _judge_source(
    walk: Walk, declared: Declared, link: list[Any], depth: int
) -> Generator[str, NodeOutcome, bool]:
    """Follow a link. An exception in the source is recorded at the source but describes this input."""
    source = link[0]
    try:
        outcome = yield source
    except Raised as raised:
        if depth >= DEEPEST_CAUGHT:
            raise Raised("RecursionError", TOO_DEEP, "too-deep") from None
        error = problem(
            "exception_during_inner_validation",
            "Exception when validating inner node",
            raised.text,
            input_name=declared.name,
            input_config=declared.config,
            exception_message=raised.text,
            exception_type=raised.kind,
            traceback=[],
            linked_node=link,
        )
        walk.file(source, NodeOutcome(False, [error]))
        walk.raised[source] = raised
        return False
    return outcome.valid


def judge_value(
    walk: Walk, node_id: str, rules: NodeRules, declared: Declared, values: dict[str, Any]
) -> dict[str, Any] | None:
    """Validate a value that is not a link, and store the converted value. Returns the server's error."""
    name = declared.name
    value, error = convert(declared, unwrap(values[name]))
    values[name] = value
    if error is not None or (rules.validator is not None and rules.validator.takes(name)):
        return error
    error = past_limits(declared, value)
    if error is not None or declared.choices is None:
        return error
    error = off_list(declared, value, tuple_shown=prints_tuple(rules.class_type, name))
    if error is not None and declared.options.get(OPEN_CHOICES) is True:
        walk.unknowable.add((node_id, name))
        return None
    files_known = walk.files_known and rules.lists_files
    if error is not None and _is_of_files(rules, declared, value, files_known=files_known):
        walk.unknowable.add((node_id, name))
        return error if files_known else None
    return error


def _is_of_files(rules: NodeRules, declared: Declared, value: Any, *, files_known: bool) -> bool:
    choices = declared.choices
    if not isinstance(value, str):
        return False
    if not files_known and choices == [] and "remote" not in declared.options:
        return True  # the list was empty on the server of the catalogue
    return is_file(rules.class_type, declared.name, value, choices)


def _joined(cycle: NodeOutcome | None, valid: bool, errors: list[dict[str, Any]]) -> NodeOutcome:
    """The outcome of a node, merged with the cycle errors recorded for it in the meantime."""
    if cycle is None:
        return NodeOutcome(valid and not errors, errors)
    more = [error for error in errors if error not in cycle.errors]
    return NodeOutcome(False, cycle.errors + more)
