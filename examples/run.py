"""Convert a workflow and run it: ``python examples/run.py FILE TEXT [FOLDER]``.

TEXT becomes the text of every node that is titled "Positive Prompt". The pictures go to FOLDER, their paths
to stdout. The server is ``$COMFYC_SERVER`` or http://127.0.0.1:8188.
"""

import json
import os
import sys
from pathlib import Path

from comfyc import Catalog, convert
from comfyc.running import run


def main(path: str, text: str, folder: str = "pictures") -> int:
    server = os.environ.get("COMFYC_SERVER", "http://127.0.0.1:8188")
    document = json.loads(Path(path).read_text("utf-8"))
    conversion = convert(document, Catalog.load(server))
    if not conversion.ok:
        print(*(finding.message for finding in conversion.diagnostics), sep="\n", file=sys.stderr)
        return 1
    prompt = conversion.prompt
    for node in prompt.values():
        if node["_meta"]["title"] == "Positive Prompt":
            node["inputs"]["text"] = text
    result = run(prompt, server=server, workflow=document, out_dir=folder)
    print(*result.paths, sep="\n")
    return 0 if result.status == "success" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
