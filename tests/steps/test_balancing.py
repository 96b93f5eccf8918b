"""Class weights and resampling against scikit-learn and imbalanced-learn."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from scipy import sparse
from sklearn.utils.class_weight import compute_sample_weight

from litmus.errors import DataError, ParameterError
from litmus.steps import ClassWeights, NearMiss, RandomOverSample, RandomUnderSample, Smote

RESAMPLERS = [RandomUnderSample(), RandomOverSample(), Smote(), NearMiss(), NearMiss(version=2), NearMiss(version=3)]


@pytest.fixture
def rows():
    random = np.random.default_rng(8)
    y = np.repeat([0, 1, 2], [60, 25, 8])
    return random.normal(size=(93, 4)).astype(np.float32) + y[:, None], y


def test_balanced_weights_are_those_of_scikit_learn(rows):
    _, y = rows
    np.testing.assert_allclose(ClassWeights().weights(y), compute_sample_weight("balanced", y))
    assert ClassWeights().weights(np.array([1, 1, 3])).tolist() == [0.75, 0.75, 1.5]


def test_weights_by_label_or_code():
    y = np.array([0, 1, 1])
    assert ClassWeights({"fraud": 5}).weights(y, ("ok", "fraud")).tolist() == [1, 5, 5]
    assert ClassWeights({1: 5, 0: 0.5}).weights(y).tolist() == [0.5, 5, 5]
    assert ClassWeights().name == "class_weights"
    assert ClassWeights({"fraud": 5}).clone() == ClassWeights({"fraud": 5})


def test_bad_weights():
    with pytest.raises(ParameterError, match="'balanced' or a dict"):
        ClassWeights("equal")
    with pytest.raises(ParameterError, match="class 'a' the weight -1"):
        ClassWeights({"a": -1})
    with pytest.raises(ParameterError, match="class 'fruad', which is not there. Did you mean 'fraud'"):
        ClassWeights({"fruad": 2}).weights(np.array([0, 1]), ("ok", "fraud"))


@pytest.mark.parametrize("resampler", RESAMPLERS, ids=repr)
@pytest.mark.parametrize("packed", [False, True])
def test_classes_become_balanced(rows, resampler, packed):
    X, y = rows
    before = X.copy()
    given = sparse.csr_matrix(X) if packed else X
    new, codes, kept = resampler.resample(given, y, 0)
    counts = np.bincount(codes)
    assert new.shape == (len(codes), 4)
    if resampler != NearMiss(version=3):  # the third version keeps what is near, however many
        assert len(set(counts.tolist())) == 1
    assert counts[2] in (8, 60)
    np.testing.assert_array_equal(X, before)
    if kept is not None:
        np.testing.assert_array_equal(codes, y[kept])
        np.testing.assert_array_equal(new.toarray() if packed else new, X[kept])


@pytest.mark.parametrize("resampler", [RandomUnderSample(), RandomOverSample(), Smote()], ids=repr)
def test_the_seed_decides(rows, resampler):
    results = [resampler.resample(*rows, seed)[0] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


def test_ratios(rows):
    assert np.bincount(RandomUnderSample(ratio=2.0).resample(*rows, 0)[1]).tolist() == [16, 16, 8]
    assert np.bincount(RandomOverSample(ratio=0.5).resample(*rows, 0)[1]).tolist() == [60, 30, 30]
    assert np.bincount(Smote(ratio=0.5).resample(*rows, 0)[1]).tolist() == [60, 30, 30]


def test_smote_is_that_of_imbalanced_learn(rows):
    X, y = rows[0][rows[1] > 0], rows[1][rows[1] > 0] - 1
    new, codes, kept = Smote().resample(X, y, 3)
    expected, expected_codes = SMOTE(sampling_strategy={1: 25}, random_state=3 + 1).fit_resample(X, y)
    np.testing.assert_array_equal(new, expected)
    np.testing.assert_array_equal(codes, expected_codes)
    assert kept is None


def test_smote_with_few_rows_and_missing_values(rows):
    X, y = rows
    X = X.copy()
    X[::5, 1] = np.nan
    y = y.copy()
    y[-8:] = [2, 2, 2, 3, 1, 1, 1, 1]
    new, codes, _ = Smote().resample(X, y, 0)
    assert np.bincount(codes).tolist() == [60] * 4
    assert np.isfinite(new).all()
    single = new[codes == 3]
    assert (single == single[0]).all()


def test_near_miss_keeps_missing_values_in_the_rows(rows):
    X, y = rows
    X = X.copy()
    X[::5, 1] = np.nan
    new, _, kept = NearMiss().resample(X, y, 0)
    np.testing.assert_array_equal(new, X[kept])
    assert np.isnan(new).any()


def test_tables_can_be_sampled_but_have_no_distances(rows):
    X, y = rows
    table = pd.DataFrame(X, columns=list("abcd"))
    new, codes, kept = RandomUnderSample().resample(table, y, 0)
    pd.testing.assert_frame_equal(new.to_pandas(), table.iloc[kept].reset_index(drop=True))
    assert len(codes) == 24
    for resampler in (Smote(), NearMiss()):
        with pytest.raises(DataError, match="this algorithm takes the table itself"):
            resampler.resample(table, y, 0)
