"""Scaling against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing

from litmus.errors import DataError, ParameterError
from litmus.steps import QuantileScale, RobustScale, StandardScale


@pytest.fixture
def table():
    random = np.random.default_rng(1)
    table = pd.DataFrame(
        {"a": random.normal(5, 3, 500), "b": random.lognormal(0, 2, 500), "c": random.integers(0, 9, 500)}
    )
    table.loc[::7, "b"] = np.nan
    return table


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (StandardScale(), preprocessing.StandardScaler()),
        (RobustScale(), preprocessing.RobustScaler()),
        (QuantileScale(["a", "b"], shape="uniform"), preprocessing.QuantileTransformer(n_quantiles=500)),
    ],
)
def test_values_are_those_of_scikit_learn(table, ours, theirs):
    table = table[ours.columns or ["a", "b", "c"]]
    result = ours.fit_transform(table)
    assert (result.dtypes == np.float32).all()
    np.testing.assert_allclose(result, theirs.fit_transform(table), rtol=1e-4, atol=1e-4)
    new = table * 1.5 - 2
    np.testing.assert_allclose(ours.transform(new), theirs.transform(new), rtol=1e-4, atol=1e-4)


def test_normal_shape_is_that_of_scikit_learn(table):
    ours = QuantileScale().fit_transform(table[["a", "b"]]).to_numpy()
    theirs = preprocessing.QuantileTransformer(n_quantiles=500, output_distribution="normal").fit_transform(
        table[["a", "b"]]
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_value_that_many_rows_share_lands_in_the_middle_of_them():
    mostly_zero = pd.DataFrame({"gain": [0.0] * 80 + list(range(1, 21))})
    assert abs(QuantileScale(shape="uniform").fit_transform(mostly_zero)["gain"].iloc[0] - 0.4) < 0.01


def test_constant_and_empty_columns_become_zero_or_stay_missing():
    table = pd.DataFrame({"same": [0.1] * 1000, "none": [np.nan] * 1000})
    for step in (StandardScale(), RobustScale()):
        result = step.fit_transform(table)
        np.testing.assert_allclose(result["same"], 0, atol=1e-6)
        assert result["none"].isna().all()
        assert step.transform(pd.DataFrame({"same": [1.1], "none": [2.0]})).to_numpy().tolist() == [[1.0, 2.0]]


def test_large_numbers_with_small_differences_keep_them():
    seconds = pd.DataFrame({"t": 1_700_000_000 + np.arange(100)})
    expected = (np.arange(100) - 49.5) / np.arange(100).std()
    np.testing.assert_allclose(StandardScale().fit_transform(seconds)["t"], expected, rtol=1e-6)


def test_infinities_count_as_missing():
    table = pd.DataFrame({"ratio": [1.0, 3.0, np.inf, -np.inf]})
    assert StandardScale().fit_transform(table)["ratio"].tolist()[:2] == [-1.0, 1.0]
    assert StandardScale().fit_transform(table)["ratio"].isna().tolist() == [False, False, True, True]


def test_truth_values_are_left_alone():
    table = pd.DataFrame({"n": [1, 2, 3], "flag": [True, False, True]})
    assert StandardScale().fit_transform(table)["flag"].tolist() == [True, False, True]


def test_skewed_values_become_normal(table):
    assert abs(QuantileScale().fit_transform(table)["b"].skew()) < 0.1 < table["b"].skew()


def test_thousands_of_columns_stay_one_block():
    wide = pd.DataFrame(np.random.default_rng(0).random((20, 5000)), columns=[f"c{i}" for i in range(5000)])
    result = StandardScale().fit_transform(wide)
    np.testing.assert_allclose(result.mean(), 0, atol=1e-5)
    mixed = wide.assign(name="x")
    assert StandardScale().fit_transform(mixed).columns.tolist() == mixed.columns.tolist()


def test_errors_name_the_column():
    table = pd.DataFrame({"n": [1.0, 2.0], "city": ["Bonn", "Kiel"]})
    with pytest.raises(DataError, match="'city' has type str"):
        StandardScale(["city"]).fit(table)
    with pytest.raises(DataError, match="needs column.s. 'm', and the table has only: 'n', 'city'"):
        StandardScale(["m"]).fit(table)
    step = StandardScale(["n"])
    step.fit(table)
    with pytest.raises(DataError, match="'n'"):
        step.transform(table[["city"]])
    with pytest.raises(DataError, match="needs numbers in column 'n', which has type str"):
        step.transform(pd.DataFrame({"n": ["one"]}))
    with pytest.raises(ParameterError, match="one of 'normal', 'uniform'"):
        QuantileScale(shape="flat")
