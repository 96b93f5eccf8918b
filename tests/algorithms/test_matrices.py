"""Features on their way to a library."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from litmus.algorithms.matrices import prepare

ODD = np.array([[1, np.nan], [np.inf, -np.inf]], dtype=np.float32)


def test_infinities_become_missing_where_missing_is_allowed():
    made = prepare(ODD, sparse=False, missing=True)
    np.testing.assert_array_equal(made, [[1, np.nan], [np.nan, np.nan]])
    assert np.isinf(ODD[1]).all()


def test_nothing_odd_remains_where_missing_is_not_allowed():
    made = prepare(ODD, sparse=False, missing=False)
    np.testing.assert_array_equal(made, np.array([[1, 0], [1e9, -1e9]], dtype=np.float32))


def test_good_arrays_are_not_copied():
    X = np.ones((3, 2), dtype=np.float32)
    assert prepare(X, sparse=True, missing=True) is X
    assert prepare(X, sparse=True, missing=False) is X


def test_sparse_stays_sparse_only_where_it_may():
    X = sparse.csr_matrix(ODD)
    kept = prepare(X, sparse=True, missing=False)
    assert sparse.issparse(kept)
    np.testing.assert_array_equal(kept.toarray(), prepare(ODD, sparse=False, missing=False))
    assert isinstance(prepare(X, sparse=False, missing=True), np.ndarray)
    assert np.isnan(X.data).any()


def test_other_number_types_become_float32():
    made = prepare(np.asfortranarray(np.arange(6).reshape(3, 2)), sparse=False, missing=True)
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
