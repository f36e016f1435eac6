"""The table of carriers (``comfyc.carriers``): each row works, and every list is made from the rows."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from comfyc import codes
from comfyc.carriers import CARRIERS, ENDINGS, Carrier, formats
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.find_files import find_files
from comfyc.sources.sniff import OTHERS, container
from tests import swollen
from tests.discovery import FIXTURES

FOLDER = FIXTURES / "carriers"
README = (FIXTURES.parent / "README.md").read_text("utf-8")

by_name = pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.name)


@by_name
def test_each_carrier_has_a_parser_and_a_recorded_file(carrier: Carrier) -> None:
    module, function = carrier.parser.split(".")
    assert callable(getattr(import_module(f"comfyc.sources.{module}"), function))
    files = [file for file in FOLDER.iterdir() if file.suffix in carrier.endings]
    assert carrier.name in {container(file.read_bytes()) for file in files}


@by_name
def test_a_folder_is_searched_for_each_carrier(carrier: Carrier) -> None:
    found = find_files([str(FOLDER)], Configurations(trusts=False), "validate").files
    assert any(file.path.endswith(carrier.endings) for file in found)


def test_no_carrier_is_also_listed_as_a_format_that_cannot_hold_a_workflow() -> None:
    for file in FOLDER.iterdir():
        head = file.read_bytes()[:64]
        if container(file.read_bytes()) in {one.name for one in CARRIERS}:
            assert [name for magic, name, _ in OTHERS if re.match(magic, head, re.DOTALL)] == [], file.name


def test_each_carrier_has_swollen_files() -> None:
    assert swollen.CARRIERS.keys() >= {one.name for one in CARRIERS}


def test_no_two_carriers_share_a_name_an_ending_or_a_format() -> None:
    for column in (
        [one.name for one in CARRIERS],
        list(ENDINGS),
        [name for one in CARRIERS for name in one.formats],
    ):
        assert len(set(column)) == len(column)


def test_the_lists_for_people_name_every_format() -> None:
    named = formats()
    assert all(name in named for one in CARRIERS for name in one.formats)
    assert named in codes.UNKNOWN_FORMAT.help
    assert named in " ".join(README.split())
