"""One process that fuzzes one target: ``python -m tests.fuzz.engine TARGET SECONDS FOLDER``.

It goes on after a failure: each kind (the exception and the line of ours that it came from) is noted once,
with the input, in FOLDER. An input that takes too long or too much memory ends the process; libFuzzer leaves
it in FOLDER itself.
"""

from __future__ import annotations

import importlib
import io
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

UNIT_SECONDS = 120
"""Seconds by the clock that one input may take: a quiet machine needs less than one."""
UNIT_MEMORY = 900
"""MiB that the process may have, of which the instrumented modules and atheris take about 250."""


def kind_of_failure(error: BaseException) -> str:
    """The name of the exception and the last line of comfyc's own code that it came through."""
    place = "nowhere"
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("comfyc"):
            place = f"{name}-{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}-{place}"


def main(name: str, seconds: str, folder: str) -> None:
    """Fuzz a target for so many seconds."""
    import atheris  # noqa: PLC0415 - what imports this module for a test has none

    with atheris.instrument_imports(include=["comfyc"]):
        targets: Any = importlib.import_module("tests.fuzz.targets")
    documents = importlib.import_module("tests.fuzz.documents")
    seeds = importlib.import_module("tests.fuzz.seeds")
    target = targets.TARGETS[name]
    corpus = seeds.of(target)
    found = Path(folder)

    def run(data: bytes) -> None:
        try:
            target.run(data)
        except io.UnsupportedOperation:
            return  # the alarm for a slow input, which writes to a stream that the target has replaced
        except Exception as error:
            kind = kind_of_failure(error)
            file = found / f"{name}-{kind}"
            if not file.exists():
                file.write_bytes(data)
                file.with_name(f"{file.name}.txt").write_text("".join(traceback.format_exception(error)))

    arguments = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-timeout={UNIT_SECONDS}",
        f"-rss_limit_mb={UNIT_MEMORY}",
        f"-max_len={target.longest}",
        f"-artifact_prefix={found}/{name}-",
        "-len_control=0",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    options: dict[str, Any] = {"internal_libfuzzer": True}
    if target.is_json:
        mutator = documents.Mutator(seeds.parsed(corpus))

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            changed: bytes | None = mutator.change(data, most, seed) if seed % 16 else None
            return changed if changed is not None else bytes(atheris.Mutate(data, most))

        options["custom_mutator"] = mutate
    with tempfile.TemporaryDirectory() as work:
        for number, seed in enumerate(corpus):
            (Path(work) / str(number)).write_bytes(seed)
        atheris.Setup([*arguments, work], run, **options)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
