import numpy as np
import pandas as pd
import pytest

from litmus.data import Column, TaskData, conform, read_table
from litmus.data.cells import read_cells
from litmus.data.inference import infer_column, name_words
from litmus.data.markers import DEFAULT_MARKERS
from litmus.errors import PredictionError


def _infer(name, values, **options):
    return infer_column(name, read_cells(pd.Series(values, **options), DEFAULT_MARKERS)).column


def test_the_reason_has_figures():
    column = _infer("country", [f"c{i % 41}" for i in range(32_561)])
    assert column.why == "41 distinct values in 32,561 rows: categorical"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customerID", ["customer", "id"]),
        ("MGR_ID", ["mgr", "id"]),
        ("PassengerId", ["passenger", "id"]),
        ("zip-code", ["zip", "code"]),
    ],
)
def test_names_fall_into_words(name, words):
    assert name_words(name) == words


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("x", np.linspace(0, 1, 100), "numeric"),
        ("x", list(range(100)), "numeric"),
        ("x", [0, 1] * 50, "numeric"),
        ("row_id", list(range(100)), "identifier"),
        ("Unnamed: 0", list(range(100)), "identifier"),
        ("store_id", [i % 7 for i in range(100)], "categorical"),
        ("zip code", [10115, 80331, 20095, 50667] * 25, "categorical"),
        ("flag", [True, False] * 50, "boolean"),
        ("flag", ["true", "FALSE"] * 50, "boolean"),
        ("flag", ["yes", "no"] * 50, "categorical"),
        ("key", [f"7590-VHVEG{i}" for i in range(100)], "identifier"),
        ("zip", ["01067", "10115"] * 50, "categorical"),
        ("x", [f"{10**20 + i}" for i in range(100)], "identifier"),
        ("note", [f"the parcel number {i} was left at the door" for i in range(100)], "text"),
        ("name", [f"Ann {chr(65 + i % 26)}. Example {i} Street" for i in range(100)], "text"),
        ("city", ["Berlin", "New York", "Rio de Janeiro"] * 30, "categorical"),
        ("when", ["2024-01-31", "2024-02-01"] * 50, "datetime"),
        ("x", ["1", "2.5", "?"] * 30, "numeric"),
        ("x", [None] * 100, "numeric"),
    ],
)
def test_kinds(name, values, kind):
    assert _infer(name, values).kind == kind


def test_a_small_table_of_different_words_is_not_a_column_of_identifiers():
    assert _infer("city", ["Oslo", "Rome", "Bern"]).kind == "categorical"


def test_scattered_codes_are_categories_but_quantities_are_not(real_table):
    employees = read_table(real_table("amazon_employee_access"))
    kinds = {name: _infer(name, employees[name]).kind for name in employees if name != "ACTION"}
    assert set(kinds.values()) == {"categorical"}
    adult = read_table(real_table("adult"))
    assert {_infer(name, adult[name]).kind for name in ("fnlwgt", "capital-gain", "capital-loss", "age")} == {"numeric"}
    assert _infer("Distance", read_table(real_table("hflights"))["Distance"]).kind == "numeric"
    housing = read_table(real_table("california_housing"))
    assert _infer("v", housing["median_house_value"]).kind == "numeric"


def test_titanic(real_table):
    loaded = TaskData.create(data=real_table("titanic"), target="Survived").load()
    kinds = {name: column.kind for name, column in loaded.schema.items()}
    assert kinds["PassengerId"] == "identifier"
    assert kinds["Name"] == "text"
    assert kinds["Ticket"] == "categorical"
    assert kinds["Age"] == kinds["Fare"] == kinds["Pclass"] == "numeric"
    assert loaded.target.classes == (0, 1)


def test_telco_charges_are_numbers_with_eleven_missing(real_table):
    loaded = TaskData.create(data=real_table("telco_churn"), target="Churn").load()
    assert loaded.schema["TotalCharges"].kind == "numeric"
    assert "TotalCharges: 11 blank cells read as missing." in loaded.notes
    assert loaded.train["TotalCharges"].isna().sum() + loaded.test["TotalCharges"].isna().sum() == 11
    assert loaded.schema["customerID"].kind == "identifier"
    assert "customerID" not in loaded.schema.features


def test_adult_question_marks_are_missing_and_reported(real_table):
    loaded = TaskData.create(data=real_table("adult"), target="income").load()
    assert "workclass: 1,836 '?' read as missing." in loaded.notes
    assert not loaded.train["workclass"].eq("?").any()
    assert loaded.schema["native-country"].why == "41 distinct values in 31,978 rows: categorical"


def test_a_given_kind_wins_and_says_so():
    data = {"zip": [10115, 80331] * 20, "n": ["1", "abc"] * 20, "y": ["a", "b"] * 20}
    loaded = TaskData.create(data=data, target="y", schema={"zip": "categorical", "n": Column("n", "numeric")}).load()
    assert loaded.schema["zip"].why == "given by the user"
    assert loaded.train["zip"].iloc[0] in {"10115", "80331"}
    assert loaded.train["n"].dtype == np.float64
    assert "n: 20 values such as 'abc' read as missing, because a number is expected." in loaded.notes


def test_mostly_numbers_with_other_texts_are_text_and_say_how_to_change_it():
    data = {"n": [*map(str, range(30)), *(f"a{i % 4}" for i in range(10))], "y": ["a", "b"] * 20}
    loaded = TaskData.create(data=data, target="y").load()
    assert loaded.schema["n"].kind == "categorical"
    assert any(
        "10 values of 40 are no number ('a0')" in note and "schema={'n': 'numeric'}" in note for note in loaded.notes
    )


def test_a_column_of_many_types_is_text_and_is_noted():
    loaded = TaskData.create(data={"m": [1, "a", 2.5, None] * 10, "y": ["a", "b"] * 20}, target="y").load()
    assert loaded.schema["m"].kind == "categorical"
    assert "m: values of type float, int, str are read as text." in loaded.notes


def test_values_of_no_known_type_are_read_as_text_and_noted():
    loaded = TaskData.create(data={"v": [[1], [2]] * 20, "x": range(40), "y": ["a", "b"] * 20}, target="y").load()
    assert loaded.schema["v"].kind == "categorical"
    assert "v: values of type list are read as text." in loaded.notes


def test_long_numbers_stay_exact():
    numbers = [10**25 + i for i in range(40)]
    loaded = TaskData.create(data={"h": numbers, "x": range(40), "y": ["a", "b"] * 20}, target="y").load()
    assert loaded.schema["h"].kind == "identifier"
    assert set(loaded.train["h"]) <= set(map(str, numbers))


def test_a_few_other_texts_among_numbers_are_missing_also_in_predictions():
    data = {"n": [*map(str, range(57)), "unknown", "unknown", "off"], "y": ["a", "b"] * 30}
    loaded = TaskData.create(data=data, target="y").load()
    assert loaded.schema["n"].kind == "numeric"
    assert any(note.startswith("n: 2 'unknown', 1 'off' read as missing") for note in loaded.notes)
    frame, _ = conform([{"n": "unknown"}, {"n": 4}], loaded.schema)
    assert frame["n"].isna().tolist() == [True, False]
    with pytest.raises(PredictionError, match="row 0 has 'broken'"):
        conform([{"n": "broken"}], loaded.schema)
