"""What ``comfyc format`` does: all files read on all cores, and written, compared or shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.carriers import CARRIERS
from comfyc.cli.output.batch_bar import BatchBar
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import complain, show
from comfyc.cli.output.writing import note, save, spare, write_product, write_stdout
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.find_files import FoundFile, find_files
from comfyc.cli.work.format_one import FormatJob, Tidied, format_one
from comfyc.cli.work.processes import on_cores
from comfyc.cli.work.skipped_files import nothing_found, report_others, report_unseen
from comfyc.diagnostics import ComfycError, pointer_text
from comfyc.formatting import Stripping
from comfyc.safety.escaping import lines_of_text
from comfyc.safety.limits import DEFAULTS, Limits


@dataclass(frozen=True, slots=True)
class FormatWishes:
    """What is to be done with the files. ``output`` is where the result of a single one goes."""

    stripping: Stripping
    output: Path | None = None
    to_stdout: bool = False
    check: bool = False
    diff: bool = False
    as_json: bool = False
    skip_others: bool = False
    allow_empty: bool = False
    limits: Limits = DEFAULTS
    trusts: bool = False
    verbose: bool = False
    quiet: bool = False
    jobs: int = 0

    @property
    def only_looks(self) -> bool:
        """Whether nothing is written."""
        return self.check or self.diff


def format_all(paths: Sequence[str], wishes: FormatWishes) -> int:
    """Format all files that the paths lead to; the exit code."""
    goes_elsewhere = _goes_elsewhere(paths, wishes)
    configurations = Configurations(trusts=wishes.trusts)
    search = find_files(
        paths, configurations, "format", as_found=wishes.skip_others, allow_empty=wishes.allow_empty
    )
    files, problems = search.files, search.problems
    if goes_elsewhere and len(files) > 1:
        raise ComfycError("there are several files, but only one output", "format them in place, without -o")
    if wishes.output is not None:
        _refuse_carrier(wishes.output)
        spare([wishes.output], others=configurations.files)
    job = FormatJob(
        wishes.stripping,
        wishes.limits,
        not (goes_elsewhere or wishes.only_looks),
        goes_elsewhere,
        wishes.output,
        with_diff=wishes.diff,
    )
    bar = BatchBar(len(files), "formatting", quiet=wishes.quiet)
    made = on_cores(_work, files, _share, (job,), bar, wishes.jobs)
    problems += [one.problem for one in made if one.problem is not None]
    results = [one for one in made if not one.is_other and one.problem is None]
    others = [one.file for one in made if one.is_other]
    if not results and not problems and not wishes.allow_empty:
        problems = [nothing_found(paths)]
    show(
        [one.report or one.file for one in results],
        verbose=wishes.verbose,
        quiet=wishes.quiet,
        summary=False,
    )
    for problem in problems:
        complain(problem)
    if goes_elsewhere:
        _hand_on(results, wishes)
    if wishes.diff and not wishes.as_json:
        _show_diffs(results)
    if not wishes.quiet:
        report_others(others, verbose=wishes.verbose)
        _report(results, wishes, overwrites=job.overwrites)
    report_unseen(search, configurations)
    is_bad = any(one.is_refused or (one.changes and wishes.only_looks) for one in results)
    code = 2 if problems else 1 if is_bad else 0
    if wishes.as_json:
        answer = JsonAnswer("format", errors=list(problems))
        answer.results = [_as_json(one, wishes, overwrites=job.overwrites) for one in results]
        answer.add_findings(one.report for one in results)
        answer.more = {"skipped": others}
        answer.print(code)
    return code


def _goes_elsewhere(paths: Sequence[str], wishes: FormatWishes) -> bool:
    """Whether the result is not written over its file. ``ComfycError`` for what does not go together."""
    is_named = wishes.output is not None or wishes.to_stdout
    if "-" in paths and len(paths) > 1:
        raise ComfycError("stdin is formatted to stdout, and files in place", "pass - alone")
    if wishes.only_looks and is_named:
        name = "--check" if wishes.check else "--diff"
        raise ComfycError(f"{name} writes nothing, so that -o has no meaning", "leave one of them out")
    return (is_named or "-" in paths) and not wishes.only_looks


def _refuse_carrier(output: Path) -> None:
    """``ComfycError`` if the name of the output is that of a picture or another file that is no JSON."""
    for carrier in CARRIERS:
        if output.suffix.lower() in carrier.endings:
            raise ComfycError(
                f"'{output}' has the name of a {carrier.subject}, and what is written is JSON",
                "choose another name, as in -o flow.json",
            )


def _hand_on(results: Sequence[Tidied], wishes: FormatWishes) -> None:
    for one in results:
        if one.text is not None and wishes.output is not None:
            save(wishes.output, one.text)
        elif one.text is not None and not wishes.as_json:
            write_product(one.text)


def _show_diffs(results: Sequence[Tidied]) -> None:
    text = "".join(one.diff for one in results)
    if text:
        write_stdout(lines_of_text(text))


def _report(results: Sequence[Tidied], wishes: FormatWishes, *, overwrites: bool) -> None:
    """Name the files, and count them."""
    verb = "would format" if wishes.only_looks else "formatted"
    changed = [one for one in results if one.changes]
    if overwrites or wishes.check:
        for one in changed:
            note(f"{verb}: {one.file}")
    for one in results:
        if one.is_refused:
            note(f"left as it is: {one.file}")
        if one.stripped:
            _report_stripped(one, wishes)
    if not results or not (overwrites or wishes.only_looks):
        return
    same = sum(not one.changes and not one.is_refused for one in results)
    be = "would be" if wishes.only_looks else "were" if len(changed) > 1 else "was"
    parts = [f"{_files(len(changed))} {be} formatted"] if changed else []
    parts += [f"{_files(same)} {'is' if same == 1 else 'are'} formatted already"] if same else []
    if parts:
        note("; ".join(parts))


def _report_stripped(one: Tidied, wishes: FormatWishes) -> None:
    """Count what was taken out of a file; with -v name each value."""
    counts = Counter(_WORDS[each.what] for each in one.stripped)
    words = ", ".join(f"{count} {word}{'s' * (count > 1)}" for word, count in counts.items())
    more = "" if wishes.verbose else " (-v lists them)"
    note(f"{'would strip' if wishes.only_looks else 'stripped'}: {words}{more}: {one.file}")
    for each in one.stripped if wishes.verbose else ():
        input_name = f"node {each.node} {each.input}".rstrip() if each.node else ""
        note(
            f"  {_WORDS[each.what]} at {pointer_text(each.pointer)}{f' ({input_name})' if input_name else ''}"
        )


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _as_json(one: Tidied, wishes: FormatWishes, *, overwrites: bool) -> dict[str, Any]:
    output = None if one.text is None or wishes.output is None else str(wishes.output)
    if overwrites and one.changes:
        output = one.file
    return {
        "file": one.file,
        "ok": not one.is_refused and not (one.changes and wishes.only_looks),
        "changes": one.changes,
        "output": output,
        "text": one.text if wishes.output is None else None,
        **({"diff": one.diff} if wishes.diff else {}),
        "stripped": [
            {
                "what": each.what,
                "pointer": pointer_text(each.pointer),
                "node": each.node or None,
                "input": each.input or None,
            }
            for each in one.stripped
        ],
    }


_WORDS = {
    "seed": "seed",
    "text": "text",
    "file": "file name",
    "path": "path",
    "picture": "picture",
    "member": "extra member",
}
_job: FormatJob | None = None


def _work(found: FoundFile) -> Tidied:
    assert _job is not None
    return format_one(found, _job)


def _share(job: FormatJob) -> None:
    global _job
    _job = job
