"""The value that a text means for an input: what follows ``=`` in ``--set NODE.INPUT=VALUE``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.catalog.seeds import minus_one_is_random, random_seed, read_seed, seed_limits
from comfyc.catalog.specs import InputSpec
from comfyc.diagnostics import ComfycError
from comfyc.interface.refused import RefusedError
from comfyc.interface.settings import Setting
from comfyc.safety.opening import read_text
from comfyc.safety.web_files import AddressError, FetchRules, WebFile, is_address, split_address

_NUMBERS: dict[Any, tuple[type, ...]] = {"INT": (int,), "FLOAT": (int, float)}
_JSON_NAMES = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
MAX_TEXT = 1 << 26
"""Bytes of a text that ``@FILE`` reads: 64 MiB."""
UPLOADS: Mapping[str, tuple[str, ...]] = {
    "image_upload": ("image",),
    "video_upload": ("video", "animation"),
    "animated_image_upload": ("image",),
    "audio_upload": ("audio", "video"),
    "file_upload": ("model",),
}
"""Options of inputs whose value is a file on the server that the editor can upload, and the kinds of files
that these take: LoadAudio takes the sound of a video, VideoHelperSuite loads animated pictures as videos."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value for an input. ``file`` is the file of this machine, or of the web, for an input that takes an
    uploaded one; ``is_random`` says whether it is a seed that is to be another one each time."""

    value: Any
    file: Path | WebFile | None = None
    is_random: bool = False


def read_value(
    setting: Setting,
    given: Any,
    folder: Path = Path(),
    *,
    is_literal: bool = False,
    fetching: FetchRules | None = None,
) -> Value:
    """The value that is meant for an input. Raises :class:`RefusedError`.

    ``given`` is a text as somebody typed it, or a JSON value of another type, as a job file may have it. A
    text is read as JSON if that gives a value of a type that fits the input; ``@NAME`` reads a file in
    ``folder``, and ``@@`` stands for a leading ``@``. A text that ``is_literal`` is not read as JSON, unless
    the input takes numbers or true and false only. For an input that takes files, an address is one to be
    fetched, as far as ``fetching`` allows that.
    """
    if not isinstance(given, str):
        return Value(_typed(setting, given))
    text, spec = given, setting.spec
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        path = folder / text[1:]
        if takes_file(spec):
            if not path.is_file():
                raise RefusedError(
                    codes.SETTING_FILE_UNREADABLE,
                    f"there is no file '{path}'",
                    "check the path, or write @@ for a text that begins with @",
                    setting.node,
                )
            return Value(path.name, path)
        text = _from_file(path, setting)
        if spec is None or spec.type not in _NUMBERS:
            return Value(text)
    elif is_address(text) and takes_file(spec):
        return _from_web(text, setting, fetching)
    limits = _seed_limits(setting)
    if limits is not None:
        return _seed(text, setting, limits)
    if is_literal and (spec is None or spec.type not in ("INT", "FLOAT", "BOOLEAN")):
        return Value(text)
    return Value(_parsed(text, setting))


def takes_file(spec: InputSpec | None) -> bool:
    """Whether the value of an input is a file on the server that the editor can upload."""
    return spec is not None and any(spec.options.get(flag) for flag in UPLOADS)


def _from_web(address: str, setting: Setting, fetching: FetchRules | None) -> Value:
    options = setting.spec.options if setting.spec is not None else {}
    kinds = dict.fromkeys(kind for flag in UPLOADS if options.get(flag) for kind in UPLOADS[flag])
    file = WebFile(address, tuple(kinds))
    if file.is_data:
        return Value(file.name, file)
    try:
        split_address(address, private=fetching is None or fetching.private)
    except AddressError as error:
        raise RefusedError(
            codes.SETTING_ADDRESS_UNUSABLE,
            f"'{file}' cannot be fetched for '{setting.path}': {error}",
            "download the file, and pass its path after @",
            setting.node,
        ) from error
    if fetching is None:
        raise RefusedError(
            codes.SETTING_NOT_FETCHED,
            f"'{setting.path}' is to be a file of the web, '{file}', and nothing is fetched without leave",
            "pass --allow-download to comfyc run, or download the file and pass its path after @",
            setting.node,
        )
    return Value(file.name, file)


def _seed_limits(setting: Setting) -> tuple[int, int] | None:
    spec = setting.spec
    if spec is None or spec.type != "INT":
        return None
    return seed_limits(spec.name if setting.kind != "node" else setting.input, spec.options)


def _from_file(path: Path, setting: Setting) -> str:
    try:
        return read_text(path, MAX_TEXT).removesuffix("\n")
    except UnicodeDecodeError as error:
        raise RefusedError(
            codes.SETTING_FILE_UNREADABLE,
            f"'{path}' is not UTF-8 text",
            "only inputs that take files accept other files",
            setting.node,
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RefusedError(
            codes.SETTING_FILE_UNREADABLE,
            f"'{path}' cannot be read: {reason}",
            "write @@ for a text that begins with @",
            setting.node,
        ) from error


def _wrong(setting: Setting, shown: str, wanted: str, hint: str) -> RefusedError:
    return RefusedError(
        codes.SETTING_WRONG_TYPE, f"{shown} is not a valid {wanted} for '{setting.path}'", hint, setting.node
    )


def _parsed(text: str, setting: Setting) -> Any:
    """JSON of a type that fits the input, else the text itself."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
        parsed = True
    except (ValueError, RecursionError):
        value, parsed = text, False
    spec = setting.spec
    kind = spec.type if spec is not None else None
    if kind == "STRING":
        return value if isinstance(value, str) else text
    if kind in _NUMBERS:
        if has_link_form(value):
            return value
        if isinstance(value, bool) or not isinstance(value, _NUMBERS[kind]):
            raise _wrong(setting, f"'{text}'", str(kind), f"use a {'whole ' * (kind == 'INT')}number")
        return value
    if kind == "BOOLEAN":
        folded = {"true": True, "false": False}.get(text.strip().lower(), value)
        if not isinstance(folded, bool):
            raise _wrong(setting, f"'{text}'", kind, "use true or false")
        return folded
    if kind == "COMBO" and spec is not None:
        options = spec.options.get("options")
        fits = (
            parsed
            and isinstance(options, list)
            and any(type(o) is type(value) and o == value for o in options)
        )
        return value if fits or (parsed and isinstance(value, str)) else text
    return value


def _typed(setting: Setting, value: Any) -> Any:
    """A value of another type than text, if it fits the input."""
    kind = setting.spec.type if setting.spec is not None else None
    wanted = {"STRING": (str,), "BOOLEAN": (bool,), **_NUMBERS}.get(kind) if isinstance(kind, str) else None
    if wanted is None or has_link_form(value):
        return value
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "BOOLEAN"):
        shown = _JSON_NAMES.get(type(value), "null" if value is None else "an object")
        raise _wrong(setting, shown, str(kind), f"write {_JSON_NAMES[wanted[0]]}")
    limits = _seed_limits(setting)
    if limits is not None:
        return _seed(str(value), setting, limits).value
    return value


def has_link_form(value: Any) -> bool:
    """Whether a value has the form of a link in a prompt."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def _seed(text: str, setting: Setting, limits: tuple[int, int]) -> Value:
    """The seed that a text means: -1 and "random" are a random one, unless -1 is a value of this seed."""
    minimum, maximum = limits
    is_random = text.strip().lower() == "random"
    try:
        value = read_seed(text) if not is_random else None
    except ComfycError as error:
        raise RefusedError(codes.SEED_OUT_OF_RANGE, str(error), error.hint, setting.node) from error
    if value is None and not is_random:
        raise RefusedError(
            codes.SETTING_WRONG_TYPE,
            f"'{text}' is not a seed for '{setting.path}'",
            "use a whole number, or random",
            setting.node,
        )
    name = setting.spec.name if setting.spec is not None and setting.kind != "node" else setting.input
    if value is None or (value == -1 and minus_one_is_random(name, minimum)):
        return Value(random_seed(minimum, maximum), is_random=True)
    if not minimum <= value <= maximum:
        raise RefusedError(
            codes.SEED_OUT_OF_RANGE,
            f"{value} is not a seed for '{setting.path}', which takes {minimum} to {maximum}",
            "use a number in this range, or random",
            setting.node,
        )
    return Value(value)


def _no_constant(name: str) -> Any:
    raise ValueError(name)
