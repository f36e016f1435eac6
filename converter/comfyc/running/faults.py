"""What went wrong on the server, as findings that point into the user's file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Rule
from comfyc.running.client.wire import text_or_none
from comfyc.running.products import Where, report_products
from comfyc.running.records.events import NodeFailed, Reason
from comfyc.running.records.outcome import Run
from comfyc.safety.escaping import printable

_SHOWN_LINES = 6
_HINTS = {
    "value_not_in_list": "choose one of the values that this server has",
    "missing_node_type": "install the custom node on the server, or use a server that has it",
    "prompt_no_outputs": "add an output node, such as SaveImage or PreviewImage",
    "prompt_outputs_failed_validation": "correct the nodes named above, or run: comfyc validate",
    "required_input_missing": "connect the input or give it a value",
    "return_type_mismatch": "connect an output of the type that the input accepts",
    "custom_validation_failed": "give the input a value that exists on this server",
}
_GONE: tuple[Reason, ...] = ("deleted", "restarted")
"""Nothing is left on the server that could be taken up again."""
_ENDINGS: dict[Reason, tuple[Rule, str, str]] = {
    "interrupted-by-us": (codes.RUN_INTERRUPTED, "the run was interrupted", "run it again"),
    "interrupted-by-other": (
        codes.RUN_INTERRUPTED,
        "somebody else interrupted the run on the server",
        "run it again",
    ),
    "deleted": (
        codes.RUN_LOST,
        "somebody deleted the prompt from the server's queue",
        "run it again",
    ),
    "restarted": (
        codes.RUN_LOST,
        "the server was restarted and lost the prompt",
        "run it again; if the server crashed, look at its log first",
    ),
    "undecided": (
        codes.RUN_UNKNOWN,
        "it is not known whether the server has the prompt",
        "do not simply run it again: it may still arrive there",
    ),
    "unreachable": (codes.SERVER_GONE, "the server stopped answering", "look for it once the server is back"),
    "total": (codes.RUN_TIMED_OUT, "the run took too long", "raise --timeout"),
    "idle": (
        codes.RUN_SILENT,
        "the server sent no news of the prompt for too long",
        "raise --idle if the server's log shows that it is still working",
    ),
    "unanswered": (
        codes.RUN_UNANSWERED,
        "a node waited for an answer from the browser, and none came",
        "answer it in a browser, or take the node out; --idle waits longer",
    ),
    "dead-worker": (
        codes.DEAD_WORKER,
        "the server's worker thread has died, so this prompt will never end",
        "restart the server, then check the workflow with: comfyc validate",
    ),
}


def node_error_diagnostics(
    answer: Mapping[str, Any], diagnostics: Collector, where: Where, *, allow_partial: bool = False
) -> None:
    """Report an answer of POST /prompt: its ``error`` (HTTP 400) and its ``node_errors``.

    Without an ``error`` the server ran the other outputs (partial validation): S403, or S404 if that is
    allowed. Anything that is not of the server's shape is passed over.
    """
    error = answer.get("error")
    if isinstance(error, Mapping):
        _report_prompt_error(error, diagnostics, where)
        rule = codes.NODE_REJECTED
    else:
        rule = codes.OUTPUT_LEFT_OUT if allow_partial else codes.OUTPUT_REJECTED
    nodes = answer.get("node_errors")
    for node, entry in nodes.items() if isinstance(nodes, Mapping) else ():
        errors = entry.get("errors") if isinstance(entry, Mapping) else None
        for found in errors if isinstance(errors, list) else ():
            if isinstance(found, Mapping):
                _report_node_error(str(node), entry, found, rule, diagnostics, where)


def run_diagnostics(run: Run, diagnostics: Collector, where: Where, *, allow_partial: bool = False) -> None:
    """Report all that is to be said about a run; nothing for one that simply went well."""
    answer = {"error": run.rejection, "node_errors": run.node_errors}
    node_error_diagnostics(answer, diagnostics, where, allow_partial=allow_partial)
    if run.status == "error" and run.reason == "node-failed":
        _report_failure(run.failure, run, codes.NODE_FAILED, diagnostics, where)
    for blocked in run.blocked:
        _report_failure(blocked, run, codes.NODE_BLOCKED, diagnostics, where)
    if run.reason in _ENDINGS:
        _report_ending(run, run.reason, diagnostics, where)
    report_products(run, diagnostics, where)
    _report_files(run, diagnostics, where)


def _report_prompt_error(error: Mapping[str, Any], diagnostics: Collector, where: Where) -> None:
    kind = _text(error, "type")
    extra = error.get("extra_info")
    node = text_or_none(extra.get("node_id")) if isinstance(extra, Mapping) else None
    pointer, title = where(node, None) if node is not None else ((), None)
    diagnostics.report(
        codes.PROMPT_REJECTED,
        _words(error),
        pointer=pointer,
        node=node,
        title=title,
        hint=_HINTS.get(kind),
        data={"server": {"type": kind, "details": _text(error, "details")}},
    )


def _report_node_error(
    node: str,
    entry: Mapping[str, Any],
    error: Mapping[str, Any],
    rule: Rule,
    diagnostics: Collector,
    where: Where,
) -> None:
    kind = _text(error, "type")
    extra = error.get("extra_info")
    name = extra.get("input_name") if isinstance(extra, Mapping) else None
    pointer, title = where(node, name if isinstance(name, str) else None)
    dependent = entry.get("dependent_outputs")
    data = {
        "server": {"type": kind, "details": _text(error, "details")},
        "class_type": _text(entry, "class_type"),
        "leaves_out": [str(one) for one in dependent] if isinstance(dependent, list) else [],
    }
    diagnostics.report(
        rule, _words(error), pointer=pointer, node=node, title=title, hint=_HINTS.get(kind), data=data
    )


def _report_failure(
    failure: NodeFailed | None, run: Run, rule: Rule, diagnostics: Collector, where: Where
) -> None:
    if failure is None:
        message = "the server reports that the prompt failed, but not why"
        diagnostics.report(rule, message, hint=_with_id("look at the server's log", run), data=_ids(run))
        return
    node = failure.node if where(failure.node, None)[0] else failure.node.partition(".")[0]
    pointer, title = where(node, None)
    kind = failure.exception_type or "an exception"
    if failure.is_blocked:
        message = f"'{failure.class_type}' did not run: {failure.message}"
        hint = None
    else:
        message = f"'{failure.class_type}' raised {kind}: {failure.message or 'no message'}"
        hint = "look at the server's log for the whole traceback"
        if "OutOfMemory" in kind or "out of memory" in failure.message.lower():
            hint = "use smaller pictures, a smaller batch or a smaller model"
        hint = _with_id(hint, run)
    data = {
        "class_type": failure.class_type,
        "exception_type": failure.exception_type,
        "traceback": list(failure.traceback[-_SHOWN_LINES:]),
        **_ids(run),
    }
    diagnostics.report(
        rule, printable(message), pointer=pointer, node=failure.node, title=title, hint=hint, data=data
    )


def _report_ending(run: Run, reason: Reason, diagnostics: Collector, where: Where) -> None:
    rule, message, hint = _ENDINGS[reason]
    if run.doubt is not None:
        rule = codes.RUN_UNKNOWN
        message = f"it is not known whether the server has the prompt: {printable(run.doubt)}"
    node = run.node_at_work
    pointer, title = where(node, None) if node is not None else ((), None)
    if node is not None and reason in (
        "idle",
        "unanswered",
        "total",
        "interrupted-by-us",
        "interrupted-by-other",
    ):
        message += f" (at node {printable(node)})"
    if run.is_left and reason != "dead-worker":
        what = "that node, which ignores interrupts" if node is not None else "the prompt regardless"
        message += f"; the server is still running {what}"
    diagnostics.report(
        rule,
        message,
        pointer=pointer,
        node=node,
        title=title,
        hint=_what_next(hint, run),
        data=_ids(run),
    )


def _what_next(hint: str, run: Run) -> str:
    """The hint, and what to do with the prompt's id."""
    if run.status == "unknown" and run.wait:
        return f"{hint}; find out with: {run.wait}"
    return f"{hint}; the prompt was {run.prompt_id}" if run.reason in _GONE else _with_id(hint, run)


def _with_id(hint: str, run: Run) -> str:
    """The hint, and the command that takes the prompt up again."""
    return f"{hint}; resume the prompt with: {run.wait}" if run.wait else hint


def _ids(run: Run) -> dict[str, Any]:
    return {"prompt_id": run.prompt_id, "server": run.server, "wait": run.wait}


def _report_files(run: Run, diagnostics: Collector, where: Where) -> None:
    for node, output in run.each_output():
        pointer, title = where(node, None)
        name = printable(output.filename or output.key)
        if output.problem is not None:
            message = f"output '{name}' was not saved: {printable(output.problem)}"
            diagnostics.report(
                codes.OUTPUT_NOT_SAVED,
                message,
                pointer=pointer,
                node=node,
                title=title,
                hint=f"download it with: {run.wait}" if run.wait and output.type != "socket" else None,
                data=_ids(run),
            )
        elif output.path is not None and output.kind == "file" and output.type != "socket":
            saved = PurePath(output.path).name
            if saved != (output.target[-1] if output.target else output.filename):
                message = f"output '{name}' was saved as '{saved}'"
                diagnostics.report(codes.FILE_RENAMED, message, pointer=pointer, node=node, title=title)


def _words(error: Mapping[str, Any]) -> str:
    """The server's message and details as one line in the manner of this house."""
    message, details = _text(error, "message"), _text(error, "details")
    text = f"{message}: {details}" if details and details not in message else message
    text = printable(text).strip().rstrip(".") or "the server gives no reason"
    first, second = text[:1], text[1:2]
    return first.lower() + text[1:] if second.islower() or second == " " else text


def _text(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""
