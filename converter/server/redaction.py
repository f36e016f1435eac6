"""Secrets taken out of what a server says: it knows them, and may repeat them in a traceback or a text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from converter.server.access import Access
from converter.server.events import Event, NodeFailed, NodeOutput, NodeText
from converter.server.outcome import Output, Run


def redact_event(access: Access, event: Event) -> Event:
    """The event, with secrets hidden wherever the server's own words are in it."""
    if not access.secrets:
        return event
    if isinstance(event, NodeFailed):
        return _redact_failure(access, event)
    if isinstance(event, NodeText):
        return replace(event, text=access.redact(event.text))
    if isinstance(event, NodeOutput):
        return replace(event, output=redact_json(access, event.output))
    return event


def redact_run(access: Access, run: Run) -> Run:
    """The run, with secrets hidden; names of files stay as they are, since they must be asked for."""
    if not access.secrets:
        return run
    outputs = {node: tuple(_redact_output(access, one) for one in many) for node, many in run.outputs.items()}
    return replace(
        run,
        outputs=outputs,
        node_errors=redact_json(access, run.node_errors),
        rejection=redact_json(access, run.rejection),
        failure=_redact_failure(access, run.failure) if run.failure else None,
        blocked=tuple(_redact_failure(access, one) for one in run.blocked),
    )


def redact_json(access: Access, value: Any) -> Any:
    """A JSON value with secrets hidden in its keys and texts; ``None`` if it is too deep to be looked at."""
    try:
        text = json.dumps(value, ensure_ascii=False)
        hidden = access.redact(text)
        return json.loads(hidden) if hidden != text else value
    except (TypeError, ValueError, RecursionError):
        return None


def _redact_failure(access: Access, failure: NodeFailed) -> NodeFailed:
    return replace(
        failure,
        message=access.redact(failure.message),
        traceback=tuple(access.redact(line) for line in failure.traceback),
    )


def _redact_output(access: Access, output: Output) -> Output:
    if output.kind == "file":
        return output
    return replace(output, text=access.redact(output.text), value=redact_json(access, output.value))
