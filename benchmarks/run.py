"""How long ``comfyc run`` takes, beside a bare script that does the same without it.

    python benchmarks/run.py --server http://127.0.0.1:8188

The server must be there already, with ComfyUI's own nodes; it is started by nobody here. Both run the same
small workflow with new seeds, in processes of their own, and take turns; the best of their times are
compared, since other work on the machine only ever adds to them. The bare script submits one prompt after
the other (POST /prompt), hears of its end on one WebSocket, and asks for /history and /view. The node
definitions of the server are in comfyc's cache from a first run that does not count.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORKFLOW = Path(__file__).parent.parent / "fixtures" / "runnable" / "17_noise_seed.json"

BARE = """
import json, random, sys, urllib.parse, urllib.request, uuid
from websockets.sync.client import connect
base, count, file, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
prompt = json.load(open(file))
client = uuid.uuid4().hex
with connect("ws" + base.removeprefix("http") + "/ws?clientId=" + client) as socket:
    for _ in range(count):
        for node in prompt.values():
            for name in node["inputs"].keys() & {"seed", "noise_seed"}:
                node["inputs"][name] = random.getrandbits(48)
        body = json.dumps({"prompt": prompt, "client_id": client}).encode()
        request = urllib.request.Request(base + "/prompt", body, {"Content-Type": "application/json"})
        ident = json.load(urllib.request.urlopen(request))["prompt_id"]
        while True:
            message = socket.recv()
            data = json.loads(message).get("data", {}) if isinstance(message, str) else {}
            if data.get("prompt_id") == ident and data.get("node", "") is None:
                break
        entry = json.load(urllib.request.urlopen(base + "/history/" + ident))[ident]
        for output in entry["outputs"].values():
            for one in output.get("latents", []) + output.get("images", []):
                content = urllib.request.urlopen(base + "/view?" + urllib.parse.urlencode(one)).read()
                open(folder + "/" + one["filename"], "wb").write(content)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--server", default="http://127.0.0.1:8188")
    parser.add_argument("--turns", type=int, default=8)
    arguments = parser.parse_args()
    comfyc = [sys.executable, "-m", "comfyc"]
    with tempfile.TemporaryDirectory() as folder:
        prompt = Path(folder, "prompt.json")
        converted = subprocess.run(
            [*comfyc, "convert", str(WORKFLOW)], capture_output=True, text=True, check=True
        )
        prompt.write_text(converted.stdout, encoding="utf-8")
        assert json.loads(converted.stdout)
        for count in (1, 50):
            bare = [sys.executable, "-c", BARE, arguments.server, str(count), str(prompt), folder]
            ours = [*comfyc, "run", str(WORKFLOW), "--seed", "random", "--count", str(count), "-q"]
            ours += ["--server", arguments.server, "--out-dir", folder]
            timed(ours)
            times = [(timed(bare), timed(ours)) for _ in range(arguments.turns)]
            best = [min(column) for column in zip(*times, strict=True)]
            ratio = best[1] / best[0]
            print(f"{count} prompts: bare {best[0]:.2f} s, comfyc {best[1]:.2f} s, {ratio:.2f} times")


def timed(command: list[str]) -> float:
    """Seconds that a command takes. ``CalledProcessError`` if it fails."""
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
