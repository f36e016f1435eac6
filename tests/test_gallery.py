"""``comfyc report``: the site of a folder, its pages, and what becomes of hostile files and folders."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from comfyc.gallery.page_names import page_names
from comfyc.gallery.site_folder import MARKER
from comfyc.safety.markup import Html, fold, link, script_data, tag, text
from comfyc.safety.secrets import hide_in_addresses
from comfyc.schema import schema_file
from tests.answers import answer
from tests.discovery import FIXTURES
from tests.in_process import Ended, comfyc
from tests.pages import Page, broken_links, read_page
from tests.server.fake import FakeComfy, Faults
from tests.server.test_cli_json import object_info
from tests.server.test_python_api import fake_in_thread

WORKFLOW = FIXTURES / "text_to_image" / "workflow.json"
PROMPT = FIXTURES / "text_to_image" / "prompt.json"
PICTURE = FIXTURES / "carriers" / "text_workflow.png"
HOSTILE = "\"><img src=x onerror=alert(1)>'</script><script>alert(2)</script>\u202e{{x}}<!--"


def workflow() -> Any:
    return json.loads(WORKFLOW.read_text("utf-8"))


def write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")


def write_flows(flows: Path) -> None:
    """A folder of workflows: good, the same again, bad, a prompt, a picture, unreadable, and no workflow."""
    write(flows / "good.json", workflow())
    same = workflow()
    same["nodes"][0]["title"] = "Another title"
    write(flows / "sub" / "same.json", same)
    bad = workflow()
    sampler = next(node for node in bad["nodes"] if node["type"] == "KSampler")
    sampler["widgets_values"][2] = 1_000_000
    write(flows / "sub" / "bad.json", bad)
    (flows / "broken.json").write_text('{"nodes": [', "utf-8")
    shutil.copy(PROMPT, flows / "prompt.json")
    shutil.copy(PICTURE, flows / "shared.png")
    write(flows / "package.json", {"name": "no workflow"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    write_flows(folder / "flows")
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    done = report(folder)
    assert done.code == 0, done.err
    assert "skipped: 1 file has no workflow: flows/package.json" in done.err
    assert "wrote site/index.html: 6 files, 4 accepted, 1 rejected, 1 unreadable, 2 errors" in done.err
    return folder / "site"


def report(folder: Path, *arguments: str) -> Ended:
    return comfyc("report", "flows", "-o", "site", *arguments, cwd=folder)


def page(path: Path) -> Page:
    return read_page(path.read_text("utf-8"))


def facts(site: Path) -> dict[str, Any]:
    document = json.loads((site / "index.json").read_text("utf-8"))
    jsonschema.validate(document, json.loads(schema_file("report").read_text("utf-8")))
    return {**document, "files": {one["file"]: one for one in document["files"]}}


def bytes_of(site: Path) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


# --- what the site holds -------------------------------------------------------------------------


def test_the_gallery_has_a_card_for_each_file(site: Path) -> None:
    index = page(site / "index.html")
    cards = [one for one in index.all("li") if one.get("class") == "card"]
    assert len(cards) == 6
    rows = json.loads(index.raw["script"][0])
    assert len(rows) == 6
    assert ["ksampler" in row[0] for row in rows if row[0].startswith("good.json")] == [True]
    sources = [one["src"] for one in index.all("img")]
    assert "files/shared.png" in sources
    assert "graphs/good.svg" in sources
    assert (site / "files" / "shared.png").read_bytes() == PICTURE.read_bytes()
    assert "v1-5-pruned-emaonly-fp16.safetensors" in index.text
    assert "comfyc" in index.text


def test_the_facts_for_programs(site: Path) -> None:
    found = facts(site)
    outcomes = {file: one["outcome"] for file, one in found["files"].items()}
    assert outcomes == {
        "broken.json": "unreadable",
        "good.json": "accepted",
        "prompt.json": "accepted",
        "shared.png": "accepted",
        "sub/bad.json": "rejected",
        "sub/same.json": "accepted",
    }
    assert found["title"] == "flows"
    assert found["skipped"] == ["package.json"]
    assert ["good.json", "prompt.json", "sub/same.json"] in found["duplicates"]
    assert found["files"]["good.json"]["original"] == "../flows/good.json"
    bad = found["files"]["sub/bad.json"]
    assert [one["severity"] for one in bad["findings"]] == ["error"]
    assert bad["findings"][0]["code"] in {one["code"] for one in found["rules"]}
    assert bad["page"] == "pages/sub-bad.html"
    model = {one["name"]: one for one in found["models"]}["v1-5-pruned-emaonly-fp16.safetensors"]
    assert model["folder"] == "checkpoints"
    assert "good.json" in model["files"]
    assert found["summary"]["files"] == 6


def test_the_prompt_is_that_of_a_conversion(site: Path, folder: Path) -> None:
    done = comfyc("convert", "flows/good.json", cwd=folder)
    assert json.loads((site / "prompts" / "good.json").read_text("utf-8")) == json.loads(done.out)


def test_the_page_of_a_file(site: Path) -> None:
    found = page(site / "pages" / "sub-bad.html")
    assert "A server would reject this prompt." in found.text
    assert "1000000" in found.text
    assert "steps" in found.text
    assert "v1-5-pruned-emaonly-fp16.safetensors" in found.text
    assert "checkpoints" in found.text
    assert [one["src"] for one in found.all("iframe")] == ["../graphs/sub-bad.html"]
    links = {one.get("rel"): one["href"] for one in found.all("a")}
    assert links["prev"] == "shared.html"
    assert links["next"] == "sub-same.html"
    assert "flows / sub / bad" in " ".join(found.text.split())
    assert "There is no workflow or prompt" in page(site / "pages" / "broken.html").text


def test_every_link_leads_somewhere_and_every_page_is_valid(site: Path) -> None:
    assert broken_links(site) == []
    assert len(list((site / "pages").iterdir())) == 6


def test_no_page_asks_a_network(site: Path) -> None:
    for path in site.rglob("*.html"):
        if path.parent.name != "graphs":
            policy = page(path).all("meta")[1]["content"] or ""
            assert policy.startswith("default-src 'none'; img-src 'self' file:;")
            assert "unsafe" not in policy
            assert not [one for one in page(path).all("img") if "//" in str(one["src"])]


def test_the_rules_that_were_broken_are_explained(site: Path) -> None:
    found = page(site / "rules.html")
    codes = {one["code"] for one in facts(site)["rules"]}
    assert {str(one["id"]).upper() for one in found.all("section")} == codes


def test_the_same_folder_gives_the_same_bytes(site: Path, folder: Path, tmp_path: Path) -> None:
    before = bytes_of(site)
    shutil.copytree(folder / "flows", tmp_path / "flows")
    assert report(tmp_path, "--jobs", "1").code == 0
    assert bytes_of(tmp_path / "site") == before


def test_dates_are_those_that_are_asked_for(tmp_path: Path) -> None:
    dated = workflow()
    saver = next(node for node in dated["nodes"] if node["type"] == "SaveImage")
    saver["widgets_values"] = ["%date:yyyy-MM%"]
    write(tmp_path / "flows" / "a.json", dated)
    assert report(tmp_path).code == 0
    assert "2000-01" in (tmp_path / "site" / "prompts" / "a.json").read_text("utf-8")
    assert report(tmp_path, "--now", "2031-05-01").code == 0
    assert "2031-05" in (tmp_path / "site" / "prompts" / "a.json").read_text("utf-8")


def test_originals_are_copied_as_asked(tmp_path: Path) -> None:
    write(tmp_path / "flows" / "a.json", workflow())
    shutil.copy(PICTURE, tmp_path / "flows" / "b.png")
    assert report(tmp_path, "--copy", "all", "--title", "Ours").code == 0
    found = facts(tmp_path / "site")
    assert found["title"] == "Ours"
    assert {file: one["original"] for file, one in found["files"].items()} == {
        "a.json": "files/a.json",
        "b.png": "files/b.png",
    }
    assert report(tmp_path, "--copy", "none").code == 0
    assert facts(tmp_path / "site")["files"]["b.png"]["picture"] is None
    assert not (tmp_path / "site" / "files").exists()
    done = report(tmp_path, "--copy", "some")
    assert (done.code, "--copy takes none, pictures, all" in done.err) == (2, True)


def test_findings_fail_only_if_strict(folder: Path, site: Path) -> None:
    assert report(folder, "-q").err == ""
    assert report(folder, "--strict").code == 1
    done = report(folder, "--json")
    found = answer(done.out)
    assert done.code == 0
    assert found["results"][0]["accepted"] == 4
    assert found["results"][0]["index"] == str(Path("site", "index.html"))
    assert {one["file"] for one in found["findings"]} >= {"sub/bad.json", "broken.json"}


def test_a_catalogue_says_what_is_missing(tmp_path: Path) -> None:
    info = {"KSampler": {"input": {"required": {}}, "output": [], "output_name": [], "output_node": True}}
    write(tmp_path / "info.json", info)
    write(tmp_path / "flows" / "a.json", workflow())
    assert report(tmp_path, "--object-info", "info.json").code == 0
    assert "missing" in page(tmp_path / "site" / "pages" / "a.html").text


def test_a_server_says_what_it_lacks(tmp_path: Path) -> None:
    write(tmp_path / "flows" / "a.json", workflow())
    with fake_in_thread(FakeComfy(faults=Faults(answers={"GET /object_info": object_info}))) as url:
        assert report(tmp_path, "--server", url.replace("://", "://me:hunter2@")).code == 0
        done = report(tmp_path, "--server", url, "--object-info", "x.json")
    assert (done.code, "cannot be used together" in done.err) == (2, True)
    found = facts(tmp_path / "site")["files"]["a.json"]
    assert found["outcome"] == "rejected"
    assert "node type" in page(tmp_path / "site" / "pages" / "a.html").text.casefold()
    assert not [path for path, data in bytes_of(tmp_path / "site").items() if b"hunter2" in data]


# --- the folder ----------------------------------------------------------------------------------


def test_only_folders_of_ours_are_replaced(tmp_path: Path) -> None:
    write(tmp_path / "flows" / "a.json", workflow())
    write(tmp_path / "flows" / "b.json", workflow())
    (tmp_path / "site").mkdir()
    assert report(tmp_path).code == 0, "an empty folder is fine"
    (tmp_path / "flows" / "b.json").unlink()
    assert report(tmp_path).code == 0
    assert sorted(path.name for path in (tmp_path / "site" / "pages").iterdir()) == ["a.html"]
    (tmp_path / "site" / "CNAME").write_text("flows.example", "utf-8")
    before = bytes_of(tmp_path / "site")
    done = report(tmp_path)
    assert done.code == 2
    assert "'site' holds 'CNAME', which comfyc report has not written" in done.err
    assert bytes_of(tmp_path / "site") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flows", "site"], "nothing is left over"


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("other", "holds files"),
        ("flows/a.json", "is a file"),
        (".", "is the working folder"),
        ("flows", "holds files"),
    ],
)
def test_foreign_folders_are_refused(tmp_path: Path, output: str, message: str) -> None:
    write(tmp_path / "flows" / "a.json", workflow())
    write(tmp_path / "other" / "x.txt", "mine")
    before = bytes_of(tmp_path)
    done = comfyc("report", "flows", "-o", output, cwd=tmp_path)
    assert done.code == 2
    assert f"'{output}' {message}" in done.err
    assert bytes_of(tmp_path) == before


def test_a_failure_leaves_the_old_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "flows" / "a.json", workflow())
    assert report(tmp_path).code == 0
    before = bytes_of(tmp_path / "site")
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.name.startswith(MARKER) and not path.name.endswith("-old"):
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    done = report(tmp_path)
    assert (done.code, "no space left" in done.err) == (2, True)
    assert bytes_of(tmp_path / "site") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flows", "site"]


def test_a_site_in_the_folder_is_not_reported(tmp_path: Path) -> None:
    write(tmp_path / "a.json", workflow())
    for _ in range(2):
        assert comfyc("report", ".", "-o", "site", cwd=tmp_path).code == 0
        assert list(facts(tmp_path / "site")["files"]) == ["a.json"]


def test_nothing_to_show_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    done = report(tmp_path)
    assert (done.code, "no workflow was found" in done.err) == (2, True)
    assert not (tmp_path / "site").exists()
    assert report(tmp_path, "--allow-empty").code == 0
    assert "0 files" in page(tmp_path / "site" / "index.html").text
    assert comfyc("report", "-", "-o", "x", cwd=tmp_path).code == 2


def test_files_that_are_not_there_are_said(folder: Path, tmp_path: Path) -> None:
    done = comfyc("report", folder / "flows" / "good.json", "nowhere.json", "-o", "site", cwd=tmp_path)
    assert (done.code, "there is no file 'nowhere.json'" in done.err) == (2, True)
    assert list(facts(tmp_path / "site")["files"]) == ["good.json"]


# --- hostile names and texts ---------------------------------------------------------------------


def test_nothing_of_a_file_is_markup(tmp_path: Path) -> None:
    evil = workflow()
    for node in evil["nodes"]:
        node["title"] = HOSTILE
        node["properties"] = {
            "cnr_id": HOSTILE,
            "models": [{"name": HOSTILE, "url": f"https://x/{HOSTILE}", "directory": HOSTILE}],
        }
        if node["type"] in ("CLIPTextEncode", "SaveImage", "CheckpointLoaderSimple"):
            node["widgets_values"] = [HOSTILE]
    evil["nodes"].append({**evil["nodes"][0], "id": 99, "type": HOSTILE, "inputs": [], "outputs": []})
    name = HOSTILE.replace("/", "_") + ".json"
    write(tmp_path / "flows" / HOSTILE.replace("/", "_") / name, evil)
    write(tmp_path / "flows" / "plain.json", evil)
    assert report(tmp_path, "--title", HOSTILE).code == 0
    site = tmp_path / "site"
    assert broken_links(site) == [], "attributes with handlers, comments and scripts of others fail here"
    for path in [site / "index.html", site / "rules.html", *(site / "pages").iterdir()]:
        found = page(path)
        assert "alert(1)" in found.text or path.name == "rules.html"
        assert len(found.all("script")) == 2 if path.name == "index.html" else 1
        assert not [one for one in found.all("img") if one["src"] == "x"]
        assert "\u202e" not in path.read_text("utf-8")
    assert all(path.name.isascii() for path in site.rglob("*"))


def test_secrets_in_addresses_are_hidden(tmp_path: Path) -> None:
    flow = workflow()
    url = "https://me:hunter2@host.example/model.safetensors?token=s3cr3t&v=1"
    flow["nodes"][0]["properties"] = {"models": [{"name": "m.safetensors", "url": url, "directory": "loras"}]}
    text_node = next(node for node in flow["nodes"] if node["type"] == "CLIPTextEncode")
    text_node["widgets_values"] = [f"see {url}"]
    write(tmp_path / "flows" / "a.json", flow)
    assert report(tmp_path).code == 0
    for path, data in bytes_of(tmp_path / "site").items():
        assert b"hunter2" not in data, path
        assert b"s3cr3t" not in data, path
    assert (
        "https://***@host.example/model.safetensors?token=***&v=1"
        in page(tmp_path / "site" / "pages" / "a.html").text
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://u:p@h/x?token=abc&b=1 ok", "https://***@h/x?token=***&b=1 ok"),
        ("https://h/?a=1&amp;api_key=zz&amp;x=2", "https://h/?a=1&amp;api_key=***&amp;x=2"),
        ('"https://h/?a=1\\u0026key=zz\\u0026x=2"', '"https://h/?a=1\\u0026key=***\\u0026x=2"'),
        ('href="http://www.w3.org/2000/svg"', 'href="http://www.w3.org/2000/svg"'),
        ("http://h/@handle", "http://h/@handle"),
        ("https://h/?sort_key=1&monkey=2", "https://h/?sort_key=1&monkey=2"),
        ("a@b token=x", "a@b token=x"),
    ],
)
def test_what_is_secret_in_an_address(given: str, expected: str) -> None:
    assert hide_in_addresses(given) == expected


def test_scripts_of_strangers_are_neither_copied_nor_linked_to(tmp_path: Path) -> None:
    write(tmp_path / "flows" / "a.json", workflow())
    shutil.copy(tmp_path / "flows" / "a.json", tmp_path / "evil.html")
    done = comfyc("report", "flows", "evil.html", "-o", "site", "--copy", "all", cwd=tmp_path)
    assert done.code == 0
    assert facts(tmp_path / "site")["files"]["evil.html"]["original"] is None


# --- the parts -----------------------------------------------------------------------------------


def test_names_of_pages() -> None:
    long = "x" * 300
    paths = [
        "a/b.json", "a-b.json", "A-B.png", "CON.json", "nul", "sub/con.json", "index.json", "文.json",
        "日本.json", "été.json", f"{long}.json", f"{long}y.json", "...", "../up.json", "x\udc80.json",
        "My Flow (2).json", "<>.json",
    ]  # fmt: skip
    names = page_names(paths)
    assert len({name.casefold() for name in names.values()}) == len(paths)
    assert all(re.fullmatch("[a-z0-9][a-z0-9-]{0,88}", name) for name in names.values())
    assert names["My Flow (2).json"] == "my-flow-2"
    assert names["été.json"] == "ete"
    assert names["../up.json"] == "up"
    assert names["sub/con.json"] == "sub-con"
    assert names["CON.json"].startswith("con-")
    assert page_names(list(reversed(paths))) == names


def test_a_name_that_looks_like_that_of_another() -> None:
    taken = page_names(["文.json"])["文.json"]
    names = page_names(["文.json", f"{taken}.json"])
    assert len(set(names.values())) == 2


def test_markup_is_escaped() -> None:
    assert tag("p", "<b>", title='"', hidden=True, lang=None) == '<p title="&quot;" hidden>&lt;b&gt;</p>'
    assert tag("p", Html("<b>")) == "<p><b></p>"
    assert text("a\n\x1b&") == "a\n\\x1b&amp;"
    assert script_data("x", "</script>&") == (
        '<script type="application/json" id="x">"\\u003c/script\\u003e\\u0026"</script>'
    )
    assert 'rel="noreferrer"' in link("https://x/", "x")
    assert "<details open>" in fold("x", is_open=True)


def test_the_lines_of_the_github_job_run(tmp_path: Path) -> None:
    job = (FIXTURES.parent / "docs" / "ci.md").read_text("utf-8").partition("## GitHub Pages")[2]
    lines = re.findall(r"- run: comfyc (.*)", job.partition("## GitLab")[0])
    assert len(lines) == 1
    write(tmp_path / "workflows" / "a.json", workflow())
    assert comfyc(*shlex.split(lines[0]), cwd=tmp_path).code == 0
    assert (tmp_path / re.findall(r"path: (\w+)", job)[0] / "index.html").is_file()
