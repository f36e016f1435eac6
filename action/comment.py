"""Keep one comment of comfyc on a pull request: ``python -I comment.py FILE`` with a text in Markdown.

The comment is found again by a mark at its beginning. The address of the API, the repository, the event and
the token come from the variables that GitHub sets for a job, and from COMFYC_TOKEN. Outside of a pull request
nothing is said. The exit code is 1 if the comment cannot be written.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

MARK = "<!-- comfyc diff -->"
LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""


def body_of(text: str) -> str:
    """The comment: the text without the lines at its end that are too many."""
    if len(text) > LONGEST:
        text = text[: text.rindex("\n", 0, LONGEST)] + "\n\nThere is more: see the summary of the job.\n"
    return f"{MARK}\n{text}"


def ask(method: str, address: str, body: dict[str, str] | None = None) -> Any:
    """One request to the API; what it answers."""
    headers = {
        "Authorization": f"Bearer {os.environ['COMFYC_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(address, data, headers, method=method), timeout=60) as answer:
        return json.load(answer)


def mine(issue: str) -> str | None:
    """The address of the comment that there is already."""
    page = 1
    while found := ask("GET", f"{issue}/comments?per_page=100&page={page}"):
        for one in found:
            if str(one.get("body", "")).startswith(MARK) and one["user"]["type"] == "Bot":
                return str(one["url"])
        page += 1
    return None


def main(file: str) -> int:
    """Write the comment; the exit code."""
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
    number = event.get("pull_request", {}).get("number")
    if number is None:
        print("comfyc: there is no pull request to comment on")
        return 0
    repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    issue = f"{repository}/issues/{int(number)}"
    body = {"body": body_of(Path(file).read_text("utf-8"))}
    try:
        known = mine(issue)
        if known is None:
            ask("POST", f"{issue}/comments", body)
        else:
            ask("PATCH", known, body)
    except (URLError, OSError) as error:
        print(f"::error title=comfyc::The comment cannot be written ({error}): the job needs the permission")
        print("comfyc: permissions: pull-requests: write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
