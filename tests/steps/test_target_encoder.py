"""Target encoding against scikit-learn, and that no row sees its own target."""

import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from litmus.errors import DataError
from litmus.steps import TargetEncoder


@pytest.fixture
def table():
    random = np.random.default_rng(4)
    return pd.DataFrame(
        {"city": random.choice([f"c{n}" for n in range(30)], 900), "kind": random.choice(list("ab"), 900)}
    )


def targets(table, kind):
    random = np.random.default_rng(5)
    signal = table["city"].str[1:].astype(int).to_numpy() / 10 + random.normal(size=len(table))
    return {
        "regression": signal,
        "binary": (signal > 1.5).astype(np.int64),
        "multiclass": np.digitize(signal, [0.5, 2.5]).astype(np.int64),
    }[kind]


TASKS = {"regression": "continuous", "binary": "binary", "multiclass": "multiclass"}


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("smoothing", [None, 5.0])
def test_new_rows_get_the_values_of_scikit_learn(table, kind, smoothing):
    y = targets(table, kind)
    ours = TargetEncoder(smoothing=smoothing)
    theirs = preprocessing.TargetEncoder(smooth="auto" if smoothing is None else smoothing, target_type=TASKS[kind])
    ours.fit(table, y)
    theirs.fit(table, y)
    new = pd.DataFrame({"city": ["c3", "c29", "nowhere"], "kind": ["a", "zzz", "b"]})
    np.testing.assert_allclose(ours.encode(new).values, theirs.transform(new), rtol=1e-5)


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("smoothing", [None, 5.0])
def test_training_rows_are_encoded_from_the_other_folds(table, kind, smoothing):
    y = targets(table, kind)
    step = TargetEncoder(smoothing=smoothing, folds=4, seed=3)
    ours = step.fit_encode(table, y).values
    fold = step._folds(y)
    assert np.bincount(fold).tolist() == [225] * 4
    theirs = preprocessing.TargetEncoder(smooth="auto" if smoothing is None else smoothing, target_type=TASKS[kind])
    for number in range(4):
        inside = fold == number
        theirs.fit(table[~inside], y[~inside])
        np.testing.assert_allclose(ours[inside], theirs.transform(table[inside]), rtol=1e-5)


def test_a_column_of_names_gives_nothing_away():
    """Every category is one row: its own target would be a perfect feature, cross-fitted it is none."""
    random = np.random.default_rng(6)
    table = pd.DataFrame({"name": [f"n{n}" for n in range(400)]})
    y = random.integers(0, 2, 400)
    crossed = TargetEncoder().fit_encode(table, y).values
    assert abs(np.corrcoef(crossed.ravel(), y)[0, 1]) < 0.2
    assert cross_val_score(DecisionTreeClassifier(), crossed, y).mean() < 0.65


def test_classes_are_spread_evenly_over_the_folds():
    y = np.array([0] * 90 + [1] * 10)
    fold = TargetEncoder()._folds(y)
    assert [int((fold[y == 1] == number).sum()) for number in range(5)] == [2] * 5


def test_missing_values_are_a_category_of_their_own():
    table = pd.DataFrame({"c": ["a", "a", None, None]})
    step = TargetEncoder(smoothing=0.0)
    step.fit(table, np.array([1.0, 1.0, 9.0, 9.0]))
    assert step.encode(pd.DataFrame({"c": [None, "a", "z"]})).values.ravel().tolist() == [9.0, 1.0, 5.0]


@pytest.mark.parametrize("kind", TASKS)
def test_features_can_be_scaled(table, kind):
    y = targets(table, kind)
    y = y * 1e6 + 5e6 if kind == "regression" else y
    plain, scaled = TargetEncoder(), TargetEncoder(scaled=True)
    plain.fit(table, y)
    scaled.fit(table, y)
    expected = preprocessing.StandardScaler().fit_transform(plain.encode(table).values.astype(float))
    found = scaled.encode(table).values
    assert np.abs(found.std(axis=0) - 1).max() < 1e-3
    assert np.abs(found - expected).max() < 0.1  # the centre is the overall mean, not that of the smoothed means
    assert 0.5 < scaled.fit_encode(table, y).values[:, 0].std() < 2


def test_only_columns_with_enough_categories(table):
    step = TargetEncoder(min_categories=10)
    block = step.fit_encode(table, targets(table, "binary"))
    assert step.columns_ == ["city"]
    assert block.names == ("city: target mean",)


def test_only_the_most_frequent_classes():
    table = pd.DataFrame({"c": list("ab") * 50})
    y = np.repeat([0, 1, 2, 3], [40, 30, 20, 10])
    step = TargetEncoder(max_classes=2)
    assert step.fit_encode(table, y).names == ("c: target mean 0", "c: target mean 1")


def test_another_seed_gives_other_folds(table):
    y = targets(table, "binary")
    one, two, same = (TargetEncoder(seed=seed).fit_encode(table, y).values for seed in (0, 1, 0))
    assert not np.allclose(one, two)
    np.testing.assert_array_equal(one, same)


def test_it_needs_one_target(table):
    with pytest.raises(DataError, match="needs one target"):
        TargetEncoder().fit(table)
    with pytest.raises(DataError, match="several labels"):
        TargetEncoder().fit(table, np.zeros((len(table), 2), dtype=np.int8))
