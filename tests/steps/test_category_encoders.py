"""Ordinal, one-hot and frequency encoding, and rare categories."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import preprocessing

import litsdf
from litmus.errors import DataError
from litmus.steps import FrequencyEncoder, GroupRareCategories, OneHotEncoder, OrdinalEncoder
from litmus.steps.categories import Categories, count_categories


@pytest.fixture
def table():
    random = np.random.default_rng(3)
    zipf = np.minimum(random.zipf(1.4, 3000), 400)
    table = pd.DataFrame({"item": [f"item {n}" for n in zipf], "colour": random.choice(["red", "green", "blue"], 3000)})
    return table.mask(random.random(table.shape) < 0.05)


def test_one_hot_is_that_of_scikit_learn(table):
    filled = table.fillna("(missing)")
    ours = OneHotEncoder(output="dense").fit_encode(table)
    theirs = preprocessing.OneHotEncoder(sparse_output=False)
    expected = pd.DataFrame(theirs.fit_transform(filled), columns=theirs.get_feature_names_out())
    expected.columns = expected.columns.str.replace("_", "=", n=1)
    assert sorted(ours.names) == sorted(expected.columns)
    np.testing.assert_array_equal(ours.values, expected[list(ours.names)])


def test_sparse_and_dense_hold_the_same(table):
    dense = OneHotEncoder(output="dense").fit_encode(table)
    packed = OneHotEncoder(output="sparse").fit_encode(table)
    assert sparse.issparse(packed.values)
    assert packed.values.has_sorted_indices
    np.testing.assert_array_equal(packed.values.toarray(), dense.values)
    many = pd.DataFrame({"id": [f"id {n}" for n in range(300)]})
    assert sparse.issparse(OneHotEncoder().fit_encode(many).values)
    assert not sparse.issparse(OneHotEncoder(["colour"]).fit_encode(table).values)


def test_rare_and_unseen_categories_share_a_feature():
    table = pd.DataFrame({"c": ["a"] * 5 + ["b"] * 4 + ["x", "y", None]})
    step = OneHotEncoder(min_count=2)
    block = step.fit_encode(table)
    assert block.names == ("c=a", "c=b", "c=(rare)", "c=(missing)")
    assert block.values.sum(axis=0).tolist() == [5, 4, 2, 1]
    new = step.encode(pd.DataFrame({"c": ["z", None]}))
    assert new.values.tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]
    assert step.report() == ["Grouped the 2 rarest categories of c into c=(rare)."]
    only = OneHotEncoder(max_categories=1).fit_encode(table)
    assert only.names == ("c=a", "c=(rare)", "c=(missing)")


def test_two_categories_can_make_one_feature():
    table = pd.DataFrame({"sex": ["f", "m", "m"], "city": ["Bonn", "Kiel", None]})
    assert OneHotEncoder(drop_second=True).fit_encode(table).names == (
        "sex=m",
        "city=Bonn",
        "city=Kiel",
        "city=(missing)",
    )


def test_ordinal_codes_are_those_of_scikit_learn(table):
    ours = OrdinalEncoder(order="alphabet").fit_encode(table)
    theirs = preprocessing.OrdinalEncoder(encoded_missing_value=np.nan).fit_transform(table)
    np.testing.assert_array_equal(ours.values, theirs)
    assert ours.categorical == (0, 1)


def test_frequent_categories_come_first_and_ties_by_alphabet():
    table = pd.DataFrame({"c": ["b", "c", "c", "a"]})
    step = OrdinalEncoder()
    assert step.fit_encode(table).values.ravel().tolist() == [2, 0, 0, 1]
    shuffled = OrdinalEncoder()
    shuffled.fit(table.iloc[::-1])
    assert shuffled.categories_ == step.categories_ == [["c", "a", "b"]]


def test_unseen_and_missing_categories_are_nan_or_minus_one():
    table = pd.DataFrame({"c": ["a", "b"]})
    new = pd.DataFrame({"c": ["z", None, "b"]})
    for missing, expected in (("nan", [np.nan, np.nan, 1]), ("minus_one", [-1, -1, 1])):
        step = OrdinalEncoder(missing=missing, mark=False)
        step.fit(table)
        np.testing.assert_array_equal(step.encode(new).values.ravel(), expected)
        assert step.encode(new).categorical == ()


def test_codes_stay_below_the_limit(table):
    step = OrdinalEncoder(["item"], max_categories=50)
    codes = step.fit_encode(table).values.ravel()
    assert np.nanmax(codes) == 49
    rarest = table["item"].value_counts().index[60]
    assert step.encode(pd.DataFrame({"item": [rarest]})).values.tolist() == [[49.0]]
    assert np.isnan(step.encode(pd.DataFrame({"item": ["never"]})).values).all()
    assert "rarest categories of item into one code" in step.report()[0]


def test_frequencies_are_those_of_pandas(table):
    step = FrequencyEncoder()
    block = step.fit_encode(table)
    expected = table["item"].map(table["item"].value_counts() / len(table)).fillna(table["item"].isna().mean())
    np.testing.assert_allclose(block.values[:, 0], expected, rtol=1e-6)
    assert step.encode(pd.DataFrame({"item": ["never"], "colour": ["red"]})).values[0, 0] == 0
    counts = FrequencyEncoder(["colour"], logarithm=True).fit_encode(table).values.ravel()
    assert set(np.round(np.expm1(counts)).astype(int)) == set(table["colour"].value_counts(dropna=False))


def test_rare_categories_are_renamed(table):
    step = GroupRareCategories(min_count=20, name_of_rare="other")
    result = step.fit_transform(table)
    counts = table["item"].value_counts()
    expected = table["item"].where(table["item"].isna() | table["item"].map(counts).ge(20), "other")
    pd.testing.assert_series_equal(result["item"].to_pandas(), expected)
    pd.testing.assert_series_equal(result["colour"].to_pandas(), table["colour"])
    assert step.transform(pd.DataFrame({"item": ["never", None], "colour": ["red", "pink"]})).to_dict("list") == {
        "item": ["other", np.nan],
        "colour": ["red", "other"],
    }
    assert GroupRareCategories(min_count=1, max_categories=2).fit_transform(table)["item"].nunique() == 3


def test_columns_of_other_types_are_read_as_text():
    numbers = pd.DataFrame(
        {"code": pd.Series([5, 7, 5]).astype("category"), "mixed": pd.Series(["a", 1, None], dtype=object)}
    )
    step = OneHotEncoder(["code", "mixed"])
    assert step.fit_encode(numbers).names == ("code=5", "code=7", "mixed=1", "mixed=a", "mixed=(missing)")
    assert Categories(["5", "7"]).codes(litsdf.Series([5.0, np.nan, 7.5, 7.0])).tolist() == [0, -1, -2, 1]


@pytest.mark.parametrize("layout", ["numpy", "pandas", "polars"])
def test_few_and_many_rows_get_the_same_codes(layout):
    values = [f"v{n}" for n in range(500)]
    column = litsdf.Series(["v3", None, "nope", "v499"] * 100, dtype="str", layout=layout)
    categories = Categories(values)
    assert categories.codes(column).tolist() == [3, -1, -2, 499] * 100
    assert categories.codes(column[:4]).tolist() == [3, -1, -2, 499]
    assert count_categories(column)[0] == ["nope", "v3", "v499"]


def test_an_absent_column_is_named():
    step = OneHotEncoder(["city"])
    with pytest.raises(DataError, match="OneHotEncoder needs column.s. 'city'"):
        step.fit(pd.DataFrame({"town": ["Bonn"]}))
    step.fit(pd.DataFrame({"city": ["Bonn"]}))
    with pytest.raises(DataError, match="'city', and the table has only: none"):
        step.encode(pd.DataFrame(index=[0]))
