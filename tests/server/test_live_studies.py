"""A study on two real servers that is killed again and again: pytest -m live -s on this file.

The test starts the servers itself, because it kills them too: ``COMFYC_COMFYUI`` is the path of ComfyUI's
``main.py``, ``COMFYC_COMFYUI_PYTHON`` the Python that runs it. It takes six minutes. The moments are random;
``COMFYC_KILLS`` is the seed.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import files_in

MAIN, PYTHON = os.environ.get("COMFYC_COMFYUI"), os.environ.get("COMFYC_COMFYUI_PYTHON")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not (MAIN and PYTHON), reason="COMFYC_COMFYUI or COMFYC_COMFYUI_PYTHON is not set"),
]
ROWS = 500
OWN_KILLS, SERVER_KILLS = 20, 5
PATIENCE = 300.0
"""Seconds within which a server has started, and a study has gone on by a row."""
WORKFLOW: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "row"}},
}
"""The color of a row is its number, which stands in the metadata of each picture."""


class RealServer:
    """A ComfyUI with a folder of its own, and all that its history has ever shown."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.seen: dict[str, int] = {}
        """Of each prompt that was in the history: its row."""
        self._over = threading.Event()
        self._watching = threading.Thread(target=self._watch)
        for name in ("input", "output", "custom_nodes", "models"):
            (folder / name).mkdir(parents=True)

    def start(self) -> None:
        command = [
            str(PYTHON),
            str(MAIN),
            "--cpu",
            "--port",
            str(self.port),
            "--base-directory",
            str(self.folder),
        ]
        database = f"sqlite:///{self.folder / 'comfyui.db'}"
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--database-url", database], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def await_start(self) -> None:
        until = time.monotonic() + PATIENCE
        while self.get("/queue") is None:
            assert self._process.poll() is None, (self.folder / "log.txt").read_text("utf-8")[-2000:]
            assert time.monotonic() < until
            time.sleep(0.2)
        if not self._watching.is_alive():
            self._watching.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self._over.set()
        if self._watching.is_alive():
            self._watching.join()
        self.kill()

    def get(self, path: str) -> Any:
        """The answer, None if there is none."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return json.load(answer)
        except OSError:
            return None

    def look(self, most: int) -> None:
        """See what the history has last."""
        for prompt_id, entry in (self.get(f"/history?max_items={most}") or {}).items():
            self.seen[prompt_id] = entry["prompt"][2]["1"]["inputs"]["color"]

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.look(30)

    def pictures(self) -> list[int]:
        """The rows of all pictures that it has ever saved, whatever became of its memory."""
        return [color_of(file) for file in (self.folder / "output").iterdir()]


def color_of(file: Path) -> int:
    found = re.search(rb'"color": ?(\d+)', file.read_bytes())
    assert found is not None, file
    return int(found[1])


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[RealServer]]:
    made = [RealServer(tmp_path / name) for name in ("one", "two")]
    with contextlib.ExitStack() as stack:
        for server in made:
            server.start()
            stack.callback(server.close)
        for server in made:
            server.await_start()
        yield made


class LiveStudy:
    """The processes that work on a study, one after the other."""

    def __init__(self, folder: Path, servers: list[RealServer]) -> None:
        self.folder, self.out, self.servers = folder, folder / "out", servers
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "flow.json").write_text(json.dumps(WORKFLOW), "utf-8")

    def go_on(self) -> None:
        """Begin the study, or resume it."""
        is_there = (self.out / "study.sqlite").exists()
        where = [word for server in self.servers for word in ("--server", server.url)]
        begin = ("run", "flow.json", "--grid", f"1.color=1..{ROWS}", "-d", "out", *where)
        command = [sys.executable, "-m", "comfyc", *(("resume", "out") if is_there else begin)]
        environment = {**os.environ, "COMFYC_CACHE_DIR": str(self.folder / "cache")}
        with (self.folder / "comfyc.log").open("ab") as log:
            log.write(f"--- {' '.join(command[3:])}\n".encode())
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def end(self) -> int:
        """Wait until it ends by itself."""
        assert self.process is not None
        return self.process.wait(3 * PATIENCE)

    def kill(self) -> bool:
        """Kill it with SIGKILL; whether it was still at work."""
        assert self.process is not None
        self.process.kill()
        return self.process.wait() == -signal.SIGKILL

    def states(self) -> Counter[str]:
        return Counter(state for state, _ in self.rows())

    def rows(self) -> list[tuple[str, int]]:
        """State and number of each row, as the ledger has them on the disk now."""
        return self.ask("SELECT state, number FROM row")

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        file = self.out / "study.sqlite"
        if not file.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(sql).fetchall()

    def await_rows(self, count: int) -> None:
        """Wait until so many more rows are done, or the process has ended."""
        wanted = self.states()["done"] + count
        until = time.monotonic() + PATIENCE
        while count and self.states()["done"] < wanted and self.process and self.process.poll() is None:
            assert time.monotonic() < until, (self.folder / "comfyc.log").read_text("utf-8")[-2000:]
            time.sleep(0.01)


def test_no_kill_of_a_process_or_a_server_loses_a_row_or_doubles_one(
    tmp_path: Path, servers: list[RealServer]
) -> None:
    seed = int(os.environ.get("COMFYC_KILLS", "17"))
    chance = random.Random(seed)
    victims = [""] * OWN_KILLS + ["server"] * (SERVER_KILLS - 1)
    chance.shuffle(victims)
    study = LiveStudy(tmp_path, servers)
    done_before: dict[int, int] = {}
    """Rows that were done when a server was killed: how many of their pictures there were."""
    own_kills = server_kills = 0

    def kill_a_server() -> RealServer:
        victim = chance.choice(servers)
        victim.kill()
        made = Counter(number for server in servers for number in server.pictures())
        done = [number for state, number in study.rows() if state == "done"]
        done_before.update({number: made[number] for number in done if number not in done_before})
        return victim

    study.go_on()
    for victim in victims:
        count = chance.randrange(24)
        study.await_rows(count)
        # While a process starts, seconds count; later rows do, and a fast machine makes many in a second
        time.sleep(chance.random() * (0.05 if count else 2.0))
        killed = kill_a_server() if victim else None
        if killed is not None:
            server_kills += 1
            time.sleep(chance.random() * 0.5)
            killed.start()
        was_at_work = study.kill()
        assert was_at_work, "there were not enough rows"
        own_kills += killed is None
        if killed is not None:
            killed.await_start()
        study.go_on()
    study.await_rows(1)
    last = kill_a_server()  # and comfyc lives on
    last.start()
    server_kills += 1
    codes = [study.end()]
    last.await_start()
    while codes[-1] != 0 and len(codes) < 4:
        study.go_on()
        codes.append(study.end())
    for server in servers:
        server.look(2 * ROWS)
    print(f"seed {seed}: {own_kills} kills of comfyc, {server_kills} of servers, exit codes {codes}")

    assert study.states() == {"done": ROWS}, codes
    assert codes[-1] == 0
    stored = study.ask("SELECT row, path FROM output")
    assert sorted(row for row, _ in stored) == list(range(1, ROWS + 1))
    assert all(color_of(study.out / path) == row for row, path in stored)
    others = [name for name in files_in(study.out) if not name.startswith("study.")]
    assert sorted(others) == sorted(path for _, path in stored)

    again = {row for (row,) in study.ask("SELECT row FROM attempt WHERE why = 'the server was restarted'")}
    seen = Counter(row for server in servers for row in server.seen.values())
    made = Counter(row for server in servers for row in server.pictures())
    twice = {row for row, count in seen.items() if count > 1}
    made_twice = {row for row, count in made.items() if count > 1}
    print(
        f"{len(again)} rows were lost and made again; {len(twice)} of {len(seen)} are twice in the histories,"
    )
    print(f"and {len(made_twice)} of {len(made)} on the servers' disks")
    assert made.keys() == set(range(1, ROWS + 1))
    assert made_twice <= again, "a row was made twice that no server had lost"
    assert twice <= again
    assert all(made[row] == count for row, count in done_before.items()), "a row was made again that was done"
