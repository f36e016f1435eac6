"""The server's walk over a prompt: from an output up through the links, judging each node once.

Source of the behaviour: execution.validate_inputs. The server calls itself for each link and so meets
Python's recursion limit in a long chain; here the calls are generators on a list, and the limit is only
played back. Where the server's order is that of a Python set (inputs, outputs), this walk takes the
order of declaration and of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.checks.facts import is_file, prints_tuple
from comfyc.checks.links import may_link
from comfyc.checks.rules import Declared, NodeRules, Rules, Table
from comfyc.checks.validators import TYPES_PARAMETER, run_validator
from comfyc.checks.values import Raised, convert, off_list, past_limits, problem, unwrap

DEEPEST_V1 = 984
DEEPEST_V3 = 976
"""Nodes that a path may be long, the output counted, before Python gives up: ComfyUI 0.33.0 on Python 3.11
with its limit of 1000, measured with chains of ImageInvert (V1) and ImageFlip (V3)."""

DEEPEST_CAUGHT = 973
"""The deepest node under which the server can file an exception: beyond, handling it meets the limit itself.
Also measured, on a server that has not met the limit before; then it is 980 for chains of V1 nodes."""

TOO_DEEP = "maximum recursion depth exceeded while calling a Python object"

Order = Callable[[Iterable[str]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found about one node. An invalid node without errors has a bad one above it."""

    valid: bool
    errors: list[dict[str, Any]]


@dataclass(slots=True)
class Walk:
    """One judgement of one prompt: what is given, and what the walk has found so far.

    ``brought`` holds the nodes whose files will be there; ``values`` are the inputs as the server would run
    them (converted); ``raised`` holds, by the node it is filed under, the exception behind an
    ``exception_during_...`` error; ``unknowable`` the inputs that only the server can judge.
    """

    prompt: Mapping[str, Mapping[str, Any]]
    rules: Rules
    files_known: bool
    order: Order = iter
    brought: Container[str] = ()
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    raised: dict[str, Raised] = field(default_factory=dict)
    unknowable: set[tuple[str, str]] = field(default_factory=set)
    path: dict[str, None] = field(default_factory=dict)
    filed: list[str] = field(default_factory=list)

    def file(self, node_id: str, outcome: Outcome) -> None:
        """Keep what was found about a node, in place of what was found before; ``filed`` has the order."""
        if node_id not in self.outcomes:
            self.filed.append(node_id)
        self.outcomes[node_id] = outcome


Steps = Generator[str, Outcome, Outcome]


def judge_output(walk: Walk, output: str) -> Outcome:
    """Judge a node and all that it needs. ``Raised`` if the server meets an exception in the node itself."""
    if output in walk.outcomes:
        return walk.outcomes[output]
    stack: list[tuple[str, Steps]] = []
    _enter(walk, stack, output)
    result: Outcome | Raised | None = None
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


def _resume(steps: Steps, result: Outcome | Raised | None) -> str:
    """Go on with a node: the answer for the source it asked about, or the exception met there."""
    if isinstance(result, Raised):
        return steps.throw(result)
    return next(steps) if result is None else steps.send(result)


def _cycle(walk: Walk, wanted: str) -> Outcome | None:
    """If ``wanted`` is being judged already, say so of all nodes on the way back to it."""
    if wanted not in walk.path:
        return None
    path = list(walk.path)
    nodes = path[path.index(wanted) :]
    shown = " -> ".join(f"{node} ({walk.prompt[node]['class_type']})" for node in [*nodes, wanted])
    for node in nodes:
        error = problem(
            "dependency_cycle", "Dependency cycle detected", shown, node_id=node, cycle_nodes=nodes
        )
        walk.file(node, Outcome(False, [error]))
    return walk.outcomes[wanted]


def _judge_node(walk: Walk, node_id: str, depth: int) -> Steps:
    """Judge one node, asking for the outcome of each source on the way."""
    node = walk.prompt[node_id]
    rules = walk.rules.of(node["class_type"])
    assert rules is not None  # a class that is not known has failed the whole prompt before
    _mind_the_depth(rules, depth)
    if "inputs" not in node:
        raise Raised("KeyError", "'inputs'", "no-inputs")
    values = walk.values[node_id] = dict(node["inputs"])
    table = rules.table(values)
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
            error = _judge_value(walk, node_id, rules, declared, values)
        if error is not None:
            errors.append(error)
    files_known = walk.files_known and node_id not in walk.brought
    found, unknown = run_validator(rules, table, values, received, files_known=files_known)
    walk.unknowable.update((node_id, name) for name in unknown)
    outcome = _joined(walk.outcomes.get(node_id), valid, errors + found)
    walk.file(node_id, outcome)
    return outcome


def _mind_the_depth(rules: NodeRules, depth: int) -> None:
    modern = isinstance(rules.returns, list)
    if depth > (DEEPEST_V3 if modern else DEEPEST_V1):
        raise Raised("RecursionError", TOO_DEEP, "too-deep")


def _missing(declared: Declared, table: Table) -> dict[str, Any]:
    name = declared.name
    shown = name.rpartition(".")[2] if table.dynamic else name
    return problem("required_input_missing", "Required input is missing", shown, input_name=name)


def _link_error(
    walk: Walk, rules: NodeRules, declared: Declared, link: list[Any], received: dict[str, Any]
) -> dict[str, Any] | None:
    """Look at a link without following it: its form, its source, its type."""
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
    """The type at the far end of a link, with Python's indexing; ``Raised`` if there is none."""
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
        raise Raised("IndexError", str(error), "missing-output", name) from None
    except TypeError as error:
        raise Raised("TypeError", str(error), "bad-link", name) from None


def _judge_source(
    walk: Walk, declared: Declared, link: list[Any], depth: int
) -> Generator[str, Outcome, bool]:
    """Follow a link. An exception in the source is filed under the source, in terms of this input."""
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
        walk.file(source, Outcome(False, [error]))
        walk.raised[source] = raised
        return False
    return outcome.valid


def _judge_value(
    walk: Walk, node_id: str, rules: NodeRules, declared: Declared, values: dict[str, Any]
) -> dict[str, Any] | None:
    """Judge a value that is no link, and put what it is converted to in its place."""
    name = declared.name
    value, error = convert(declared, unwrap(values[name]))
    values[name] = value
    if error is not None or (rules.validator is not None and rules.validator.takes(name)):
        return error
    error = past_limits(declared, value)
    if error is not None or declared.choices is None:
        return error
    error = off_list(declared, value, tuple_shown=prints_tuple(rules.class_type, name))
    if error is not None and _is_of_files(walk, rules, declared, value):
        walk.unknowable.add((node_id, name))
        return error if walk.files_known else None
    return error


def _is_of_files(walk: Walk, rules: NodeRules, declared: Declared, value: Any) -> bool:
    choices = declared.choices
    if not isinstance(value, str):
        return False
    if not walk.files_known and choices == [] and "remote" not in declared.options:
        return True  # a list that was empty where the catalogue was made
    return is_file(rules.class_type, declared.name, value, choices)


def _joined(cycle: Outcome | None, valid: bool, errors: list[dict[str, Any]]) -> Outcome:
    """The outcome of a node, with what a cycle through it has said of it in the meantime."""
    if cycle is None:
        return Outcome(valid and not errors, errors)
    more = [error for error in errors if error not in cycle.errors]
    return Outcome(False, cycle.errors + more)
