"""Reading files into a DataFrame: CSV, Parquet, JSON lines and Arrow, by path, glob or fsspec address.

In the dask layout files are read lazily; in the polars layout they are when they are large, or when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.errors import LayoutError

if TYPE_CHECKING:
    import pandas as pd

    from litsdf.frame import DataFrame

__all__ = ["read_arrow", "read_csv", "read_json_lines", "read_parquet"]

_LARGE = 1_000_000_000
"""Bytes of files from which the polars layout reads them lazily."""


def read_csv(
    path: Any, *, columns: Sequence[str] | None = None, separator: str = ",", layout: str | None = None,
    lazy: bool | None = None, **options: Any,
) -> Any:  # fmt: skip
    """Read CSV with pandas' rules for dtypes and missing values.

    Lazily, the text is read twice: once at once, in blocks, to learn the dtypes, and once when it is computed.

    Args:
        path: a path, a glob of files with the same columns, or an fsspec address.
        columns: the columns to keep, in this order; None keeps all.
        separator: the character between values.
        layout: where to hold the table; None chooses by the number of rows.
        lazy: whether the table stays in its files until it is computed, in the polars and dask layouts; None: in the
            dask layout, and for more than 1 GB in the polars layout.
        options: pandas' own options, such as `sep`, `usecols` or `parse_dates`; with them pandas reads the files, at once.

    Raises:
        FileNotFoundError: nothing is there.
        LayoutError: the layout does not exist or cannot hold the table, or it reads lazily and pandas' options are given.
    """
    import pandas as pd

    if options:
        return _by_pandas(pd.read_csv, path, {"sep": separator, "usecols": columns, **options}, layout, lazy)

    def read(file: Any) -> pd.DataFrame:
        return pd.read_csv(file, sep=separator, usecols=None if columns is None else list(columns))

    def portions(files: Sequence[str]) -> Any:
        from litsdf.text_portions import text_portions

        return text_portions(files, separator, csv=True)

    lazily = _lazily(path, portions, columns, layout, lazy)
    return _joined(path, read, columns, layout) if lazily is None else lazily


def read_json_lines(
    path: Any, *, columns: Sequence[str] | None = None, layout: str | None = None, lazy: bool | None = None
) -> DataFrame:
    """Read one JSON object a line, with pandas' rules for dtypes.

    Args:
        path: a path, a glob, or an fsspec address.
        columns: the columns to keep, in this order; None keeps all.
        layout: where to hold the table; None chooses by the number of rows.
        lazy: as for `read_csv`.
    """
    import pandas as pd

    def portions(files: Sequence[str]) -> Any:
        from litsdf.text_portions import text_portions

        return text_portions(files, "", csv=False)

    lazily = _lazily(path, portions, columns, layout, lazy)
    return _joined(path, lambda file: pd.read_json(file, lines=True), columns, layout) if lazily is None else lazily


def read_parquet(
    path: Any,
    *,
    columns: Sequence[str] | None = None,
    layout: str | None = None,
    lazy: bool | None = None,
    **options: Any,
) -> DataFrame:
    """Read Parquet, only the columns that are asked for; lazily, only those that are used.

    Args:
        path: a path, a glob, or an fsspec address.
        columns: the columns to keep, in this order; None keeps all.
        layout: where to hold the table; None chooses by the number of rows.
        lazy: as for `read_csv`.
        options: pandas' own options, such as `filters`; with them pandas reads the files, at once.
    """
    if options:
        import pandas as pd

        return _by_pandas(pd.read_parquet, path, {"columns": columns, **options}, layout, lazy)

    def portions(files: Sequence[str]) -> Any:
        from litsdf.file_portions import parquet_portions

        return parquet_portions(files)

    lazily = _lazily(path, portions, columns, layout, lazy)
    return _table(path, "scan_parquet", columns, layout) if lazily is None else lazily


def read_arrow(
    path: Any, *, columns: Sequence[str] | None = None, layout: str | None = None, lazy: bool | None = None
) -> DataFrame:
    """Read Arrow IPC (Feather) files, memory-mapped where the system allows it.

    Args:
        path: a path, a glob, or an fsspec address.
        columns: the columns to keep, in this order; None keeps all.
        layout: where to hold the table; None chooses by the number of rows.
        lazy: as for `read_csv`.
    """

    def portions(files: Sequence[str]) -> Any:
        from litsdf.file_portions import arrow_portions

        return arrow_portions(files)

    lazily = _lazily(path, portions, columns, layout, lazy)
    return _table(path, "scan_ipc", columns, layout) if lazily is None else lazily


def _by_pandas(
    read: Callable[..., Any], path: Any, options: dict[str, Any], layout: str | None, lazy: bool | None,  # noqa: FBT001
) -> Any:  # fmt: skip
    from litsdf.frame import DataFrame
    from litsdf.functions import concat
    from litsdf.pandas_readers import tables

    if lazy:
        raise LayoutError(
            f"With pandas' own options ({', '.join(options)}) files are read at once. Leave lazy=True out."
        )
    parts = [tables(read(file, **options), layout) for file in _files(path)]
    plain = len(parts) > 1 and all(isinstance(part, DataFrame) for part in parts)
    return concat(parts, ignore_index=True) if plain else parts[0]


def _lazily(
    path: Any, portions: Callable[[Sequence[str]], Any], columns: Sequence[str] | None, layout: str | None,
    lazy: bool | None,  # noqa: FBT001
) -> DataFrame | None:  # fmt: skip
    """Give a lazy table of the files; None when they are to be read at once."""
    if (
        lazy is False
        or layout not in {None, "dask", "polars"}
        or (not isinstance(path, str) and not hasattr(path, "__fspath__"))
    ):
        if lazy and layout not in {None, "dask", "polars"}:
            raise LayoutError(f"The {layout} layout reads files at once. Lazy layouts are dask and polars.")
        return None
    from litsdf.frame import DataFrame
    from litsdf.registry import frame_class

    files = _files(path)
    sizes = [_size(file) for file in files]  # a file that is not there is said now, not when it is computed
    if layout != "dask" and not (lazy or (lazy is None and sum(sizes) > _LARGE)):
        return None
    frame_class(layout or "polars")
    try:
        found, fields = portions(files)
    except NotNative:
        return None
    from litsdf.layouts.partition_rows import Rows
    from litsdf.layouts.scanned import ScannedFrame

    table_class: Any = frame_class("dask") if layout == "dask" else ScannedFrame
    table = table_class.of_rows(Rows(found, fields, table_class.runner))
    if columns is not None:
        if missing := [name for name in columns if name not in fields]:
            raise ValueError(f"There is no column {missing[0]!r} in {path}. Columns are {', '.join(fields)}.")
        table = table.selected(list(columns))
    return DataFrame._of(table, None)  # noqa: SLF001  (readers build the facade's tables)


def _size(file: str) -> int:
    """Bytes of a file.

    Raises:
        FileNotFoundError: nothing is there.
    """
    import fsspec

    system, name = fsspec.url_to_fs(file)
    if not system.exists(name):
        raise FileNotFoundError(f"There is no file {file!r}. Check the path.")
    return int(system.size(name) or 0)


def _table(path: Any, scan: str, columns: Sequence[str] | None, layout: str | None) -> DataFrame:
    from litsdf.choose import choose_layout
    from litsdf.frame import DataFrame

    try:
        import polars as pl
    except ImportError as error:
        raise LayoutError(
            "Reading Parquet and Arrow needs Polars, which is not installed. Run `pip install polars`."
        ) from error
    files = _files(path)
    remote = any("://" in str(file) for file in files)
    sources: Any = [_bytes_of(file) for file in files] if remote else [str(file) for file in files]
    scanned = getattr(pl, scan)(sources)
    frame = scanned.select(list(columns) if columns is not None else pl.all()).collect()
    return DataFrame(frame, layout="polars").to_layout(layout or choose_layout(frame.height))


def _joined(path: Any, read: Callable[[Any], Any], columns: Sequence[str] | None, layout: str | None) -> DataFrame:
    import pandas as pd

    from litsdf.frame import DataFrame

    parts = [read(file) for file in _files(path)]
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    if columns is not None:
        frame = frame[list(columns)]
    return DataFrame(frame, layout=layout)


def _files(path: Any) -> list[Any]:
    """Expand a path to its files, sorted by name."""
    if not isinstance(path, str) and not hasattr(path, "__fspath__"):
        return [path]
    text = str(path)
    if not any(mark in text for mark in "*?["):
        return [text]
    import fsspec

    system, pattern = fsspec.url_to_fs(text)
    files = sorted(system.glob(pattern))
    if not files:
        if system.exists(pattern):
            return [text]  # a name with such a character
        raise FileNotFoundError(f"No file matches {text!r}. Check the folder and the pattern.")
    protocol = text.partition("://")[0] + "://" if "://" in text else ""
    return [protocol + str(file) for file in files]


def _bytes_of(address: str) -> Any:
    import fsspec

    with fsspec.open(address, "rb") as file:
        return file.read()
