"""Choosing columns, and putting results back in their place."""

import numpy as np
import pandas as pd
import pytest

from litmus.errors import DataError
from litmus.steps.columns import choose_columns, numeric_matrix, replace_columns
from litmus.steps.quantiles import column_quantiles
from litsdf import DataFrame


@pytest.fixture(params=["numpy", "pandas", "polars"])
def table(request):
    frame = pd.DataFrame(
        {
            "i": [1, 2],
            "s": ["a", None],
            "f": [0.5, None],
            "b": [True, False],
            "n": pd.array([True, None], dtype="boolean"),
            "d": pd.to_datetime(["2024-01-01", None]),
            "c": pd.Categorical(["x", "y"]),
            "I": pd.array([None, 7], dtype="Int64"),
        },
        index=["r", "r"],
    )
    return DataFrame(frame, layout=request.param)


def test_columns_are_chosen_by_type(table):
    found = {
        group: choose_columns(table, None, group, "Step")
        for group in ("numeric", "numeric or boolean", "category", "text", "datetime", "any")
    }
    assert found == {
        "numeric": ["i", "f", "I"],
        "numeric or boolean": ["i", "f", "b", "n", "I"],
        "category": ["s", "c"],
        "text": ["s"],
        "datetime": ["d"],
        "any": list(table),
    }
    assert choose_columns(table, "i", "numeric", "Step") == ["i"]


def test_any_number_is_read(table):
    matrix = numeric_matrix(table, ["I", "n", "b", "f", "i"], "Step")
    np.testing.assert_array_equal(matrix, [[np.nan, 1, 1, 0.5, 1], [7, np.nan, 0, np.nan, 2]])
    huge = DataFrame({"a": [1e39, -np.inf, 3.0]})
    np.testing.assert_array_equal(numeric_matrix(huge, ["a"], "Step").ravel(), [np.nan, np.nan, 3])
    assert huge["a"].tolist() == [1e39, -np.inf, 3.0]
    mixed = DataFrame({"a": pd.Series([1, "two"], dtype=object)})
    with pytest.raises(DataError, match="needs numbers in column 'a'"):
        numeric_matrix(mixed, ["a"], "Step")


def test_absent_columns_are_named(table):
    with pytest.raises(DataError, match="Step needs column.s. 'x', 'y', and the table has only: 'i', 's'"):
        choose_columns(table, ["i", "x", "y"], "any", "Step")
    with pytest.raises(DataError, match="Step needs column.s. 'x', and the table has only: 'i', 's'"):
        numeric_matrix(table, ["i", "x"], "Step")


@pytest.mark.parametrize("columns", [["i"], ["i", "f"], ["f", "i"], ["I", "f", "i", "s"], list("isfbndcI"), []])
def test_results_go_to_their_columns(table, columns):
    matrix = np.arange(2.0 * len(columns)).reshape(2, -1)
    result = replace_columns(table, columns, matrix, ["new"], np.array([[5.0], [6.0]], dtype=np.float32))
    expected = table.to_pandas().assign(
        **{name: matrix[:, place] for place, name in enumerate(columns)}, new=np.float32([5, 6])
    )
    pd.testing.assert_frame_equal(result.to_pandas(), expected)
    assert result.layout == table.layout


def test_an_empty_table_can_get_columns():
    table = DataFrame(index=range(3))
    assert replace_columns(table, [], np.zeros((3, 0)), ["new"], np.zeros((3, 1))).shape == (3, 1)


@pytest.mark.parametrize("shape", [(50, 30), (1, 3), (0, 2), (7, 0)])
def test_quantiles_are_those_of_numpy(shape, monkeypatch):
    monkeypatch.setattr("litmus.steps.quantiles._AT_ONCE", 200)
    random = np.random.default_rng(0)
    matrix = random.normal(size=shape)
    levels = np.array([0.0, 0.1, 0.5, 0.99, 1.0])
    if matrix.size > 3:
        matrix[random.random(shape) < 0.2] = np.nan
        matrix[1:, 0] = np.nan
    found = column_quantiles(matrix, levels)
    assert found.shape == (5, shape[1])
    for place in range(shape[1]):
        held = matrix[~np.isnan(matrix[:, place]), place]
        expected = np.quantile(held, levels) if len(held) else np.full(5, np.nan)
        np.testing.assert_allclose(found[:, place], expected, rtol=1e-12)


def test_a_column_without_values_has_no_quantile():
    assert np.isnan(column_quantiles(np.full((3, 1), np.nan), np.array([0.5]))).all()
