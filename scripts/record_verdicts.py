"""Ask a real ComfyUI for its verdict on every prompt of the fixtures, and save the answers beside them.

    python scripts/record_verdicts.py http://127.0.0.1:8188

For each folder of fixtures/faults/P3[0-5]*/ and fixtures/verdicts/ (tests/verdict_cases.py) it writes
verdict.json; and fixtures/verdicts/object_info.json with the classes that occur, and the server's
node_replacements.json. The server must be one that may be lost: so that no prompt runs, the script first
ends its worker by a prompt that does (P331), and the server has to be restarted afterwards. It needs the
files models/checkpoints/sd15.safetensors and input/example.png (both may be empty).
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from scripts.build_catalog import strip_entry, strip_inputs
from tests.verdict_cases import CATALOG, REPLACEMENTS, VerdictCase, verdict_cases

WORKER_ENDS = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0], "undeclared": ["missing", 0]}},
}


def ask(server: str, path: str, body: Any = None) -> tuple[int, bytes]:
    """GET, or POST with a body: the status and the bytes of the answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server + path, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def verdict_of(server: str, case: VerdictCase) -> dict[str, Any]:
    """The server's answer in the shape of comfyc.checks.Verdict: what is left to chance is sorted, and
    tracebacks and what is written for people (tooltips) are left out, as in the catalogue."""
    status, text = ask(server, "/prompt", {**(case.request or {}), "prompt": case.prompt})
    answer = json.loads(text) if status in (200, 400) else {}
    error = answer.get("error")
    if error is not None:
        error["details"] = "\n".join(sorted(error["details"].split("\n")))
    node_errors = answer.get("node_errors", {})
    for entry in node_errors.values():
        entry["dependent_outputs"].sort()
        entry["errors"].sort(key=lambda found: json.dumps(found, sort_keys=True))
        for found in entry["errors"]:
            if "traceback" in found["extra_info"]:
                found["extra_info"]["traceback"] = []
            if "input_config" in found["extra_info"]:
                found["extra_info"]["input_config"] = strip_inputs(found["extra_info"]["input_config"])
    good = queued_outputs(server, answer["prompt_id"]) if status == 200 else []
    return {
        "http_status": status,
        "valid": status == 200,
        "error": error,
        "node_errors": node_errors,
        "good_outputs": sorted(good),
    }


def queued_outputs(server: str, prompt_id: str) -> list[str]:
    """The outputs that the server means to run for a prompt that waits in its queue."""
    _, text = ask(server, "/queue")
    queue = json.loads(text)
    for _, found, _, _, outputs, *_ in queue["queue_pending"] + queue["queue_running"]:
        if found == prompt_id:
            return list(outputs)
    raise SystemExit("the server runs prompts: its worker was to end before")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("server", help="the address of a ComfyUI that may be lost")
    server = parser.parse_args().server.rstrip("/")
    ask(server, "/prompt", {"prompt": WORKER_ENDS})
    object_info = json.loads(ask(server, "/object_info")[1])
    seen: set[str] = set()
    cases = verdict_cases()
    for case in cases:
        seen |= case.class_types()
        text = json.dumps(verdict_of(server, case), indent=1, ensure_ascii=False)
        (case.folder / "verdict.json").write_text(text + "\n", "utf-8")
    replacements = json.loads(ask(server, "/node_replacements")[1])
    seen |= {rule["new_node_id"] for old in seen & replacements.keys() for rule in replacements[old]}
    kept = {name: strip_entry(entry) for name, entry in object_info.items() if name in seen}
    CATALOG.write_text(json.dumps(kept, ensure_ascii=False) + "\n", "utf-8")
    REPLACEMENTS.write_text(json.dumps(replacements, indent=1) + "\n", "utf-8")
    print(f"{len(cases)} verdicts; restart the server: its worker has ended", file=sys.stderr)


if __name__ == "__main__":
    main()
