"""The generated parser means what `conform_record` means, whatever a row holds."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from litmus.data import Column, Schema
from litmus.data.conform_record import conform_record
from litmus.errors import PredictionError
from litmus.runtime.columns import read_rows
from litmus.runtime.parsing import ColumnGiven, parser_source, row_parser
from litsdf.interchange import python_values

SCHEMA = Schema(
    [
        Column("age", "numeric", required=True),
        Column("paid", "numeric", number_format="decimal comma"),
        Column("many", "numeric", number_format="thousands comma", markers=("", "none")),
        Column("city", "categorical"),
        Column('it\'s "odd"\n', "categorical", required=True),
        Column("story", "text"),
        Column("member", "boolean"),
        Column("since", "datetime", datetime_format="ISO8601"),
        Column("id", "identifier"),
        Column("rich", "target"),
    ]
)
PARSE = row_parser(SCHEMA)

words = st.sampled_from(
    [
        "",
        "?",
        " 5 ",
        "5.0",
        "1,5",
        "1,234.5",
        "none",
        "NA",
        "Oslo",
        "true",
        "no",
        "2024-01-31",
        "\ud800",
        "é" * 50,
        "1e999",
    ]
)
cells = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words, st.text(max_size=8))
rows = st.fixed_dictionaries({}, optional=dict.fromkeys([*SCHEMA.inputs, "unknown"], cells))


def reference(row: dict[str, Any]) -> Any:
    try:
        frame = conform_record(row, SCHEMA)
    except PredictionError as error:
        return str(error)
    plain = {}
    for name, value in ((name, python_values(frame[name])[0]) for name in SCHEMA.inputs):
        if SCHEMA[name].kind in ("identifier", "target"):
            continue
        missing = value is None or (isinstance(value, float) and math.isnan(value))
        if missing:
            value = math.nan if SCHEMA[name].kind == "numeric" else None
        plain[name] = value.item() if isinstance(value, np.generic) else value
    return plain


def parsed(row: dict[str, Any]) -> Any:
    try:
        return PARSE(row)
    except PredictionError as error:
        return str(error)


def same(first: Any, second: Any) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    if isinstance(first, float) and isinstance(second, float) and math.isnan(first):
        return math.isnan(second)
    if isinstance(first, dt.datetime) and isinstance(second, dt.datetime):
        return abs(first - second) <= dt.timedelta(microseconds=2)  # floats of seconds have about as many digits
    return type(first) is type(second) and first == second


@settings(max_examples=500, deadline=None)
@given(row=rows)
@example(row={"age": 10**400, 'it\'s "odd"\n': "x", "paid": -math.inf})
@example(row={"since": "\ud800"})
@example(row={"member": "\ud800"})
@example(row={"age": True, 'it\'s "odd"\n': 5.0, "many": "1,234"})
def test_a_row_means_what_it_means_to_the_model(row: dict[str, Any]) -> None:
    if type(row.get("since")) in (int, float) and abs(row["since"]) > 1e13:
        return  # a date that Python's own dates do not reach, and a compiled model refuses
    expected, got = reference(row), parsed(row)
    assert same(expected, got), (expected, got)


@settings(max_examples=100, deadline=None)
@given(table=st.lists(rows, min_size=1, max_size=4))
def test_rows_of_a_list_mean_what_they_mean_alone(table: list[dict[str, Any]]) -> None:
    alone = [parsed(row) for row in table]
    needed = [name for name in SCHEMA.inputs if name != "id"]
    try:
        columns = read_rows(table, SCHEMA, needed).columns
    except PredictionError:
        refused = any(isinstance(each, str) for each in alone)
        assert refused
        return
    for number, each in enumerate(alone):
        if isinstance(each, str):
            assert "have no column" in each  # which a list says of all rows together only
            continue
        for name, value in each.items():
            got = columns[name][number]
            if SCHEMA[name].kind == "datetime":
                assert (np.isnat(got) and value is None) or got == np.datetime64(value, "us")
            elif SCHEMA[name].kind in ("numeric", "boolean"):
                assert (math.isnan(got) and (value is None or math.isnan(value))) or got == float(value)
            else:
                assert got == value


def test_the_source_holds_no_text_of_the_schema() -> None:
    source, _ = parser_source(SCHEMA)
    assert "odd" not in source
    assert "city" not in source


def test_a_dict_of_columns_is_no_row() -> None:
    with pytest.raises(ColumnGiven):
        PARSE({"age": [1, 2], 'it\'s "odd"\n': ["a", "b"]})


def test_wrong_values_of_a_list_are_named_by_their_row() -> None:
    table = [
        {"age": 1, 'it\'s "odd"\n': "a"},
        {"age": "old", 'it\'s "odd"\n': "a"},
        {"age": "new", 'it\'s "odd"\n': "a"},
    ]
    with pytest.raises(
        PredictionError, match=r"^age: row 1 has 'old', a number is expected \(1 more row is wrong too\)\.$"
    ):
        read_rows(table, SCHEMA, ["age"])


def test_many_different_texts_take_bounded_memory() -> None:
    parse = row_parser(Schema([Column("city", "categorical")]))
    for number in range(10_000):
        assert parse({"city": f" {number}.0"}) == {"city": str(number)}
    known = next(value for value in parse.__globals__.values() if isinstance(value, dict) and " 1.0" in value)
    assert len(known) <= 4_096
