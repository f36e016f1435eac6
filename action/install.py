"""Install comfyc for the GitHub Action: ``python -I install.py ENVIRONMENT``.

The job's working folder is the checkout of whoever opened the pull request. Nothing in it is run or read:
Python is isolated (``-I``), works in the folder of the environment, and pip gets no settings but those that
say where packages come from and how to get there. Each package has one of the hashes in requirements.txt;
comfyc itself is built from the folder of the Action.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

ACTION = Path(__file__).resolve().parent
_FOREIGN = ("PYTHON", "PIP_", "HATCH", "VIRTUAL_ENV")
_KEPT = frozenset(
    f"PIP_{name}"
    for name in ("CERT", "CLIENT_CERT", "DEFAULT_TIMEOUT", "FIND_LINKS", "INDEX_URL", "NO_INDEX", "PROXY")
)
"""Where packages come from, which the hashes make harmless. PIP_PYTHON and PIP_CONFIG_FILE are not."""


def cleaned(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what changes how Python, pip and the build work; pip reads no pip.conf."""
    kept = {
        name: value
        for name, value in environment.items()
        if name.upper() in _KEPT or not name.upper().startswith(_FOREIGN)
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def install(place: Path) -> None:
    """Make a new environment at ``place`` and install comfyc into it. ``CalledProcessError`` if pip fails."""
    environment = cleaned(os.environ)
    os.environ.clear()
    os.environ.update(environment)  # for those that venv starts
    place.mkdir(parents=True, exist_ok=True)
    os.chdir(place)
    venv.create(place, clear=True, symlinks=os.name != "nt", with_pip=True)
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-I", "-m", "pip", "install", "--quiet"]
    pins = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(ACTION / "requirements.txt")]
    subprocess.run([*pip, *pins], check=True)
    own = ["--no-index", "--no-deps", "--no-build-isolation", "--force-reinstall", str(ACTION.parent)]
    subprocess.run([*pip, *own], check=True)


if __name__ == "__main__":
    try:
        install(Path(sys.argv[1]).resolve())
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
