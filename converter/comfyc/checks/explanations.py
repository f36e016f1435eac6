"""Messages and hints for the server's errors about inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc import codes
from comfyc.checks.links import may_link
from comfyc.checks.reporting import PromptGuesses, cut, listed, quoted
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
"""The core node that converts between two types, by (output type, input type)."""

_WRAP = 'wrap a list that is meant as a value: {"__value__": [...]}'


@dataclass(frozen=True, slots=True)
class ServerError:
    """One error of the server about an input of a node, with the context that explains it."""

    raw: Mapping[str, Any]
    node: Mapping[str, Any]
    rules: NodeRules
    prompt: Mapping[str, Any]
    all_rules: Rules
    guesses: PromptGuesses

    @property
    def name(self) -> str:
        name: str = self.raw["extra_info"]["input_name"]
        return name

    @property
    def inputs(self) -> Mapping[str, Any]:
        inputs: Mapping[str, Any] = self.node["inputs"]
        return inputs

    def info(self, key: str) -> Any:
        return self.raw["extra_info"][key]

    def wanted(self) -> Any:
        """The type of the input; for a V1 combo the list of its options."""
        return self.rules.declared_inputs(self.inputs).inputs[self.name].type


Words = tuple[str, str | None]


def _missing(error: ServerError) -> Words:
    kind = error.wanted()
    spare = [given for given in error.inputs if given not in error.rules.declared_inputs(error.inputs).inputs]
    meant = error.guesses.nearest(error.name, spare)
    hint = f"give '{error.name}' a value, or link it"
    if meant is not None:
        hint = f"rename '{meant}' to '{error.name}'"
    elif isinstance(kind, str) and kind not in _PLAIN:
        hint = f"link an output of type {kind} to '{error.name}'"
    return f"required input is missing: '{error.name}'", hint


def _bad_link(error: ServerError) -> Words:
    words = "bad linked input, must be a length-2 list of [node_id, slot_index]"
    return f"{words}: '{error.name}' is {quoted(error.info('received_value'))}", _WRAP


def _mismatch(error: ServerError) -> Words:
    wanted, given = error.wanted(), error.info("received_type")
    source, slot = error.info("linked_node")
    message = (
        f"return type mismatch between linked nodes: '{error.name}' takes {_type(wanted)}, "
        f"output {slot} of node '{source}' is {_type(given)}"
    )
    rules = error.all_rules.of(error.prompt[source]["class_type"])
    outputs = rules.returns if rules is not None else ()
    fitting = next((index for index, kind in enumerate(outputs) if may_link(kind, wanted)), None)
    if fitting is not None:
        return message, f"link output {fitting} of node '{source}'"
    between = _CONVERTERS.get((str(given), str(wanted)))
    return (
        message,
        f"insert a {between} node between them" if between else f"link an output of type {_type(wanted)}",
    )


def _type(kind: Any) -> str:
    return kind if isinstance(kind, str) else f"one of {listed(kind)}"


def _not_converted(error: ServerError) -> Words:
    kind = error.wanted()
    words = f"failed to convert an input value to a {kind} value"
    value = quoted(error.info("received_value"))
    hint = {"INT": "use a whole number", "FLOAT": "use a number"}.get(kind)
    return f"{words}: '{error.name}' is {value} ({cut(error.info('exception_message'))})", hint


def _off_list(error: ServerError) -> Words:
    value = error.info("received_value")
    choices = error.rules.declared_inputs(error.inputs).inputs[error.name].choices
    message = f"value not in list: '{error.name}' is {quoted(value)}"
    if not choices:
        return message, f"'{error.name}' has no options in this catalogue: omit it, or use a newer catalogue"
    meant = error.guesses.nearest(value, choices)
    return message, f"use {quoted(meant)}" if meant is not None else f"use one of {listed(choices)}"


def _too_small(error: ServerError) -> Words:
    least = error.info("input_config")[1]["min"]
    value = quoted(error.info("received_value"))
    return f"value {value} smaller than min of {least}: '{error.name}'", f"use at least {least}"


def _too_big(error: ServerError) -> Words:
    most = error.info("input_config")[1]["max"]
    value = quoted(error.info("received_value"))
    return f"value {value} bigger than max of {most}: '{error.name}'", f"use at most {most}"


def _refused(error: ServerError) -> Words:
    return f"custom validation failed for the node: {cut(error.raw['details'])}", None


EXPLAIN: Mapping[str, tuple[Rule, Callable[[ServerError], Words]]] = {
    "required_input_missing": (codes.REQUIRED_INPUT_MISSING, _missing),
    "bad_linked_input": (codes.BAD_LINKED_INPUT, _bad_link),
    "return_type_mismatch": (codes.RETURN_TYPE_MISMATCH, _mismatch),
    "invalid_input_type": (codes.INVALID_INPUT_TYPE, _not_converted),
    "value_not_in_list": (codes.VALUE_NOT_IN_LIST, _off_list),
    "value_smaller_than_min": (codes.VALUE_SMALLER_THAN_MIN, _too_small),
    "value_bigger_than_max": (codes.VALUE_BIGGER_THAN_MAX, _too_big),
    "custom_validation_failed": (codes.CUSTOM_VALIDATION_FAILED, _refused),
}
"""The rule and the function that words the message, by the server's error type."""


def explain_exception(
    raised: Raised, node: Mapping[str, Any], prompt: Mapping[str, Any], all_rules: Rules
) -> tuple[Rule, Words]:
    """The rule, message and hint for an exception that validating a node would raise."""
    link = node.get("inputs", {}).get(raised.name)
    if raised.reason == "missing-source":
        meant = str(link[0]).strip()
        other = f"link node '{meant}'" if meant in prompt else "link another node, or restore this one"
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
        message = f"'{raised.name}' is {quoted(link)}: every list is a link, and this one is malformed"
        message = f"{message} ({raised.text})"
        return codes.MALFORMED_LINK, (message, _WRAP)
    if raised.reason == "no-inputs":
        return codes.NODE_WITHOUT_INPUTS, ("the node has no 'inputs'", 'add an empty object: "inputs": {}')
    if raised.reason == "too-deep":
        message = (
            "the chain of nodes that ends here is too long for the server: maximum recursion depth exceeded"
        )
        return codes.PROMPT_TOO_DEEP, (message, "split the prompt into several")
    about = f" at '{raised.name}'" if raised.name is not None else ""
    message = f"exception when validating the node{about}: {cut(raised.text).rstrip('.')}"
    remedy = f"give '{raised.name}' another value" if raised.name is not None else None
    return codes.EXCEPTION_DURING_VALIDATION, (message, remedy)
