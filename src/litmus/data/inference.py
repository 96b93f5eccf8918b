"""What kind of column this is, and why, in words."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd

from litmus.data.cells import Cells
from litmus.data.counted import counted, share, shown
from litmus.data.datetimes import parse_datetimes
from litmus.data.numbers import parse_numbers
from litmus.data.schema import Column, Kind

__all__ = ["Inference", "infer_column", "name_words"]

_ID_WORDS = {"id", "ids", "uuid", "guid", "identifier", "rowid"}
_CODE_WORDS = {"code", "codes", "zip", "zipcode", "postcode", "postal"}
_COUNTER_NAMES = {"", "index", "row", "rownum", "rownumber", "unnamed:0", "column1", "level0"}
_DATE_TEXTS, _DATE_ROWS = 0.6, 0.8
_NUMBER_SHARE, _FEWEST_NUMBERS, _MOST_STRAYS = 0.95, 20, 3
_SAMPLE = 5_000


@dataclasses.dataclass
class Inference:
    """A column's kind, its cells in the form that was recognised, and what is worth telling.

    `column.markers` holds the texts that were found to mean "missing" in this column, beside those asked for.
    """

    column: Column
    cells: Cells
    notes: list[str]


def infer_column(name: str, cells: Cells) -> Inference:
    """Decide the kind of a feature column from its name and its cleaned cells."""
    inference = Inference(Column(name, "numeric", dtype=cells.dtype), cells, [])
    if cells.missing == cells.rows:
        return _decide(inference, "numeric", "every value is missing")
    if cells.form == "text" and not cells.is_category:
        decided = _recognise(inference)
        if decided:
            return inference
    if inference.cells.form == "boolean":
        return _decide(inference, "boolean", "true and false: boolean")
    if inference.cells.form == "datetime":
        return _decide(inference, "datetime", f"data type {cells.dtype}: datetime")
    if inference.cells.form == "number":
        return _decide(inference, *_kind_of_numbers(name, inference.cells))
    return _decide(inference, *_kind_of_texts(name, cells))


def _decide(inference: Inference, kind: Kind, why: str, **changes: str | None) -> Inference:
    inference.column = dataclasses.replace(inference.column, kind=kind, why=why, **changes)  # type: ignore[arg-type]
    return inference


def _recognise(inference: Inference) -> bool:
    """See whether texts are numbers, truths or dates; True when that settles the kind."""
    cells, name = inference.cells, inference.column.name
    counts = np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.texts))
    numbers = parse_numbers(cells.texts)
    if numbers.is_number.all() and not numbers.leading_zeros and not numbers.too_large:
        _read_as_numbers(inference, numbers.values, numbers.style)
        return False
    if numbers.is_number.all():
        reason = "values with leading zeros" if numbers.leading_zeros else "whole numbers too large for 64 bits"
        most = 0.5 if _names_an_identifier(name) else 0.95
        _decide(inference, *_kind_of_codes(cells, reason, most=most))
        return True
    strays = np.flatnonzero(~numbers.is_number)
    number_rows = int(counts[numbers.is_number].sum())
    if len(strays) <= _MOST_STRAYS and number_rows >= max(_FEWEST_NUMBERS, _NUMBER_SHARE * counts.sum()):
        _read_strays_as_missing(inference, strays, counts)
        return _recognise(inference)
    if number_rows >= 0.5 * counts.sum():
        others = int(counts.sum()) - number_rows
        inference.notes.append(
            f"{name}: {counted(others, 'value')} of {int(counts.sum()):,} {'is' if others == 1 else 'are'} no number "
            f"({shown(cells.texts[int(strays[0])].as_py())}), so all are read as text; "
            f"schema={{{name!r}: 'numeric'}} would read the others as missing."
        )
        most = 0.95 if _names_an_identifier(name) else 1.0
        _decide(inference, *_kind_of_codes(cells, "numbers and other texts", most=most))
        return True
    lowered = {text.lower() for text in cells.texts[:20].to_pylist()}
    if lowered <= {"true", "false"}:
        _decide(inference, "boolean", "true and false written as text: boolean")
        return True
    return _recognise_dates(inference, counts)


def _read_strays_as_missing(inference: Inference, strays: np.ndarray, counts: np.ndarray) -> None:
    """A few other texts among numbers mean "missing", here and in every prediction."""
    cells = inference.cells
    texts = [cells.texts[int(position)].as_py() for position in strays]
    found = ", ".join(f"{int(counts[position]):,} {shown(text)}" for position, text in zip(strays, texts, strict=True))
    inference.notes.append(
        f"{inference.column.name}: {found} read as missing, because all other values are numbers; "
        f"schema={{{inference.column.name!r}: 'categorical'}} would keep them."
    )
    kept = np.setdiff1d(np.arange(len(cells.texts)), strays)
    lookup = np.full(len(cells.texts) + 1, -1, dtype=np.int32)
    lookup[kept] = np.arange(len(kept))
    codes = lookup[cells.codes]
    inference.cells = dataclasses.replace(cells, codes=codes, texts=cells.texts.take(kept), absent=codes < 0, mixed="")
    inference.column = dataclasses.replace(inference.column, markers=tuple(texts))


def _read_as_numbers(inference: Inference, values: np.ndarray, style: str) -> None:
    cells = inference.cells
    infinite = np.append(~np.isfinite(values), False)[cells.codes]
    if cells.missing or infinite.any() or values.dtype.kind == "f":
        spread = np.append(values.astype(np.float64), np.nan)
        spread[np.isinf(spread)] = np.nan
        rows = spread[cells.codes]
    else:
        rows = values[cells.codes]
    if style != "plain":
        inference.notes.append(
            f"{inference.column.name}: commas are read as {'thousands' if style == 'thousands comma' else 'decimal'} "
            f"separators ({shown(_first_with_comma(cells))})."
        )
    inference.cells = dataclasses.replace(
        cells, form="number", values=rows, absent=cells.absent | infinite, infinite=int(infinite.sum())
    )
    inference.column = dataclasses.replace(inference.column, number_format=style)


def _first_with_comma(cells: Cells) -> str:
    return next((text for text in cells.texts.to_pylist() if "," in text), "")


def _recognise_dates(inference: Inference, counts: np.ndarray) -> bool:
    cells, name = inference.cells, inference.column.name
    texts = pd.Series(cells.texts.to_pandas(), dtype="str")
    parsed = parse_datetimes(texts)
    readable = ~np.isnat(parsed.values)
    if not len(readable) or readable.mean() < _DATE_TEXTS or counts[readable].sum() < _DATE_ROWS * counts.sum():
        return False
    formats = "one format" if len(parsed.formats) == 1 else f"{len(parsed.formats)} formats"
    _decide(inference, "datetime", f"dates written as text in {formats}: datetime", datetime_format=parsed.format)
    if not readable.all():
        lost = int(counts[~readable].sum())
        inference.notes.append(
            f"{name}: {counted(lost, 'value')} could not be read as a date "
            f"({shown(texts[int(np.flatnonzero(~readable)[0])])}) and {'counts' if lost == 1 else 'count'} as missing."
        )
    if parsed.ambiguous:
        order = "the day" if parsed.day_first else "the month"
        inference.notes.append(
            f"{name}: dates such as {shown(texts[0])} do not say whether day or month stands first; {order} was taken to. "
            "Write the dates as 2024-01-31 if that is wrong."
        )
    rows = np.append(parsed.values, np.datetime64("NaT", "us"))[cells.codes]
    inference.cells = dataclasses.replace(cells, form="datetime", values=rows, absent=np.isnat(rows))
    return True


def name_words(name: str) -> list[str]:
    """The words of a column name in lower case: "customerID" → customer, id."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def _names_an_identifier(name: str) -> bool:
    words = name_words(name)
    return bool(words) and (words[-1] in _ID_WORDS or words[0] in {"uuid", "guid", "rowid"})


def _names_a_counter(name: str) -> bool:
    return re.sub(r"[\s_]", "", name.lower()) in _COUNTER_NAMES


def _kind_of_numbers(name: str, cells: Cells) -> tuple[Kind, str]:
    present = cells.values[~cells.absent] if cells.missing else cells.values
    rows, distinct = len(present), np.sort(pd.unique(present))
    figures = f"{counted(len(distinct), 'distinct number')} in {counted(rows, 'row')}"
    if not (distinct == np.floor(distinct)).all():
        return "numeric", f"{figures}: numeric"
    unique = len(distinct) == rows
    steps_of_one = distinct[-1] - distinct[0] + 1 == len(distinct)
    if rows >= 10 and unique and (_names_an_identifier(name) or (_names_a_counter(name) and steps_of_one)):
        return "identifier", f"a different whole number in each of {rows:,} rows, and the name {name!r}: identifier"
    if _names_an_identifier(name) and len(distinct) > 2:
        if len(distinct) > 0.5 * rows and rows >= 10:
            return "identifier", f"{figures}, and the name {name!r}: identifier"
        return "categorical", f"{figures}, and the name {name!r} of a code: categorical"
    if set(name_words(name)) & _CODE_WORDS and 2 < len(distinct) <= 0.5 * rows:
        return "categorical", f"{figures}, and the name {name!r} of a code: categorical"
    if _scattered(present, distinct):
        low, high = int(distinct[0]), int(distinct[-1])
        return "categorical", f"{figures}, scattered over {low:,} to {high:,} like codes: categorical"
    return "numeric", f"{figures}: numeric"


def _scattered(present: np.ndarray, distinct: np.ndarray) -> bool:
    """Whether whole numbers look like codes: far apart, often repeated, not rounded, not heaped at zero, not skewed.

    The bounds were set on public tables: codes of employees, resources and roles pass; money, areas, counts,
    distances and survey weights do not.
    """
    if len(distinct) < 50 or distinct[0] < 0 or distinct[-1] < 10_000:
        return False
    sparse = len(distinct) < 0.03 * (distinct[-1] - distinct[0] + 1)
    repeated = len(distinct) <= 0.25 * len(present)
    if not (sparse and repeated):
        return False
    rounded = float((distinct % 10 == 0).mean())
    skew = distinct[-1] / max(1.0, float(np.median(distinct)))
    return 0.03 <= rounded <= 0.2 and skew <= 15 and float((present == 0).mean()) < 0.001


def _kind_of_codes(cells: Cells, reason: str, *, most: float) -> tuple[Kind, str]:
    """Texts made of digits: identifiers when more than a share of `most` of the values differ, else categories."""
    rows, distinct = cells.rows - cells.missing, len(cells.texts)
    figures = f"{counted(distinct, 'distinct value')} in {counted(rows, 'row')}"
    if rows >= 10 and distinct > most * rows:
        return "identifier", f"{reason}, {figures}: identifier"
    return "categorical", f"{reason}, {figures}: categorical"


def _kind_of_texts(name: str, cells: Cells) -> tuple[Kind, str]:
    rows, distinct = cells.rows - cells.missing, len(cells.texts)
    figures = f"{counted(distinct, 'distinct value')} in {counted(rows, 'row')}"
    if cells.is_category:
        return "categorical", f"data type category, {figures}: categorical"
    words, digits = _shape(cells)
    if distinct > 0.95 * rows and words < 2 and rows >= 20 and (digits > 0.5 or _names_an_identifier(name)):
        return "identifier", f"{figures}, one word each ({share(distinct, rows)} occur once): identifier"
    wordy = words >= 5 or (words >= 2.5 and distinct > 0.5 * rows)
    if wordy and distinct >= 10 and distinct > 0.05 * rows:
        return "text", f"{figures}, {words:.1f} words each: text"
    return "categorical", f"{figures}: categorical"


def _shape(cells: Cells) -> tuple[float, float]:
    """The mean number of words, and the share of texts with a digit, over a sample of the distinct texts."""
    count = len(cells.texts)
    positions = np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64)
    texts = pd.Series(cells.texts.take(positions).to_pandas(), dtype="str")
    return float(texts.str.count(r"\S+").mean()), float(texts.str.contains(r"\d").mean())
