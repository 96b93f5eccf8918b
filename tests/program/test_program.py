"""A program by itself: sharing, threads, portions, large tables, what it refuses; and its own arithmetic against others'."""

import string
import threading
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litmus.program import Graph, LoweredFeatures, NotLoweredError, Program, Sketch
from litmus.program.characters import lower_case, split_words
from litmus.program.texts import words
from litmus.steps import OneHotEncoder, OrdinalEncoder, TextTfidf
from program_rows import assert_same_features, fitted


def numbers_and_city():
    graph = Graph()
    age = graph.node("bounded", graph.input("age", "number"))
    keys = ["Bonn", "Kiel"]
    table = np.array([[1, 10], [2, 20], [3, 30], [4, 40]], dtype=np.float32)
    city = graph.node("lookup", graph.input("city", "text"), keys=keys, table=table)
    return Program.of([LoweredFeatures(graph, (city, graph.node("filled", age, value=38.5)))])


def test_equal_operations_are_one_node():
    graph = Graph()
    city = graph.input("city", "text")
    places = np.array([0, -1, -1])
    one = graph.node("one_hot", city, keys=["Bonn"], places=places, width=1)
    assert graph.node("one_hot", city, keys=["Bonn"], places=places.copy(), width=1) is one
    assert graph.node("one_hot", city, keys=["Kiel"], places=places, width=1) is not one
    assert graph.node("one_hot", city, keys=["Bonn"], places=np.array([0, -1, 0]), width=1) is not one
    assert graph.node("filled", graph.input("a", "number"), value=1.0) is not graph.node(
        "filled", graph.input("b", "number"), value=1.0
    )


def test_places_say_where_the_features_of_a_pipeline_are():
    program = numbers_and_city()
    dense = program.row({"age": 20, "city": "Kiel"}).dense
    assert dense[0, program.columns[0]].tolist() == [2.0, 20.0, 20.0]
    assert program.inputs == {"age": "number", "city": "text"}
    assert "row['age']" in program.source


@pytest.mark.parametrize("age", [None, float("nan"), float("inf"), -float("inf"), 1e39, 10**300])
def test_what_float32_cannot_hold_is_missing(age):
    program = numbers_and_city()
    assert program.row({"age": age, "city": None}).dense[0, program.columns[0]].tolist() == [4.0, 40.0, 38.5]


def test_calls_share_nothing():
    program = numbers_and_city()
    first = program.row({"age": 1.0, "city": "Bonn"})
    before = first.dense.copy()
    first.dense[...] = 7
    second = program.row({"age": 1.0, "city": "Bonn"})
    np.testing.assert_array_equal(second.dense, before)


def test_threads_get_their_own_features():
    program = numbers_and_city()
    wrong = []

    def ask(age):
        rows = (program.row({"age": age, "city": "Bonn"}) for _ in range(2000))
        wrong.extend(age for row in rows if row.dense[0, program.columns[0]].tolist() != [1.0, 10.0, age])

    threads = [threading.Thread(target=ask, args=(float(age),)) for age in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_absent_column_is_a_key_error():
    with pytest.raises(KeyError, match="city"):
        numbers_and_city().row({"age": 1.0})


def test_pipelines_of_two_graphs_are_refused():
    graph, other = Graph(), Graph()
    features = [LoweredFeatures(held, (held.input("age", "number"),)) for held in (graph, other)]
    with pytest.raises(ValueError, match="one graph"):
        Program.of(features)


def test_a_column_cannot_be_number_and_text():
    graph = Graph()
    city = graph.node("one_hot", graph.input("age", "text"), keys=["1"], places=np.array([0, -1, -1]), width=1)
    with pytest.raises(ValueError, match="read as"):
        Program.of([LoweredFeatures(graph, (graph.input("age", "number"), city))])


def test_a_sketch_says_what_is_not_there():
    sketch = Sketch(Graph(), {"age": "number", "city": "any"})
    with pytest.raises(NotLoweredError, match="'name'"):
        sketch.number("name")
    with pytest.raises(NotLoweredError, match="as text"):
        sketch.text("age")
    assert sketch.text("city").kind == "text"
    assert list(sketch.in_place_of({"age": {"a": sketch["age"], "b": sketch["age"]}})) == ["a", "b", "city"]
    assert list(sketch.with_columns({"new": sketch["age"], "age": sketch["city"]})) == ["age", "city", "new"]


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 5000])
def test_portions_meet(rows, monkeypatch):
    monkeypatch.setattr("litmus.program.array_code._AT_ONCE", 100)
    program = numbers_and_city()
    ages = np.arange(rows, dtype=float)
    city = np.array([["Bonn", None, "Rome"][number % 3] for number in range(rows)], dtype=object)
    made = program.rows({"age": ages, "city": city}, rows)
    assert made.dense.shape == (rows, 3)
    np.testing.assert_array_equal(made.dense[:, program.columns[0][2]], ages)
    np.testing.assert_array_equal(made.dense[:, program.columns[0][0]], np.resize([1.0, 4.0, 3.0], rows)[:rows])


def test_large_tables_are_not_joined(monkeypatch):
    monkeypatch.setattr("litmus.program.categories._MOST_NUMBERS", 20)
    letters = list(string.ascii_lowercase)
    frame = pd.DataFrame({"a": pd.Series([*letters, None, "a"], dtype="str")})
    pipelines = [
        fitted([OneHotEncoder(output="dense")], frame),
        fitted([OrdinalEncoder()], frame),
        fitted([OneHotEncoder(output="dense", min_count=2)], frame),
    ]
    assert_same_features(pipelines, pd.DataFrame({"a": pd.Series(["a", "z", None, "?", "b"], dtype="str")}))


def test_a_text_with_a_character_that_only_some_folds_know():
    texts = pd.Series(["plain words here", "more plain words", "naïve plain words", "more words"], dtype="str")
    frame = pd.DataFrame({"text": texts})
    step = TextTfidf(characters=True, min_rows=1)
    pipelines = [
        fitted([step.clone()], frame, algorithm="LinearModel"),
        fitted([step.clone()], frame.iloc[:2], algorithm="LinearModel"),
    ]
    asked = pd.DataFrame({"text": pd.Series(["naïve words", "plain ж words", "more", ""], dtype="str")})
    assert_same_features(pipelines, asked)


def test_normal_deviates_are_those_of_scipy():
    from scipy.special import ndtri

    from litmus.program.numbers import _normal_deviates

    levels = np.concatenate([np.linspace(0, 1, 20_001), np.logspace(-9, -1, 500), 1 - np.logspace(-9, -1, 500)])
    np.testing.assert_allclose(_normal_deviates(levels), ndtri(np.clip(levels, 1e-7, 1 - 1e-7)), atol=1e-9)
    assert np.isnan(_normal_deviates(np.array([np.nan, 0.5]))).tolist() == [True, False]


def test_small_letters_are_those_of_arrow():
    import pyarrow as pa
    import pyarrow.compute as pc

    points = [chr(point) for point in range(0x110000) if unicodedata.category(chr(point)) not in ("Cs", "Co")]
    theirs = pc.utf8_lower(pa.array(points, pa.large_string())).to_pylist()
    # a letter that Python does not know yet is no part of a word in either form
    assert [
        point
        for point, small in zip(points, theirs, strict=True)
        if lower_case(point) != small and unicodedata.category(small) != "Cn"
    ] == []
    assert lower_case("ΑΣ ΣΑΣ") == pc.utf8_lower("ΑΣ ΣΑΣ").as_py()


@given(st.lists(st.text(), max_size=5))
def test_words_of_one_text_are_those_of_many(texts):
    found, rows = split_words(texts)
    for place, text in enumerate(texts):
        assert words(text) == [word for word, row in zip(found, rows.tolist(), strict=True) if row == place]
