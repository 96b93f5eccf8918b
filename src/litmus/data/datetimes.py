"""Texts that are dates and times, in the many ways people write them."""

from __future__ import annotations

import dataclasses
import re
import warnings

import numpy as np
import pandas as pd

from litmus.data.one_moment import ISO as _ISO
from litmus.data.one_moment import MIXED, MIXED_DAY_FIRST, format_candidates, is_day_first

__all__ = ["MIXED", "MIXED_DAY_FIRST", "Datetimes", "naive_utc", "parse_datetimes"]

_SAMPLE = 2_000
_PROBE = 100
_LOOKS_LIKE_DATE = re.compile(
    r"^\d{4}-\d\d?-\d\d?|^\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b|^\d{8}$|^\d{4}-\d\d$"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*\d",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Datetimes:
    """What some texts mean as points in time.

    Attributes:
        values: datetime64[us] without zone, in UTC where a zone was given; NaT where the text is no date.
        formats: the formats found, the most frequent first.
        format: what to keep in the schema: the one format, or "mixed".
        ambiguous: whether day and month could be told apart only by guessing.
        day_first: how they were read then.
    """

    values: np.ndarray
    formats: tuple[str, ...]
    format: str
    ambiguous: bool
    day_first: bool


def parse_datetimes(texts: pd.Series, known: str | None = None) -> Datetimes:
    """Read distinct texts as dates.

    Args:
        texts: distinct, stripped texts (`str` dtype).
        known: the schema's `datetime_format`, tried first; None finds out.
    """
    texts = texts.reset_index(drop=True)
    sample = _spread(texts, _SAMPLE)
    if known is None and not _worth_trying(sample):
        return Datetimes(np.full(len(texts), np.datetime64("NaT", "us")), (), MIXED, ambiguous=False, day_first=False)
    day_first, ambiguous = _day_first(sample) if known in (None, MIXED, _ISO) else (is_day_first(known), False)
    first = [known] if known not in (None, MIXED, MIXED_DAY_FIRST) else []
    values, used = _fill(texts, first, list(format_candidates(day_first=day_first)))
    mixed = MIXED_DAY_FIRST if day_first else MIXED
    kept = used[0] if len(used) == 1 else mixed
    return Datetimes(values, tuple(used), kept, ambiguous=ambiguous, day_first=day_first)


def _worth_trying(sample: pd.Series) -> bool:
    return len(sample) > 0 and bool(sample.str.contains(_LOOKS_LIKE_DATE).mean() >= 0.5)


def _day_first(sample: pd.Series) -> tuple[bool, bool]:
    """Whether the day stands first in dates such as 03/04/2024, and whether that is a guess."""
    parts = sample.str.extract(r"^(\d{1,2})([/.-])(\d{1,2})[/.-]\d{2,4}").dropna()
    if parts.empty:
        return False, False
    first, second = parts[0].astype(int), parts[2].astype(int)
    day_evidence, month_evidence = int((first > 12).sum()), int((second > 12).sum())
    if day_evidence == month_evidence:
        # Dots are written where the day stands first; slashes are read as the month first, as pandas does.
        return bool((parts[1] == ".").mean() > 0.5), bool((first != second).any())
    return day_evidence > month_evidence, False


def _fill(texts: pd.Series, known: list[str], candidates: list[str]) -> tuple[np.ndarray, list[str]]:
    """Read each text with the first format that fits; the formats that were used, the most frequent first.

    Which formats are worth trying on all texts is found on a sample of what could not be read so far, so that
    a long column of other things is given up at once.
    """
    values = np.full(len(texts), np.datetime64("NaT", "us"))
    remaining = texts
    counts: dict[str, int] = {}
    formats = known
    while not remaining.empty:
        for pattern in formats:
            parsed = _parse(remaining, pattern).to_numpy()
            found = ~np.isnat(parsed)
            if found.any():
                counts[pattern] = counts.get(pattern, 0) + int(found.sum())
                values[remaining.index.to_numpy()[found]] = parsed[found]
                remaining = remaining[~found]
        formats = _formats_of(_spread(remaining, _PROBE), candidates)
        if not formats:
            break
    return values, sorted(counts, key=lambda pattern: -counts[pattern])


def _formats_of(sample: pd.Series, candidates: list[str]) -> list[str]:
    """The formats that read at least one text of the sample."""
    found: list[str] = []
    for pattern in candidates:
        if sample.empty:
            break
        missed = _parse(sample, pattern).isna()
        if not missed.all():
            found.append(pattern)
            sample = sample[missed]
    return found


def _spread(texts: pd.Series, count: int) -> pd.Series:
    """At most `count` texts, evenly spread over the column."""
    return texts if len(texts) <= count else texts.iloc[np.linspace(0, len(texts) - 1, count).astype(int)]


def _parse(texts: pd.Series, format: str) -> pd.Series:
    zoned = format == _ISO or "%z" in format
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas warns where formats or zones differ; we go on with what was read
        try:
            parsed = pd.to_datetime(texts, format=format, errors="coerce", utc=zoned)
        except (ValueError, OverflowError):
            return pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    return naive_utc(parsed)


def naive_utc(values: pd.Series) -> pd.Series:
    """Datetimes in UTC, without zone, in microseconds."""
    if getattr(values.dtype, "tz", None) is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    return values.astype("datetime64[us]")
