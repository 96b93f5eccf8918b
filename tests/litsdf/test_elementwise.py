"""Every row-by-row operation gives what pandas gives, in every layout, on random tables."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from tables import LAYOUTS, check, columns

import litsdf

NUMBERS = {
    "add": lambda d: d["a"] + d["b"],
    "subtract": lambda d: d["a"] - d["b"],
    "multiply": lambda d: d["a"] * d["b"],
    "divide": lambda d: d["a"] / d["b"],
    "add constant": lambda d: d["a"] + 3,
    "reverse subtract": lambda d: 1 - d["a"],
    "reverse divide": lambda d: 1.5 / d["a"],
    "divide by constant": lambda d: d["a"] / 3,
    "multiply by float": lambda d: d["a"] * 0.1,
    "negative": lambda d: -d["a"],
    "absolute": lambda d: abs(d["a"]),
    "equal": lambda d: d["a"] == d["b"],
    "not equal": lambda d: d["a"] != d["b"],
    "less": lambda d: d["a"] < d["b"],
    "at least": lambda d: d["a"] >= d["b"],
    "equal constant": lambda d: d["a"] == 1,
    "above constant": lambda d: d["a"] > 0.5,
    "both": lambda d: (d["a"] > 0) & (d["b"] > 0),
    "either, not": lambda d: ~((d["a"] > 0) | (d["b"] > 0)),
    "between": lambda d: d["a"].between(-1, 5),
    "clip": lambda d: d["a"].clip(-2, 3),
    "clip below": lambda d: d["a"].clip(lower=0),
    "clip by float": lambda d: d["a"].clip(0.5, 2.5),
    "isna": lambda d: d["a"].isna(),
    "fillna": lambda d: d["a"].fillna(7),
    "isin": lambda d: d["a"].isin([0, 1, 2]),
    "astype float": lambda d: d["a"].astype(float),
    "astype bool": lambda d: d["a"].astype(bool),
    "astype int": lambda d: d["a"].astype("int64"),
    "astype text": lambda d: d["a"].astype(str),
    "where": lambda d: d["a"].where(d["b"] > 0, d["b"]),
    "where constant": lambda d: d["a"].where(d["b"] > 0, 0),
    "mask": lambda d: d["a"].mask(d["b"] > 0),
    "square": lambda d: d["a"] ** 2,
    "root": lambda d: d["a"] ** 0.5,
    "whole division": lambda d: d["a"] // 3,
    "remainder": lambda d: d["a"] % 7,
    "whole division by column": lambda d: d["a"] // d["b"],
    "round": lambda d: d["a"].round(2),
    "map": lambda d: d["a"].map({1: 10, 2: 20}),
    "map to text": lambda d: d["a"].map({1: "x", 0: "y"}),
    "replace": lambda d: d["a"].replace({1: 2, 2: 1}),
}
FUNCTIONS = ["log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "sin", "cos", "tanh", "floor", "ceil"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "kinds", [("int64", "int64"), ("float64", "float64"), ("small", "modest"), ("float64", "int64"), ("bool", "small")]
)
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(layout: str, kinds: tuple[str, str], name: str) -> None:
    @given(frame=columns(*kinds))
    def run(frame) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy warns about invalid values in pandas' own path
            exact = name not in {"root"}
            check(frame, layout, NUMBERS[name], exact=exact)

    run()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", ["modest", "small", "float64"])
def test_functions(layout: str, kind: str, name: str) -> None:
    @given(frame=columns(kind))
    def run(frame) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            check(frame, layout, lambda d: getattr(np, name)(d["a"]), exact=False)

    run()


TEXTS = {
    "lower": lambda d: d["a"].str.lower(),
    "upper": lambda d: d["a"].str.upper(),
    "title": lambda d: d["a"].str.title(),
    "capitalize": lambda d: d["a"].str.capitalize(),
    "swapcase": lambda d: d["a"].str.swapcase(),
    "strip": lambda d: d["a"].str.strip(),
    "lstrip": lambda d: d["a"].str.lstrip(),
    "rstrip characters": lambda d: d["a"].str.rstrip("aé "),
    "len": lambda d: d["a"].str.len(),
    "len filled": lambda d: d["a"].str.len().fillna(0) + 1,
    "contains": lambda d: d["a"].str.contains("a"),
    "contains pattern": lambda d: d["a"].str.contains(r"[a-z]+\s*\d"),
    "contains word": lambda d: d["a"].str.contains(r"\bz\w"),
    "contains end": lambda d: d["a"].str.contains(r"a$"),
    "contains literal": lambda d: d["a"].str.contains("a.", regex=False),
    "contains case": lambda d: d["a"].str.contains("a", case=False),
    "match": lambda d: d["a"].str.match(r"[a-zA-Z]+\d"),
    "startswith": lambda d: d["a"].str.startswith("a"),
    "endswith": lambda d: d["a"].str.endswith(("a", "b")),
    "replace": lambda d: d["a"].str.replace("a", "bc"),
    "replace spaces": lambda d: d["a"].str.replace(r"\s+", " ", regex=True),
    "replace not words": lambda d: d["a"].str.replace(r"[^\w\s]", "", regex=True),
    "replace tags": lambda d: d["a"].str.replace(r"<[^>]*>", " ", regex=True),
    "replace groups": lambda d: d["a"].str.replace(r"(a)(\d)", r"\2-\1$", regex=True),
    "replace end": lambda d: d["a"].str.replace(r"a$", "!", regex=True),
    "replace optional": lambda d: d["a"].str.replace(r"a*", "!", regex=True),
    "replace dot": lambda d: d["a"].str.replace(r"a.", "!", regex=True),
    "replace bracket": lambda d: d["a"].str.replace(r"[]a\-\]]", "!", regex=True),
    "split": lambda d: d["a"].str.split(),
    "split comma": lambda d: d["a"].str.split(","),
    "split len": lambda d: d["a"].str.split().str.len(),
    "split get": lambda d: d["a"].str.split().str[0],
    "split expand": lambda d: d["a"].str.split(",", expand=True),
    "get": lambda d: d["a"].str[1],
    "get last": lambda d: d["a"].str.get(-1),
    "slice": lambda d: d["a"].str[1:3],
    "slice head": lambda d: d["a"].str[:2],
    "slice tail": lambda d: d["a"].str[-3:],
    "slice all but last": lambda d: d["a"].str[:-1],
    "slice backwards": lambda d: d["a"].str[::-1],
    "count": lambda d: d["a"].str.count("a"),
    "count pattern": lambda d: d["a"].str.count(r"[0-9]+"),
    "find": lambda d: d["a"].str.find("a"),
    "zfill": lambda d: d["a"].str.zfill(5),
    "pad": lambda d: d["a"].str.pad(6, "right", "*"),
    "rjust": lambda d: d["a"].str.rjust(6),
    "repeat": lambda d: d["a"].str.repeat(2),
    "removeprefix": lambda d: d["a"].str.removeprefix("a"),
    "removesuffix": lambda d: d["a"].str.removesuffix("a"),
    "isdigit": lambda d: d["a"].str.isdigit(),
    "isalpha": lambda d: d["a"].str.isalpha(),
    "isalnum": lambda d: d["a"].str.isalnum(),
    "isspace": lambda d: d["a"].str.isspace(),
    "isupper": lambda d: d["a"].str.isupper(),
    "istitle": lambda d: d["a"].str.istitle(),
    "isnumeric": lambda d: d["a"].str.isnumeric(),
    "concatenate": lambda d: d["a"] + " " + d["b"],
    "concatenate before": lambda d: "x" + d["a"],
    "equal": lambda d: d["a"] == d["b"],
    "not equal": lambda d: d["a"] != "a",
    "less": lambda d: d["a"] < d["b"],
    "fillna": lambda d: d["a"].fillna("none").str.upper(),
    "isna": lambda d: d["a"].isna() | d["b"].notna(),
    "isin": lambda d: d["a"].isin(["a", "b", ""]),
    "map": lambda d: d["a"].map({"a": 1, "b": 2}),
    "map filled": lambda d: d["a"].map({"a": 1, "b": 2}).fillna(0),
    "map to float": lambda d: d["a"].map({"a": 1, "b": 2.5}),
    "map to text": lambda d: d["a"].map({"a": "x"}),
    "map to flags": lambda d: d["a"].map({"a": True}),
    "map function": lambda d: d["a"].map(str),
    "replace values": lambda d: d["a"].replace({"a": "b", "b": "a"}),
    "where": lambda d: d["a"].where(d["b"] == "a", "other"),
    "mask": lambda d: d["a"].mask(d["b"] == "a"),
    "number from text": lambda d: d["a"].astype(float),
    "multiply": lambda d: d["a"] * 2,
    "add number": lambda d: d["a"] + 1,
    "bad pattern": lambda d: d["a"].str.contains("(")
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", TEXTS)
def test_text(layout: str, name: str) -> None:
    @given(frame=columns("str", "str"))
    def run(frame) -> None:
        check(frame, layout, TEXTS[name])

    run()


DATES = {
    **{
        field: (lambda d, field=field: getattr(d["a"].dt, field))
        for field in (
            "year", "month", "day", "hour", "minute", "second", "microsecond", "day_of_week", "day_of_year",
            "quarter", "days_in_month", "is_month_start", "is_month_end", "is_year_start", "is_year_end", "is_leap_year",
            "date", "is_quarter_end",
        )
    },
    "normalize": lambda d: d["a"].dt.normalize(),
    "difference": lambda d: d["a"] - d["b"],
    "days": lambda d: (d["a"] - d["b"]).dt.days,
    "seconds": lambda d: (d["a"] - d["b"]).dt.total_seconds(),
    "compare": lambda d: d["a"] < d["b"],
    "isna": lambda d: d["a"].isna(),
    "hour above": lambda d: d["a"].dt.hour > 12,
    "weekend": lambda d: d["a"].dt.day_of_week.isin([5, 6]),
    "strftime": lambda d: d["a"].dt.strftime("%Y-%m"),
    "floor": lambda d: d["a"].dt.floor("D"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", DATES)
def test_dates(layout: str, name: str) -> None:
    @given(frame=columns("datetime64[us]", "datetime64[us]"))
    def run(frame) -> None:
        check(frame, layout, DATES[name], exact=name != "seconds")

    run()


@pytest.mark.parametrize("layout", ["record", "numpy", "polars"])
def test_the_usual_operations_stay_in_their_layout(layout: str) -> None:
    rows = [{"a": "x Y", "b": "<b>", "n": 1, "f": 0.5}] * (1 if layout == "record" else 2)
    frame = litsdf.DataFrame(rows, layout=layout)
    frame["t"] = frame["a"].fillna("").str.lower().str.strip() + frame["b"].str.replace(r"<[^>]+>", " ", regex=True)
    frame["w"] = frame["t"].str.split().str.len() + frame["n"]
    frame["p"] = (frame["f"].fillna(0.0).clip(0, 10) * frame["n"]).round(1)
    frame["m"] = frame["a"].map({"x": 1}).fillna(0)
    assert frame.layout == layout
    assert not frame.fallbacks
