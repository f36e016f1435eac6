"""``run --assert`` and ``run --golden`` as a shell sees them, against the server of the tests."""

from __future__ import annotations

import io
import json
from pathlib import Path

from PIL import Image

from tests.server.fake import FakeComfy
from tests.server.scripts import made_script
from tests.server.test_cli_run import RUNNABLE, comfyc, on, serving

WORKFLOW = RUNNABLE / "01_image_scale_save.json"
OUTPUT = {"filename": "a_00001_.png", "subfolder": "", "type": "output"}


def picture(*, dot: int = 200) -> bytes:
    made = Image.new("RGB", (32, 16), (1, 2, 3))
    made.putpixel((5, 5), (dot, 0, 0))
    written = io.BytesIO()
    made.save(written, "PNG")
    return written.getvalue()


def making(data: bytes) -> FakeComfy:
    """A server whose next run saves a picture with node 3, and shows a text."""
    server = serving(made_script({"3": {"images": [OUTPUT]}, "4": {"text": ["a fox"]}}))
    server.files["output", "", "a_00001_.png"] = data
    return server


def test_a_run_whose_outputs_are_other_than_expected_fails(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        command = ("run", WORKFLOW, "--server", server.url, "--overwrite")
        title = json.loads(WORKFLOW.read_text("utf-8"))["nodes"][-1].get("title", "Save Image")
        good = (
            "count(images) == 1",
            f'images of "{title}": width == 32 and not blank',
            "text contains 'fox'",
        )
        ended = await comfyc(tmp_path, *command, *(part for text in good for part in ("--assert", text)))
        assert (ended.code, ended.out) == (0, "a_00001_.png\na fox\n"), ended.err
        ended = await comfyc(
            tmp_path, *command, "--assert", "width == 64", "--assert", "count(texts) == 1", "--json"
        )
        record = json.loads(ended.out)
        assert (ended.code, record["exit_code"], record["ok"]) == (1, 1, False)
        (found,) = record["findings"]
        assert (found["code"], found["node"]) == ("S460", "3")
        assert found["message"] == "'width == 64' does not hold: a_00001_.png: width is 32"
        assert found["line"] is not None
        assert (tmp_path / "a_00001_.png").exists()

    on(making(picture()), test)


def test_what_is_not_understood_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        command = ("run", WORKFLOW, "--server", server.url)
        for more in ((), ("--dry-run",)):
            ended = await comfyc(tmp_path, *command, "--assert", "count(picture) == 1", *more)
            assert ended.code == 2
            assert "not understood at column 7" in ended.err
        ended = await comfyc(tmp_path, *command, "--assert", "count(images) == 1", "--no-wait")
        assert ended.code == 2
        assert "leave out --no-wait" in ended.err
        assert not server.requests

    on(making(picture()), test)


def test_kept_pictures_are_compared_run_by_run(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        command = ("run", WORKFLOW, "--server", server.url, "--count", "2", "--golden", "golden", "-d", "out")
        missing = await comfyc(tmp_path, *command)
        assert missing.code == 2
        assert "there is no folder 'golden'" in missing.err
        ended = await comfyc(tmp_path, *command, "--update-golden")
        assert ended.code == 0, ended.err
        assert ended.err.count("S465") == 2
        name = WORKFLOW.stem
        assert sorted(path.name for path in (tmp_path / "golden").iterdir()) == [
            f"{name}-1.3.png",
            f"{name}-2.3.png",
        ]
        assert (await comfyc(tmp_path, *command)).code == 0
        server.files["output", "", "a_00001_.png"] = picture(dot=203)
        ended = await comfyc(tmp_path, *command)
        assert ended.code == 1
        assert ended.err.count("error[S463]") == 2
        assert "1 of 512 pixels differ, by up to 3 of 255" in ended.err
        assert (await comfyc(tmp_path, *command, "--golden-distance", "2")).code == 0

    on(making(picture()), test)


def test_each_row_of_a_study_is_judged(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        (tmp_path / "t.csv").write_text("EmptyImage.width\n16\n\n32\n", "utf-8")
        command = ("run", WORKFLOW, "--server", server.url, "--table", "t.csv", "-d", "out")
        refused = await comfyc(tmp_path, *command, "--assert", "widht == 32")
        assert refused.code == 2
        assert "did you mean 'width'?" in refused.err
        assert not (tmp_path / "out").exists()
        golden = ("--golden", "golden", "--update-golden")
        ended = await comfyc(tmp_path, *command, *golden, "--assert", "images of 3: width == 32")
        assert ended.code == 0, ended.err
        assert sorted(path.name for path in (tmp_path / "golden").iterdir()) == ["0001.3.png", "0002.3.png"]
        (tmp_path / "out").rename(tmp_path / "before")
        ended = await comfyc(tmp_path, *command, "--assert", "width == 16", "--golden", "golden")
        assert ended.code == 1
        assert ended.err.count("error[S460]") == 2
        assert "2 rows of 2 failed" in ended.err
        shown = await comfyc(tmp_path, "studies", "show", "out", "--github")
        assert "::error file=t.csv,line=2,title=0001 EmptyImage.width=16::error[S460]" in shown.out
        assert "::error file=t.csv,line=4,title=0002 EmptyImage.width=32::error[S460]" in shown.out

    on(making(picture()), test)
