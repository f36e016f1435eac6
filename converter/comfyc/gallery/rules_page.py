"""The page about the rules that were broken, to which the findings lead."""

from __future__ import annotations

from collections.abc import Iterable

from comfyc.codes import RULES
from comfyc.gallery.markup import page, with_code
from comfyc.gallery.wording import severity_word
from comfyc.report.pages import rule_as_json
from comfyc.safety.markup import Html, link, tag, together


def rules_page(found: Iterable[str], title: str) -> str:
    """A page that explains the rules with these codes."""
    rules = [RULES[code] for code in sorted(set(found)) if code in RULES]
    head = tag(
        "header",
        tag(
            "nav",
            link("index.html", title),
            tag("span", " / ", class_="soft"),
            aria_label="Path",
            class_="crumbs",
        ),
        tag("h1", "Rules"),
        class_="bar",
    )
    parts = [_rule(rule_as_json(one)) for one in rules] or [tag("p", "No rule was broken.", class_="soft")]
    return page(f"Rules · {title}", head, tag("main", together(parts), class_="rules"), script="page.js")


def _rule(rule: dict[str, str]) -> Html:
    return tag(
        "section",
        tag(
            "h2",
            tag("span", rule["code"], class_=f"severity {rule['severity']}"),
            " ",
            rule["name"],
            " ",
            tag("span", f"{severity_word(rule['severity'])}; {rule['stage']}", class_="soft"),
        ),
        tag("p", with_code(rule["summary"]), class_="lead"),
        tag("p", with_code(rule["help"])),
        id=rule["code"].lower(),
    )
