"""Writing tables: whole or piece by piece, and never half a file under the final name."""

from __future__ import annotations

import gzip
import os
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import pandas as pd

from litmus.data.locations import FORMATS, format_of, is_url
from litmus.errors import DataError

__all__ = ["TableWriter", "write_table"]


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a frame to a file, in the format that the ending of its name says.

    The rows go to a temporary file beside it first, so that a crash leaves nothing half-written.

    Args:
        frame: the table; its index is not written.
        path: ends in .csv, .csv.gz, .parquet, .jsonl, .jsonl.gz, .arrow or .feather; a URL is written there at the end.

    Raises:
        DataError: when the ending is unknown or the place cannot be written to.
    """
    with TableWriter(path) as writer:
        writer.write(frame)


class TableWriter:
    """Writes a table piece by piece; the file appears under its name when the last piece is written.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> with TableWriter(f"{folder}/answers.csv") as writer:
        ...     writer.write(pd.DataFrame({"income": ["<=50K"]}))
        ...     writer.write(pd.DataFrame({"income": [">50K"]}))
        >>> len(pd.read_csv(f"{folder}/answers.csv"))
        2
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._place = os.fspath(path)
        named = format_of(self._place)
        if named is None or named[1] == "zip" or (named[1] and named[0] not in ("csv", "jsonl")):
            raise DataError(
                f"{self._place} has an ending that cannot be written; use one of {', '.join(FORMATS)}, or .csv.gz or .jsonl.gz."
            )
        self._format, self._compression = named
        if is_url(self._place):
            folder = Path(tempfile.gettempdir())
        else:
            folder = Path(self._place).expanduser().absolute().parent
            if not folder.is_dir():
                raise DataError(f"The folder {folder} does not exist; create it, or write elsewhere.")
        self._temporary = folder / f".{Path(self._place).name}.{uuid.uuid4().hex[:8]}.part"
        self._sink: Any = None
        self._schema: Any = None
        self._names: list[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows; every piece needs the same columns.

        Raises:
            DataError: when the columns differ from those of the first piece, or the disk is full.
        """
        names = [str(name) for name in frame.columns]
        if self._names is not None and names != self._names:
            raise DataError(
                f"{self._place}: a piece has columns {names}, but the first one had {self._names}; use the same."
            )
        try:
            if self._sink is None:
                self._sink = self._open(frame)
            self._put(frame, first=self._names is None)
        except OSError as error:
            self.discard()
            raise DataError(f"{self._place} cannot be written: {error}.") from error
        self._names = names

    def _open(self, frame: pd.DataFrame) -> Any:
        if self._format in ("csv", "jsonl"):
            if self._compression == "gzip":
                return gzip.open(self._temporary, "wt", encoding="utf-8", newline="")
            return self._temporary.open("w", encoding="utf-8", newline="")
        import pyarrow as pa
        import pyarrow.parquet

        self._schema = _storable(pa.Schema.from_pandas(frame, preserve_index=False))
        if self._format == "parquet":
            return pyarrow.parquet.ParquetWriter(self._temporary, self._schema)
        return pa.ipc.new_file(self._temporary, self._schema)

    def _put(self, frame: pd.DataFrame, *, first: bool) -> None:
        if self._format == "csv":
            separator = "\t" if self._place.lower().removesuffix(".gz").endswith(".tsv") else ","
            frame.to_csv(self._text(), index=False, header=first, sep=separator, lineterminator="\n")
        elif self._format == "jsonl":
            if len(frame):
                # the most digits that pandas writes: the caller's numbers and times are not to be rounded
                text = frame.to_json(
                    orient="records", lines=True, date_format="iso", date_unit="us", double_precision=15
                )
                self._text().write(text.rstrip("\n") + "\n")
        else:
            self._put_arrow(frame)

    def _text(self) -> IO[str]:
        return self._sink

    def _put_arrow(self, frame: pd.DataFrame) -> None:
        import pyarrow as pa

        try:
            self._sink.write_table(pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False))
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            self.discard()
            raise DataError(f"{self._place}: a piece has values of another type than the first: {error}.") from error

    def close(self) -> None:
        """Finish the file and give it its name."""
        if self._sink is None:
            self.write(pd.DataFrame())
        self._sink.close()
        try:
            if is_url(self._place):
                import fsspec

                system, path = fsspec.core.url_to_fs(self._place)
                system.put_file(str(self._temporary), path)
                self._temporary.unlink()
            else:
                self._temporary.replace(Path(self._place).expanduser())
        except OSError as error:
            self.discard()
            raise DataError(f"{self._place} cannot be written: {error}.") from error

    def discard(self) -> None:
        """Leave nothing behind."""
        if self._sink is not None:
            self._sink.close()
        self._temporary.unlink(missing_ok=True)


def _storable(schema: Any) -> Any:
    """A column that is empty so far may hold texts later."""
    import pyarrow as pa

    for position, field in enumerate(schema):
        if pa.types.is_null(field.type):
            schema = schema.set(position, pa.field(field.name, pa.string()))
    return schema
