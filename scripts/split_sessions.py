"""Split the recorded conversations with a real server into the files that the tests replay.

    python -m scripts.split_sessions RUN_FOLDER

RUN_FOLDER holds protocol_samples.json (recorded on ComfyUI 0.33.0), runnable_manifest.json and runnable/.
Every conversation about one prompt becomes fixtures/sessions/<name>.jsonl, a step a line: the answer to POST
/prompt, the WebSocket messages in order (of a picture only its head and size were recorded), the history.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"


def main() -> None:
    source = Path(sys.argv[1])
    sessions = FIXTURES / "sessions"
    shutil.rmtree(sessions, ignore_errors=True)
    sessions.mkdir(parents=True)
    samples = json.loads((source / "protocol_samples.json").read_text("utf-8"))
    for name, sample in samples.items():
        if isinstance(sample, dict) and {"post", "messages", "history"} <= sample.keys():
            lines = "".join(json.dumps(step) + "\n" for step in steps(sample))
            (sessions / f"{name}.jsonl").write_text(lines, "utf-8")
    runnable = FIXTURES / "runnable"
    shutil.rmtree(runnable, ignore_errors=True)
    runnable.mkdir()
    for path in sorted((source / "runnable").glob("*.json")):
        (runnable / path.name).write_bytes(path.read_bytes())
    (runnable / "manifest.json").write_bytes((source / "runnable_manifest.json").read_bytes())


def steps(sample: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"post": sample["post"]["body"], "status": sample["post"]["status"]}
    for message in sample["messages"]:
        yield {"frame" if "binary_event" in message else "message": message}
    yield {"history": next(iter(sample["history"].values()), None)}


if __name__ == "__main__":
    main()
