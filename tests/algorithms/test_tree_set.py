"""Trees as arrays: the same answers as scikit-learn's, and no crash on a malformed file."""

from __future__ import annotations

import numpy as np
import pytest
from algorithm_data import classes, fit, numbers, round_trip, values
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor

from litmus.algorithms.tree_set import TreeSet
from litmus.errors import BundleError


def forest_and_rows(kind=RandomForestClassifier, n_classes=3):
    X = numbers()
    X[::9, 2] = np.nan
    y = classes(np.nan_to_num(X), n_classes) if n_classes else values(np.nan_to_num(X))
    return kind(25, random_state=0).fit(X, y), X


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
def test_answers_are_scikit_learns(kind):
    forest, X = forest_and_rows(kind)
    trees = TreeSet.from_estimators(forest.estimators_, X.shape[1])
    np.testing.assert_allclose(trees.respond(X, 1), forest.predict_proba(X), atol=1e-6)


def test_values_are_scikit_learns():
    forest, X = forest_and_rows(RandomForestRegressor, 0)
    trees = TreeSet.from_estimators(forest.estimators_, X.shape[1])
    np.testing.assert_allclose(trees.respond(X, 1)[:, 0], forest.predict(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_few_rows_and_many_threads_change_no_bit(n_classes):
    forest, X = forest_and_rows(RandomForestClassifier if n_classes else RandomForestRegressor, n_classes)
    trees = TreeSet.from_estimators(forest.estimators_, X.shape[1])
    together = trees.respond(X, 1)
    np.testing.assert_array_equal(trees.respond(X, 3), together)
    np.testing.assert_array_equal(np.concatenate([trees.respond(X[i : i + 1], 1) for i in range(30)]), together[:30])
    np.testing.assert_array_equal(trees.respond(X[:10], 1), together[:10])


def damaged():
    def change(name, position, value):
        def apply(arrays):
            arrays[name] = arrays[name].copy()
            arrays[name].flat[position] = value

        return apply

    yield pytest.param(change("left", 0, 10**8), id="child beyond the tree")
    yield pytest.param(change("right", 0, -7), id="negative child")
    yield pytest.param(change("left", 0, 0), id="child that is its parent")
    yield pytest.param(change("right", 0, -1), id="half a leaf")
    yield pytest.param(change("feature", 0, 99), id="feature beyond the row")
    yield pytest.param(change("feature", 0, -3), id="negative feature")
    yield pytest.param(change("threshold", 0, np.nan), id="threshold that is no number")
    yield pytest.param(change("value_numbers", 0, np.inf), id="infinite value")
    yield pytest.param(change("value_columns", 0, 2), id="value of no class")
    yield pytest.param(change("value_columns", 0, -1), id="value before the first class")
    yield pytest.param(change("value_counts", 0, -1), id="negative number of values")
    yield pytest.param(change("value_counts", 0, 10**6), id="more values than there are")
    yield pytest.param(change("value_width", 0, 2**30), id="values that no memory holds")
    yield pytest.param(change("starts", 1, 10**7), id="start beyond the end")
    yield pytest.param(change("starts", 1, 0), id="empty tree")
    yield pytest.param(change("depths", 0, -5), id="negative depth")
    yield pytest.param(lambda arrays: arrays.update(left=arrays["left"][:-1]), id="short array")
    yield pytest.param(lambda arrays: arrays.update(left=arrays["left"].astype(float)), id="wrong type")
    yield pytest.param(lambda arrays: arrays.update(value_numbers=arrays["value_numbers"][:, None]), id="wrong shape")
    yield pytest.param(lambda arrays: arrays.pop("feature"), id="absent array")
    yield pytest.param(lambda arrays: arrays.update(feature=np.array([{}] * len(arrays["feature"]))), id="objects")


@pytest.mark.parametrize("damage", list(damaged()))
def test_a_malformed_file_is_a_bundle_error(damage, tmp_path):
    X = numbers()
    fitted = fit("RandomForest", X, classes(X), 2, parameters={"n_estimators": 3})
    fitted.save(tmp_path)
    with np.load(tmp_path / "trees.npz") as file:
        arrays = dict(file)
    damage(arrays)
    np.savez(tmp_path / "trees.npz", **arrays)
    with pytest.raises(BundleError):
        fitted.clone().restore(tmp_path)


def test_the_first_form_of_the_file_still_opens(tmp_path):
    X = numbers()
    fitted = fit("RandomForest", X, classes(X), 2, parameters={"n_estimators": 3})
    fitted.save(tmp_path)
    with np.load(tmp_path / "trees.npz") as file:
        arrays = {name: file[name] for name in file.files if not name.startswith("value_")}
    np.savez(tmp_path / "trees.npz", **arrays, values=fitted.trees_._arrays["values"])
    again = fitted.clone()
    again.restore(tmp_path)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"not an archive"])
def test_a_file_that_is_no_archive_is_a_bundle_error(content, tmp_path):
    X = numbers()
    fitted = fit("DecisionTree", X, classes(X), 2)
    fitted.save(tmp_path)
    (tmp_path / "trees.npz").write_bytes(content)
    with pytest.raises(BundleError):
        fitted.clone().restore(tmp_path)


@pytest.mark.parametrize("name", ["RandomForest", "ExtraTrees"])
def test_a_deadline_leaves_a_smaller_forest(name, tmp_path):
    X = numbers()
    whole = fit(name, X, classes(X), 2, parameters={"n_estimators": 60}, seed=4)
    cut = fit(name, X, classes(X), 2, parameters={"n_estimators": 60}, seed=4, deadline=0.0)
    assert len(cut.trees_.trees) == 25
    assert len(whole.trees_.trees) == 60
    np.testing.assert_array_equal(cut.trees_.trees[0].predict(X), whole.trees_.trees[0].predict(X))
    np.testing.assert_array_equal(round_trip(cut, tmp_path).predict_proba(X), cut.predict_proba(X))
