"""Findings about what the editor drops, guesses or does not know among the settings of a picture."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from comfyc import codes
from comfyc.a1111.graph import PictureNode
from comfyc.a1111.settings import PictureSetting
from comfyc.collector import Collector
from comfyc.diagnostics import Rule
from comfyc.javascript.values import number_text, shown
from comfyc.sources.positions import line_columns

_FOR_THE_RECORD = frozenset(
    ("model hash", "vae hash", "lora hashes", "hashes", "ti hashes", "version", "created date")
)
"""PictureSettings that say what was used, and change nothing about a picture."""

_SAMPLERS: Mapping[str, str] = {
    "euler a": "euler_ancestral",
    "dpm2": "dpm_2",
    "dpm2 a": "dpm_2_ancestral",
    "dpm++ 2s a": "dpmpp_2s_ancestral",
    "unipc": "uni_pc",
}
"""Names of the web UI's samplers that the editor does not recognise, and ComfyUI's names of them."""

_HINTS: Mapping[str, str] = {
    "vae": "load it with a VAELoader node, and link that with the nodes that decode and encode",
    "denoising strength": "the picture was made from another one: load that with LoadImage, encode it with"
    " VAEEncode, and set 'denoise' of the sampler",
}
_EMBEDDING = re.compile(r'([^:",]{1,200}):\s*[0-9a-fA-F]{6,}')
_NETWORK = re.compile(r"<(?:lora|lyco|hypernet):[^<>\n]{1,200}>")
_OTHER_SYNTAX = re.compile(r"\b(?:BREAK|AND)\b|\[[^\[\]\n]{1,200}\]")
_MOST_NETWORKS = 50
"""Networks of a prompt that are named."""
_CATALOGUE = "pass the catalogue of a server with --server or --object-info"


class _Note(NamedTuple):
    rule: Rule
    message: str
    offset: int | None
    node: PictureNode | None
    hint: str | None
    data: Mapping[str, Any]


class Remarks:
    """Collects the findings, with offsets in the text, and reports them with its lines."""

    def __init__(self, most_nodes: int) -> None:
        self.most_nodes = most_nodes
        """Nodes of a graph that is still converted."""
        self._found: list[_Note] = []

    def add(
        self,
        rule: Rule,
        message: str,
        offset: int | None = None,
        *,
        node: PictureNode | None = None,
        hint: str | None = None,
        **data: Any,
    ) -> None:
        """Note a finding; the parameters are those of ``Collector.report``."""
        self._found.append(_Note(rule, message, offset, node, hint, data))

    def report(self, text: str, diagnostics: Collector) -> None:
        """Report what was noted. ``text`` is what the offsets refer to."""
        lines = line_columns(text, [note.offset for note in self._found if note.offset is not None])
        for note in self._found:
            line, column = (None, None) if note.offset is None else lines[note.offset]
            diagnostics.report(
                note.rule,
                note.message,
                line=line,
                column=column,
                node=None if note.node is None else note.node.id,
                hint=note.hint,
                data=note.data,
            )

    def lacking(self, kind: str, offset: int | None = None) -> None:
        """The catalogue lacks a node type that the editor would add."""
        message = f"the catalogue has no node type '{kind}', so what needs it is left out"
        self.add(codes.NODES_LACKING, message, offset, hint=_CATALOGUE, type=kind)

    def dropped(self, setting: PictureSetting, hint: str | None = None) -> None:
        """Nothing in the graph takes a setting."""
        message = f"{shown(setting.written)} has no home in the graph that the editor builds, and is dropped"
        self.add(codes.SETTING_DROPPED, message, setting.offset, hint=hint, setting=setting.label)

    def left_over(
        self, left: Mapping[str, PictureSetting], sampler: PictureNode, embeddings: Sequence[str]
    ) -> None:
        """The settings that are left when the graph is built."""
        for name, setting in sorted(left.items(), key=lambda item: item[1].offset):
            if name == "ti hashes":
                self._embeddings(setting, {one.casefold() for one in embeddings})
            if name in _FOR_THE_RECORD or not setting.label[:1].isalpha():  # others are parts of JSON
                continue
            hint = _HINTS.get(name)
            if name == "schedule type":
                scheduler = setting.value.lower().replace(" ", "_")
                if scheduler == sampler.value("scheduler"):
                    continue
                hint = assigned(sampler, "scheduler", _among(scheduler, sampler.options("scheduler")))
            self.dropped(setting, hint)

    def _embeddings(self, setting: PictureSetting, known: set[str]) -> None:
        for found in _EMBEDDING.finditer(setting.written.partition(":")[2]):
            name = found[1].strip(' "')
            if name and name.casefold() not in known:
                message = f"the embedding {shown(name)} stays a word: it is in no list that comfyc knows"
                hint = f"write 'embedding:{name}' in the text, if the server has it"
                self.add(codes.EMBEDDING_AS_WORD, message, setting.offset, hint=hint, embedding=name)

    def no_number(self, setting: PictureSetting, node: PictureNode, name: str) -> None:
        """A number that is none."""
        message = f"{shown(setting.written)} is no number, so '{name}' is null"
        self.add(codes.SETTING_UNKNOWN, message, setting.offset, node=node, hint=assigned(node, name))

    def unknown_sampler(self, setting: PictureSetting, node: PictureNode) -> None:
        """A sampler that the editor does not find in its list."""
        name = " ".join(setting.value.lower().removesuffix("karras").split())
        known = _SAMPLERS.get(name, name.replace("++", "pp").replace(" ", "_"))
        hint = assigned(node, "sampler_name", _among(known, node.options("sampler_name")))
        used = node.value("sampler_name")
        message = f"the editor does not know the sampler {shown(setting.value)}, and leaves '{used}'"
        self.add(codes.SETTING_UNKNOWN, message, setting.offset, node=node, hint=hint, used=used)

    def unknown_method(self, setting: PictureSetting, node: PictureNode) -> None:
        """A way to enlarge a latent picture that the editor does not find in its list."""
        methods = ", ".join(f"'{one}'" for one in node.options("upscale_method")[:8])
        message = f"{shown(setting.value)} is no method of {node.type}, which has {methods}"
        hint = assigned(node, "upscale_method", "bilinear")
        self.add(codes.SETTING_UNKNOWN, message, setting.offset, node=node, hint=hint)

    def rounded(
        self, setting: PictureSetting, size: tuple[float, float], used: tuple[float, float], node: PictureNode
    ) -> None:
        """The width and height of a setting, and the multiples of 64 that the editor makes of them."""
        if size == used:
            return
        if any(value != value for value in size):
            self.no_number(setting, node, "height" if size[0] == size[0] else "width")
            return
        before, after = (f"{number_text(width)}x{number_text(height)}" for width, height in (size, used))
        message = f"the size {before} becomes {after}: the editor rounds up to multiples of 64"
        sizes = f"--set {node.id}.width={number_text(size[0])} --set {node.id}.height={number_text(size[1])}"
        hint = f"if the model takes other sizes, set them: {sizes}"
        self.add(codes.SIZE_ROUNDED, message, setting.offset, node=node, hint=hint)

    def file(
        self,
        node: PictureNode,
        name: str,
        value: str,
        used: str | None,
        options: Sequence[str],
        offset: int | None,
    ) -> None:
        """A file is named without its ending, and the editor takes the first whose name begins so
        (``used``)."""
        if used is not None and value in (used, _stem(used)):
            return
        meant = next((one for one in options if value in (_stem(one), _base(one))), "FILE")
        hint = assigned(node, name, meant)
        if used is not None:
            message = f"{shown(value)} is taken for {shown(used)}, the first file whose name begins so"
        elif options:
            message = f"no file of the catalogue has a name that begins with {shown(value)}"
        else:
            message = f"{shown(value)} is the name of a file without its ending, and the catalogue lists none"
            hint = f"{_CATALOGUE}, or {hint}"
        self.add(codes.FILE_GUESSED, message, offset, node=node, hint=hint, value=value, used=used)

    def no_weight(self, written: str, offset: int) -> None:
        """A LoRA without a weight that is a number."""
        message = f"the editor reads no weight in {shown(written)}, and drops it"
        self.add(codes.NETWORK_DROPPED, message, offset, hint="add a LoraLoader node", network=written)

    def prompt(self, node: PictureNode, prompt: str, offset: int, loras: Container[int]) -> None:
        """What in a prompt, which begins at ``offset``, does not mean in ComfyUI what it meant; but for the
        LoRAs that have become nodes, by their offsets."""
        for found in islice(_NETWORK.finditer(prompt), _MOST_NETWORKS):
            if found.start() not in loras:
                message = f"{shown(found[0])} stays in the text, where ComfyUI takes it for words"
                hint = "load it with a node of its own, and take it out of the text"
                at = offset + found.start()
                self.add(codes.NETWORK_DROPPED, message, at, node=node, hint=hint, network=found[0])
        other = _OTHER_SYNTAX.search(prompt)
        if other is not None:
            message = f"{shown(other[0])} in the text means something else in ComfyUI, or nothing"
            self.add(codes.PROMPT_SYNTAX, message, offset + other.start(), node=node)


def assigned(node: PictureNode, name: str, value: str = "VALUE") -> str:
    """A hint that says how a value is set."""
    setting = f"{node.id}.{name}={value}"
    return f"set it: --set '{setting}'" if re.search(r"[^\w.=/:-]", setting) else f"set it: --set {setting}"


def _among(value: str, options: Sequence[str]) -> str:
    return value if value in options else "NAME"


def _stem(file: str) -> str:
    return file.rpartition(".")[0] or file


def _base(file: str) -> str:
    """The name of a file without folders and ending."""
    return _stem(re.split(r"[/\\]", file)[-1])
