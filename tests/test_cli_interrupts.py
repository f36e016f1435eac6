"""Ctrl-C at every moment of the start: quiet, and 130."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.discovery import FIXTURES

pytestmark = pytest.mark.slow

FILE = str(FIXTURES / "text_to_image" / "workflow.json")
AT_IMPORT = """
import os, signal, sys

class AtImport:
    left = int(sys.argv.pop(1))

    def find_spec(self, *_):
        AtImport.left -= 1
        if AtImport.left == 0:
            os.kill(os.getpid(), signal.SIGINT)

from comfyc.__main__ import main

sys.meta_path.insert(0, AtImport())
main()
"""
"""The program, with a Ctrl-C when so many modules have been looked for."""


COMMANDS = {
    "convert": ("convert", FILE, "--set", "KSampler.seed=-1"),
    "validate": ("validate", FILE),
    "run": ("run", FILE, "--server", "http://127.0.0.1:9"),
    "status": ("status", "--server", "http://127.0.0.1:9"),
    "help": ("--help",),
}
STEP = 80
"""Modules from one moment to the next. Each command has other moments, as all begin with the same modules."""


@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_while_modules_are_imported_is_quiet(command: str, tmp_path: Path) -> None:
    arguments = COMMANDS[command]
    first = 1 + STEP // len(COMMANDS) * list(COMMANDS).index(command)
    environment = {**os.environ, "COMFYC_CACHE_DIR": str(tmp_path)}
    codes = []
    for left in range(first, 1000, STEP):
        line = [sys.executable, "-c", AT_IMPORT, str(left), *arguments]
        ended = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
        codes.append(ended.returncode)
        if ended.returncode != 130:
            break
        assert not any(word in ended.stderr for word in ("Traceback", "Interrupt", "Exception", "Aborted"))
    assert codes[-1] in (0, 2), ended.stderr
    assert len(codes) > 3
