"""Convert a workflow and run it: ``python examples/run.py FILE TEXT [FOLDER]``.

TEXT becomes the text of the node that is titled "Positive Prompt". The pictures go to FOLDER, their paths to
stdout. The server is ``$COMFYC_SERVER`` or http://127.0.0.1:8188.
"""

import os
import sys

from comfyc import Catalog, assign, convert, read_file
from comfyc.running import run


def main(path: str, text: str, folder: str = "pictures") -> int:
    server = os.environ.get("COMFYC_SERVER", "http://127.0.0.1:8188")
    catalog = Catalog.load(server)
    file = read_file(path)
    conversion = convert(file, catalog)
    if not conversion.ok:
        print(conversion.diagnostics, file=sys.stderr)
        return 1
    prompt = assign(conversion.prompt, {"Positive Prompt.text": text}, catalog)
    result = run(prompt, server=server, workflow=file.value, out_dir=folder)
    print(*result.paths, sep="\n")
    return 0 if result.status == "success" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
