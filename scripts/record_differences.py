#!/usr/bin/env python3
"""Keep what ``comfyc diff`` shows for pairs of versions of official templates, to be read by eye.

Use, from the root of the repository::

    pip download --no-deps -d new comfyui-workflow-templates-json==0.1.123
    python -m scripts.record_differences new/*.whl [KEY ...]

Takes the templates that fixtures/differences has already, or those of these keys. The old versions come from
the package that the tests install, 0.1.50; the new ones are kept in fixtures/differences/newer.jsonl.gz, and
what is shown in fixtures/differences/shown/KEY.txt: read each of these before you commit it.
"""

from __future__ import annotations

import argparse
import json
from importlib.resources import files
from pathlib import Path

from comfyc import diff
from comfyc.cli.output.differences_text import differences_text
from scripts.measure_differences import workflows
from tests.discovery import FIXTURES, write_packed

DIFFERENCES = FIXTURES / "differences"


def main() -> None:
    """Record the pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("new", type=Path)
    parser.add_argument("keys", nargs="*")
    arguments = parser.parse_args()
    shown = DIFFERENCES / "shown"
    keys = sorted(arguments.keys or (file.stem for file in shown.glob("*.txt")))
    new = workflows(arguments.new)
    folder = files("comfyui_workflow_templates_json") / "templates"
    shown.mkdir(parents=True, exist_ok=True)
    for key in keys:
        old = json.loads((folder / f"{key}.json").read_text("utf-8"))
        text = differences_text(diff(old, new[key]), verbose=True)
        (shown / f"{key}.txt").write_text(text, "utf-8")
    write_packed(DIFFERENCES / "newer.jsonl.gz", [{"key": key, "workflow": new[key]} for key in keys])


if __name__ == "__main__":
    main()
