"""Notes in Markdown: what they show, that it stays in their box, and that a text can do nothing."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from importlib.resources import files
from typing import Any

import pytest

from comfyc.api import convert
from comfyc.drawing import picture_of
from comfyc.drawing.model import WidgetRow
from comfyc.drawing.svg import svg_of
from tests.drawings import NAMESPACE, drawn_boxes

MEASURED = {
    "One": (0, 0, 24),
    "Text": (0, 37.39, 12),
    "Two": (0, 59.44, 19),
    "item": (40, 88.48, 12),
    "inner": (80, 122.48, 12),
    "deep": (120, 144.48, 12),
    "first": (40, 166.48, 12),
    "quoted text": (18, 200.48, 12),
    "Three": (0, 222.48, 14),
    "code block line": (11, 250.31, 11),
    "a": (6, 289.31, 12),
    "2": (31, 312.31, 12),
    "Four": (0, 344, 12),
    "gone": (41.14, 366, 12),
    "[ ] task": (40, 388, 12),
}
"""Of texts in NOTE: left, top and height, as the editor of frontend 1.58.1 has them in a node of 400 pixels
(``getBoundingClientRect`` of their elements)."""
NOTE = """# One

Text **bold** and *it* `code` [a link](https://example.com/x)
soft break

## Two

- item **b**
- [x](https://e.com)
  - inner
    - deep

1. first
2. second

> quoted text

### Three

```
code block line
  two
```

| a | b |
|---|---|
| 1 | 2 |

---

#### Four

<b>html</b> tail ~~gone~~

* [ ] task
"""


def drawn(text: str, size: tuple[float, float] = (400, 900), kind: str = "MarkdownNote") -> tuple[Any, str]:
    node = {"id": 1, "type": kind, "pos": [0, 0], "size": list(size), "widgets_values": [text]}
    picture = picture_of(convert({"nodes": [node], "links": [], "version": 0.4}))
    assert picture is not None
    return picture.main.boxes[0], svg_of(picture, "x")


def note(text: str, size: tuple[float, float] = (400, 900)) -> WidgetRow:
    (row,) = drawn(text, size)[0].rows
    assert isinstance(row, WidgetRow)
    return row


def test_texts_are_where_the_editor_has_them() -> None:
    runs = {run.text: run for run in note(NOTE).runs}
    for text, (left, top, height) in MEASURED.items():
        run = runs[text]
        assert run.x == pytest.approx(left, abs=1.5), text
        assert run.y == pytest.approx(top + height * 0.8, abs=1.5), text
    assert runs["bold"].look == "b"
    assert runs["it"].look == "i"
    assert runs["code"].look == "m"
    assert runs["gone"].look == "s"
    assert runs["One"].size == 20
    assert runs["a link"].href == "https://example.com/x"
    assert runs["a link"].x + runs["a link"].width < runs["soft break"].x, (
        "a line ends where a paragraph does"
    )


def test_a_plain_note_is_plain() -> None:
    box, svg = drawn("# *no* [x](https://e.com)", kind="Note")
    assert [line.text for line in box.rows[0].lines] == ["# *no* [x](https://e.com)"]
    assert "<a " not in svg


@pytest.mark.parametrize("width", [60, 110, 240, 700])
@pytest.mark.parametrize("height", [60, 150, 600])
def test_a_note_stays_in_its_box(width: int, height: int) -> None:
    long = NOTE + "\n" + "word " * 200 + "x" * 300 + "\n\n" + "> " * 30 + "deep\n\n" + "  - a\n    - b\n" * 5
    box, svg = drawn(long, (width, height))
    (drawn_box,) = drawn_boxes(svg).values()
    assert len(drawn_box.texts) > 1
    for text in drawn_box.texts:
        assert 0 <= text.left <= text.right <= box.width + 0.01, text
        assert text.base <= box.height, text
    for shape in box.rows[0].shapes:
        assert 0 <= shape.y <= shape.y + shape.height <= box.height
    assert any(run.text.endswith("…") for run in box.rows[0].runs)


def test_a_note_can_do_nothing() -> None:
    hostile = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1)) "
        "[b](data:text/html,x)\n"
        '[c](https://e.com/"onclick=alert(1)) ![d](https://e.com/x.png) <https://e.com/<svg>>\n'
        "[e](vbscript:x) [f](//e.com) `</text></svg><script>` \x1b[31m\u202e\n\n"
        "<iframe src=//e.com></iframe>\n"
    )
    svg = drawn(hostile)[1]
    assert not {"\x1b", "\u202e"} & set(svg)
    for element in ET.fromstring(svg).iter():
        assert element.tag.removeprefix(NAMESPACE) in {
            "svg", "title", "style", "defs", "path", "rect", "circle", "g", "text", "a",
        }  # fmt: skip
        assert not any(name.startswith("on") for name in element.attrib)
        if element.tag == f"{NAMESPACE}a":
            assert element.get("href", "").startswith("https://e.com/")
            assert element.findtext(f"{NAMESPACE}title") == element.get("href")


def test_the_notes_of_a_template_are_read_as_markdown() -> None:
    source = files("comfyui_workflow_templates_json") / "templates" / "hidream_e1_1.json"
    picture = picture_of(convert(json.loads(source.read_text("utf-8"))))
    assert picture is not None
    rows = [row for box in picture.main.boxes if box.kind == "MarkdownNote" for row in box.rows]
    runs = [run for row in rows for run in row.runs]
    assert len(runs) > 20
    assert not any("](" in run.text or "**" in run.text for run in runs)
    assert any(run.href.startswith("https://") for run in runs)
