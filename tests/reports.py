"""Small files with findings, and the readers that tests of the reports check them with."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Fix, Rule, Severity, TextEdit
from comfyc.report.findings import FileFindings
from comfyc.report.formats import REPORT_NAMES, reporter_of

REPORTERS = {name: reporter_of(name) for name in REPORT_NAMES}
"""Each form of findings by its name."""

WORKFLOW: dict[str, Any] = {
    "nodes": [
        {"id": 3, "type": "KSampler", "title": "Second pass", "widgets_values": [-1, "fixed", 20]},
        {"id": 17, "type": "FooSampler", "title": "名前 very wide", "widgets_values": ["名前", 2]},
    ],
    "links": [],
    "version": 0.4,
}
"""A document whose nodes the findings below are about."""

(
    UNKNOWN_TYPE,
    SURPLUS_VALUES,
    MISSING_FILE,
    VALUE_SMALLER_THAN_MIN,
    PROMPT_NO_OUTPUTS,
    NO_WORKFLOW,
    PROMPT_ONLY,
) = (
    Rule(code, name, severity, f"what {name} is", f"How to mend `{name}`, <at> length.")
    for code, name, severity in (
        ("N201", "unknown-type", Severity.WARNING),
        ("N204", "surplus-values", Severity.INFO),
        ("P307", "missing-file", Severity.WARNING),
        ("P308", "value-smaller-than-min", Severity.ERROR),
        ("P312", "prompt-no-outputs", Severity.ERROR),
        ("W003", "no-workflow-in-carrier", Severity.ERROR),
        ("W020", "prompt-only", Severity.INFO),
    )
)
"""Rules like those of the table, with texts of their own: snapshots outlive a change of the table's."""

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x9b31m\x90q\x07\x7f\x00\x08",
    "one\ntwo\r\nthree\rfour\u2028five\u2029six\x85seven\x0b\x0c",
    "::error::injected",
    " \u3000::add-mask::e",
    "a\n::error file=x::injected",
    "##[add-mask]e ##vso[task.complete]x ###[group]y ##teamcity[message]",
    "%0A::error::x %25 %3A,line=1,title=y::z",
    "safe\u202eexe.txt\u2066x\u2069\u200b\ufeff\u00ad",
    "lone \ud800 \udfff \udc80 end \ufffe\uffff",
    "a | b \\| c \\\\| d `| e`",
    "<script>alert(1)</script><!-- & --> &lt;b&gt; <img src=x onerror=y>",
    "]]></failure><evil/>' \" & <![CDATA[",
    "[text](https://evil.example) ![x](y) <https://evil.example> https://evil.example www.evil.example",
    "`*bold*` _it_ ~~no~~ $x$ @someone a@evil.example :smile: # head",
    "{0} {{1}} [link](1) \\[x\\](2)",
    '"quoted" \\" \\u0000 \\',
    "\U000e0041\U000e007f tags",
    "ünïcödé 名前 👩\u200d🎨",
    "",
    " ",
    "x" * 3000,
)
"""Titles, values and file names that try to be more than text."""


@dataclass(frozen=True, slots=True)
class Command:
    """What GitHub's runner takes a line of a log for."""

    name: str
    properties: dict[str, str]
    data: str


COMMANDS = ("error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "set-output", "set-env",
            "stop-commands", "add-path", "save-state", "echo", "add-matcher")  # fmt: skip


def as_command(line: str) -> Command | None:
    """Read a line as actions/runner ``ActionCommand.cs`` does: ``::name k=v::data``, else ``##[name]data``
    anywhere in it."""
    trimmed = line.lstrip()
    end = trimmed.find("::", 2)
    if trimmed.startswith("::") and end >= 0:
        name, _, rest = trimmed[2:end].partition(" ")
        if name.lower() in COMMANDS:
            pairs = (pair.partition("=") for pair in rest.strip().split(",") if pair)
            properties = {key: _decoded(value, "\r\n:,%") for key, _, value in pairs}
            return Command(name, properties, _decoded(trimmed[end + 2 :], "\r\n%"))
    start = line.find("##[")
    if start >= 0 and "]" in line[start:]:
        name = line[start + 3 : line.index("]", start)].partition(" ")[0]
        if name.lower() in COMMANDS:
            return Command(name, {}, line)
    return None


def _decoded(text: str, chars: str) -> str:
    for char in chars:
        text = text.replace(f"%{ord(char):02X}", char)
    return text


FIX = Fix("remove 2", (TextEdit(18, 15, 19, 10, ""),))
"""What would be done about the value that is left over."""


def _with_fix(one: Diagnostic, fix: Fix) -> Diagnostic:
    return replace(one, fix=fix)


def sample() -> list[FileFindings]:
    """A workflow with findings of all severities, a picture, a picture that carries nothing, a sound file."""
    found = Collector()
    found.report(
        UNKNOWN_TYPE,
        "unknown node type 'FooSampler'",
        pointer=("nodes", 1),
        node="17",
        title="名前 very wide",
        hint="pass the catalogue of a server that has its pack: --object-info http://127.0.0.1:8188",
    )
    found.report(PROMPT_NO_OUTPUTS, "prompt has no outputs", hint="add an output node")
    found.report(
        VALUE_SMALLER_THAN_MIN,
        "value -1 smaller than min of 0",
        pointer=("nodes", 0, "widgets_values", 0),
        node="3",
        title="Second pass",
        data={"input": "seed", "server": {"type": "value_smaller_than_min", "details": "seed"}},
    )
    found.report(
        SURPLUS_VALUES,
        "1 value is left over",
        pointer=("nodes", 1, "widgets_values", 1),
        node="17",
        title="名前 very wide",
    )
    found.revise(lambda one: _with_fix(one, FIX) if one.rule is SURPLUS_VALUES else one)
    picture = Collector()
    picture.report(PROMPT_ONLY, "the PNG picture carries no workflow, only the prompt that was run")
    picture.report(
        MISSING_FILE,
        "no file 'v1-5.safetensors' in checkpoints",
        pointer=("4", "inputs", "ckpt_name"),
        node="4",
        title="Load Checkpoint",
        hint="put it there, or pass --assume-files",
        data={"input": "ckpt_name"},
    )
    nothing = Collector()
    nothing.report(NO_WORKFLOW, "the PNG picture carries no workflow", hint="get the original")
    prompt = {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}}}
    return [
        FileFindings("flows/flow.json", tuple(found), json.dumps(WORKFLOW, indent=2, ensure_ascii=False)),
        FileFindings("flows/good.json", (), "{}"),
        FileFindings("my pictures/shared.png", tuple(picture), json.dumps(prompt), "png", "prompt"),
        FileFindings("empty.png", tuple(nothing), None, "png"),
    ]


def hostile() -> list[FileFindings]:
    """Every hostile text in every place that a text can have, as file names too."""
    files = []
    for text in HOSTILE:
        found = Collector()
        for rule in (VALUE_SMALLER_THAN_MIN, MISSING_FILE, SURPLUS_VALUES):
            found.report(
                rule,
                text or "empty",
                pointer=("nodes", 0, text),
                node=text,
                title=text,
                hint=text,
                data={"input": text, "deep": [text, {text: text}]},
            )
        fix = Fix(text or "empty", (TextEdit(1, 1, 1, 2, text),))
        found.revise(partial(_with_fix, fix=fix))
        source = json.dumps({"nodes": [{text: text, "around": text}]}, ensure_ascii=False)
        files.append(FileFindings(text, tuple(found), source))
        files.append(FileFindings(f"{text}.png", tuple(found), source, "png", "workflow"))
    return files
