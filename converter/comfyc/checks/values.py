"""What the server does with an input's value: unwrap it, convert it, check limits and the list of options.

Source of the behaviour: the second half of execution.validate_inputs. The server converts with Python's
int(), float(), str() and bool(); so does this module, with equal results and error messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from comfyc.checks.rules import Declared

_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
}

WRAPPER = "__value__"

_MAX_QUOTED_OPTIONS = 20
"""An error quotes the list of options only up to this length."""


class Raised(Exception):  # noqa: N818 - it is not an error here: it is the server's exception, as a value
    """An exception that validation on the server would raise: ``kind`` is its Python type, ``text`` its
    message.

    ``reason`` classifies the cause (see ``explanations.explain_exception``); ``name`` is the input that was
    being validated, if any.
    """

    def __init__(self, kind: str, text: str, reason: str, name: str | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.reason = reason
        self.name = name


def problem(kind: str, message: str, details: str, **extra_info: Any) -> dict[str, Any]:
    """One error in the shape of the server's answer."""
    return {"type": kind, "message": message, "details": details, "extra_info": extra_info}


def unwrap(value: Any) -> Any:
    """Unwrap a value from ``{"__value__": ...}``, which keeps a list from being read as a link. One level."""
    if isinstance(value, dict) and WRAPPER in value:
        return value[WRAPPER]
    return value


def convert(declared: Declared, value: Any) -> tuple[Any, dict[str, Any] | None]:
    """Convert a value to the type of its input. Returns the value (unchanged on failure) and the error."""
    conversion = _CONVERSIONS.get(declared.type) if isinstance(declared.type, str) else None
    if conversion is None:
        return value, None
    try:
        return conversion(value), None
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return value, problem(
            "invalid_input_type",
            f"Failed to convert an input value to a {declared.type} value",
            f"{declared.name}, {value}, {error}",
            input_name=declared.name,
            input_config=declared.config,
            received_value=value,
            exception_message=str(error),
        )


def past_limits(declared: Declared, value: Any) -> dict[str, Any] | None:
    """The error if a value is outside the input's limits. Raises ``Raised`` if Python cannot compare them."""
    options = declared.options
    try:
        if "min" in options and value < options["min"]:
            kind, text = "value_smaller_than_min", f"Value {value} smaller than min of {options['min']}"
        elif "max" in options and value > options["max"]:
            kind, text = "value_bigger_than_max", f"Value {value} bigger than max of {options['max']}"
        else:
            return None
    except TypeError as error:
        raise Raised("TypeError", str(error), "compare", declared.name) from None
    extra = {"input_name": declared.name, "input_config": declared.config, "received_value": value}
    return problem(kind, text, declared.name, **extra)


class OffStep(NamedTuple):
    """The step of a number, and the multiples of it on both sides of a value."""

    step: int
    below: int
    above: int


def off_step(declared: Declared, value: Any) -> OffStep | None:
    """The step that a whole number misses, counted from 0 and from the smallest value; None if it misses
    none, or if the input has no step above 1."""
    step, least = declared.options.get("step"), declared.options.get("min")
    if declared.type != "INT" or not isinstance(value, int) or not isinstance(step, int) or step <= 1:
        return None
    if not value % step or not (value - (least if isinstance(least, int) else 0)) % step:
        return None
    below = value - value % step
    return OffStep(step, below, below + step)


def off_list(declared: Declared, value: Any, *, tuple_shown: bool = False) -> dict[str, Any] | None:
    """The error if the value of a combo is not one of its options.

    As Python's ``in`` compares, 1, 1.0 and True are equal. ``tuple_shown``: the options are a tuple on the
    server, and its error shows them as one.
    """
    choices = declared.choices if isinstance(declared.choices, list) else []
    several = bool(declared.options.get("multiselect")) and isinstance(value, list)
    wrong = [item for item in (value if several else [value]) if item not in choices]
    if not wrong:
        return None
    config: list[Any] | None = declared.config
    shown = str(tuple(choices) if tuple_shown else choices)
    if len(choices) > _MAX_QUOTED_OPTIONS:
        config, shown = None, f"(list of length {len(choices)})"
    return problem(
        "value_not_in_list",
        "Value not in list",
        f"{declared.name}: {', '.join(map(repr, wrong))} not in {shown}",
        input_name=declared.name,
        input_config=config,
        received_value=value,
    )
