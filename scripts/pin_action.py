"""Write action/requirements.txt: what the GitHub Action installs, each version pinned with its hashes.

It holds what comfyc needs and what builds it, for each Python and each platform that it runs on. This needs
uv and the package index::

    python -m scripts.pin_action [--upgrade]
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "action" / "requirements.txt"
_HEAD = "# Written by scripts/pin_action.py from pyproject.toml: do not edit it by hand."


def wanted(project: Path = ROOT / "pyproject.toml") -> list[str]:
    """The requirements of comfyc and of its build, as pyproject.toml has them."""
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    table: dict[str, Any] = toml.loads(project.read_text("utf-8"))
    return [*table["build-system"]["requires"], *table["project"]["dependencies"]]


def main(arguments: list[str]) -> None:
    """Write the file. Versions that are in it stay, as far as they fit, unless ``--upgrade`` is passed."""
    command = ["uv", "pip", "compile", "--no-config", "--universal", "--python-version", "3.10"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
    command += ["--output-file", str(REQUIREMENTS), *arguments, "-"]
    subprocess.run(command, input="\n".join(wanted()), text=True, check=True, stdout=subprocess.DEVNULL)
    REQUIREMENTS.write_text(f"{_HEAD}\n{REQUIREMENTS.read_text('utf-8')}", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
