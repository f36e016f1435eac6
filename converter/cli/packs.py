"""``comfyc packs``."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Any

import typer

from converter.cli.flags import OBJECT_INFO, REFRESH

if TYPE_CHECKING:
    from converter.needs import Need


class Form(str, Enum):
    """Choices of ``--format``."""

    TEXT = "text"
    JSON = "json"
    INSTALL = "install"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def packs(
        files: list[str] = typer.Argument(
            ..., metavar="FILE...", help="Workflows or prompts, or pictures that carry one; - is stdin."
        ),
        form: Form = typer.Option(
            Form.TEXT,
            "--format",
            help="A table, JSON, or names for `comfy node install` and `cm-cli install`.",
        ),
        as_json: bool = typer.Option(False, "--json", help="The same as --format json."),
        pinned: bool = typer.Option(
            False, "--pinned", help="With --format install: NAME@VERSION of the file."
        ),
        object_info: str = OBJECT_INFO,
        refresh: bool = REFRESH,
    ) -> None:
        """List the custom-node packs that workflows need, and which a server lacks.

        With --object-info only packs with node types that are missing there are written as names to
        install, and the exit code is 1 if there are any.
        """
        from converter.cli.flags import load_catalog  # noqa: PLC0415
        from converter.cli.output import write_stdout  # noqa: PLC0415

        server = load_catalog(object_info, refresh=refresh) if object_info else None
        found = [(name, needs) for name in files if (needs := _needs(name, server)) is not None]
        chosen = Form.JSON if as_json else form
        write_stdout(
            _json(found)
            if chosen is Form.JSON
            else _install(found, pinned=pinned, missing=server is not None)
            if chosen is Form.INSTALL
            else _text(found, server is not None)
        )
        lacking = any(need.missing for _, needs in found for need in needs)
        if lacking or len(found) < len(files):
            raise typer.Exit(1)


def _needs(name: str, server: Any) -> list[Need] | None:
    """The packs of one file; None, and the reason on stderr, if there is no document in it."""
    from converter.cli.output import report_of, show  # noqa: PLC0415
    from converter.diagnostics import Diagnostics  # noqa: PLC0415
    from converter.needs import needed_packs  # noqa: PLC0415
    from converter.sources import load, read_source  # noqa: PLC0415

    diagnostics = Diagnostics()
    document = load(read_source(name), diagnostics)
    if document is None:
        show([report_of(name, diagnostics, None, strict=False)])
        return None
    needs = needed_packs(document.value, server, diagnostics)
    if diagnostics.has_errors:
        show([report_of(name, diagnostics, document.carried, strict=False)])
        return None
    return needs


def _json(found: list[tuple[str, list[Need]]]) -> str:
    import json  # noqa: PLC0415
    from dataclasses import asdict  # noqa: PLC0415

    rows = [{"file": name, "packs": [asdict(need) for need in needs]} for name, needs in found]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _install(found: list[tuple[str, list[Need]]], *, pinned: bool, missing: bool) -> str:
    from converter.needs import install_lines  # noqa: PLC0415
    from converter.report.escaping import plain  # noqa: PLC0415

    lines: dict[str, None] = {}
    for _, needs in found:
        wanted = [need for need in needs if need.missing] if missing else needs
        lines |= dict.fromkeys(install_lines(wanted, pinned=pinned))
        for need in wanted:
            if not need.is_known:
                names = ", ".join(f"'{kind}'" for kind in list(need.types)[:10])
                print(plain(f"not known which pack has {names}"), file=sys.stderr)
    return "".join(f"{line}\n" for line in lines)


def _text(found: list[tuple[str, list[Need]]], checked: bool) -> str:
    from converter.report.escaping import plain  # noqa: PLC0415

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
    return "".join(f"{line}\n" for line in lines)
