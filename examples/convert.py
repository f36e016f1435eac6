"""Convert a workflow: ``python examples/convert.py FILE`` prints the prompt, and the findings on stderr."""

import json
import sys
from pathlib import Path

from comfyc import Catalog, convert


def main(path: str) -> int:
    document = json.loads(Path(path).read_text("utf-8"))
    conversion = convert(document, Catalog.load())
    print(conversion.text)
    for finding in conversion.diagnostics:
        print(f"{finding.severity.value}[{finding.code}]: {finding.message}", file=sys.stderr)
    graph = conversion.graph  # a networkx graph
    print(f"{graph.number_of_nodes()} nodes, {graph.number_of_edges()} links", file=sys.stderr)
    return 0 if conversion.ok else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
