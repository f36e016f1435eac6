"""Convert a workflow: ``python examples/convert.py FILE`` prints the prompt, and the findings on stderr.

FILE is a workflow, or a picture, video or sound that carries one.
"""

import sys

from comfyc import convert


def main(path: str) -> int:
    conversion = convert(path)
    print(conversion.text)
    if conversion.diagnostics:
        print(conversion.diagnostics, file=sys.stderr)  # a line for each finding
    graph = conversion.graph  # a networkx graph
    print(f"{graph.number_of_nodes()} nodes, {graph.number_of_edges()} links", file=sys.stderr)
    return 0 if conversion.ok else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
