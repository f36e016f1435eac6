"""Pictures that were kept, and whether a run has made the same ones again."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from comfyc import codes
from comfyc.diagnostics import ComfycError
from comfyc.expectations.conditions import ChosenOutputs
from comfyc.expectations.judging import JudgedRun
from comfyc.expectations.model import Judgement, Produced, UnjudgedError
from comfyc.expectations.pixels import difference, distance, require
from comfyc.safety.atomic import Folder
from comfyc.safety.escaping import printable
from comfyc.safety.opening import open_regular

_IN_NAMES = re.compile(r"[^\w .()@+,=-]+")
_PICTURE = re.compile(r"(?P<stem>.+)\.[\w-]+\.(?:png|webp|jpe?g|avif|gif)", re.IGNORECASE)
MOST_APART = 64
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Golden:
    """The folder of the kept pictures. Two pictures are the same if their pixels are, or, with a
    ``distance``, if their perceptual hashes differ in no more bits. ``update`` keeps the pictures of this run
    instead."""

    folder: Path
    distance: int | None = None
    update: bool = False

    def check(self) -> None:
        """``ComfycError`` for what makes comparing impossible, so that it is known before a run."""
        if self.update:
            return
        require("PIL", "pictures", "--golden")
        if self.distance is not None:
            if self.distance > MOST_APART:
                message = f"--golden-distance {self.distance}: a perceptual hash has {MOST_APART} bits"
                raise ComfycError(message, "pictures that look alike are less than 10 apart")
            require("imagehash", "golden", "--golden-distance")
        if not self.folder.is_dir():
            raise ComfycError(f"there is no folder '{self.folder}'", "--update-golden makes it")

    def judge(self, judged: JudgedRun, stem: str) -> Iterator[Judgement]:
        """Compare the pictures of a run that is called ``stem``."""
        made = self._names(judged, stem)
        for name, output in made.items():
            kept = self.folder / name
            judgement = self._compare(output, kept)
            if judgement is not None:
                yield judgement
        for name in sorted(self._kept.get(_safe(stem), set()) - made.keys()):
            kept = self.folder / name
            message = f"the run did not make the picture that is kept as '{printable(str(kept))}'"
            yield Judgement(
                codes.GOLDEN_NOT_MADE, message, "delete it if that is right", data={"golden": str(kept)}
            )
        if not made and _safe(stem) not in self._kept:
            message = f"the run made no picture to compare with those in '{printable(str(self.folder))}'"
            yield Judgement(codes.GOLDEN_MISSING, message)

    def keep(self, judged: JudgedRun, stem: str) -> Iterator[Judgement]:
        """Write the pictures of a run into the folder: all of them, or none."""
        made = self._names(judged, stem)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with Folder(self.folder) as folder, contextlib.ExitStack() as written:
                parts = []
                for name, output in made.items():
                    assert output.path is not None
                    part = written.enter_context(folder.part(like=name))
                    with open_regular(output.path) as file:
                        shutil.copyfileobj(file, part.file)
                    parts.append((part, name))
                for part, name in parts:
                    part.replace(name)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            message = f"the pictures of the run cannot be kept in '{printable(str(self.folder))}': {reason}"
            yield Judgement(codes.GOLDEN_NOT_KEPT, message, data={"golden": str(self.folder)})
            return
        for name, output in made.items():
            kept = str(self.folder / name)
            message = f"'{printable(output.name)}' is kept as '{printable(kept)}'"
            data = {"file": str(output.path), "golden": kept}
            yield Judgement(codes.GOLDEN_KEPT, message, node=output.node, data=data)

    def _compare(self, output: Produced, kept: Path) -> Judgement | None:
        assert output.path is not None
        data = {"file": str(output.path), "golden": str(kept)}
        both = f"'{printable(output.name)}' and '{printable(str(kept))}'"
        if not kept.exists():
            name = printable(output.name)
            message = f"there is no kept picture '{printable(str(kept))}' to compare '{name}' with"
            hint = "look at the new one, then keep it with --update-golden"
            return Judgement(codes.GOLDEN_MISSING, message, hint, output.node, data)
        try:
            why = self._difference(output.path, kept)
        except UnjudgedError as error:
            return Judgement(
                codes.ASSERTION_UNJUDGED,
                f"{both} cannot be compared: {printable(str(error))}",
                None,
                output.node,
                data,
            )
        if why is None:
            return None
        hint = "look at both; --update-golden keeps the new one"
        return Judgement(codes.GOLDEN_DIFFERS, f"{both} differ: {why}", hint, output.node, data)

    def _difference(self, ours: Path, kept: Path) -> str | None:
        if _same_bytes(ours, kept):
            return None
        if self.distance is None:
            return difference(ours, kept)
        apart = distance(ours, kept)
        if isinstance(apart, str):
            return apart
        if apart <= self.distance:
            return None
        return f"their perceptual hashes are {apart} bits apart, and {self.distance} are allowed"

    def _names(self, judged: JudgedRun, stem: str) -> dict[str, Produced]:
        """The pictures of a run by the names under which they are kept: STEM.NODE.png, and STEM.NODE-2.png
        for the second of a node."""
        numbers: Counter[str] = Counter()
        names: dict[str, Produced] = {}
        for one in judged.chosen(ChosenOutputs("images")):
            assert one.path is not None
            node = re.sub(r"\W+", "-", one.node)
            numbers[node] += 1
            number = f"-{numbers[node]}" if numbers[node] > 1 else ""
            names[f"{_safe(stem)}.{node}{number}{one.path.suffix.lower()}"] = one
        return names

    @cached_property
    def _kept(self) -> dict[str, set[str]]:
        """The names of the kept pictures, by the stem of their run."""
        found: dict[str, set[str]] = {}
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            picture = _PICTURE.fullmatch(path.name)
            if picture is not None:
                found.setdefault(picture["stem"], set()).add(path.name)
        return found


def _safe(stem: str) -> str:
    """The name of a run as a part of the name of a file."""
    return _IN_NAMES.sub("_", stem)


def _same_bytes(one: Path, other: Path) -> bool:
    try:
        with open_regular(one) as first, open_regular(other) as second:
            while block := first.read(_BLOCK):
                if block != second.read(len(block)):
                    return False
            return not second.read(1)
    except OSError as error:
        raise UnjudgedError((error.strerror or str(error)).lower()) from error
