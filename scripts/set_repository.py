"""Write the address of the repository wherever it stands.

``python -m scripts.set_repository NAME/REPOSITORY`` does so. pyproject.toml (``project.urls.Repository``)
says which address is written now: before a maintainer calls this script, the placeholder ``OWNER/comfyc``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = (
    "pyproject.toml",
    "mkdocs.yml",
    "docs/ci.md",
    ".github/ISSUE_TEMPLATE/config.yml",
    "examples/ci/workflows.yml",
)
"""The files that hold the address; tests/test_package.py finds a file that is missing here."""


def repository(root: Path = ROOT) -> str:
    """The repository on GitHub that pyproject.toml names, as ``NAME/REPOSITORY``."""
    found = re.search(
        r'^Repository = "https://github\.com/([^"]+)"$', (root / "pyproject.toml").read_text("utf-8"), re.M
    )
    assert found is not None, "pyproject.toml has no project.urls.Repository on GitHub"
    return found[1]


def main(arguments: list[str], root: Path = ROOT) -> None:
    """Replace the address in all ``FILES``. Ends with a message if the argument is no ``NAME/REPOSITORY``."""
    if len(arguments) != 1 or not re.fullmatch(r"[\w-]+/[\w.-]+", arguments[0]):
        sys.exit("usage: python -m scripts.set_repository NAME/REPOSITORY")
    old = repository(root)
    for name in FILES:
        file = root / name
        file.write_text(file.read_text("utf-8").replace(old, arguments[0]), "utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
