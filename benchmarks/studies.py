"""How fast the rows of a study are planned: ``.venv/bin/python benchmarks/studies.py [--rows N]``

Writes a table with so many rows, and runs ``comfyc run --dry-run`` on it as a process of its own, beside a
server that answers with the bundled catalogue of ComfyUI's own nodes. Prints its seconds on the clock and of
the processor, and the most memory that it has taken.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from comfyc.catalog import bundled_core

ROWS = 100_000
CORE = bundled_core()
FIXTURE = Path(__file__).parent.parent / "fixtures" / "text_to_image" / "workflow.json"
HEADER = "6.text,7.text,cfg,steps,seed,sampler_name,denoise,#note"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "table.csv"
        write_table(table, rows)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Catalogue)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        command = [sys.executable, "-m", "comfyc", "run", str(FIXTURE), "--table", str(table), "--dry-run"]
        began = time.perf_counter()
        subprocess.run(
            [*command, "--server", address, "--quiet"],
            check=True,
            env={**os.environ, "COMFYC_CACHE_DIR": name},
            stdout=subprocess.DEVNULL,
        )
        seconds = time.perf_counter() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        server.shutdown()
    print(f"{rows:,} rows of {HEADER.count(',') + 1} columns ({table.name}):")
    print(f"{seconds:.1f} s on the clock, {used.ru_utime + used.ru_stime:.1f} s of the processor")
    print(f"{used.ru_maxrss / 1024:.0f} MB at most")


def write_table(table: Path, rows: int) -> None:
    """A table in which texts and seeds differ from row to row, and other values repeat."""
    draw = random.Random(1)
    with table.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        for number in range(rows):
            text = f'"a fox, number {number}, in the {draw.choice(["snow", "rain", "sun"])}"'
            cfg, steps, seed = draw.choice([4, 5.5, 7]), 20 + number % 10, draw.randrange(1 << 40)
            sampler, denoise = draw.choice(["euler", "dpmpp_2m"]), round(draw.random(), 3)
            file.write(f"{text},blurry {number % 7},{cfg},{steps},{seed},{sampler},{denoise},{number}\n")


class Catalogue(BaseHTTPRequestHandler):
    """Answers as a server does that is asked for its catalogue, and for nothing else."""

    nodes = json.dumps({name: CORE.info(name) for name in CORE}).encode()

    def do_GET(self) -> None:
        body = self.nodes if self.path.startswith("/object_info") else b"{}"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing is printed about requests."""


if __name__ == "__main__":
    main()
