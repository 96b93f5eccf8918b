"""Reading files into a DataFrame: CSV, Parquet, JSON lines and Arrow, by path, glob or fsspec address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from litsdf.errors import LayoutError

if TYPE_CHECKING:
    from litsdf.frame import DataFrame

__all__ = ["read_arrow", "read_csv", "read_json_lines", "read_parquet"]


def read_csv(
    path: Any, *, columns: Sequence[str] | None = None, separator: str = ",", layout: str | None = None
) -> DataFrame:
    """Read CSV with pandas' rules for dtypes and missing values.

    Args:
        path: a path, a glob of files with the same columns, or an fsspec address.
        columns: the columns to keep, in this order; None keeps all.
        separator: the character between values.
        layout: where to hold the table; None chooses by the number of rows.

    Raises:
        FileNotFoundError: nothing is there.
        LayoutError: the layout does not exist or cannot hold the table.
    """
    import pandas as pd

    def read(file: Any) -> pd.DataFrame:
        return pd.read_csv(file, sep=separator, usecols=None if columns is None else list(columns))

    return _joined(path, read, columns, layout)


def read_json_lines(path: Any, *, columns: Sequence[str] | None = None, layout: str | None = None) -> DataFrame:
    """Read one JSON object a line, with pandas' rules for dtypes.

    Args:
        path: a path, a glob, or an fsspec address.
        columns: the columns to keep, in this order; None keeps all.
        layout: where to hold the table; None chooses by the number of rows.
    """
    import pandas as pd

    return _joined(path, lambda file: pd.read_json(file, lines=True), columns, layout)


def read_parquet(path: Any, *, columns: Sequence[str] | None = None, layout: str | None = None) -> DataFrame:
    """Read Parquet; in the polars layout without going through pandas, and only the columns asked for.

    Args:
        path: a path, a glob, or an fsspec address.
        columns: the columns to keep, in this order; None keeps all.
        layout: where to hold the table; None chooses by the number of rows.
    """
    return _table(path, "scan_parquet", columns, layout)


def read_arrow(path: Any, *, columns: Sequence[str] | None = None, layout: str | None = None) -> DataFrame:
    """Read Arrow IPC (Feather) files, memory-mapped where the system allows it.

    Args:
        path: a path, a glob, or an fsspec address.
        columns: the columns to keep, in this order; None keeps all.
        layout: where to hold the table; None chooses by the number of rows.
    """
    return _table(path, "scan_ipc", columns, layout)


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
    lazy = getattr(pl, scan)(sources)
    frame = lazy.select(list(columns) if columns is not None else pl.all()).collect()
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
    if "*" not in text and "?" not in text:
        return [text]
    import fsspec

    files = sorted(fsspec.open_files(text), key=lambda file: str(file.path))
    if not files:
        raise FileNotFoundError(f"No file matches {text!r}. Check the folder and the pattern.")
    protocol = text.partition("://")[0] + "://" if "://" in text else ""
    return [protocol + file.path for file in files]


def _bytes_of(address: str) -> Any:
    import fsspec

    with fsspec.open(address, "rb") as file:
        return file.read()
