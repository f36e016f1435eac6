"""What to say of an error that the server reports about an input, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc import codes
from comfyc.checks.links import may_link
from comfyc.checks.reporting import Guesses, listed, quoted, shortened
from comfyc.checks.rules import NodeRules, Rules
from comfyc.checks.values import Raised
from comfyc.diagnostics import Rule

_PLAIN = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"})
_CONVERTERS = {
    ("LATENT", "IMAGE"): "VAEDecode",
    ("IMAGE", "LATENT"): "VAEEncode",
    ("MASK", "IMAGE"): "MaskToImage",
    ("IMAGE", "MASK"): "ImageToMask",
}
"""From a type to a type: the core node that goes between."""

_WRAP = 'wrap a list that is a value: {"__value__": [...]}'


@dataclass(frozen=True, slots=True)
class Found:
    """One error of the server about one node, with what is needed to explain it."""

    error: Mapping[str, Any]
    node: Mapping[str, Any]
    rules: NodeRules
    prompt: Mapping[str, Any]
    all_rules: Rules
    guesses: Guesses

    @property
    def name(self) -> str:
        name: str = self.error["extra_info"]["input_name"]
        return name

    @property
    def inputs(self) -> Mapping[str, Any]:
        inputs: Mapping[str, Any] = self.node["inputs"]
        return inputs

    def info(self, key: str) -> Any:
        return self.error["extra_info"][key]

    def wanted(self) -> Any:
        """The type of the input; a list is that of its options."""
        return self.rules.table(self.inputs).inputs[self.name].type


Words = tuple[str, str | None]


def _missing(found: Found) -> Words:
    kind = found.wanted()
    spare = [given for given in found.inputs if given not in found.rules.table(found.inputs).inputs]
    meant = found.guesses.nearest(found.name, spare)
    hint = f"give '{found.name}' a value, or link it"
    if meant is not None:
        hint = f"rename '{meant}' to '{found.name}'"
    elif isinstance(kind, str) and kind not in _PLAIN:
        hint = f"link an output of type {kind} to '{found.name}'"
    return f"required input is missing: '{found.name}'", hint


def _bad_link(found: Found) -> Words:
    words = "bad linked input, must be a length-2 list of [node_id, slot_index]"
    return f"{words}: '{found.name}' is {quoted(found.info('received_value'))}", _WRAP


def _mismatch(found: Found) -> Words:
    wanted, given = found.wanted(), found.info("received_type")
    source, slot = found.info("linked_node")
    message = (
        f"return type mismatch between linked nodes: '{found.name}' takes {_type(wanted)}, "
        f"output {slot} of node '{source}' gives {_type(given)}"
    )
    rules = found.all_rules.of(found.prompt[source]["class_type"])
    outputs = rules.returns if rules is not None else ()
    fitting = next((index for index, kind in enumerate(outputs) if may_link(kind, wanted)), None)
    if fitting is not None:
        return message, f"link output {fitting} of node '{source}'"
    between = _CONVERTERS.get((str(given), str(wanted)))
    return message, f"put a {between} between" if between else f"link an output of type {_type(wanted)}"


def _type(kind: Any) -> str:
    return kind if isinstance(kind, str) else f"one of {listed(kind)}"


def _not_converted(found: Found) -> Words:
    kind = found.wanted()
    words = f"failed to convert an input value to a {kind} value"
    value = quoted(found.info("received_value"))
    hint = {"INT": "give a whole number", "FLOAT": "give a number"}.get(kind)
    return f"{words}: '{found.name}' is {value} ({shortened(found.info('exception_message'))})", hint


def _off_list(found: Found) -> Words:
    value = found.info("received_value")
    choices = found.rules.table(found.inputs).inputs[found.name].choices
    message = f"value not in list: '{found.name}' is {quoted(value)}"
    if not choices:
        return message, f"'{found.name}' has no options here: leave it out, or take a newer catalogue"
    meant = found.guesses.nearest(value, choices)
    return message, f"use {quoted(meant)}" if meant is not None else f"use one of {listed(choices)}"


def _too_small(found: Found) -> Words:
    least = found.info("input_config")[1]["min"]
    value = quoted(found.info("received_value"))
    return f"value {value} smaller than min of {least}: '{found.name}'", f"give at least {least}"


def _too_big(found: Found) -> Words:
    most = found.info("input_config")[1]["max"]
    value = quoted(found.info("received_value"))
    return f"value {value} bigger than max of {most}: '{found.name}'", f"give at most {most}"


def _refused(found: Found) -> Words:
    return f"custom validation failed for the node: {shortened(found.error['details'])}", None


EXPLAIN: Mapping[str, tuple[Rule, Callable[[Found], Words]]] = {
    "required_input_missing": (codes.REQUIRED_INPUT_MISSING, _missing),
    "bad_linked_input": (codes.BAD_LINKED_INPUT, _bad_link),
    "return_type_mismatch": (codes.RETURN_TYPE_MISMATCH, _mismatch),
    "invalid_input_type": (codes.INVALID_INPUT_TYPE, _not_converted),
    "value_not_in_list": (codes.VALUE_NOT_IN_LIST, _off_list),
    "value_smaller_than_min": (codes.VALUE_SMALLER_THAN_MIN, _too_small),
    "value_bigger_than_max": (codes.VALUE_BIGGER_THAN_MAX, _too_big),
    "custom_validation_failed": (codes.CUSTOM_VALIDATION_FAILED, _refused),
}
"""By the server's type of error: our rule, and its words and hint."""


def explain_exception(
    raised: Raised, node: Mapping[str, Any], prompt: Mapping[str, Any], all_rules: Rules
) -> tuple[Rule, Words]:
    """The rule and the words for an exception in the server's validation of a node, by its cause."""
    link = node.get("inputs", {}).get(raised.name)
    if raised.reason == "missing-source":
        meant = str(link[0]).strip()
        other = f"link node '{meant}'" if meant in prompt else "link another node, or put this one back"
        message = f"'{raised.name}' links to node {quoted(link[0])}, which is not in the prompt"
        return codes.MISSING_SOURCE, (message, other)
    if raised.reason == "missing-output":
        class_type = prompt[link[0]]["class_type"]
        source = all_rules.of(class_type)
        outputs = [_type(kind) for kind in source.returns] if source is not None else []
        has = f"its outputs are {listed(outputs)}" if outputs else "it has no outputs"
        message = (
            f"'{raised.name}' links to output {quoted(link[1])} of node '{link[0]}' ({class_type}): {has}"
        )
        hint = f"link an output from 0 to {len(outputs) - 1}" if outputs else "link another node"
        return codes.MISSING_OUTPUT, (message, hint)
    if raised.reason == "bad-link":
        message = f"'{raised.name}' is {quoted(link)}, a list and so a link, and no good one: {raised.text}"
        return codes.MALFORMED_LINK, (message, _WRAP)
    if raised.reason == "no-inputs":
        return codes.NODE_WITHOUT_INPUTS, ("the node has no 'inputs'", 'add an empty object: "inputs": {}')
    if raised.reason == "too-deep":
        message = "the chain of nodes up to here is too long for the server: maximum recursion depth exceeded"
        return codes.PROMPT_TOO_DEEP, (message, "split the prompt")
    about = f" at '{raised.name}'" if raised.name is not None else ""
    message = f"exception when validating the node{about}: {shortened(raised.text).rstrip('.')}"
    remedy = f"give '{raised.name}' another value" if raised.name is not None else None
    return codes.EXCEPTION_DURING_VALIDATION, (message, remedy)
