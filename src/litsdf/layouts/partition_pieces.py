"""Pieces of portions on their way to other portions: Arrow data in files of this machine, or moved by Dask's shuffle.

A portion is cut into pieces, one for each of the new portions. Without a cluster each portion writes one file of Arrow
batches, and a new portion reads its batch of each. On a cluster the pieces, as bytes, are rows of a Dask DataFrame, and
Dask's own shuffle moves them: it keeps them on disk, works across machines, and starts anew when a worker dies. It
knows pandas' dtypes alone, which is why it is given bytes.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from litsdf.errors import ComputeError
from litsdf.layouts.polars import PolarsColumn, PolarsFrame
from litsdf.layouts.polars_expressions import POLARS_DTYPES

__all__ = ["FilePieces", "Folder", "Shape", "ShuffledPieces", "as_bytes", "as_files", "no_pieces"]

Cutting = Callable[[PolarsFrame], list[PolarsFrame]]


@dataclass(frozen=True)
class Shape:
    """The columns of the pieces, hidden ones included, with their dtypes; and how many new portions there are."""

    dtypes: dict[str, str]
    parts: int

    def frame(self, data: pl.DataFrame, names: Sequence[str]) -> PolarsFrame:
        """Hold columns that were read from pieces."""
        columns = {name: PolarsColumn(data[str(self.place(name))], self.dtypes[name], name) for name in names}
        return PolarsFrame(columns, data.height)

    def nothing(self, names: Sequence[str]) -> PolarsFrame:
        """No rows of these columns."""
        columns = {
            name: PolarsColumn(pl.Series("", [], dtype=POLARS_DTYPES[self.dtypes[name]]), self.dtypes[name], name)
            for name in names
        }
        return PolarsFrame(columns, 0)

    def place(self, name: str) -> int:
        """Where a column is: names may hold characters that files do not."""
        return list(self.dtypes).index(name)

    def data(self, piece: PolarsFrame) -> pl.DataFrame:
        """A piece as Polars writes it."""
        return pl.DataFrame([piece.columns[name].data.alias(str(place)) for place, name in enumerate(self.dtypes)])


class Folder:
    """A temporary folder that lives as long as the portions in it are used."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="litsdf-")
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def __reduce__(self) -> Any:
        return _FolderOfAnother, (self.path,)


class _FolderOfAnother:
    """The folder as another process of this machine sees it."""

    def __init__(self, path: str) -> None:
        self.path = path


def as_files(frame: PolarsFrame, *, cut: Cutting, shape: Shape, path: str) -> list[int]:
    """Write the pieces of a portion into one file; give the rows of each."""
    import pyarrow as pa

    pieces = cut(frame)
    tables = [shape.data(piece).to_arrow(compat_level=pl.CompatLevel.oldest()) for piece in pieces]
    try:
        with pa.ipc.new_file(path, tables[0].schema) as writer:
            for table in tables:
                writer.write_batch(table.combine_chunks().to_batches()[0] if table.num_rows else _no_rows(table.schema))
    except OSError as error:
        error.add_note(
            "Exchanging rows between partitions needs as much room in the temporary folder as the table takes."
        )
        raise
    return [len(piece) for piece in pieces]


def _no_rows(schema: Any) -> Any:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.array([], type=column.type) for column in schema], schema=schema)


@dataclass(frozen=True)
class FilePieces:
    """A new portion: one batch of each file."""

    folder: Folder = field(repr=False)
    files: int
    place: int
    rows: int
    shape: Shape

    def load(self, names: Sequence[str]) -> PolarsFrame:
        """Read these columns of the pieces, in the order of the portions they come from."""
        if not names:
            return PolarsFrame({}, self.rows)
        import pyarrow as pa

        batches = []
        for number in range(self.files):
            with pa.memory_map(f"{self.folder.path}/{number}.arrow") as source:
                batch = pa.ipc.open_file(source).get_batch(self.place)
                batches.append(batch.select([str(self.shape.place(name)) for name in names]))
        data = pl.DataFrame(pl.from_arrow(pa.Table.from_batches(batches)))
        return self.shape.frame(data, names)


def no_pieces() -> Any:
    """The pandas table of no pieces, by which Dask knows the dtypes."""
    import pandas as pd
    import pyarrow as pa

    binary = pd.ArrowDtype(pa.large_binary())
    return pd.DataFrame({
        "part": pd.Series([], dtype="int64"), "portion": pd.Series([], dtype="int64"), "rows": pd.Series([], dtype="int64"),
        "data": pd.Series([], dtype=binary),
    })  # fmt: skip


def as_bytes(frame: PolarsFrame, *, cut: Cutting, shape: Shape, number: int) -> Any:
    """The pieces of a portion as rows of a pandas table."""
    import pandas as pd

    kept = [(part, piece) for part, piece in enumerate(cut(frame)) if len(piece)]
    if not kept:
        return no_pieces()
    data = []
    for _, piece in kept:
        buffer = io.BytesIO()
        shape.data(piece).write_ipc(buffer, compat_level=pl.CompatLevel.oldest())
        data.append(buffer.getvalue())
    made = pd.DataFrame({
        "part": [part for part, _ in kept], "portion": number, "rows": [len(piece) for _, piece in kept],
        "data": pd.Series(data, dtype=no_pieces()["data"].dtype),
    })  # fmt: skip
    return made.astype({"portion": "int64"})


@dataclass(frozen=True)
class ShuffledPieces:
    """A new portion: a table of pieces that a worker holds."""

    futures: tuple[Any, ...] = field(repr=False)
    rows: int
    shape: Shape
    given: tuple[Any, ...] = ()
    """The table itself, where the portion is computed."""

    def with_values(self, values: Sequence[Any]) -> ShuffledPieces:
        """The same with what the futures stand for."""
        return ShuffledPieces((), self.rows, self.shape, tuple(values))

    def load(self, names: Sequence[str]) -> PolarsFrame:
        """Read these columns of the pieces, in the order of the portions they come from."""
        if not self.given:
            raise ComputeError(
                "The rows are held by a Dask cluster that is not there any more. Compute them while its client is active."
            )
        if not names:
            return PolarsFrame({}, self.rows)
        pieces = self.given[0].sort_values("portion")["data"].tolist()
        wanted = [str(self.shape.place(name)) for name in names]
        if not pieces:
            return self.shape.nothing(names)
        return self.shape.frame(pl.concat([pl.read_ipc(io.BytesIO(piece), columns=wanted) for piece in pieces]), names)
