"""Say which paths the checkout's own links lead astray: ``python -I links.py SARIF-FILE [PATH...]``.

A pull request may turn a folder that the job names into a link to somewhere else on the runner. A path that
is in the working folder as it is written, and outside of it once links are followed, is told, and so is a
file to write (the first argument, or "") that leads over any link. The exit code is 1 then.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def goes_astray(path: str, *, is_written: bool) -> bool:
    """Whether links of the working folder lead this path out of it, or anywhere if it is to be written."""
    real = os.path.realpath(".")
    for here in (os.path.abspath("."), real):
        place = Path(os.path.abspath(path))
        if place.is_relative_to(here):
            inside = place.relative_to(here)
            ends = os.path.realpath(path)
            return ends != str(real / inside) if is_written else not Path(ends).is_relative_to(real)
    return False


def main(written: str, *read: str) -> int:
    """Print those that go astray; the exit code."""
    astray = [path for path in read if goes_astray(path, is_written=False)]
    if written and goes_astray(written, is_written=True):
        astray.append(written)
    for path in astray:
        print(f"comfyc: {path!a} leads over a symbolic link of the checkout")
    return 1 if astray else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
