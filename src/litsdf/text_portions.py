"""Portions of CSV and JSON-lines files: blocks of whole lines, read by pandas' own parsers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.dtypes import FLOAT, INT, INT_OR_FLOAT, OPAQUE
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.plan import Field

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TextPortion", "text_portions"]

_BLOCK = 32_000_000
"""Bytes of text in one portion."""
_CHUNK = 4_000_000
"""Bytes looked at together when lines are told apart."""


@dataclass(frozen=True)
class TextPortion:
    """Whole lines of one file."""

    path: str
    start: int
    stop: int
    header: bytes
    """The first line of a CSV file, put before each block; empty for JSON lines."""
    separator: str
    rows: int | None = None
    fields: Mapping[str, Field] | None = None

    def read(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Read these columns, or all."""
        import fsspec
        import pandas as pd

        with fsspec.open(self.path, "rb") as file:
            file.seek(self.start)
            block = file.read(self.stop - self.start)
        if not self.header:
            return pd.read_json(io.BytesIO(block), lines=True)
        kept = None if names is None else list(names)
        try:
            frame = pd.read_csv(io.BytesIO(self.header + block), sep=self.separator, usecols=kept, low_memory=False)
        except pd.errors.ParserError as error:
            raise pd.errors.ParserError(f"{error} (lines are counted from byte {self.start} of {self.path})") from None
        if not isinstance(frame.index, pd.RangeIndex):
            raise NotNative("more values in a line than there are names")
        return frame

    def load(self, names: Sequence[str]) -> PolarsFrame:
        """Read these columns."""
        if not names and self.rows is not None:
            return PolarsFrame({}, self.rows)
        fields = self.fields or {}
        frame = self.read([name for name in fields if name in names] if self.header else None)
        columns = {}
        for name in names:
            column = PolarsColumn.from_pandas(frame[name], None)
            if fields[name].dtype == FLOAT and column.dtype == INT:
                column = PolarsColumn.from_pandas(frame[name].astype("float64"), None)
            if fields[name].dtype == "str" and column.data.null_count() == len(frame):
                column = PolarsColumn.from_pandas(frame[name].astype("str"), None)
            columns[name] = column
        return PolarsFrame(columns, len(frame))


def text_portions(files: Sequence[str], separator: str, *, csv: bool) -> tuple[list[TextPortion], dict[str, Field]]:
    """Cut text files into blocks of whole lines, and read each once to learn the dtypes, as pandas would infer them.

    Raises:
        NotNative: the blocks do not agree about a dtype, so that only the whole file can be read exactly.
    """
    if any(str(path).endswith((".gz", ".bz2", ".zip", ".xz", ".zst", ".tar")) for path in files):
        raise NotNative("compressed text")
    blocks = [block for path in files for block in _blocks(path, separator, csv=csv)]
    portions: list[TextPortion] = []
    dtypes: dict[str, set[str]] = {}
    for block in blocks:
        frame = block.read()
        if dtypes and list(frame.columns) != list(dtypes):
            raise NotNative("files with different columns")
        if any(type(name) is not str for name in frame.columns):
            raise NotNative("column names that are no text")
        portions.append(replace(block, rows=len(frame)))
        for name, series in frame.items():
            column = PolarsColumn.from_pandas(series, None)
            seen = dtypes.setdefault(str(name), set())
            # a block without any value fits every dtype that has missing values
            seen.add("missing" if len(frame) and series.isna().all() else column.dtype)
    if len(files) > 1 and any("missing" in seen and "str" in seen for seen in dtypes.values()):
        raise NotNative("text that is missing in a whole file")
    fields = {name: _field(name, seen) for name, seen in dtypes.items()}
    return [replace(portion, fields=fields) for portion in portions], fields


def _field(name: str, seen: set[str]) -> Field:
    kinds = seen - {"missing"}
    if kinds <= {INT, FLOAT}:
        dtype = INT if seen == {INT} else FLOAT
    elif len(kinds) == 1 and ("missing" not in seen or kinds == {"str"}):
        dtype = next(iter(kinds))
    else:
        raise NotNative(f"blocks in which {name} has different dtypes")
    if dtype in {OPAQUE, INT_OR_FLOAT}:
        raise NotNative("dtypes held for pandas")
    return Field(name, dtype, dtype not in {INT, "bool"})


def _blocks(path: str, separator: str, *, csv: bool) -> Iterator[TextPortion]:
    """Cut at the ends of lines that are no part of a quoted text."""
    import fsspec

    with fsspec.open(path, "rb") as file:
        header = _header(file) if csv else b""
        start = position = len(header)
        quoted, before = False, b""
        cut = start
        while chunk := file.read(_CHUNK):
            if csv and b'"' in chunk:
                _check_quotes(before + chunk, separator)
            before = chunk[-100:]
            ends = _last_end(chunk, quoted=quoted and csv) if csv else chunk.rfind(b"\n")
            if ends >= 0:
                cut = position + ends + 1
            if csv:
                quoted ^= chunk.count(b'"') % 2 == 1
            position += len(chunk)
            if cut - start >= _BLOCK:
                yield TextPortion(path, start, cut, header, separator)
                start = cut
        if position > start or position == len(header):
            yield TextPortion(path, start, position, header, separator)


def _header(file: Any) -> bytes:
    line = bytes(file.readline())
    if line.count(b'"') % 2 or not line.strip() or line.startswith(b"\xff\xfe"):
        raise NotNative("a header of several lines")
    return line if line.endswith(b"\n") else line + b"\n"


def _last_end(chunk: bytes, *, quoted: bool) -> int:
    """Position of the last line end outside quotes, or -1."""
    end = chunk.rfind(b"\n")
    while end >= 0:
        inside = quoted ^ (chunk.count(b'"', 0, end) % 2 == 1)
        if not inside:
            return end
        end = chunk.rfind(b"\n", 0, end)
    return -1


def _check_quotes(chunk: bytes, separator: str) -> None:
    """Refuse quotes within unquoted text, with which lines cannot be told apart by counting."""
    import re

    between = re.escape(separator.encode())
    if re.search(rb'[^\r\n"' + between + rb']"(?:"")*[^\r\n"' + between + rb"]", chunk):
        raise NotNative("quotes inside of text")
