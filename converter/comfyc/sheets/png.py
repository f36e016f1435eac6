"""A sheet as a picture, drawn by Pillow (the extra ``comfyc[pictures]``): a grid with labels at its axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc.diagnostics import ComfycError
from comfyc.sheets.axes import Axes
from comfyc.sheets.blocks import Block, blocks_of
from comfyc.sheets.lettering import font_for, wrapped
from comfyc.sheets.model import Medium, Sheet, SheetRow
from comfyc.sheets.thumbnails import need_pillow, small_pictures

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_COLORS = {
    "light": {"back": "#f6f7f9", "ink": "#1d2330", "soft": "#5b6474", "line": "#d9dde5", "well": "#e9ebf0"},
    "dark": {"back": "#14161b", "ink": "#e6e9ef", "soft": "#9aa4b5", "line": "#333946", "well": "#0d0f12"},
}
_BAD = {"light": ("#fdf1f1", "#c0262d"), "dark": ("#2b1a1c", "#ff8a8a")}
_MARGIN, _GAP = 28, 8
_TITLE, _HEADING, _LABEL, _SMALL = 24, 17, 14, 12
_WIDEST_HEAD = 220
_MOST_LINES = 4
_MOST_PIXELS = 80_000_000
_SMALLEST = 32
_STATES = {"failed": "failed", "waiting": "not run yet", "sent": "running"}


@dataclass(frozen=True, slots=True)
class _Tile:
    """What a part of a cell shows: a picture, or words; ``is_bad`` for a row that failed."""

    picture: Image | None
    words: str = ""
    is_bad: bool = False


def png_of(sheet: Sheet, axes: Axes, size: int, theme: str = "light") -> bytes:
    """The sheet as the bytes of a PNG file, with cells of ``size`` pixels, smaller ones for many rows.

    ``ComfycError`` without Pillow, and if there are too many rows for a picture.
    """
    need_pillow("a sheet as PNG", "write HTML")
    blocks = blocks_of(sheet, axes)
    cells = sum(len(cells) for block in blocks for _, cells in block.lines)
    size = min(size, int(math.sqrt(_MOST_PIXELS / max(cells, 1))))
    if size < _SMALLEST:
        raise ComfycError(f"{cells:,} cells are too many for a picture", "write HTML")
    pictures = small_pictures(sheet.pictures, size)
    ratios = sorted(one.height / one.width for one in pictures.values()) or [0.75]
    ratio = min(2.0, max(0.5, ratios[len(ratios) // 2]))
    wide = round(size / max(1, ratio))
    drawing = _Drawing(sheet, blocks, pictures, (wide, round(wide * ratio)), theme)
    stream = BytesIO()
    drawing.drawn().save(stream, "PNG", optimize=True)
    return stream.getvalue()


class _Drawing:
    def __init__(
        self,
        sheet: Sheet,
        blocks: Sequence[Block],
        pictures: Mapping[Path, Image],
        cell: tuple[int, int],
        theme: str,
    ) -> None:
        self._sheet, self._blocks, self._pictures, self._cell = sheet, blocks, pictures, cell
        self._colors, self._bad = _COLORS[theme], _BAD[theme]
        names = [name for block in blocks for name, _ in block.lines]
        widest = max((font_for(name, _LABEL).getlength(name) for name in names), default=0)
        self._head = math.ceil(min(widest, _WIDEST_HEAD)) + (2 * _GAP if widest else 0)
        self._captions = not any(block.heads for block in blocks) and not any(names)

    def drawn(self) -> Image:
        """The picture: measured by drawing it on nothing, then drawn."""
        from PIL import Image, ImageDraw  # noqa: PLC0415 - an extra

        across = max((len(cells) for block in self._blocks for _, cells in block.lines), default=1)
        width = 2 * _MARGIN + self._head + across * (self._cell[0] + _GAP) - _GAP
        width = max(width, 2 * _MARGIN + 320)
        height = self._draw(None, None, width)
        image = Image.new("RGB", (width, height), self._colors["back"])
        self._draw(image, ImageDraw.Draw(image), width)
        return image

    def _draw(self, image: Image | None, pen: ImageDraw | None, width: int) -> int:
        room = width - 2 * _MARGIN
        y = _MARGIN + self._write(pen, (_MARGIN, _MARGIN), self._sheet.title, _TITLE, room, bold=True)
        for block in self._blocks:
            y += _GAP * 2
            if block.heading:
                y += self._write(pen, (_MARGIN, y), block.heading, _HEADING, room, bold=True) + _GAP
            y = self._draw_block(image, pen, block, y)
        return y + _MARGIN

    def _draw_block(self, image: Image | None, pen: ImageDraw | None, block: Block, y: int) -> int:
        left = _MARGIN + self._head
        wide, high = self._cell
        tall = 0
        for at, head in enumerate(block.heads):
            tall = max(tall, self._write(pen, (left + at * (wide + _GAP), y), head, _LABEL, wide))
        y += tall + (_GAP if tall else 0)
        for name, cells in block.lines:
            below = self._write(pen, (_MARGIN, y + 2), name, _LABEL, self._head - 2 * _GAP)
            lowest = max(high, below)
            for at, rows in enumerate(cells):
                x = left + at * (wide + _GAP)
                if image is not None and pen is not None:
                    self._fill(image, pen, rows, (x, y))
                if self._captions and rows:
                    caption = self._write(pen, (x, y + high + 3), self._caption(rows[0]), _SMALL, wide)
                    lowest = max(lowest, high + caption + 6)
            y += lowest + _GAP
        return y

    def _caption(self, row: SheetRow) -> str:
        values = (
            f"{column.name} {column.labels[value]}"
            for column, value in zip(self._sheet.columns, row.values, strict=True)
            if column.varies
        )
        return ", ".join([f"#{row.number}", *values])

    def _write(
        self,
        pen: ImageDraw | None,
        where: tuple[int, int],
        words: str,
        size: int,
        width: int,
        *,
        bold: bool = False,
        most: int = _MOST_LINES,
        color: str = "",
    ) -> int:
        """Write words in lines; how high they are."""
        font = font_for(words, size, bold=bold)
        lines = wrapped(words, font, width, most)
        step = round(size * 1.35)
        for at, line in enumerate(lines if pen is not None else ()):
            assert pen is not None
            pen.text((where[0], where[1] + at * step), line, fill=color or self._colors["ink"], font=font)
        return len(lines) * step

    # --- a cell ----------------------------------------------------------------------------------

    def _fill(self, image: Image, pen: ImageDraw, rows: Sequence[SheetRow], corner: tuple[int, int]) -> None:
        """All that the rows of a cell have made, side by side in it."""
        tiles = [tile for row in rows for tile in self._tiles(row)]
        across = math.ceil(math.sqrt(len(tiles)))
        wide, high = (max(1, (one - 2 * (across - 1)) // max(across, 1)) for one in self._cell)
        for at, tile in enumerate(tiles):
            x, y = corner[0] + at % across * (wide + 2), corner[1] + at // across * (high + 2)
            if tile.picture is not None:
                pen.rectangle((x, y, x + wide - 1, y + high - 1), fill=self._colors["well"])
                picture = tile.picture.copy()
                picture.thumbnail((wide, high))
                middle = (x + (wide - picture.width) // 2, y + (high - picture.height) // 2)
                image.paste(picture, middle, picture)
                continue
            fill, edge = self._bad if tile.is_bad else (self._colors["well"], self._colors["line"])
            pen.rectangle((x, y, x + wide - 1, y + high - 1), fill=fill, outline=edge)
            most = max(1, (high - 12) // round(_SMALL * 1.35))
            color = self._bad[1] if tile.is_bad else self._colors["soft"]
            self._write(pen, (x + 7, y + 6), tile.words, _SMALL, wide - 14, most=most, color=color)

    def _tiles(self, row: SheetRow) -> list[_Tile]:
        shown = []
        for shot in row.shots:
            picture = self._pictures.get(shot.path) if shot.path is not None else None
            words = shot.text if shot.medium is Medium.TEXT else shot.name.rpartition("/")[2]
            if shot.path is None and shot.medium is not Medium.TEXT:
                words += " is gone"
            shown.append(_Tile(picture, words))
        if row.problem or not shown:
            state = _STATES.get(row.state, "no outputs")
            words = f"{state}: {row.problem}" if row.problem else state
            shown.append(_Tile(None, words, is_bad=row.state == "failed"))
        return shown
