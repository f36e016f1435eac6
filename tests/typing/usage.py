"""What a user writes: ``mypy --strict`` checks this file, and tests/test_api.py runs it.

``assert_type`` holds the types of what comes back. A line with ``type: ignore`` is one that a type checker
has to refuse: mypy reports the comment if it does not.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import comfyc
from comfyc import (
    Button,
    Catalog,
    ComfycError,
    Conversion,
    Diagnostic,
    Diagnostics,
    DynamicPrompts,
    Interface,
    Limits,
    Meta,
    Options,
    Prompt,
    Severity,
    UnknownTypes,
    Validation,
    WorkflowFile,
    assign,
    convert,
    convert_with,
    read_file,
    read_interface,
    validate,
)
from comfyc.packs import Behaviour, Export, Saved
from comfyc.running import Run, run

if sys.version_info >= (3, 11):
    from typing import assert_type
else:
    from typing_extensions import assert_type

if TYPE_CHECKING:
    import networkx


def use(path: Path) -> None:
    """Call everything with what it takes."""
    assert_type(comfyc.__version__, str)
    catalog = Catalog.load()
    assert_type(catalog, Catalog)
    options = Options(
        meta=Meta.TITLE,
        js_numbers=True,
        unknown=UnknownTypes.BROWSER,
        dynamic_prompts=DynamicPrompts.RANDOM,
        random_seed=1,
        button=Button.QUEUE,
        browser_exact=True,
        limits=Limits(nodes=100),
    )
    assert_type(options.meta, Meta)
    file = read_file(path)
    assert_type(file, WorkflowFile)
    assert_type(file.text, str | None)
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    given: os.PathLike[str] = path
    for source in (str(path), path, given, path.read_bytes(), file, document, file.value):
        conversion = convert(source, catalog, options)
        assert_type(conversion, Conversion)
        assert_type(validate(source, catalog, options, assume_files=True), Validation)
    assert_type(conversion.prompt["3"]["inputs"], dict[str, Any])
    assert_type(conversion.text, str)
    assert_type(conversion.ok, bool)
    if TYPE_CHECKING:
        assert_type(conversion.graph, networkx.DiGraph[str])
    validation = validate(path)
    assert_type(validation.ok, bool)
    verdict: Mapping[str, Any] = validation.verdict
    assert verdict["valid"] is True
    _findings(validation.diagnostics)
    changed = assign(conversion.prompt, {"3.seed": 1}, catalog, several=False)
    assert_type(changed, Prompt)
    assign(changed, ["3.seed=1"])
    interface = read_interface(path, catalog, options)
    assert_type(interface, Interface)
    assert [one.path for one in interface.by_node["3"]]
    assert_type(convert_with(path, {"3.seed": "random", "3.steps": 9}, catalog, unlink=True), Conversion)
    try:
        convert("nowhere.json")
    except ComfycError as error:
        assert_type(error.hint, str | None)


def _findings(found: Diagnostics) -> None:
    assert_type(found[:1], Diagnostics)
    assert_type(found.errors, Diagnostics)
    assert_type(found.with_code("N201"), Diagnostics)
    assert_type(iter(found), Iterator[Diagnostic])
    for one in found:
        assert_type(one, Diagnostic)
        assert_type(one.severity, Severity)
        assert_type(one.line, int | None)
        assert_type(str(one), str)


def refused(conversion: Conversion, prompt: dict[str, Any]) -> None:
    """What a type checker refuses; nothing calls this."""
    Options(meta="ful")  # type: ignore[arg-type]
    convert(5)  # type: ignore[arg-type]
    conversion.prompt = {}  # type: ignore[misc]
    conversion.diagnostics.append(5)  # type: ignore[attr-defined]
    conversion.diagnostics[0].code = "N201"  # type: ignore[misc]
    assert_type(run(prompt, server="http://127.0.0.1:8188"), Run)


def pack() -> dict[str, Behaviour]:
    """A pack of a third party."""

    def restore(saved: Saved) -> bool:
        return bool(saved.widgets)

    def rewire(export: Export) -> None:
        for node in export.graph.nodes.values():
            assert_type(node.label, str | None)

    return {"Mine": Behaviour(restore=restore, rewire=rewire)}
