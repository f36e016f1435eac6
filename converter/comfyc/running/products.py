"""What a run has to show for itself, as diagnostics: nothing, less than it should, something old, or other
than what was expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer, Rule
from comfyc.running.records.outcome import REFUSED, Attempt, Run
from comfyc.running.records.sent_pictures import SENDERS
from comfyc.safety.escaping import printable

if TYPE_CHECKING:
    from comfyc.expectations import Expectations, Produced

Where = Callable[[str, str | None], tuple[Pointer, str | None]]
"""(node id, input name or ``None``) -> the pointer into the user's file and the title of the node."""

_SHOWN_NODES = 5


def nowhere(node: str, name: str | None) -> tuple[Pointer, str | None]:
    """The pointer and title of a node of which there is no file."""
    return (), None


def report_products(run: Run, diagnostics: Collector, where: Where) -> None:
    """Report what is odd about the outputs of a run, and what was tried before it."""
    for attempt in run.attempts:
        _report_attempt(attempt, run, diagnostics)
    for node, count in run.missed.items():
        pictures = "a picture" if count == 1 else f"{count} pictures"
        message = (
            f"{pictures} that this node sent over the WebSocket did not arrive, and the server keeps no copy"
        )
        hint = "run it again, or use SaveImage, whose files stay on the server"
        _report(codes.PICTURE_MISSED, message, hint, run, diagnostics, where, node)
    for node, kind in run.silent.items():
        if kind in SENDERS and node in run.cached and run.has_product:
            message = f"'{kind}' was in the server's cache, so it sent no pictures"
            hint = "use `comfyc run --seed random`, or SaveImage, whose files stay on the server"
            _report(codes.PICTURE_CACHED, message, hint, run, diagnostics, where, node)
    if run.left_out:
        message = f"the server lists {run.left_out:,} outputs beyond the limit; they were not saved"
        hint = "use `comfyc run --limit outputs=NUMBER`, or copy them from the server's output folder"
        _report(codes.OUTPUTS_LEFT_OUT, message, hint, run, diagnostics, where)
    if run.is_unfinished:
        message = "the server announced another batch but never showed it, so the outputs are incomplete"
        _report(codes.BATCH_UNFINISHED, message, "run: comfyc queue --anyone", run, diagnostics, where)
    if run.status != "success" or not run.is_followed:
        return
    if run.has_product:
        if run.is_all_cached:
            message = (
                "no node was run: everything was in the server's cache; the files are those of an earlier run"
            )
            hint = (
                "`comfyc run --seed random` makes new ones"
                if run.seeds
                else "change a value: no seed was set"
            )
            diagnostics.report(codes.ALL_CACHED, message, hint=hint)
    elif not (run.missed or run.is_unfinished or run.blocked):  # which have findings of their own
        why, remedy, at = _why_nothing(run)
        message = f"the run succeeded, but there is nothing to save or to print: {why}"
        _report(codes.NOTHING_SAVED, message, remedy, run, diagnostics, where, at)


def products_of(run: Run, titles: Mapping[str, str]) -> list[Produced]:
    """The files of a run that were saved, and its texts, in the order of the server's record; ``titles`` are
    those of the nodes of its prompt, by their ids."""
    from comfyc.expectations import Produced  # noqa: PLC0415 - few runs are expected to be anything

    found = []
    for node, output in run.each_output():
        title = titles.get(node.partition(".")[0], "")
        if output.kind == "file" and output.path is not None:
            found.append(Produced("file", node, title, output.key, Path(output.path)))
        elif output.kind == "text":
            found.append(Produced("text", node, title, output.key, text=output.text))
    return found


def report_unexpected(
    run: Run,
    expectations: Expectations,
    stem: str,
    titles: Mapping[str, str],
    diagnostics: Collector,
    where: Where,
) -> None:
    """Report what is not as expected in the outputs of a run that went well. ``stem`` is what its pictures
    are called among those that were kept, ``titles`` are those of the nodes."""
    if run.status != "success" or not run.is_followed:
        return
    for one in expectations.judge(products_of(run, titles), stem, seconds=run.seconds):
        node = one.node
        pointer, title = where(node.partition(".")[0], None) if node is not None else ((), None)
        data = {"prompt_id": run.last_id, "server": run.server, **one.data}
        diagnostics.report(
            one.rule, one.message, pointer=pointer, node=node, title=title, hint=one.hint, data=data
        )


def _why_nothing(run: Run) -> tuple[str, str, str | None]:
    """The reason in words, what to try, and the node to point at."""
    if run.is_all_cached or (run.silent and set(run.silent) <= set(run.cached)):
        why = "the output nodes were in the server's cache, so they did not run again and produced no outputs"
        return (
            why,
            "use `comfyc run --seed random`, or change what they depend on",
            next(iter(run.silent), None),
        )
    inputs = [node for node, one in run.each_output() if one.kind == "file" and one.type == "input"]
    if inputs:
        why = "the files are in the server's folder 'input', which is not downloaded from"
        return why, "add a node that saves, such as SaveImage", inputs[0]
    odd = {node: printable(one.key) for node, one in run.each_output()}
    if odd:
        node, key = next(iter(odd.items()))
        why = f"the output '{key}' is neither a file nor a text; only a browser can show it"
        return why, "read it with --json, or add a node that saves", node
    if not run.silent:
        return "the server lists no outputs", "look at the server's log", None
    names = [f"'{printable(kind)}'" for kind in dict.fromkeys(run.silent.values())][:_SHOWN_NODES]
    why = f"{', '.join(names)} reported no files to the server (though it may write some there)"
    return why, "add a node that saves, such as SaveImage", next(iter(run.silent))


def _report_attempt(attempt: Attempt, run: Run, diagnostics: Collector) -> None:
    server, prompt_id = printable(attempt.server), printable(attempt.prompt_id)
    data = {"server": attempt.server, "prompt_id": attempt.prompt_id, "why": attempt.why}
    elsewhere = "" if run.server == attempt.server else f" to '{printable(run.server)}'"
    if attempt.why in ("unreachable", "undecided"):
        message = f"it is not known whether '{server}' has the prompt {prompt_id} ({attempt.why})"
        if run.status == "unknown" and run.server == attempt.server:
            message += ": it was not found there"
        else:
            message += f": it was sent again{elsewhere} and may run twice"
        hint = f"remove it with: comfyc cancel {prompt_id} --server {server}"
        diagnostics.report(codes.MADE_AGAIN, message, hint=hint, data=data)
        return
    if attempt.why == "restarted":
        message = f"'{server}' was restarted and lost the prompt {prompt_id}, so it was sent again{elsewhere}"
        hint = "files that the lost attempt saved are only in the server's folder 'output'"
        diagnostics.report(codes.MADE_AGAIN, message, hint=hint, data=data)
        return
    if attempt.why.startswith(REFUSED):
        message = f"'{server}' cannot run it ({printable(attempt.why)}), so it was sent{elsewhere}"
        hint = "install what is missing there, or leave out that server"
        diagnostics.report(codes.SERVER_LACKS, message, hint=hint, data=data)
        return
    message = f"'{server}' could not run it: {printable(attempt.why)}"
    diagnostics.report(codes.SERVER_SET_ASIDE, message, hint="run: comfyc status", data=data)


def _report(
    rule: Rule,
    message: str,
    hint: str,
    run: Run,
    diagnostics: Collector,
    where: Where,
    node: str | None = None,
) -> None:
    pointer, title = where(node, None) if node is not None else ((), None)
    data: dict[str, Any] = {"prompt_id": run.last_id, "server": run.server, "wait": run.wait}
    diagnostics.report(rule, message, pointer=pointer, node=node, title=title, hint=hint, data=data)
