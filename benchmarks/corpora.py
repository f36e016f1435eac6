"""How long a table about many files takes: ``.venv/bin/python benchmarks/corpora.py [COUNT [CASE...]]``

Links the small official templates under COUNT (5,000) other names, and prints the wall time and the CPU
seconds of ``comfyc validate FOLDER -o table.parquet`` on two processes of this machine (``processes``), on 2
workers of a local Dask cluster (``dask``), and on these with one killed in the middle (``killed``): each with
the rows that there are, how many addresses these have, and the largest memory of a worker after each tenth of
the time. Needs the dependency group ``engines``, and the templates of the group ``test``.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import comfyui_workflow_templates_json as templates
import dask
import psutil
import pyarrow.parquet as pq
from distributed import LocalCluster

LARGEST = 20_000
"""Bytes of a template that counts as small."""
WORKERS = 2


def main() -> None:
    """Measure and print a table in Markdown."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as folder:
        corpus, table = Path(folder, "corpus"), Path(folder, "table.parquet")
        size = fill(corpus, count)
        print(f"{count:,} files, {size / count / 1000:.1f} kB each, on {os.cpu_count()} cores\n")
        print("| | wall | CPU | rows | addresses | MiB of a worker |\n|---|---|---|---|---|---|")
        wall = 0.0
        for case in sys.argv[2:] or ("processes", "dask", "killed"):
            if case == "processes":
                wall = measure("2 processes", corpus, table, ["--jobs", str(WORKERS)])
                continue
            with cluster() as address:
                flags = ["--engine", f"dask://{address}"]
                name = "2 Dask workers" if case == "dask" else "2 Dask workers, one killed"
                measure(
                    name, corpus, table, flags, killed_after=(wall / 2 or 60.0) if case == "killed" else None
                )


def fill(corpus: Path, count: int) -> int:
    """Link templates under other names, 1,000 in a folder; how many bytes they would have as copies."""
    files = sorted(Path(templates.__file__).parent.rglob("*.json"))
    small = [file for file in files if file.stat().st_size <= LARGEST]
    own = corpus / "templates"
    own.mkdir(parents=True)
    for number, file in enumerate(small):
        (own / f"{number}.txt").write_bytes(file.read_bytes())  # .txt: it is none of those that are counted
    for number in range(count):
        folder = corpus / f"{number // 1000:03}"
        folder.mkdir(exist_ok=True)
        os.link(own / f"{number % len(small)}.txt", folder / f"{number:06}.json")
    return sum(small[number % len(small)].stat().st_size for number in range(count))


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a Dask cluster of two processes with a thread each.

    Dask's own profiler is off: it keeps what it sees of the last hour, which is half a gigabyte in the end.
    """
    dask.config.set({"distributed.worker.profile.enabled": False})
    with LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
    ) as made:
        yield made.scheduler_address.removeprefix("tcp://")


def measure(
    name: str, corpus: Path, table: Path, flags: list[str], killed_after: float | None = None
) -> float:
    """Make the table, and print how it went; how long it took. A worker is killed after so many seconds."""
    start, before = time.perf_counter(), spent()
    samples: list[int] = []
    command = [sys.executable, "-m", "comfyc", "validate", str(corpus), "--exit-zero", "-q", "-o", str(table)]
    done = threading.Event()
    with subprocess.Popen([*command, *flags]) as process:
        watch = threading.Thread(target=sample, args=(process.pid, samples, done, killed_after))
        watch.start()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        done.set()
        watch.join()
    wall = time.perf_counter() - start
    cpu = usage.ru_utime + usage.ru_stime + spent() - before
    rows = pq.read_table(table, columns=["address"])["address"].to_pylist()
    tenths = [samples[len(samples) * at // 10] for at in range(1, 10)] if len(samples) > 9 else samples
    memory = " ".join(f"{one >> 20}" for one in tenths)
    print(
        f"| {name} | {wall:.0f} s | {cpu:.0f} s | {len(rows):,} | {len(set(rows)):,} | {memory} |", flush=True
    )
    return wall


def workers(command: int) -> list[psutil.Process]:
    """The processes that look at files: children of the command, or of the nannies of the cluster."""
    own = psutil.Process(command).children() if psutil.pid_exists(command) else []
    if own:
        return own
    return [one for one in psutil.Process().children(recursive=True) if is_worker(one) and one.pid != command]


def is_worker(process: psutil.Process) -> bool:
    """Whether it is a worker of the cluster, and not what keeps track of resources."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def spent() -> float:
    """The CPU seconds of the workers of the cluster so far, those that ended included, and of its scheduler,
    which is in this process."""
    mine = psutil.Process().cpu_times()
    times = [one.cpu_times() for one in psutil.Process().children(recursive=True) if is_worker(one)]
    return mine.user + mine.system + sum(one.user + one.system for one in times)


def sample(command: int, samples: list[int], done: threading.Event, killed_after: float | None) -> None:
    """Note the largest memory of a worker each second; kill a worker once, when so many have passed."""
    began = time.perf_counter()
    while not done.wait(1.0):
        try:
            found = workers(command)
            samples.append(max((one.memory_info().rss for one in found), default=0))
            if killed_after is not None and found and time.perf_counter() - began > killed_after:
                os.kill(found[0].pid, signal.SIGKILL)
                killed_after = None
        except psutil.Error:
            continue


if __name__ == "__main__":
    main()
