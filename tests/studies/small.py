"""A small study in a folder, for what reads one."""

from __future__ import annotations

from pathlib import Path

from comfyc.studies.creating import create_ledger
from comfyc.studies.records import ColumnHead, NewRow, RowEnding, StoredFinding, StoredOutput, StudyHead
from tests.discovery import FIXTURES

PICTURE = FIXTURES / "carriers" / "image.png"
BLANK = StoredFinding("S460", "error", "9", "'not blank' does not hold: out/2.png: it is blank", "look at it")


def small_study(folder: Path) -> None:
    """Make the folder, with a study of three rows: the first is done, the second failed, the third waits."""
    study = "3f5b6c1e-0d1b-4a3c-9a54-000000000001"
    columns = (ColumnHead("cfg", (("3", "cfg"),)),)
    head = StudyHead(study, folder.name, 1.0, "0.1.0", "flow.json", {}, columns, ("http://gpu1",), {})
    rows = (NewRow(n, {"cfg": n}, {}, {}, f"t.csv:{n + 1}", str(n), str(n)) for n in (1, 2, 3))
    with create_ledger(folder, head, rows) as ledger:
        for number in (1, 2):
            ledger.mark_sent(number, "http://gpu1", ledger.next_id(ledger.row(number)), "h", {})
            (folder / f"{number}.png").write_bytes(PICTURE.read_bytes())
        first, second = (StoredOutput("9", "Save", "images", "file", f"{n}.png", "00", 5) for n in (1, 2))
        ledger.finish(1, RowEnding("done", 1.25, None, (first,)))
        ledger.finish(2, RowEnding("failed", 0.5, BLANK.message, (second,), (BLANK,)))
