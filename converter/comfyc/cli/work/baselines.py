"""Known findings for ``comfyc validate``: read, hidden, recorded, and what became of them said."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc.cli.output.writing import note, save
from comfyc.codes import RULES
from comfyc.diagnostics import ComfycError, Diagnostic
from comfyc.report.baseline import (
    Baseline,
    KnownFinding,
    baseline_text,
    known_finding,
    parse_baseline,
    without_known,
)
from comfyc.safety.opening import open_regular

if TYPE_CHECKING:
    from comfyc.cli.work.find_files import FoundFile
    from comfyc.cli.work.validate_one import Judged, Settings

_MAX_BYTES = 1 << 26
_NAMED = 5
_WRITE_HINT = "--write-baseline writes one with the findings of today"


@dataclass(slots=True)
class KnownFindings:
    """How many findings the baselines of one call have hidden, and how many of theirs occur no longer."""

    hidden: int = 0
    gone: int = 0


def open_baselines(settings: Mapping[str, Settings], *, may_lack: bool) -> dict[str, Baseline]:
    """All baselines that the settings name, by their paths. ``may_lack``: a file that is not there counts as
    an empty one. ``ComfycError`` if one cannot be read, is none, or may not be used."""
    refusal = next((one.baseline_refusal for one in settings.values() if one.baseline_refusal), "")
    if refusal:
        hint = "pass --trust-config if you trust this repository, or choose a baseline with --baseline"
        raise ComfycError(f"{refusal}, which requires trust", hint)
    files = dict.fromkeys(one.baseline for one in settings.values() if one.baseline)
    return {
        file: Counter() if may_lack and not os.path.lexists(file) else _read(Path(file)) for file in files
    }


def _read(file: Path) -> Baseline:
    """The findings of a baseline. ``ComfycError`` if it cannot be read, or is none."""
    try:
        with open_regular(file) as opened:
            data = opened.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ValueError(f"it has more than {_MAX_BYTES} bytes")
        return parse_baseline(data.decode("utf-8"))
    except FileNotFoundError as error:
        raise ComfycError(f"there is no baseline '{file}'", _WRITE_HINT) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ComfycError(f"the baseline '{file}' cannot be read: {reason}") from error
    except (ValueError, RecursionError) as error:
        raise ComfycError(f"'{file}' is no baseline of comfyc: {error}", _WRITE_HINT) from error


def hide_known(
    judged: Sequence[Judged], settings: Mapping[str, Settings], baselines: dict[str, Baseline]
) -> tuple[list[Judged], KnownFindings]:
    """The judged files without what their baselines know. What is left in ``baselines`` occurs no longer."""
    known = KnownFindings()
    shown = list(judged)
    by_baseline = _by_baseline(judged, settings)
    for file, left in baselines.items():
        indexes = by_baseline.get(file, [])
        for index in indexes:
            one = judged[index]
            if one.report is not None:
                report, hidden = without_known(one.report, _name_of(one, file), left)
                shown[index] = replace(one, report=report)
                known.hidden += hidden
        names = _by_name([judged[index] for index in indexes], file)
        gone = {key: n for key, n in (+left).items() if _is_looked_for(key, file, names, settings)}
        baselines[file] = Counter(gone)
        known.gone += sum(gone.values())
    return shown, known


def write_baselines(
    judged: Sequence[Judged], settings: Mapping[str, Settings], baselines: dict[str, Baseline]
) -> None:
    """Record the findings of all judged files in their baselines, in the files and in ``baselines``. What a
    baseline knows of other files, and of rules that were not looked for, stays in it, unless the file is
    gone. ``ComfycError`` if a file has no baseline, or one cannot be written."""
    if any(not settings[one.path].baseline for one in judged if one.path in settings):
        raise ComfycError(
            "nothing says where the baseline is to be written",
            "pass --baseline FILE, or set 'baseline' in comfyc.toml",
        )
    for file, indexes in _by_baseline(judged, settings).items():
        names = _by_name([judged[index] for index in indexes], file)
        found: Baseline = Counter()
        for name, one in names.items():
            for finding in one.report.findings if one.report is not None else ():
                found[known_finding(name, finding)] += finding.count
        before = baselines[file]
        for key, count in before.items():
            if not _is_looked_for(key, file, names, settings):
                found[key] = count
        save(Path(file), baseline_text(found))
        new, gone = (sum((one - other).values()) for one, other in ((found, before), (before, found)))
        written = _count(sum(found.values()), "finding")
        note(f"baseline {os.path.relpath(file)}: {written} written ({new} new, {gone} gone)")
        baselines[file] = found


def report_known(known: KnownFindings, gone: Mapping[str, Baseline], *, verbose: bool) -> None:
    """Say what is hidden, and what baselines know in vain. Said even if only errors are shown."""
    if known.hidden:
        note(f"{_count(known.hidden, 'known finding')} hidden by the baseline")
    if known.gone:
        occur = "occurs" if known.gone == 1 else "occur"
        note(
            f"{_count(known.gone, 'finding')} of the baseline {occur} no longer"
            " (--write-baseline takes them out)"
        )
        for key in sorted(key for one in gone.values() for key in one) if verbose else ():
            note(f"  {key.file}: {key.code} {key.message}")


def _by_baseline(judged: Sequence[Judged], settings: Mapping[str, Settings]) -> dict[str, list[int]]:
    """The indexes of judged files by the baseline that counts for them."""
    found: dict[str, list[int]] = {}
    for index, one in enumerate(judged):
        baseline = settings[one.path].baseline if one.path in settings else ""
        if baseline:
            found.setdefault(baseline, []).append(index)
    return found


def _name_of(one: Judged, baseline: str) -> str:
    """The name of a file in a baseline."""
    if one.path == "-":
        return "<stdin>"
    try:
        return os.path.relpath(one.path, os.path.dirname(baseline) or ".").replace(os.sep, "/")
    except ValueError:  # Windows: on another drive
        return os.path.abspath(one.path).replace(os.sep, "/")


def _by_name(judged: Sequence[Judged], baseline: str) -> dict[str, Judged]:
    return {_name_of(one, baseline): one for one in judged if one.report is not None}


def _is_looked_for(
    entry: KnownFinding, baseline: str, judged: Mapping[str, Judged], settings: Mapping[str, Settings]
) -> bool:
    """Whether an entry would have been found if its finding were still there: its file is gone, or was judged
    with its rule selected."""
    one = judged.get(entry.file)
    if one is None:
        return not os.path.lexists(os.path.join(os.path.dirname(baseline), entry.file))
    rule = RULES.get(entry.code)
    return rule is None or bool(settings[one.path].selection.apply(one.path, [Diagnostic(rule, "")]))


def without_baselines(files: Sequence[FoundFile], settings: Mapping[str, Settings]) -> list[FoundFile]:
    """The files without those that are baselines, which lie beside workflows and are JSON as well."""
    baselines = {os.path.realpath(one.baseline) for one in settings.values() if one.baseline}
    return [one for one in files if one.path == "-" or os.path.realpath(one.path) not in baselines]


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
