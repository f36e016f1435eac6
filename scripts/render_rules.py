"""Write docs/rules.md from the table in converter/comfyc/codes.py: ``python -m scripts.render_rules``.

Run it after every change of the table; tests/test_report_pages.py holds the page against the table.
"""

from __future__ import annotations

from pathlib import Path

from comfyc.report.pages import rules_page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rules.md"


def main() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(rules_page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
