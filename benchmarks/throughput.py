"""How many rows of a study real servers make in a second, beside a bare loop that does less.

    python benchmarks/throughput.py http://127.0.0.1:8188 [http://127.0.0.1:8189] [--rows 200] [--node NODE]

The servers must be there already, with ComfyUI's own nodes. On the first one, ``comfyc run --table`` and the
bare loop take turns: the loop posts all prompts, then polls /history until all are done, and downloads
nothing. The time is that from the first prompt to the end of the last one, without the start of a process.
With two servers, the study is made on both as well. ``--node`` names a node class to make the pictures with
instead of EmptyImage; it must take width, height, batch_size and color. Where servers and comfyc share few
cores, one that sleeps shows whether two servers make twice as much.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TURNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("servers", nargs="+", metavar="SERVER")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--node", default="EmptyImage")
    given = parser.parse_args()
    bare, one, two, processor = [], [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "flow.json").write_text(json.dumps(prompt_of(given.node, 0)), "utf-8")
        for turn in range(TURNS):
            bare.append(bare_loop(given.servers[0], given.node, given.rows))
            seconds, used = study(folder, turn, given.servers[:1], given.rows)
            one.append(seconds)
            processor.append(used)
            if given.servers[1:]:
                two.append(study(folder, turn + TURNS, given.servers, given.rows)[0])
    print(f"{given.rows} prompts, the best of {TURNS} turns:")
    print(f"the bare loop on one server   {min(bare):.2f} s, {given.rows / min(bare):.1f} a second")
    shown = f"{given.rows / min(one):.1f} a second, {100 * min(bare) / min(one):.0f} % of the loop"
    print(f"a study on one server         {min(one):.2f} s, {shown}")
    print(f"comfyc used                   {1000 * min(processor) / given.rows:.1f} ms of the processor a row")
    if two:
        shown = f"{min(two):.2f} s, {min(one) / min(two):.2f} times one server"
        print(f"a study on {len(given.servers)} servers        {shown}")


def prompt_of(node: str, color: int) -> dict[str, Any]:
    """A prompt that makes and saves a tiny picture."""
    inputs = {"width": 16, "height": 16, "batch_size": 1, "color": color}
    saving = {"images": ["1", 0], "filename_prefix": "throughput"}
    return {
        "1": {"class_type": node, "inputs": inputs},
        "2": {"class_type": "SaveImage", "inputs": saving},
    }


def bare_loop(server: str, node: str, count: int) -> float:
    """Seconds from the first prompt until the history has all."""
    parts = urlsplit(server)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80)

    def ask(method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body) if body is not None else None
        connection.request(method, path, data, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())

    began = time.perf_counter()
    waiting = [
        ask("POST", "/prompt", {"prompt": prompt_of(node, random.randrange(1 << 24))})["prompt_id"]
        for _ in range(count)
    ]
    for prompt_id in waiting:
        while not ask("GET", f"/history/{prompt_id}"):
            time.sleep(0.005)
    return time.perf_counter() - began


def study(folder: Path, turn: int, servers: list[str], count: int) -> tuple[float, float]:
    """Seconds from the first row that was sent to the end of the last, and those of the processor that the
    rows took beyond what one row takes."""
    used = [_study(folder, f"{turn}-{rows}", servers, rows)[1] for rows in (1, count)]
    with sqlite3.connect(folder / f"{turn}-{count}" / "study.sqlite") as ledger:
        first, last, done = ledger.execute(
            "SELECT min(sent), max(ended), count(*) FROM row WHERE state = 'done'"
        ).fetchone()
    assert done == count
    return last - first, used[1] - used[0]


def _study(folder: Path, name: str, servers: list[str], count: int) -> tuple[float, float]:
    table = folder / f"{name}.csv"
    colors = (str(random.randrange(1 << 24)) for _ in range(count))
    table.write_text("\n".join(["color", *colors, ""]), "utf-8")
    command = [sys.executable, "-m", "comfyc", "run", "flow.json", "--table", table.name, "-d", name, "-q"]
    for server in servers:
        command += ["--server", server]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    cache = {**os.environ, "COMFYC_CACHE_DIR": str(folder / "cache")}
    subprocess.run(command, check=True, cwd=folder, env=cache, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, used


if __name__ == "__main__":
    main()
