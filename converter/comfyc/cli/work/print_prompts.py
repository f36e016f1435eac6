"""What ``comfyc run --print-prompt`` does: everything that ``run`` does before it sends something."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.cli.output.writing import write_product
from comfyc.cli.work.orders import local_files, order_of, refuse_unfetched, unsent_prompt
from comfyc.cli.work.prepare_files import Errand, check_file, reach, read_files
from comfyc.cli.work.report_runs import Show
from comfyc.diagnostics import ComfycError
from comfyc.running import Server
from comfyc.running.client.submit import encoded_body


def print_prompts(names: Sequence[str], servers: Sequence[Server], errand: Errand, choice: Show) -> int:
    """Write the body of each ``POST /prompt``, one a line, as it would be sent to the first server that can
    run the file; the exit code. Nothing is written if any file has errors, unless ``errand.force``."""
    if errand.rows.is_study:
        raise ComfycError("--print-prompt is not for studies", "comfyc plan shows the first rows")
    files = read_files(names, errand, choice)
    if files is None:
        return 1
    catalogs = reach(servers, errand)
    checked = [check_file(one, catalogs, errand, choice) for one in files]
    if not all(checked):
        return 1
    refuse_unfetched(files)
    lines: list[bytes] = []
    for file in files:
        server = next(one for one in catalogs.loaded if file.prepared[one.name] is file.chosen)
        prepared = file.prepared[server.name]
        prompt = unsent_prompt(prepared, local_files(prepared))
        for turn in range(errand.count):
            order = order_of(file, turn, prepared, prompt, errand)
            lines.append(encoded_body(server.body(order)))
    write_product(b"".join(line + b"\n" for line in lines))
    return 0
