"""Places where a text file may be cut: the ends of lines that are no part of a quoted cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

__all__ = ["csv_line_ends", "line_ends"]

_BLOCK = 1 << 20
_Stretch = tuple[int, bytes, int, int, bool]
"""Offset of a block, the block, where in it a stretch begins and ends, whether it is outside quoted cells."""


def line_ends(content: BinaryIO, part_bytes: int) -> Iterator[tuple[int, int]]:
    r"""(offset after a line's end, number of the next line): offsets at least `part_bytes` apart, the last at the end.

    Example:
        >>> import io
        >>> list(line_ends(io.BytesIO(b"a\nbb\nccc\n"), 3))
        [(5, 3), (9, 4)]
    """
    content.seek(0)
    return _cuts(_blocks(content, 0), 0, part_bytes, part_bytes)


def csv_line_ends(
    content: BinaryIO, start: int, part_bytes: int, delimiter: bytes, *, heading: bool
) -> Iterator[tuple[int, int]]:
    r"""The same for CSV, where a row goes on after a line that ends within quotes.

    A quote opens a quoted cell only where a cell begins; two quotes within one are one.

    Args:
        content: the file.
        start: where its text begins.
        part_bytes: the least number of bytes between two cuts.
        delimiter: what stands between cells.
        heading: whether the first cut is to be after the first row.

    Example:
        >>> import io
        >>> list(csv_line_ends(io.BytesIO(b'a,b\n1,"x\ny"\n2,z\n'), 0, 1, b",", heading=True))
        [(4, 2), (12, 4), (16, 5)]
    """
    content.seek(start)
    return _cuts(_stretches(_blocks(content, start), delimiter), start, 1 if heading else part_bytes, part_bytes)


def _blocks(content: BinaryIO, offset: int) -> Iterator[_Stretch]:
    while block := content.read(_BLOCK):
        yield offset, block, 0, len(block), True
        offset += len(block)


def _stretches(blocks: Iterable[_Stretch], delimiter: bytes) -> Iterator[_Stretch]:
    """Blocks cut at the quotes that open and close cells; those without quotes pass at the speed of a search."""
    inside, closed, last = False, -2, b"\n"
    for offset, block, _, _, _ in blocks:
        start = search = 0
        while (quote := block.find(b'"', search)) >= 0:
            search = quote + 1
            before = block[quote - 1 : quote] if quote else last
            # a quote right after the one that closed a cell is the second of two, and the cell goes on
            if inside or before in (delimiter, b"\n", b"\r") or offset + quote == closed + 1:
                yield offset, block, start, search, not inside
                closed = offset + quote if inside else -2
                inside, start = not inside, search
        yield offset, block, start, len(block), not inside
        last = block[-1:]


def _cuts(stretches: Iterable[_Stretch], start: int, first: int, part_bytes: int) -> Iterator[tuple[int, int]]:
    line, given, wanted, reached = 1, start, start + first, start
    for offset, block, place, end, outside in stretches:
        while outside and (found := block.find(b"\n", max(place, wanted - 1 - offset), end)) >= 0:
            line += block.count(b"\n", place, found + 1)
            place = found + 1
            given = offset + place
            yield given, line
            wanted = given + part_bytes
        line += block.count(b"\n", place, end)
        reached = offset + end
    if reached > given:
        yield reached, line
