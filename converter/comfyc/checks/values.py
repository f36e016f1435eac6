"""What the server does with a value that is no link: unwrap, convert, hold against limits and list.

Source of the behaviour: the second half of execution.validate_inputs. The conversions are Python's own,
so they are done here by Python itself: the same results, and the same words when they fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from comfyc.checks.rules import Declared

_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
}

WRAPPER = "__value__"

_SHOWN_OPTIONS = 20
"""A list of more options than this is not quoted in an error."""


class Raised(Exception):  # noqa: N818 - it is not an error here: it is the server's exception, as a value
    """An exception that the server would meet: its Python type, its text, and where it comes from.

    ``reason`` is our own word for the cause; ``name`` is the input being judged, if one was.
    """

    def __init__(self, kind: str, text: str, reason: str, name: str | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.reason = reason
        self.name = name


def problem(kind: str, message: str, details: str, **extra_info: Any) -> dict[str, Any]:
    """One error in the server's shape."""
    return {"type": kind, "message": message, "details": details, "extra_info": extra_info}


def unwrap(value: Any) -> Any:
    """Take a value out of the wrapper that keeps a list from being read as a link. One level only."""
    if isinstance(value, dict) and WRAPPER in value:
        return value[WRAPPER]
    return value


def convert(declared: Declared, value: Any) -> tuple[Any, dict[str, Any] | None]:
    """The value as the type wants it, and the error if Python cannot make it that."""
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
    """The error if a value is beyond its limits, of whatever type. ``Raised`` if Python cannot compare."""
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


def off_list(declared: Declared, value: Any, *, tuple_shown: bool = False) -> dict[str, Any] | None:
    """The error if the value of a combo is not in its list (``in``, as Python compares: 1 is 1.0 is True).

    ``tuple_shown``: the list is a tuple in Python and is quoted as one.
    """
    choices = declared.choices if isinstance(declared.choices, list) else []
    several = bool(declared.options.get("multiselect")) and isinstance(value, list)
    wrong = [item for item in (value if several else [value]) if item not in choices]
    if not wrong:
        return None
    config: list[Any] | None = declared.config
    shown = str(tuple(choices) if tuple_shown else choices)
    if len(choices) > _SHOWN_OPTIONS:
        config, shown = None, f"(list of length {len(choices)})"
    return problem(
        "value_not_in_list",
        "Value not in list",
        f"{declared.name}: {', '.join(map(repr, wrong))} not in {shown}",
        input_name=declared.name,
        input_config=config,
        received_value=value,
    )
