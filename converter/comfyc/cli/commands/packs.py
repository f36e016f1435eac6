"""``comfyc packs``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING

import typer

from comfyc.cli.flags.shared import (
    ALLOW_EMPTY,
    JSON,
    LIMIT,
    OBJECT_INFO,
    ONE_SERVER,
    QUIET,
    REFRESH,
    SKIP_OTHERS,
    TRUST_CONFIG,
    VERBOSE,
    limits_of,
    load_catalog,
)
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError

if TYPE_CHECKING:
    from comfyc.catalog import Catalog
    from comfyc.cli.work.paths import Found
    from comfyc.needed_packs import Need
    from comfyc.report.findings import FileReport
    from comfyc.safety.limits import Limits


class Form(str, Enum):
    """Choices of ``--format``."""

    TEXT = "text"
    JSON = "json"
    INSTALL = "install"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def packs(
        paths: list[str] = typer.Argument(
            ...,
            metavar="PATH...",
            help="Workflows or prompts, or pictures that carry one; folders, patterns; - is stdin.",
        ),
        form: Form = typer.Option(
            Form.TEXT,
            "--format",
            help="A table, JSON, or names for `comfy node install` and `cm-cli install`.",
        ),
        as_json: bool = JSON,
        pinned: bool = typer.Option(
            False, "--pinned", help="With --format install: NAME@VERSION of the file."
        ),
        object_info: str = OBJECT_INFO,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        trust_config: bool = TRUST_CONFIG,
        limits: list[str] = LIMIT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
    ) -> None:
        """List the custom-node packs that workflows need, and which a server lacks.

        With --server or --object-info only packs with node types that are missing there are written as names
        to install, and the exit code is 1 if there are any.
        """
        from comfyc.cli.output.output import complain, show  # noqa: PLC0415
        from comfyc.cli.output.writing import write_stdout  # noqa: PLC0415
        from comfyc.cli.settings.configuration import Configurations  # noqa: PLC0415
        from comfyc.cli.work.others import nothing_found, tell_others, tell_unseen  # noqa: PLC0415
        from comfyc.cli.work.paths import find_files  # noqa: PLC0415

        within = limits_of(limits)
        checked = bool(object_info or server)
        catalog = load_catalog(object_info, server, refresh=refresh) if checked else None
        configurations = Configurations(trusts=trust_config)
        search = find_files(paths, configurations, "packs", as_found=skip_others, allow_empty=allow_empty)
        files, problems = search.files, search.problems
        looked = [_look(file, catalog, within) for file in files]
        problems += [one.problem for one in looked if one.problem is not None]
        found = [(one.file, one.needs) for one in looked if one.needs is not None]
        others = [one.file for one in looked if one.is_other]
        reports = [one.report for one in looked if one.report is not None]
        if not problems and not allow_empty and len(others) == len(looked):
            problems = [nothing_found(paths)]
        lacking = any(need.missing for _, needs in found for need in needs)
        code = 2 if problems else 1 if lacking or reports else 0
        show(reports)
        for problem in problems:
            complain(problem)
        if not quiet:
            tell_others(others, verbose=verbose)
        tell_unseen(search, configurations)
        if as_json or form is Form.JSON:
            from comfyc.cli.output.answer import Answer  # noqa: PLC0415

            answer = Answer("packs", errors=problems, more={"skipped": others})
            answer.results = [{"file": file, "packs": list(map(asdict, needs))} for file, needs in found]
            answer.add_findings(reports)
            answer.print(code)
        elif form is Form.INSTALL:
            write_stdout(_install(found, pinned=pinned, missing=checked))
        else:
            write_stdout(_text(found, checked))
        raise typer.Exit(code)


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a file: its packs; or the findings that say why there is no document in it; or why it
    could not be read; or nothing, as it was only found and holds no workflow."""

    file: str
    needs: list[Need] | None = None
    report: FileReport | None = None
    problem: ComfycError | None = None
    is_other: bool = False


def _look(file: Found, catalog: Catalog | None, limits: Limits) -> Looked:
    from comfyc.cli.output.output import report_of  # noqa: PLC0415
    from comfyc.cli.work.others import is_another  # noqa: PLC0415
    from comfyc.needed_packs import needed_packs  # noqa: PLC0415
    from comfyc.sources import load, read_source  # noqa: PLC0415

    diagnostics = Collector(limits)
    try:
        source = read_source(file.path, limits)
        document = load(source, diagnostics, limits)
    except ComfycError as problem:
        return Looked(file.path, problem=problem)
    if not file.named and is_another(source, document, diagnostics):
        return Looked(source.name, is_other=True)
    if document is None:
        return Looked(source.name, report=report_of(source.name, diagnostics, None, strict=False))
    needs = needed_packs(document.value, catalog, diagnostics)
    if diagnostics.has_errors:
        report = report_of(source.name, diagnostics, document.carried, strict=False)
        return Looked(source.name, report=report)
    return Looked(source.name, needs)


def _install(found: list[tuple[str, list[Need]]], *, pinned: bool, missing: bool) -> str:
    from comfyc.cli.output.writing import note  # noqa: PLC0415
    from comfyc.needed_packs import install_lines  # noqa: PLC0415
    from comfyc.safety.escaping import plain  # noqa: PLC0415

    lines: dict[str, None] = {}
    for _, needs in found:
        wanted = [need for need in needs if need.missing] if missing else needs
        lines |= dict.fromkeys(install_lines(wanted, pinned=pinned))
        for need in wanted:
            if not need.is_known:
                names = ", ".join(f"'{kind}'" for kind in list(need.types)[:10])
                note(f"not known which pack has {names}")
    return "".join(f"{plain(line)}\n" for line in lines)


def _text(found: list[tuple[str, list[Need]]], checked: bool) -> str:
    from comfyc.safety.escaping import plain  # noqa: PLC0415

    lines = []
    for name, needs in found:
        if len(found) > 1:
            lines.append(f"{plain(name)}:")
        if not needs:
            lines.append("no custom-node packs")
        for need in needs:
            about = [f"version {', '.join(need.versions)}"] if need.versions else []
            about.append(f"catalogue of {need.bundled}" if need.bundled else "not in the bundled catalogues")
            if need.missing and checked:
                about.append(f"{len(need.missing)} of {len(need.types)} types missing")
            lines.append(plain(f"{need.name} ({need.source or 'source unknown'}): {'; '.join(about)}"))
            for kind, count in need.types.items():
                mark = "  missing" if kind in need.missing else ""
                lines.append(plain(f"  {kind}{f' x{count}' if count > 1 else ''}{mark}"))
    return "".join(f"{plain(line)}\n" for line in lines)
