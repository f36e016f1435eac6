"""No file costs more than 500 MB of memory, whichever command reads it, and each gets an answer.

Memory is measured and not time: the greatest size of a process of its own for each file (``ru_maxrss``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.discovery import FIXTURES

MOST = 500
"""MB of memory of the process."""
COMMANDS = ("validate", "convert", "packs", "inputs")
"""The first does all that the others do to a document. How a carrier is read does not depend on the command:
each is read by one of them, in turn."""

WORKER = """
import json, os, resource, sys, tempfile
from tests.in_process import comfyc
from tests.swollen import files

def apart(work):
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, json.dumps(work()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = answer.read()
    _, status, used = os.wait4(child, 0)
    return [status, used.ru_maxrss >> 10, json.loads(told or "null")]

def write():
    with open(file, "wb") as out:
        return out.write(make())

def read():
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    ended = [comfyc(command, file) for command in commands]
    return [[one.code, len(one.out) + len(one.err)] for one in ended]

COMMANDS = sys.argv[2:]
for command in COMMANDS:
    comfyc(command, sys.argv[1])  # imports what it needs
with tempfile.TemporaryDirectory() as folder:
    file = os.path.join(folder, "file")
    for number, (name, make) in enumerate(files().items()):
        apart(write)
        commands = COMMANDS[:1] if name.startswith("json") else [COMMANDS[number % len(COMMANDS)]]
        print(json.dumps([name, *apart(read)]), flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux only")
def test_no_file_takes_more_than_500_mb() -> None:
    sound = FIXTURES / "text_to_image" / "workflow.json"
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(sound), *COMMANDS],
        env=environment,
        capture_output=True,
        text=True,
        cwd=root,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) > 60
    for name, status, memory, told in rows:
        assert status == 0, name
        assert memory < MOST, f"{name}: {memory} MB"
        assert len(told) == 1, name
        for code, length in told:
            assert code in (0, 1), f"{name} ends with {code}"
            assert length < 1_000_000, f"{name} tells {length} characters"
