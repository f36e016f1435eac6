"""The command ``./fuzz``: each target in a process of its own, with its processor time in a journal."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.seeds import ROOT
from tests.fuzz.targets import TARGETS

JOURNAL = "journal.tsv"


def main() -> int:
    """Fuzz the targets in turn; the exit code is 1 if any input made one fail."""
    parser = argparse.ArgumentParser(prog="./fuzz", description="Fuzz everything that reads foreign input.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="default: all of them")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--rounds", type=int, default=1, help="how many times all of them are fuzzed in turn")
    parser.add_argument(
        "--found", type=Path, default=Path("fuzzed"), help="the folder for what fails, and the journal"
    )
    parser.add_argument("--list", action="store_true", help="only list the targets")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.targets) - TARGETS.keys())
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}; --list shows those that there are")
    if arguments.list:
        for target in TARGETS.values():
            print(f"{target.name:15} {(target.run.__doc__ or '').splitlines()[0]}")
        return 0
    arguments.found.mkdir(parents=True, exist_ok=True)
    for _ in range(arguments.rounds):
        for name in arguments.targets or TARGETS:
            fuzz(name, arguments.seconds, arguments.found)
    failures = sorted(path.name for path in arguments.found.iterdir() if is_failure(path))
    for failure in failures:
        print(f"failed: {arguments.found / failure}", file=sys.stderr)
    print(
        f"{len(failures)} failures; the processor time stands in {arguments.found / JOURNAL}", file=sys.stderr
    )
    return 1 if failures else 0


def fuzz(name: str, seconds: int, found: Path) -> None:
    """Fuzz one target in a process of its own, and note what that took."""
    command = [sys.executable, "-m", "tests.fuzz.engine", name, str(seconds), str(found.resolve())]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COMFYC_SERVER": "", "PYTHONHASHSEED": "0"}
    with (found / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    spent = used.ru_utime + used.ru_stime
    row = (commit, name, f"{spent:.0f}", str(used.ru_maxrss >> 10), str(started.returncode))
    with (found / JOURNAL).open("a", encoding="utf-8") as journal:
        if journal.tell() == 0:
            journal.write("commit\ttarget\tseconds of processor time\tMiB at most\texit code\n")
        journal.write("\t".join(row) + "\n")
    print("  ".join(row), file=sys.stderr)


def is_failure(path: Path) -> bool:
    """Whether a file in the folder is an input that made a target fail, and not a log or an explanation."""
    return path.suffix not in (".txt", ".log", ".tsv")


if __name__ == "__main__":
    sys.exit(main())
