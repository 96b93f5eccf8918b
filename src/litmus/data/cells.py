"""The cells of one raw column, cleaned: missing cells found, blanks stripped, one plain form for many data types."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from litmus.data.datetimes import naive_utc
from litmus.data.frames import arrow_series
from litmus.data.one_value import whole_characters

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Cells", "Form", "read_cells"]

Form = Literal["number", "boolean", "datetime", "text"]

_LARGEST_EXACT = 2**53


@dataclasses.dataclass
class Cells:
    """A cleaned column.

    Attributes:
        form: which of the following is filled.
        values: "number": int64 or float64; "boolean": bool, with `absent`; "datetime": datetime64[us].
        codes: "text": int32 positions in `texts`, -1 where missing.
        texts: "text": the distinct texts, stripped, as an Arrow array.
        absent: bool (rows,), True where the cell is missing.
        markers: marker → how many cells held it ("" stands for blank cells).
        stripped: how many distinct texts had blanks around them.
        infinite: how many cells held an infinity, which counts as missing.
        dtype: the data type of the raw column, for messages.
        mixed: the types of value found, when they are several or none that is known: "int, str".
        is_category: whether the column's data type says that it is categorical.
    """

    form: Form
    dtype: str
    absent: np.ndarray
    values: np.ndarray = dataclasses.field(default_factory=lambda: np.empty(0))
    codes: np.ndarray = dataclasses.field(default_factory=lambda: np.empty(0, dtype=np.int32))
    texts: Any = None
    markers: dict[str, int] = dataclasses.field(default_factory=dict)
    stripped: int = 0
    infinite: int = 0
    mixed: str = ""
    is_category: bool = False

    @property
    def rows(self) -> int:
        """How many cells there are."""
        return len(self.absent)

    @property
    def missing(self) -> int:
        """How many cells are missing."""
        return int(self.absent.sum())

    def text_of(self, texts: np.ndarray | pa.Array) -> pd.Series:
        """One text per row from one per distinct text: a `str` series, NaN where missing."""
        import pyarrow as pa

        dictionary = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string(), from_pandas=True)
        indices = pa.array(self.codes, mask=self.codes < 0)
        return pa.chunked_array([dictionary.take(indices)]).to_pandas()


def read_cells(series: pd.Series, markers: frozenset[str]) -> Cells:
    """Clean a column.

    Args:
        series: a raw column of any data type.
        markers: stripped texts that mean "missing".
    """
    dtype = series.dtype
    name = str(dtype)
    if isinstance(dtype, pd.CategoricalDtype):
        return _from_category(series, markers)
    if isinstance(dtype, pd.ArrowDtype):
        return _from_arrow_dtype(series, markers)
    if isinstance(dtype, pd.StringDtype):
        return _from_texts(series, markers, name)
    if pd.api.types.is_bool_dtype(dtype):
        absent = series.isna().to_numpy()
        return Cells("boolean", name, absent, series.fillna(value=False).to_numpy(dtype=bool))
    if isinstance(dtype, pd.PeriodDtype):
        return _from_datetimes(series.dt.to_timestamp(), name)
    if isinstance(dtype, pd.DatetimeTZDtype) or dtype.kind == "M":
        return _from_datetimes(series, name)
    if dtype.kind == "m":
        return _from_floats(series.dt.total_seconds().to_numpy(), name)
    if pd.api.types.is_numeric_dtype(dtype) and dtype.kind != "c":
        return _from_numbers(series, markers)
    return _from_objects(series, markers)


def _from_numbers(series: pd.Series, markers: frozenset[str]) -> Cells:
    name = str(series.dtype)
    if series.dtype.kind == "f":
        return _from_floats(series.to_numpy(dtype=np.float64, na_value=np.nan), name)
    absent = series.isna().to_numpy()
    present = series[~absent] if absent.any() else series
    largest = max(abs(int(present.max())), abs(int(present.min()))) if len(present) else 0
    if largest >= 2**63 or (absent.any() and largest > _LARGEST_EXACT):
        # A 64-bit float would round these; as text they keep every digit.
        return dataclasses.replace(_from_texts(series.astype("str"), markers, name))
    if absent.any():
        return Cells("number", name, absent, series.to_numpy(dtype=np.float64, na_value=np.nan))
    return Cells("number", name, absent, series.to_numpy(dtype=np.int64))


def _from_floats(values: np.ndarray, name: str) -> Cells:
    infinite = np.isinf(values)
    count = int(infinite.sum())
    if count:
        values = np.where(infinite, np.nan, values)
    return Cells("number", name, np.isnan(values), values, infinite=count)


def _from_datetimes(series: pd.Series, name: str) -> Cells:
    plain = naive_utc(series)
    return Cells("datetime", name, plain.isna().to_numpy(), plain.to_numpy())


def _from_arrow_dtype(series: pd.Series, markers: frozenset[str]) -> Cells:
    import pyarrow as pa

    array: Any = series.array
    column = array.__arrow_array__()
    column = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    return dataclasses.replace(read_cells(arrow_series(column), markers), dtype=str(series.dtype))


def _from_category(series: pd.Series, markers: frozenset[str]) -> Cells:
    """The categories become texts; whole numbers among them are written without a fraction."""
    import pyarrow as pa

    categories = pd.Series(series.cat.categories)
    inner = read_cells(categories, markers)
    texts = _as_texts(inner)
    codes = series.cat.codes.to_numpy().astype(np.int32)
    lookup = np.append(
        inner.codes if inner.form == "text" else np.where(inner.absent, -1, np.arange(len(categories))), -1
    )
    mapped = lookup[codes].astype(np.int32)
    return Cells(
        "text",
        f"category of {categories.dtype}",
        mapped < 0,
        codes=mapped,
        texts=texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string()),
        markers=_marker_counts(categories, codes, inner),
        is_category=True,
    )


def _as_texts(cells: Cells) -> Any:
    from litmus.data.canonical import number_texts

    if cells.form == "text":
        return cells.texts
    if cells.form == "number":
        return number_texts(cells.values)
    return cells.values.astype(str)


def _marker_counts(categories: pd.Series, codes: np.ndarray, inner: Cells) -> dict[str, int]:
    if not inner.markers:
        return {}
    counts = np.bincount(codes[codes >= 0], minlength=len(categories))
    stripped = categories.str.strip()
    return {marker: int(counts[(stripped == marker).to_numpy()].sum()) for marker in inner.markers}


def _from_objects(series: pd.Series, markers: frozenset[str]) -> Cells:
    name = str(series.dtype)
    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind == "empty":
        return _from_floats(np.full(len(series), np.nan), name)
    if kind == "string":
        return _from_texts(series, markers, name)
    if kind == "boolean":
        return dataclasses.replace(read_cells(series.astype("boolean"), markers), dtype=name)
    if kind == "integer":
        try:
            return dataclasses.replace(read_cells(series.astype("Int64"), markers), dtype=name)
        except (OverflowError, TypeError, ValueError):
            return _from_texts(series.map(_plain_text, na_action="ignore"), markers, name)
    if kind in ("floating", "mixed-integer-float", "decimal"):
        try:
            return _from_floats(series.astype(np.float64).to_numpy(), name)
        except OverflowError:  # a whole number beyond the largest float
            return _from_texts(series.map(_plain_text, na_action="ignore"), markers, name)
    if kind in ("datetime", "datetime64", "date"):
        converted = pd.to_datetime(series, errors="coerce", utc=True)
        if (converted.notna() == series.notna()).all():
            return _from_datetimes(converted, name)
    if kind in ("timedelta", "timedelta64"):
        return _from_floats(pd.to_timedelta(series).dt.total_seconds().to_numpy(), name)
    present = series.dropna()
    types = sorted({type(value).__name__ for value in present})
    cells = _from_texts(series.map(_plain_text, na_action="ignore"), markers, name)
    return dataclasses.replace(cells, mixed=", ".join(types))


def _plain_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    try:
        return str(value)
    except ValueError:  # a whole number of more digits than Python writes
        return "inf"


def _from_texts(series: pd.Series, markers: frozenset[str], name: str) -> Cells:
    """Find the distinct texts first, so that everything else is done once per distinct text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        array = pa.array(series, type=pa.large_string(), from_pandas=True)
    except UnicodeEncodeError:  # halves of characters, which JSON can spell
        whole = series.map(whole_characters, na_action="ignore")
        array = pa.array(whole, type=pa.large_string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    encoded = array.dictionary_encode()
    raw = encoded.dictionary
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    trimmed = pc.utf8_trim_whitespace(raw)
    stripped = int(pc.sum(pc.not_equal(raw, trimmed)).as_py() or 0) if len(raw) else 0
    is_marker = pc.is_in(trimmed, value_set=pa.array(sorted(markers), pa.large_string()))
    is_marker = np.asarray(is_marker.to_numpy(zero_copy_only=False), dtype=bool)
    if not stripped and not is_marker.any():
        return Cells("text", name, codes < 0, codes=codes, texts=raw)
    counts = np.bincount(codes[codes >= 0], minlength=len(raw))
    found: dict[str, int] = {}
    for position in np.flatnonzero(is_marker):
        text = trimmed[int(position)].as_py()
        found[text] = found.get(text, 0) + int(counts[position])
    kept = pc.if_else(pa.array(is_marker), pa.scalar(None, pa.large_string()), trimmed).dictionary_encode()
    lookup = np.append(kept.indices.fill_null(-1).to_numpy(zero_copy_only=False), -1).astype(np.int32)
    codes = lookup[codes]
    # A blank around a marker is no news: only texts that stay are counted as stripped.
    stripped = int((pc.not_equal(raw, trimmed).to_numpy(zero_copy_only=False).astype(bool) & ~is_marker).sum())
    return Cells("text", name, codes < 0, codes=codes, texts=kept.dictionary, markers=found, stripped=stripped)
