"""What ``convert-and-run`` and ``wait`` tell: outputs on stdout, files by their paths and texts as they are;
progress, seeds and findings on stderr."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc.cli.output.envelope import envelope, print_envelope, records_of
from comfyc.cli.output.event_stream import events
from comfyc.cli.output.findings import complain, report_of, show
from comfyc.cli.output.writing import encoded, note
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.running.display.listening import OnEvent, both
from comfyc.running.display.progress import Kind, open_progress, preview_to_file
from comfyc.running.faults import run_diagnostics
from comfyc.running.http.access import wait_command
from comfyc.running.products import Where, nowhere, report_unexpected
from comfyc.running.records.outcome import Run, run_to_json
from comfyc.safety.escaping import lines_of_text, plain
from comfyc.safety.jsonable import json_value
from comfyc.safety.limits import DEFAULTS, Limits

if TYPE_CHECKING:
    from comfyc.cli.work.job_files import Jobs
    from comfyc.expectations import Expectations
    from comfyc.report.findings import FileReport
    from comfyc.running.display.terminal_pictures import TerminalPictures
    from comfyc.running.servers.pool import Done
    from comfyc.sources import Carried


@dataclass(frozen=True, slots=True)
class Show:
    """What is shown and what counts as a failure. ``waits``: the runs are followed to their end. ``command``
    is the one that ``--json`` names."""

    progress: Kind = "auto"
    as_json: bool = False
    preview: Path | None = None
    pictures: bool = False
    """Whether pictures are shown on the terminal."""
    allow_partial: bool = False
    strict: bool = False
    verbose: bool = False
    quiet: bool = False
    waits: bool = True
    command: str = "run"
    limits: Limits = DEFAULTS


@dataclass(frozen=True, slots=True)
class _EndedRun:
    """A run that is over, what was found of it, and the exit code that it asks for."""

    run: Run
    report: FileReport | None
    exit_code: int


def pictures_of(choice: Show) -> TerminalPictures | None:
    """What shows pictures on the terminal, if that is wanted. To be made before anything is drawn there."""
    if not choice.pictures:
        return None
    from comfyc.running.display.terminal_pictures import TerminalPictures  # noqa: PLC0415 - for --show

    return TerminalPictures(sys.stderr, (lambda text: None) if choice.quiet else note)


class RunReporter:
    """Tells about many runs, each by its label. A context manager: the bars are gone when it is left."""

    def __init__(self, choice: Show, total: int = 1, expectations: Expectations | None = None) -> None:
        self.choice = choice
        self.expectations = expectations
        self.exit_code = 0
        self._titles: dict[str, Mapping[str, str]] = {}
        self._total = total
        self._pictures = pictures_of(choice)
        stream = events()
        self._renderer = open_progress(choice.progress, sys.stderr if stream is None else stream.raw, total)

    def __enter__(self) -> RunReporter:
        self._renderer.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._renderer.__exit__(None, None, None)

    def follow(self, label: str, titles: Mapping[str, str] | None = None, server: str = "") -> OnEvent:
        """A listener for the events of one run."""
        self._titles[label] = titles or {}
        listener = self._renderer.follow(label, titles, server)
        preview = self.choice.preview
        if preview is None:
            return listener

        def notify(error: OSError) -> None:
            reason = (error.strerror or str(error)).lower()
            self.note(f"cannot write previews to '{preview}': {reason}")

        return both(listener, preview_to_file(preview, notify))

    def note(self, text: str, **members: object) -> None:
        """A line for people; ``members`` say the same to a program."""
        stream = events()
        if stream is not None:
            stream.emit("note", message=text, **members)
        elif not self.choice.quiet:
            with self._renderer.paused():
                note(text)

    def seeds(self, label: str, seeds: Mapping[str, int]) -> None:
        """With which seeds it runs, so that it can be repeated."""
        values = set(seeds.values())
        if len(values) == 1:
            self.note(f"{label}: seed {values.pop()}", run=label, seeds=seeds)
        elif values:
            listed = ", ".join(f"{key}={value}" for key, value in seeds.items())
            self.note(f"{label}: seeds {listed}", run=label, seeds=seeds)

    def notify(self, label: str, name: str, carried: Carried | None, where: Where, done: Done) -> None:
        """What became of a run. ``name`` is the file it came from; ``where`` points into it."""
        ended = None if done.run is None else self._judged(label, name, carried, where, done.run)
        self._over(label, ended)
        with self._renderer.paused():
            if ended is not None:
                self._report(ended, label, name)
            if done.error is not None:
                for server, why in done.moved:
                    if why != str(done.error):
                        reported = f"{label}: {server} could not run it: {why}"
                        self.note(reported, run=label, server=server, why=why)
                complain(done.error, label if self._total > 1 or events() is not None else None)
                self.exit_code = 2
                if self.choice.as_json:
                    print_record(self.choice, {"file": name, "run": label}, 2, errors=[done.error])

    def report_server(self, name: str, found: Collector) -> None:
        """What is to be said about a server."""
        with self._renderer.paused():
            show([report_of(name, found, None, strict=False)], quiet=self.choice.quiet, summary=False)

    def report_waited(self, prompt_id: str, run: Run) -> None:
        """What became of a prompt whose file we do not know."""
        ended = self._judged(prompt_id, prompt_id, None, nowhere, run)
        self._over(prompt_id, ended)
        with self._renderer.paused():
            self._report(ended, prompt_id, prompt_id)

    def report_missing(self, prompt_id: str, servers: Sequence[str], error: ComfycError) -> None:
        """Why a prompt could not be waited for on any of these servers."""
        self._over(prompt_id, None)
        with self._renderer.paused():
            complain(error, prompt_id if events() is not None else None)
            self.exit_code = 2
            if self.choice.as_json:
                wait = wait_command(prompt_id, servers[0])
                record = {"run": prompt_id, "prompt_id": prompt_id, "wait": wait}
                print_record(self.choice, record, 2, errors=[error])

    def _judged(self, label: str, name: str, carried: Carried | None, where: Where, run: Run) -> _EndedRun:
        """What is to be said of a run."""
        choice = self.choice
        made = Collector(choice.limits)
        run_diagnostics(run, made, where, allow_partial=choice.allow_partial)
        if self.expectations is not None:
            titles = self._titles.get(label, {})
            report_unexpected(run, self.expectations, _stem_of(label), titles, made, where)
        found = [replace(one, data={**one.data, "run": label}) for one in made] if self._total > 1 else made
        report = report_of(name, found, carried, strict=choice.strict)
        code = run.exit_code(allow_partial=choice.allow_partial)
        if report is not None and report.has_errors:
            code = max(code, 1)
        return _EndedRun(run, report, code)

    def _over(self, label: str, ended: _EndedRun | None) -> None:
        self._renderer.over(label, failed=ended is None or ended.exit_code != 0)

    def _report(self, ended: _EndedRun, label: str, name: str) -> None:
        """Findings, then outputs."""
        choice, run = self.choice, ended.run
        show([ended.report], verbose=True, quiet=choice.quiet, summary=False, run=label)
        self.exit_code = max(self.exit_code, ended.exit_code)
        if choice.as_json:
            members = {"file": name, "run": label, **run_to_json(run)}
            print_record(choice, members, ended.exit_code, ended.report)
        elif not choice.waits:
            sys.stdout.write(f"{plain(run.prompt_id)}\n" if run.prompt_id else "")
        else:
            print_outputs(run)
        sys.stdout.flush()
        if self._pictures is not None:
            self._pictures.show_all(run.paths)


def print_outputs(run: Run, *, paths: bool = True) -> None:
    """The ``paths`` of the files, one a line; then the texts that are not saved as files."""
    out = sys.stdout.buffer
    sys.stdout.flush()
    for path in run.paths if paths else ():
        out.write(os.fsencode(path) + b"\n")  # any name, in any locale
    for text in _texts(run):
        out.write(
            encoded(lines_of_text(text.removesuffix("\n"))) + b"\n"
        )  # neither a terminal nor a log obeys it
    out.flush()


def has_texts(run: Run) -> bool:
    """Whether a run has put out texts that are not saved as files."""
    return any(True for _ in _texts(run))


def _texts(run: Run) -> Iterator[str]:
    return (one.text for _, one in run.each_output() if one.kind == "text" and one.path is None)


def report_refused(name: str, report: FileReport | None, choice: Show) -> None:
    """Under ``--json``: the record of a file that is not run, or not planned, because of its findings."""
    if choice.as_json:
        print_record(choice, {"results": []} if choice.command == "plan" else {"file": name}, 1, report)


def refuse_jobs(jobs: Jobs, choice: Show) -> int:
    """Show what is wrong in job files; the exit code."""
    show(jobs.reports, verbose=choice.verbose, quiet=choice.quiet)
    for report in jobs.reports:
        report_refused(report.file, report, choice)
    return 1


def print_record(
    choice: Show,
    members: Mapping[str, object],
    exit_code: int,
    report: FileReport | None = None,
    errors: Sequence[ComfycError] = (),
) -> None:
    """A line of JSON about a run; its members may hold whatever the server said."""
    found = records_of([report])
    print_envelope(envelope(choice.command, exit_code, errors, found, json_value(members)))


def _stem_of(label: str) -> str:
    """What the pictures of a run are called among those that were kept: "flow" for "flow.json", "flow-2" for
    its second turn, "flow.json #2"."""
    root, _, rest = label.rpartition(".")
    _, _, turns = rest.partition(" ")
    return "-".join([root, *re.findall(r"\d+", turns)]) if root else label
