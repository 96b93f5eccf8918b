"""Writing tables to files: lazy ones portion by portion, all of them under a temporary name until they are whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from litsdf.contract import NotNative
from litsdf.errors import LayoutError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Writing", "replacing"]


@contextmanager
def replacing(path: Any) -> Iterator[str]:
    """Give a temporary name beside a local path, and rename it once all is written; leave nothing behind on failure.

    Addresses such as `s3://…` are given as they are: their stores show a file when it is whole.
    """
    text = os.fspath(path)
    if "://" in text:
        yield text
        return
    target = Path(text)
    temporary = Path(_beside(text, uuid4().hex[:8]))
    try:
        yield str(temporary)
        temporary.replace(target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.add_note(f"Nothing of {text} was written.")
        raise


class Writing:
    """The methods of a DataFrame that write files."""

    __slots__ = ()
    if TYPE_CHECKING:
        _table: Any

        def _run_pandas(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any: ...

    def to_parquet(self, path: Any = None, **options: Any) -> Any:
        """Write Parquet; a lazy table portion by portion, so that it need not fit into memory.

        Args:
            path: a path or an fsspec address; None gives the bytes. A star in the name of a lazy table's file stands
                for the number of the partition: each is written to a file of its own, where it is computed.
            options: those of pandas. A lazy table streams with `compression` and `index=False`.

        Raises:
            OSError: the file cannot be written; no part of it is left behind.
        """
        return self._write("to_parquet", path, options, {"compression", "index"}, _stream_parquet)

    def to_csv(self, path_or_buf: Any = None, **options: Any) -> Any:
        """Write CSV as pandas does; a lazy table portion by portion, so that it need not fit into memory.

        Args:
            path_or_buf: a path, an fsspec address or a file; None gives the text.
            options: those of pandas. A lazy table streams with `sep`, `index`, `na_rep` and `float_format`.

        Raises:
            OSError: the file cannot be written; no part of it is left behind.
        """
        return self._write("to_csv", path_or_buf, options, {"sep", "index", "na_rep", "float_format"}, _stream_csv)

    def to_json(self, path_or_buf: Any = None, **options: Any) -> Any:
        """Write JSON as pandas does; a lazy table portion by portion with `orient="records", lines=True`.

        Args:
            path_or_buf: a path, an fsspec address or a file; None gives the text.
            options: those of pandas.

        Raises:
            OSError: the file cannot be written; no part of it is left behind.
        """
        lines = options.get("lines") is True and options.get("orient") == "records"
        return self._write("to_json", path_or_buf, options, {"orient", "lines"} if lines else set(), _stream_json)

    def to_feather(self, path: Any, **options: Any) -> Any:
        """Write Arrow IPC (Feather); a lazy table portion by portion, so that it need not fit into memory.

        Args:
            path: a path or an fsspec address.
            options: those of pandas.

        Raises:
            ValueError: the table has other row labels than 0 … n-1.
            OSError: the file cannot be written; no part of it is left behind.
        """
        return self._write("to_feather", path, options, set(), _stream_arrow)

    def _write(
        self, name: str, path: Any, options: dict[str, Any], streamed: set[str], stream: Callable[..., None]
    ) -> Any:
        if not isinstance(path, str | os.PathLike):
            return self._run_pandas(name, (path,), options)
        lazy = hasattr(self._table, "batches")
        compressed = name in {"to_csv", "to_json"} and not str(path).endswith((".csv", ".json", ".jsonl", ".txt"))
        if "*" in str(path) and name == "to_parquet" and lazy:
            return _write_parts(self._table, str(path), options)
        with replacing(path) as target:
            if lazy and options.keys() <= streamed and not compressed:
                try:
                    stream(self._table, target, **options)
                except NotNative:
                    pass
                else:
                    return None
            return self._run_pandas(name, (target,), options)


def _opened(target: str) -> Any:
    import fsspec

    return fsspec.open(target, "wb")


def _arrow(batch: Any, *, index: Any) -> pa.Table:
    """An Arrow table as pandas would make it of these rows."""
    import polars as pl
    import pyarrow as pa

    opaque = any(column.dtype == "opaque" for column in batch.columns.values())
    if opaque or (batch.labels is not None and index is not False):
        return pa.Table.from_pandas(batch.to_pandas(), preserve_index=index)
    return batch.to_polars().to_arrow(compat_level=pl.CompatLevel.oldest())


def _stream_parquet(table: Any, target: str, *, compression: Any = "snappy", index: Any = None) -> None:
    if index is True:
        raise NotNative("labels 0 … n-1 as a column")
    from pyarrow import parquet

    with _opened(target) as file:
        writer = None
        for batch in table.batches():
            rows = _arrow(batch, index=index)
            if writer is None:
                writer = parquet.ParquetWriter(file, rows.schema, compression=compression or "none")
            writer.write_table(rows.cast(writer.schema))
        if writer is not None:
            writer.close()


def _stream_arrow(table: Any, target: str) -> None:
    import pyarrow as pa

    if table.rows.labels is not None:
        raise NotNative("labels, which Feather has no place for")
    with _opened(target) as file:
        writer = None
        for batch in table.batches():
            rows = _arrow(batch, index=False)
            if writer is None:
                writer = pa.ipc.new_file(file, rows.schema)
            writer.write_table(rows)
        if writer is not None:
            writer.close()


def _stream_csv(table: Any, target: str, **options: Any) -> None:
    with _opened(target) as file:
        header, start = True, 0
        for batch in table.batches():
            frame = batch.to_pandas()
            if batch.labels is None:
                frame.index = range(start, start + len(frame))
            frame.to_csv(file, mode="wb", header=header, **options)
            header, start = False, start + len(frame)


def _stream_json(table: Any, target: str, **options: Any) -> None:
    with _opened(target) as file:
        for batch in table.batches():
            file.write(batch.to_pandas().to_json(**options).encode())


def _write_parts(table: Any, path: str, options: dict[str, Any]) -> None:
    """Write each partition to a file of its own, by whoever computes it; all of them or none."""
    if options.keys() - {"compression", "index"} or options.get("index") is True:
        raise LayoutError(
            f"Parts are written with the options compression and index=False only, not {sorted(options)}. "
            "Write one file, or leave the other options out."
        )
    digits = max(5, len(str(table.partitions)))
    names = [path.replace("*", str(number).zfill(digits)) for number in range(table.partitions)]
    remote = "://" in path
    staged = names if remote else [_beside(name, token) for token in [uuid4().hex[:8]] for name in names]
    write = partial(_write_part, names=staged, compression=options.get("compression", "snappy"))
    try:
        for _ in table.each_part(write):
            pass
        for name, final in zip(staged, names, strict=True):
            if not remote:
                Path(name).replace(final)
    except BaseException as error:
        for name in staged:
            _removed(name)
        if isinstance(error, OSError):
            error.add_note(f"Nothing of {path} was written.")
        raise


def _beside(name: str, token: str) -> str:
    """A temporary name in the same folder, with the same ending."""
    return str(Path(name).with_name(f".{token}-{Path(name).name}"))


def _removed(path: str) -> None:
    import fsspec

    system, name = fsspec.url_to_fs(path)
    if system.exists(name):
        system.rm(name)


def _write_part(batch: Any, number: int, *, names: list[str], compression: Any) -> None:
    from pyarrow import parquet

    with _opened(names[number]) as file:
        parquet.write_table(_arrow(batch, index=False), file, compression=compression or "none")
