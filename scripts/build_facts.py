"""Make comfyc/checks/facts.json: what the server knows about its nodes and /object_info does not say.

    python scripts/build_facts.py facts.json --version 0.33.0 -o converter/comfyc/checks/facts.json

``facts.json`` is the answer of GET /comfyc/facts (scripts/comfyui_facts, a pack for a real ComfyUI).
What a validator *checks* no program can tell, so a person has read each and said it in CHECKS.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

CHECKS = {
    "LoadImage.VALIDATE_INPUTS": "file",
    "LoadLatent.VALIDATE_INPUTS": "file",
    "LoadAudio.validate_inputs": "file",
    "LoadVideo.validate_inputs": "file",
    "Load3D.validate_inputs": "file-or-none",
    "Load3DAdvanced.validate_inputs": "file-or-none",
    "ModelAttentionBackend.VALIDATE_INPUTS": "nothing",
    "SelectModelDeviceNode.validate_inputs": "nothing",
    "SelectCLIPDeviceNode.validate_inputs": "nothing",
    "SelectVAEDeviceNode.validate_inputs": "nothing",
    "CustomComboNode.validate_inputs": "nothing",
    "FluxProUltraImageNode.validate_inputs": "aspect-ratio",
    "TripoConversionNode.validate_inputs": "tripo-task",
}
"""By function: what it decides on. Whatever is not here is "unknown": only the server can run it."""

TEST_PACK: dict[str, dict[str, Any]] = {
    "VT_ValidateNamed": {"required": ["i", "c"]},
    "VT_ValidateKwargs": {"kwargs": True},
    "VT_ValidateTypes": {"required": ["input_types"]},
    "VT_ValidateRaises": {"required": ["i"]},
}
"""The signatures in the node pack with which the server's rules were measured (docs/spec/validation.md)."""


def table_of_validators(facts: dict[str, Any]) -> dict[str, Any]:
    """Class -> function name, parameters and what it checks."""
    table = {name: entry["validator"] for name, entry in facts.items() if "validator" in entry}
    for name, signature in TEST_PACK.items():
        table.setdefault(name, {"function": f"{name}.VALIDATE_INPUTS", **signature})
    return {
        name: {
            "function": found["function"],
            "required": found.get("required", []),
            "optional": found.get("optional", []),
            "kwargs": found.get("kwargs", False),
            "checks": CHECKS.get(found["function"], "unknown"),
        }
        for name, found in sorted(table.items())
    }


def build(facts: dict[str, Any], version: str) -> dict[str, Any]:
    return {
        "source": f"ComfyUI {version} with its built-in nodes, by scripts/comfyui_facts; VT_*: its test pack",
        "validators": table_of_validators(facts),
        "folders": {
            name: {path: folders[0] for path, folders in entry["folders"].items()}
            for name, entry in sorted(facts.items())
            if "folders" in entry
        },
        "tuples": {name: entry["tuples"] for name, entry in sorted(facts.items()) if "tuples" in entry},
        "any_input": sorted(name for name, entry in facts.items() if "any_input" in entry),
        "v3": sorted(name for name, entry in facts.items() if "v3" in entry),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("facts", type=Path)
    parser.add_argument("--version", required=True, help="of the ComfyUI that answered")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    table = build(json.loads(options.facts.read_text("utf-8")), options.version)
    options.output.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    print(f"{len(table['validators'])} validators, {len(table['folders'])} file lists", file=sys.stderr)


if __name__ == "__main__":
    main()
