"""``comfyc inputs --template``: a job file with every input of a workflow, to be filled in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from comfyc.cli.flags.common import file_or_stdout
from comfyc.cli.output.writing import save, write_product
from comfyc.diagnostics import ComfycError
from comfyc.interface import Interface, Setting

_FORMS = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}


def form_of(template: Path) -> str:
    """The form of a template, by the ending of its name; TOML on stdout. ``ComfycError`` for another one."""
    if file_or_stdout(template) is None:
        return "toml"
    form = _FORMS.get(template.suffix.lower())
    if form is None:
        hint = f"use one of {', '.join(_FORMS)}, as in --template job.toml"
        raise ComfycError(f"'{template}' has not the ending of a job file", hint)
    return form


def write_template(template: Path, file: str, interface: Interface, settings: Sequence[Setting]) -> None:
    """Write a job file with these settings, or print it."""
    from comfyc.jobs.templates import job_template  # noqa: PLC0415 - for those who want one

    text = job_template(Path(file).name, interface, settings, form_of(template))
    target = file_or_stdout(template)
    if target is None:
        write_product(text)
    else:
        save(target, text)
