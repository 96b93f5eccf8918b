"""The statistics agree with SciPy's, and corrections with their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance
from sklearn.metrics import roc_auc_score

from litmus.monitor.columns import describe_numbers
from litmus.monitor.corrections import benjamini_hochberg, holm
from litmus.monitor.dependence import changed_dependence
from litmus.monitor.distances import chi_square, jensen_shannon, population_stability, total_variation
from litmus.monitor.tallies import NumberTally
from litmus.monitor.tests_of_change import (
    area_under_roc,
    binomial_tail,
    exceedances,
    kolmogorov_smirnov,
    kolmogorov_smirnov_of_counts,
    means,
    proportions,
)


@pytest.mark.parametrize("seed", range(5))
def test_kolmogorov_smirnov_is_scipys(seed):
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=400), rng.normal(0.1 * seed, size=300).round(1)
    ours, theirs = kolmogorov_smirnov(left, right), stats.ks_2samp(left, right, method="asymp")
    assert ours.value == pytest.approx(theirs.statistic)
    assert ours.p_value == pytest.approx(stats.kstwobign.sf(np.sqrt(400 * 300 / 700) * theirs.statistic))


@pytest.mark.parametrize("whole", [False, True])
def test_kolmogorov_smirnov_of_bins_is_near_that_of_values(whole):
    rng = np.random.default_rng(3)
    reference, current = rng.gamma(2, 3, 5_000), rng.gamma(2.3, 3, 2_000)
    if whole:
        reference, current = reference.round(), current.round()
    column = describe_numbers(reference, "numeric")
    tally = NumberTally(column)
    for part in np.array_split(current, 7):
        tally.add_numbers(part)
    exact = stats.ks_2samp(reference, current).statistic
    binned = kolmogorov_smirnov_of_counts(np.asarray(column.counts), tally.counts).value
    assert exact - 0.011 <= binned <= exact + 1e-12
    assert tally.counts.sum() == 2_000
    assert sum(column.counts) == 5_000


def test_a_value_of_many_rows_has_a_bin_alone():
    values = np.concatenate([np.zeros(700), np.linspace(-1, 1, 300)])
    column = describe_numbers(values, "numeric")
    tally = NumberTally(column)
    tally.add_numbers(np.full(100, -0.001))  # just below the frequent value: another bin
    frequent = int(column.bins_of(np.array([0.0]))[0])
    assert column.counts[frequent] == 700
    assert tally.counts[frequent] == 0


def test_chi_square_is_scipys_where_cells_are_large_enough():
    before, now = np.array([500, 300, 200]), np.array([90, 80, 30])
    statistic, p_value = chi_square(before, now)
    theirs = stats.chi2_contingency(np.vstack([before, now]), correction=False)
    assert statistic == pytest.approx(theirs.statistic)
    assert p_value == pytest.approx(theirs.pvalue)


def test_rare_cells_are_put_together():
    before, now = np.array([500, 300, 2, 1, 1]), np.array([90, 80, 0, 3, 2])
    merged = chi_square(np.array([500, 300, 4]), np.array([90, 80, 5]))
    assert chi_square(before, now)[1] <= 1
    assert chi_square(np.array([5, 0]), np.array([0, 3])) == (0.0, 1.0)
    assert merged[0] >= 0


def test_jensen_shannon_is_scipys():
    rng = np.random.default_rng(0)
    before, now = rng.integers(0, 50, 12), rng.integers(0, 50, 12)
    assert jensen_shannon(before, now) == pytest.approx(distance.jensenshannon(before, now, base=2))
    assert total_variation(before, now) == pytest.approx(np.abs(before / before.sum() - now / now.sum()).sum() / 2)


def test_stability_index_of_unchanged_small_windows_is_small():
    rng = np.random.default_rng(1)
    shares = np.full(10, 0.1)
    found = [population_stability(rng.multinomial(20_000, shares), rng.multinomial(100, shares)) for _ in range(300)]
    assert np.mean(found) < 0.05  # the plain index is 0.09 on average here
    large = population_stability(np.full(10, 1000), np.array([200] * 5 + [1800] * 5))
    assert large == pytest.approx(0.4 * np.log(9), rel=0.02)


@pytest.mark.parametrize(("had", "of", "has", "among"), [(30, 1000, 80, 900), (3, 40, 9, 30), (0, 500, 4, 60)])
def test_proportions_are_scipys(had, of, has, among):
    tested = proportions(had, of, has, among)
    table = [[had, of - had], [has, among - has]]
    if min((had + has) / (of + among) * among, 1e9) >= 10:
        expected = stats.chi2_contingency(table, correction=False).pvalue
    else:
        sides = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        expected = min(1.0, 2 * min(sides))
    assert tested.p_value == pytest.approx(expected, rel=1e-6)
    assert tested.value == pytest.approx(has / among - had / of)


def test_means_exceedances_and_tails():
    rng = np.random.default_rng(2)
    left, right = rng.normal(size=900), rng.normal(0.2, 2, size=700)
    tested = means(left, right)
    assert tested.p_value == pytest.approx(stats.ttest_ind(left, right, equal_var=False).pvalue, rel=0.02)
    assert means(np.ones(10), np.ones(10)).p_value == 1
    assert exceedances(2, 8, 2) == pytest.approx(2 / 10 * 1 / 9)
    assert binomial_tail(7, 50, 0.1) == pytest.approx(stats.binom.sf(6, 50, 0.1))


def test_area_under_roc_and_its_variance():
    rng = np.random.default_rng(4)
    areas, variances = [], []
    for _ in range(300):
        positive, negative = rng.normal(1, 1, 60), rng.normal(0, 1, 90)
        area, variance = area_under_roc(positive, negative)
        areas.append(area)
        variances.append(variance)
    scores = np.concatenate([positive, negative])
    assert area == pytest.approx(roc_auc_score([1] * 60 + [0] * 90, scores))
    assert np.mean(variances) == pytest.approx(np.var(areas), rel=0.25)
    assert area_under_roc(np.empty(0), negative) == (0.5, np.inf)


def test_corrections():
    p_values = np.array([0.001, 0.02, 0.03, 0.5])
    assert benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values))
    assert holm(p_values).tolist() == pytest.approx([0.004, 0.06, 0.06, 0.5])
    weighted = benjamini_hochberg(np.array([0.02, 0.02]), np.array([3.0, 1.0]))
    assert weighted[0] < weighted[1]
    assert benjamini_hochberg(np.empty(0)).shape == (0,)


def test_dependence_sees_turned_columns_and_not_shifted_ones():
    rng = np.random.default_rng(5)
    x = rng.multivariate_normal([0, 0, 0], [[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]], 4_000)
    then, now = x[:3_000], x[3_000:]
    quiet = changed_dependence(then, np.exp(now) + 5)
    assert quiet is not None
    assert quiet.p_value > 0.01
    turned = now.copy()
    turned[:, 1] = now[:, 2]
    found = changed_dependence(then, turned)
    assert found is not None
    assert {found.first, found.second} in ({0, 1}, {1, 2})
    assert found.p_value < 1e-6
    assert changed_dependence(then[:, :1], now[:, :1]) is None


def test_dependence_is_seldom_found_in_heavy_tails():
    rng = np.random.default_rng(6)
    found = 0
    for _ in range(40):
        common = rng.exponential(size=(900, 1))
        x = rng.normal(size=(900, 6)) * common  # uncorrelated, but not independent
        result = changed_dependence(x[:600], x[600:])
        found += result is not None and result.p_value < 0.05
    assert found <= 6
