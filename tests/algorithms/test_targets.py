"""Targets on their way to a library and back."""

from __future__ import annotations

import numpy as np
import pytest

from litmus.algorithms.targets import ClassTarget, ValueTarget


def test_absent_classes_get_no_probability():
    target = ClassTarget.learn(np.array([1, 3, 3, 1, 3]), 5, None)
    np.testing.assert_array_equal(target.encode(np.array([1, 3])), [0, 1])
    decoded = target.decode(np.array([0.25, 1.0]))
    np.testing.assert_allclose(decoded, [[0, 0.75, 0, 0.25, 0], [0, 0, 0, 1, 0]])
    assert decoded.dtype == np.float32
    np.testing.assert_array_equal(target.known(np.array([0, 1, 2, 3])), [False, True, False, True])


def test_answers_that_are_no_probabilities_become_some():
    target = ClassTarget.learn(np.array([0, 1, 1, 2]), 3, None)
    decoded = target.decode(np.array([[np.nan, 1, 0], [0, 0, 0], [2, 2, 0], [-1, 0.5, 0.5]]))
    np.testing.assert_allclose(decoded, [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25], [0.5, 0.5, 0], [0, 0.5, 0.5]])


def test_prior_counts_weights():
    target = ClassTarget.learn(np.array([0, 1]), 2, np.array([1.0, 3.0]))
    np.testing.assert_allclose(target.decode_prior(2), [[0.25, 0.75]] * 2)
    unweighted = ClassTarget.learn(np.array([0, 1]), 2, np.zeros(2))
    np.testing.assert_allclose(unweighted.prior, [0.5, 0.5])


@pytest.mark.parametrize(
    "y",
    [np.array([1.0, 2, 4]), np.array([1e300, -1e300, 3e299]), np.array([1e12, 1e12 + 1]), np.array([1e-300, 2e-300])],
)
def test_values_are_standardised_and_come_back(y):
    target = ValueTarget.learn(y, None)
    encoded = target.encode(y)
    assert np.abs(encoded).max() < 10
    assert np.std(encoded) == pytest.approx(1.0)
    np.testing.assert_allclose(target.decode(encoded), y, rtol=1e-12)


def test_equal_values_leave_nothing_to_learn():
    target = ValueTarget.learn(np.full(5, 0.1), None)
    assert target.constant
    np.testing.assert_array_equal(target.decode_prior(2), [0.1, 0.1])


def test_weighted_mean_and_median():
    target = ValueTarget.learn(np.array([0.0, 10.0, 20.0]), np.array([1.0, 1.0, 8.0]))
    assert target.center == pytest.approx(17.0)
    assert target.median == 20.0


def test_json_and_back():
    classes = ClassTarget.learn(np.array([0, 2]), 3, None)
    again = ClassTarget.from_json(classes.to_json())
    np.testing.assert_array_equal(again.codes, classes.codes)
    np.testing.assert_array_equal(again.prior, classes.prior)
    values = ValueTarget.learn(np.array([0.1, 0.7]), None)
    assert ValueTarget.from_json(values.to_json()) == values
    with pytest.raises(ValueError, match="number of classes"):
        ClassTarget.from_json({"codes": [7], "prior": [0.5, 0.5]})
