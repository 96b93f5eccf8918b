"""Values and arguments that cannot be right: every layout raises what pandas raises, and gives what pandas gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from tables import same

import litsdf

TWICE, NEVER = "2024-10-27 02:30", "2024-03-31 02:30"
"""Clock times that Berlin had twice, and not at all."""


def _time(text: str) -> pd.Series:
    return pd.Series(pd.to_datetime([text]))


CASES: dict[str, tuple[pd.Series, Callable[[Any], Any]]] = {
    "a time that was twice": (_time(TWICE), lambda s: s.dt.tz_localize("Europe/Berlin")),
    "the first of two": (_time(TWICE), lambda s: s.dt.tz_localize("Europe/Berlin", ambiguous=[True])),
    "neither of two": (_time(TWICE), lambda s: s.dt.tz_localize("Europe/Berlin", ambiguous="NaT")),
    "a time that never was": (_time(NEVER), lambda s: s.dt.tz_localize("Europe/Berlin")),
    "the next time that was": (_time(NEVER), lambda s: s.dt.tz_localize("Europe/Berlin", nonexistent="shift_forward")),
    "no time": (_time(NEVER), lambda s: s.dt.tz_localize("Europe/Berlin", nonexistent="NaT")),
    "no such zone": (_time(NEVER), lambda s: s.dt.tz_localize("Europe/Atlantis")),
    "a zone twice": (_time(NEVER).dt.tz_localize("UTC"), lambda s: s.dt.tz_localize("UTC")),
    "a zone for none": (_time(NEVER), lambda s: s.dt.tz_convert("UTC")),
    "a day over the change": (
        _time("2024-03-30 12:00").dt.tz_localize("Europe/Berlin"), lambda s: s + pd.Timedelta(days=1)
    ),
    "zones compared with none": (_time(NEVER).dt.tz_localize("UTC"), lambda s: s < pd.Timestamp(NEVER)),
    "integers of 65 bits": (pd.Series([2**64 + 1]), lambda s: s + 1),
    "integers of 65 bits as 64": (pd.Series([2**64 + 1]), lambda s: s.astype("int64")),
    "integers that overflow": (pd.Series([2**63 - 1]), lambda s: s + 1),
    "more than 64 bits added": (pd.Series([1]), lambda s: s + 2**64),
    "more than 64 bits compared": (pd.Series([1]), lambda s: s < 2**64),
    "more than 64 bits looked for": (pd.Series([1]), lambda s: s.isin([2**64])),
    "more than 64 bits filled in": (pd.Series([1.0, None])[1:].reset_index(drop=True), lambda s: s.fillna(2**64)),
    "above signed integers": (pd.Series([2**63], dtype="uint64"), lambda s: s - 1),
    "too much for eight bits": (pd.Series([300]), lambda s: s.astype("int8")),
    "too much for nullable eight bits": (pd.Series([300]), lambda s: s.astype("Int8")),
    "numbers and text": (pd.Series([1, "a"], dtype=object)[1:].reset_index(drop=True), lambda s: s + 1),
    "text and numbers": (pd.Series([1], dtype=object), lambda s: s + "a"),
    "a list among values": (pd.Series([[1]], dtype=object), lambda s: s.isin([1])),
    "text of a number": (pd.Series([1], dtype=object), lambda s: s.str.lower()),
    "text methods of numbers": (pd.Series([1]), lambda s: s.str.lower()),
    "date methods of text": (pd.Series(["a"]), lambda s: s.dt.year),
    "categories of text": (pd.Series(["a"]), lambda s: s.cat.codes),
    "a text as a number": (pd.Series(["a"]), lambda s: s.astype("int64")),
    "missing as a number": (pd.Series([None], dtype="Int64"), lambda s: s.astype("int64")),
    "no such dtype": (pd.Series([1]), lambda s: s.astype("int63")),
    "another category": (pd.Series(["a"], dtype="category"), lambda s: s.fillna("z")),
    **{
        f"an invalid pattern in {name}": (pd.Series(["a("]), lambda s, call=call: call(s.str))
        for name, call in {
            "contains": lambda text: text.contains("("), "match": lambda text: text.match("("),
            "fullmatch": lambda text: text.fullmatch("["), "count": lambda text: text.count("*"),
            "replace": lambda text: text.replace("(", "", regex=True), "split": lambda text: text.split("(", regex=True),
            "extract": lambda text: text.extract("("), "findall": lambda text: text.findall("(?P<n"),
            "extract without groups": lambda text: text.extract("a"), "extractall": lambda text: text.extractall("("),
        }.items()
    },
    "an invalid pattern to replace": (pd.Series(["a("]), lambda s: s.replace("(", "", regex=True)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", ["record", "numpy", "polars", "pandas", "dask"])
@pytest.mark.parametrize("name", CASES)
def test_bad_values(name: str, layout: str) -> None:
    held, call = CASES[name]

    def computed() -> Any:
        result = call(litsdf.Series(held, layout=layout))
        return result.to_pandas() if layout == "dask" else result  # lazy layouts raise at latest when computed

    try:
        expected = call(held)
    except Exception as error:
        with pytest.raises(type(error)):
            computed()
        return
    result = computed()
    same(litsdf.Series(result, layout="pandas") if layout == "dask" else result, expected)
