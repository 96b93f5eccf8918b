"""Portions of files: which parts of which files there are, of which dtypes, and how one part is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT32, INT_OR_FLOAT, OPAQUE, STR
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.plan import Field

__all__ = ["ArrowPortion", "ParquetPortion", "arrow_portions", "parquet_portions"]

_BYTES = 48_000_000
"""About how much memory the columns of one portion take."""
_ROWS = 125_000
"""Rows of a portion, at most."""
_FEWEST = 10_000
"""Rows of a portion, at least."""
_DTYPES: dict[Any, str] = {pl.Int64: INT, pl.Int32: INT32, pl.Float64: FLOAT, pl.String: STR, pl.Boolean: BOOL}


def _most(rows: int, size: int) -> int:
    """Rows of a portion: by the bytes of the file, which repeated text makes smaller than it is in memory."""
    return min(max(_FEWEST, int(_BYTES * rows / size)), _ROWS) if size else _FEWEST


def _frame(data: pl.DataFrame, fields: Mapping[str, Field]) -> PolarsFrame:
    columns = {}
    for series in data:
        declared = fields[series.name].dtype
        made = series.cast(pl.Float64) if declared == FLOAT else series
        columns[series.name] = PolarsColumn.from_series(made)
    return PolarsFrame(columns, data.height)


@dataclass(frozen=True)
class ParquetPortion:
    """Rows of one Parquet file."""

    path: str
    start: int
    rows: int
    groups: tuple[int, ...]
    """The row groups that hold them."""
    skipped: int
    """Rows of the first of these groups that come before."""
    fields: Mapping[str, Field]

    def load(self, names: Sequence[str]) -> PolarsFrame:
        """Read these columns."""
        if not names:
            return PolarsFrame({}, self.rows)
        if "://" in self.path:
            import fsspec
            from pyarrow import parquet

            with fsspec.open(self.path, "rb") as file:
                table = parquet.ParquetFile(file).read_row_groups(list(self.groups), columns=list(names))
            data = pl.DataFrame(pl.from_arrow(table.slice(self.skipped, self.rows).select(list(names))))
        else:
            data = pl.scan_parquet(self.path, glob=False).slice(self.start, self.rows).select(list(names)).collect()
        return _frame(data, self.fields)


def parquet_portions(files: Sequence[str]) -> tuple[list[ParquetPortion], dict[str, Field]]:
    """Cut Parquet files into portions of whole row groups, or parts of large ones.

    Raises:
        NotNative: a column's dtype cannot be told without reading it, or the files differ.
    """
    import fsspec
    import pyarrow as pa
    from pyarrow import parquet

    schema: Any = None
    missing: dict[str, int | None] = {}
    found: list[tuple[str, list[int], int]] = []
    for path in files:
        with fsspec.open(path, "rb") as file:
            footer = parquet.ParquetFile(file)
            if schema is not None and not footer.schema_arrow.equals(schema):
                raise NotNative("files with different columns")
            schema = footer.schema_arrow
            groups = [footer.metadata.row_group(number) for number in range(footer.metadata.num_row_groups)]
            size = sum(group.total_byte_size for group in groups)
            rows = [group.num_rows for group in groups]
            _count_missing(groups, schema.names, missing)
            found.append((path, rows, _most(sum(rows), size)))
    shape = pl.DataFrame(pl.from_arrow(schema.empty_table())).schema
    fields = {name: _field(name, dtype, missing.get(name, 0)) for name, dtype in shape.items()}
    if any(pa.types.is_dictionary(column.type) for column in schema):
        raise NotNative("dictionaries")
    cut = [ParquetPortion(path, *part, fields) for path, rows, most in found for part in _cuts(rows, most)]
    return cut or [ParquetPortion(str(files[0]), 0, 0, (), 0, fields)], fields


def _count_missing(groups: Sequence[Any], names: Sequence[str], missing: dict[str, int | None]) -> None:
    """Add up the missing values that the footer counts; None for a column it does not count."""
    for group in groups:
        if group.num_columns != len(names):
            raise NotNative("nested columns")
        for position, name in enumerate(names):
            statistics = group.column(position).statistics
            known = statistics is not None and statistics.has_null_count
            before = missing.get(name, 0)
            missing[name] = before + statistics.null_count if known and before is not None else None


def _cuts(groups: Sequence[int], most: int) -> Iterator[tuple[int, int, tuple[int, ...], int]]:
    """Start, rows, row groups, and rows to skip, of portions of about `most` rows."""
    held: list[int] = []
    start, rows = 0, 0
    for number, length in enumerate(groups):
        if length > 2 * most:
            if rows:
                yield start, rows, tuple(held), 0
                start, held, rows = start + rows, [], 0
            for offset in range(0, length, most):
                yield start + offset, min(most, length - offset), (number,), offset
            start += length
            continue
        if rows and rows + length > most:
            yield start, rows, tuple(held), 0
            start, held, rows = start + rows, [], 0
        held.append(number)
        rows += length
    if rows:
        yield start, rows, tuple(held), 0


def _field(name: str, dtype: Any, missing: int | None) -> Field:
    if dtype == pl.Datetime("us"):
        return Field(name, DATETIME)
    known = _DTYPES.get(dtype.base_type())
    if known in {FLOAT, STR}:
        return Field(name, str(known))
    if known == INT:
        return (
            Field(name, INT, may_be_missing=False) if missing == 0 else Field(name, FLOAT if missing else INT_OR_FLOAT)
        )
    if missing == 0 and known in {BOOL, INT32}:
        return Field(name, str(known), may_be_missing=False)
    if dtype == pl.Float32 or (missing == 0 and dtype.is_integer()):
        return Field(name, OPAQUE)
    raise NotNative(f"{dtype} in portions")


@dataclass(frozen=True)
class ArrowPortion:
    """Record batches of one Arrow file, mapped into memory where it is local."""

    path: str
    batches: tuple[int, ...]
    rows: int
    fields: Mapping[str, Field]

    def load(self, names: Sequence[str]) -> PolarsFrame:
        """Read these columns."""
        if not names:
            return PolarsFrame({}, self.rows)
        import pyarrow as pa

        with _arrow_file(self.path) as source:
            reader = pa.ipc.open_file(source)
            table = pa.Table.from_batches([reader.get_batch(number) for number in self.batches]).select(list(names))
            return _frame(pl.DataFrame(pl.from_arrow(table)), self.fields)


def _arrow_file(path: str) -> Any:
    if "://" in path:
        import fsspec

        return fsspec.open(path, "rb")
    import pyarrow as pa

    return pa.memory_map(path)


def arrow_portions(files: Sequence[str]) -> tuple[list[ArrowPortion], dict[str, Field]]:
    """Cut Arrow files into portions of whole record batches.

    Raises:
        NotNative: a column's dtype cannot be told without reading it, or the files differ.
    """
    import pyarrow as pa

    schema: Any = None
    missing: dict[str, int] = {}
    found: list[tuple[str, list[int], int]] = []
    for path in files:
        with _arrow_file(path) as source:
            reader = pa.ipc.open_file(source)
            if schema is not None and not reader.schema.equals(schema):
                raise NotNative("files with different columns")
            schema = reader.schema
            rows, size = [], 0
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                rows.append(batch.num_rows)
                size += batch.nbytes
                for name, column in zip(schema.names, batch.columns, strict=True):
                    missing[name] = missing.get(name, 0) + column.null_count
            found.append((path, rows, _most(sum(rows), size)))
    if any(pa.types.is_dictionary(column.type) for column in schema):
        raise NotNative("dictionaries")
    shape = pl.DataFrame(pl.from_arrow(schema.empty_table())).schema
    fields = {name: _field(name, dtype, missing.get(name, 0)) for name, dtype in shape.items()}
    portions = []
    for path, rows, most in found:
        held: list[int] = []
        for number, length in enumerate(rows):
            if held and sum(rows[n] for n in held) + length > most:
                portions.append(ArrowPortion(path, tuple(held), sum(rows[n] for n in held), fields))
                held = []
            held.append(number)
        if held:
            portions.append(ArrowPortion(path, tuple(held), sum(rows[n] for n in held), fields))
    if not portions:
        raise NotNative("no rows")
    return portions, fields
