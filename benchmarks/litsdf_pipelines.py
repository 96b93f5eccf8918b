"""The pipelines that the litsdf benchmarks run, each written for pandas' API once and by hand for the peers."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

_COUNTRIES = {"de": 1, "fr": 2, "us": 3}
_TAGS = re.compile(r"<[^>]+>").sub
_OTHERS = re.compile(r"[^a-z0-9 ]+").sub

SCHEMA = {"title": "str", "body": "str", "price": "float64", "country": "str"}
ROW = {
    "title": " Wireless Headphones ", "body": "<p>Great <b>sound</b>, 20 hours of battery & a case; it's light!</p>",
    "price": 59.9, "country": "de",
}  # fmt: skip
NUMBERS = {"a": 1.25, "b": 3}


def prepare(df: Any) -> Any:
    """The text pipeline: ten lines of pandas."""
    df["title"] = df["title"].fillna("").str.lower().str.strip()
    df["body"] = df["body"].fillna("").str.lower()
    df["body"] = df["body"].str.replace(r"<[^>]+>", " ", regex=True)
    df["body"] = df["body"].str.replace(r"[^a-z0-9 ]+", " ", regex=True)
    df["text"] = df["title"] + " " + df["body"]
    df["n_chars"] = df["text"].str.len()
    df["n_words"] = df["text"].str.split().str.len()
    df["price"] = df["price"].fillna(0.0).clip(0, 1000)
    df["country"] = df["country"].map(_COUNTRIES).fillna(0)
    return df


def prepare_by_hand(row: dict[str, Any]) -> dict[str, Any]:
    """The same for one row, as a careful programmer would write it."""
    title = (row["title"] or "").lower().strip()
    body = _OTHERS(" ", _TAGS(" ", (row["body"] or "").lower()))
    text = title + " " + body
    price = row["price"]
    price = 0.0 if price is None else min(max(price, 0.0), 1000.0)
    return {
        "title": title, "body": body, "price": price, "country": _COUNTRIES.get(row["country"], 0), "text": text,
        "n_chars": len(text), "n_words": len(text.split()),
    }  # fmt: skip


def prepare_in_polars(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same as a lazy Polars query, as a careful programmer would write it."""
    title = pl.col("title").fill_null("").str.to_lowercase().str.strip_chars()
    body = (
        pl.col("body")
        .fill_null("")
        .str.to_lowercase()
        .str.replace_all(r"<[^>]+>", " ")
        .str.replace_all(r"[^a-z0-9 ]+", " ")
    )
    return (
        frame.with_columns(title, body, pl.col("price").fill_null(0.0).clip(0, 1000))
        .with_columns(text=pl.col("title") + " " + pl.col("body"))
        .with_columns(
            n_chars=pl.col("text").str.len_chars(), n_words=pl.col("text").str.count_matches(r"\S+"),
            country=pl.col("country").replace_strict(_COUNTRIES, default=0, return_dtype=pl.Int64),
        )
    )  # fmt: skip


def numeric(df: Any) -> Any:
    """A numeric feature pipeline."""
    df["ratio"] = df["a"] / (df["b"] + 1)
    df["log"] = np.log1p(df["a"].clip(lower=0).fillna(0))
    df["scaled"] = ((df["a"].fillna(1.5) - 1.5) / 0.7).clip(-3, 3)
    df["flag"] = df["a"].isna() | (df["b"] == 0)
    return df


def numeric_by_hand(row: dict[str, Any]) -> dict[str, Any]:
    """The same for one row, as a careful programmer would write it."""
    a, b = row["a"], row["b"]
    missing = a is None or a != a
    a = math.nan if missing else a
    above, filled = (0.0, 1.5) if missing else (max(a, 0.0), a)
    return {
        "a": a, "b": b, "ratio": a / (b + 1) if b != -1 else a * math.inf, "log": math.log1p(above),
        "scaled": min(max((filled - 1.5) / 0.7, -3.0), 3.0), "flag": missing or b == 0,
    }  # fmt: skip


def grouped(df: Any) -> Any:
    """A group-by pipeline."""
    return df.groupby("country").agg(total=("price", "sum"), mean=("price", "mean"), rows=("price", "count"))


def numeric_in_polars(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The numeric pipeline as a lazy Polars query; missing numbers are nulls."""
    a, b = pl.col("a"), pl.col("b")
    return frame.with_columns(
        ratio=a / (b + 1), log=a.clip(0).fill_null(0).log1p(), scaled=((a.fill_null(1.5) - 1.5) / 0.7).clip(-3, 3),
        flag=a.is_null() | (b == 0),
    )  # fmt: skip


def numeric_in_polars_at_best(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same with NumPy's logarithm, which is faster than Polars' on processors with wide vectors."""
    a, b = pl.col("a"), pl.col("b")
    return frame.with_columns(
        ratio=a / (b + 1), log=a.clip(0).fill_null(0).map_batches(_log1p, return_dtype=pl.Float64, is_elementwise=True),
        scaled=((a.fill_null(1.5) - 1.5) / 0.7).clip(-3, 3), flag=a.is_null() | (b == 0),
    )  # fmt: skip


def _log1p(values: pl.Series) -> pl.Series:
    return pl.Series(np.log1p(values.to_numpy()))


def grouped_in_polars_at_best(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The group-by pipeline with two aggregations in the place of three."""
    price = pl.col("price")
    groups = frame.group_by("country").agg(total=price.sum(), rows=price.count()).sort("country")
    return groups.select("country", "total", mean=pl.col("total") / pl.col("rows"), rows="rows")


def grouped_in_polars(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The group-by pipeline as a lazy Polars query."""
    price = pl.col("price")
    return frame.group_by("country").agg(total=price.sum(), mean=price.mean(), rows=price.count()).sort("country")


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    """Random product descriptions; some values are missing."""
    rng = np.random.default_rng(seed)
    words = np.array(
        ["Great", "<b>sound</b>", "20", "hours", "of", "battery", "&", "case;", "it's", "LIGHT!", "<p>", "blue"]
    )
    bodies = [" ".join(words[rng.integers(0, len(words), 12)]) for _ in range(min(rows, 20_000))]
    chosen = rng.integers(0, len(bodies), rows)
    body = pd.Series(np.array(bodies, dtype=object)[chosen], dtype="str")
    body[rng.random(rows) < 0.05] = None
    return pd.DataFrame({
        "title": pd.Series(np.array([" Wireless Headphones ", "USB Cable", "Lamp  "], dtype=object)[rng.integers(0, 3, rows)], dtype="str"),
        "body": body,
        "price": np.where(rng.random(rows) < 0.05, np.nan, rng.gamma(2, 50, rows)),
        "country": pd.Series(np.array(["de", "fr", "us", "it"], dtype=object)[rng.integers(0, 4, rows)], dtype="str"),
    })  # fmt: skip


def keyed(rows: int, seed: int = 0) -> pd.DataFrame:
    """Random numbers under five million keys."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"k": rng.integers(0, 5_000_000, rows), "v": rng.normal(size=rows)})


def numbers(rows: int, seed: int = 0) -> pd.DataFrame:
    """Random numbers; some are missing."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"a": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(1, 2, rows)), "b": rng.integers(0, 9, rows)}
    )
