"""A plan as a page for people. What files and servers say is made harmless by the tables and by ``plain``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from comfyc.cli.output.tables import table_text
from comfyc.safety.escaping import plain, shortened
from comfyc.safety.limits import amount

_WIDTH = 60
"""Characters of a value that the page shows."""
_MOST_SEEDS = 4
"""Values of a seed that the page shows."""


def plan_page(plan: Mapping[str, Any]) -> str:
    """The plan, a part for each file, and what holds for all of them."""
    parts = [_file(one) for one in plan["files"]]
    if "study" in plan:
        parts.append(_study(plan["study"]))
    if plan["uploads"]:
        parts.append("uploads\n" + _table([_upload(one) for one in plan["uploads"]]))
    if plan["downloads"]:
        rows = [(one["address"], "for " + ", ".join(one["inputs"])) for one in plan["downloads"]]
        parts.append("fetched and uploaded when the turn of a run comes\n" + _table(rows))
    parts.append("servers\n" + _table([_server(one, plan) for one in plan["servers"]]))
    count = plan["prompts"]
    parts.append(f"{count:,} prompt{'s' * (count != 1)} would be sent\n")
    return "\n".join(parts)


def _file(about: Mapping[str, Any]) -> str:
    lines = [f"{plain(about['file'])}: {_in_words(about)}\n"]
    parts: dict[str, Sequence[Sequence[str]]] = {
        "values": [_value(one) for one in about["values"]],
        "missing": [(one,) for one in about["missing"]],
        "seeds": [_seed(one) for one in about["seeds"]],
        "outputs": [_output(one) for one in about["outputs"]],
        "price": _prices(about["price"]),
    }
    for name, rows in parts.items():
        if rows:
            lines.append(f"  {name}\n{_table(rows, 4)}")
    return "".join(lines)


def _study(study: Mapping[str, Any]) -> str:
    """The rows of a study: how many, of what, the first ones, and the files that they bring."""
    count, files = study["rows"], study["files"]
    lines = [f"study: {count:,} row{'s' * (count != 1)}\n"]
    columns = [
        (one["name"], ", ".join(one["inputs"]), ", ".join(dict.fromkeys(one["titles"])), one["origin"])
        for one in study["columns"]
    ]
    rows = [
        (
            one["name"],
            one["origin"],
            ", ".join(f"{name}={_shown(value)}" for name, value in one["parameters"].items()),
        )
        for one in study["first"]
    ]
    if columns:
        lines.append(f"  parameters\n{_table(columns, 4)}")
    if rows:
        lines.append(f"  first rows\n{_table(rows, 4)}")
    if files["count"]:
        here, of_web = files["count"] - files["of_web"], files["of_web"]
        parts = [f"{here:,} file{'s' * (here != 1)} of {amount(files['size'], 'bytes')}"] if here else []
        parts += [f"{of_web:,} file{'s' * (of_web != 1)} of the web"] if of_web else []
        lines.append(f"  uploads\n    {' and '.join(parts)}, each when its turn comes\n")
    return "".join(lines)


def _in_words(about: Mapping[str, Any]) -> str:
    """What becomes of a file, and what the server would say."""
    errors = sum(one["severity"] == "error" for one in about["findings"])
    found = f" ({errors} error{'s' * (errors != 1)} found)" if errors else ""
    verdict = about["verdict"]
    if verdict is None:
        return f"would not be sent{found}"
    running = sum(one["runs"] for one in about["outputs"])
    says = "accept it" if verdict["valid"] else "refuse it"
    if verdict["valid"] and running < len(about["outputs"]):
        says = f"run {running} of its {len(about['outputs'])} outputs"
    return f"would {'' if about['ok'] else 'not '}be sent{found}; the server would {says}"


def _table(rows: Sequence[Sequence[str]], indent: int = 2) -> str:
    return table_text(rows, indent=indent)


def _shown(value: Any) -> str:
    return shortened(json.dumps(value, ensure_ascii=False), _WIDTH)


def _value(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{one['node']}.{one['input']}",
        one["title"],
        f"{_shown(one['from'])} -> {_shown(one['to'])}",
        one["by"],
    )


def _seed(one: Mapping[str, Any]) -> tuple[str, ...]:
    values = [str(value) for value in one["values"][:_MOST_SEEDS]]
    more = len(one["values"]) - len(values)
    listed = ", ".join(values) + (f" and {more} more" if more > 0 else "")
    control = f"{one['control']} after each run" if one["control"] not in (None, "fixed") else ""
    return f"{one['node']}.{one['input']}", listed, control


def _output(one: Mapping[str, Any]) -> tuple[str, ...]:
    title = one["title"] if one["title"] != one["class_type"] else ""
    return one["node"], one["class_type"], title, "" if one["runs"] else "would not run"


def _prices(price: Mapping[str, Any] | None) -> list[tuple[str, ...]]:
    if price is None:
        return []
    rows = [(one["node"], one["title"], one["text"]) for one in price["nodes"]]
    count, together = price["total"]["runs"], price["total"]["text"]
    return [*rows, ("", f"{count} runs" if count > 1 else "the run", together)]


def _upload(one: Mapping[str, Any]) -> tuple[str, ...]:
    there = f"is on {', '.join(one['on'])} already" if one["on"] else ""
    return one["path"], f"-> {one['value']}", amount(one["size"], "bytes"), ", ".join(one["inputs"]), there


def _server(one: Mapping[str, Any], plan: Mapping[str, Any]) -> tuple[str, ...]:
    name = one["server"]
    if not one["reachable"]:
        return name, "cannot be reached", ""
    lacks = [
        f"{about['file']}: {'; '.join(each['lacks']) or 'another server has more of its files'}"
        for about in plan["files"]
        for each in about["servers"]
        if each["server"] == name and not each["fits"]
    ]
    return name, "gets all files" if not lacks else "cannot run", ", ".join(lacks)
