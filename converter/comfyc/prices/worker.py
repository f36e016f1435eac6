"""The process that evaluates expressions: a line of JSON in for each, and a line out.

It is ended by who asks it when an answer takes too long. Should nobody be there any more to end it, it ends
all the same.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

_LIMITS: dict[str, Any] = {
    "timeout": 5.0,
    "max_depth": 100,
    "max_steps": 20_000,
    "max_string_length": 1 << 16,
    "max_array_length": 10_000,
    "max_result_size": 1 << 16,
}
"""The expressions of ComfyUI 0.33.0 take up to 177 steps, 20 levels and 171 bytes."""
_SECONDS = 60
"""Seconds of the processor for all expressions."""
_MEMORY = 1 << 30
_MESSAGE = 200
"""Characters of an error's message, which may be the expression's own."""


def answer(question: str) -> dict[str, Any]:
    """``{"result": ...}`` of an expression on a context, both in ``question`` as a list in JSON, or
    ``{"error": why}``."""
    from jlens import Expression, JlensError  # noqa: PLC0415 - an extra: only prices need it

    expression, context = json.loads(question)
    try:
        return {"result": Expression(expression).evaluate(context, **_LIMITS)}
    except JlensError as error:
        return {"error": f"its expression fails: {str(error)[:_MESSAGE]}"}


def main() -> None:
    """Answer the lines of stdin on stdout; a first line says that it has begun."""
    _begin()
    print("{}", flush=True)
    for question in sys.stdin:
        print(json.dumps(answer(question)), flush=True)


def _begin() -> None:
    """Leave Ctrl-C to the other side, and take little memory and time where the system can see to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
