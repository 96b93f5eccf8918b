"""Filling missing numbers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer

from litmus.errors import DataError, ParameterError
from litmus.steps import Impute


@pytest.fixture
def table():
    random = np.random.default_rng(2)
    table = pd.DataFrame(random.integers(0, 5, (300, 4)).astype(float), columns=list("abcd"))
    return table.mask(random.random(table.shape) < [0.0, 0.1, 0.5, 0.9])


@pytest.mark.parametrize("strategy", ["median", "mean", "most_frequent", "constant"])
def test_values_are_those_of_scikit_learn(table, strategy):
    ours = Impute(strategy=strategy, fill_value=-7)
    fill = {"fill_value": -7} if strategy == "constant" else {}
    theirs = SimpleImputer(strategy=strategy, add_indicator=True, **fill)
    np.testing.assert_allclose(ours.fit_transform(table), theirs.fit_transform(table))
    np.testing.assert_allclose(ours.transform(table[::-1]), theirs.transform(table[::-1]))


def test_only_columns_with_gaps_in_training_get_an_indicator(table):
    step = Impute()
    step.fit(table[["a", "b"]])
    result = step.transform(pd.DataFrame({"a": [np.nan], "b": [np.nan]}))
    assert result.columns.tolist() == ["a", "b", "b: missing"]
    assert result["b: missing"].tolist() == [1.0]
    assert result[["a", "b"]].notna().all().all()


def test_truth_values_are_filled_with_the_frequent_one():
    table = pd.DataFrame({"member": pd.array([True, None, True, False], dtype="boolean")})
    assert Impute(indicators=False).fit_transform(table)["member"].tolist() == [1.0, 1.0, 1.0, 0.0]


def test_a_column_without_values_gets_the_fill_value_and_no_indicator():
    table = pd.DataFrame({"none": [np.nan, np.nan], "n": [1, 2]})
    result = Impute(fill_value=3.0).fit_transform(table)
    assert result.to_dict("list") == {"none": [3.0, 3.0], "n": [1.0, 2.0]}


def test_infinities_and_nullable_integers():
    table = pd.DataFrame({"ratio": [1.0, np.inf, 3.0], "n": pd.array([4, None, 6], dtype="Int64")})
    result = Impute(indicators=False).fit_transform(table)
    assert result.to_dict("list") == {"ratio": [1.0, 2.0, 3.0], "n": [4.0, 5.0, 6.0]}


def test_other_columns_keep_their_place_and_values():
    table = pd.DataFrame({"a": [1.0, None], "city": ["Bonn", None], "b": [None, 2.0]}, index=[7, 7])
    result = Impute().fit_transform(table)
    assert result.columns.tolist() == ["a", "city", "b", "a: missing", "b: missing"]
    pd.testing.assert_series_equal(result["city"].to_pandas(), table["city"])


def test_the_result_can_be_changed_without_changing_the_table():
    table = pd.DataFrame({"a": [1.0, None], "city": ["Bonn", "Kiel"]})
    result = Impute().fit_transform(table)
    result.loc[0, "city"] = "Ulm"
    result.loc[:, "a"] = 9.0
    assert table.loc[0, "city"] == "Bonn"
    assert table.loc[0, "a"] == 1.0


def test_the_report_says_what_was_filled(table):
    step = Impute(["a", "d"])
    step.fit(table)
    share = table["d"].isna().mean()
    assert step.report() == [
        f"Filled missing values of 1 column(s): d ({share:.1%} missing) with {table['d'].median():g}."
    ]


def test_bad_options():
    with pytest.raises(ParameterError, match="one of 'median'"):
        Impute(strategy="mode")
    with pytest.raises(DataError, match="works on numeric or boolean columns, and column 'city'"):
        Impute(["city"]).fit(pd.DataFrame({"city": ["Bonn"]}))
