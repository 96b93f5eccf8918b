import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from litmus.data.allocation import deal, draw


def _table(rows, classes, seed=0):
    return np.random.default_rng(seed).integers(0, classes, rows)


@settings(max_examples=80, deadline=None)
@given(st.integers(10, 400), st.integers(2, 10), st.integers(1, 8), st.integers(0, 1000))
def test_parts_and_strata_differ_by_one_row_at_most(rows, parts, classes, seed):
    strata = _table(rows, classes, seed)
    part = deal(np.arange(rows), parts, strata=strata, seed=seed)
    sizes = np.bincount(part, minlength=parts)
    assert sizes.max() - sizes.min() <= 1
    for stratum in range(classes):
        counts = np.bincount(part[strata == stratum], minlength=parts)
        assert counts.max() - counts.min() <= 1


def test_dealing_is_as_even_as_that_of_scikit_learn():
    y = np.repeat([0, 1, 2], [700, 250, 50])
    ours = deal(np.arange(1000), 7, strata=y, seed=3)
    theirs = np.empty(1000, dtype=int)
    for fold, (_, held_out) in enumerate(StratifiedKFold(7, shuffle=True, random_state=3).split(np.zeros(1000), y)):
        theirs[held_out] = fold

    def spread(part):
        return sum(np.ptp([np.bincount(y[part == fold], minlength=3) for fold in range(7)], axis=0))

    assert spread(ours) <= spread(theirs)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=30, max_size=200), st.integers(0, 1000))
def test_units_are_never_torn_apart(ids, seed):
    units = np.unique(ids, return_inverse=True)[1]
    part = deal(units, 3, seed=seed)
    drawn = draw(units, 0.3, seed=seed)
    for unit in range(units.max() + 1):
        assert len(set(part[units == unit])) == 1
        assert len(set(drawn[units == unit])) == 1


def test_large_units_do_not_unbalance_the_parts_by_more_than_one_of_them():
    units = np.repeat(np.arange(50), np.random.default_rng(0).integers(1, 30, 50))
    sizes = np.bincount(deal(units, 5, seed=0), minlength=5)
    assert sizes.max() - sizes.min() <= 30


def test_a_seed_fixes_the_parts():
    units = np.arange(100)
    assert (deal(units, 5, seed=1) == deal(units, 5, seed=1)).all()
    assert (deal(units, 5, seed=1) != deal(units, 5, seed=2)).any()
    assert (draw(units, 0.2, seed=1) == draw(units, 0.2, seed=1)).all()
    assert (draw(units, 0.2, seed=1) != draw(units, 0.2, seed=2)).any()


@pytest.mark.parametrize("share", [0.05, 0.2, 1 / 3, 0.5, 0.9])
def test_the_share_is_drawn_of_every_stratum(share):
    strata = np.repeat([0, 1, 2], [600, 300, 101])
    drawn = draw(np.arange(1001), share, strata=strata, seed=5)
    assert abs(drawn.sum() - share * 1001) <= 1
    for stratum, size in enumerate([600, 300, 101]):
        assert abs(drawn[strata == stratum].sum() - share * size) <= 1


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=5, max_size=60), st.floats(0.05, 0.95), st.integers(0, 100))
def test_each_stratum_leaves_one_unit_behind(values, share, seed):
    strata = np.unique(values, return_inverse=True)[1]
    drawn = draw(np.arange(len(strata)), share, strata=strata, seed=seed, keep_rare=True)
    assert set(strata[~drawn]) == set(strata)


def test_every_unit_is_as_likely_to_be_drawn():
    counts = sum(draw(np.arange(50), 0.2, seed=seed).astype(int) for seed in range(600))
    assert counts.min() > 70
    assert counts.max() < 170


def test_at_least_one_unit_is_drawn():
    for seed in range(30):
        assert 1 <= draw(np.arange(3), 0.05, seed=seed).sum() <= 2
