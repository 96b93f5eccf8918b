"""Bootstrap intervals, compared with formulas, with SciPy's bootstrap, and with resampling by hand."""

import dataclasses

import numpy as np
import pytest
from metric_cases import NAMES, classified, valued
from scipy import stats
from sklearn import metrics as sk

from litmus.errors import MetricError, ParameterError
from litmus.metrics import Metric, Predictions, bootstrap, metric


def width(interval):
    return interval[1] - interval[0]


def by_hand(p, score, *, resamples=200, seed=0):
    rng = np.random.default_rng(seed)
    values = [score(p.take(rng.integers(0, len(p), len(p)))) for _ in range(resamples)]
    return np.quantile(values, [0.025, 0.975])


def test_accuracy_is_as_wide_as_the_normal_interval():
    p = classified(0, 4000, 3)
    share = Metric("accuracy").score(p)
    expected = 2 * 1.96 * (share * (1 - share) / 4000) ** 0.5
    assert width(Metric("accuracy").interval(p, resamples=2000)) == pytest.approx(expected, rel=0.1)


def test_rmse_is_as_wide_as_scipy_says():
    p = valued(0, 500)
    error = p.y_true - p.y_pred
    found = stats.bootstrap(
        (error,), lambda e, axis: np.sqrt((e**2).mean(axis=axis)), n_resamples=2000, method="percentile", rng=0
    )
    low, high = Metric("rmse").interval(p, resamples=2000)
    assert (low, high) == pytest.approx(tuple(found.confidence_interval), rel=0.02)


@pytest.mark.parametrize(("n_classes", "weighted"), [(2, False), (3, True)])
def test_resampling_by_hand_gives_the_same(n_classes, weighted):
    p = classified(1, 400, n_classes, weighted=weighted)

    def auc(rows):
        scores = rows.scores[:, 1] if n_classes == 2 else rows.scores
        return sk.roc_auc_score(rows.y_true, scores, multi_class="ovr", sample_weight=rows.sample_weight)

    low, high = by_hand(p, auc)
    found = Metric("roc_auc").interval(p, resamples=500)
    assert found == pytest.approx((low, high), abs=0.25 * (high - low))
    low, high = by_hand(p, lambda r: sk.f1_score(r.y_true, r.y_pred, average="macro", sample_weight=r.sample_weight))
    found = Metric("f1(average=macro)").interval(p, resamples=500)
    assert found == pytest.approx((low, high), abs=0.25 * (high - low))


def test_thresholds_are_chosen_in_each_resample_unless_one_is_given():
    p = classified(2, 800, 2)
    chosen = Metric("coverage_at_precision(precision=0.9)")
    low, high = by_hand(p, chosen.score)
    assert chosen.interval(p, resamples=500) == pytest.approx((low, high), abs=0.25 * (high - low))
    threshold = chosen.threshold(p)
    coverage = chosen.score_at(p, threshold)
    expected = 2 * 1.96 * (coverage * (1 - coverage) / 800) ** 0.5
    assert width(chosen.interval(p, resamples=2000, threshold=threshold)) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("name", ["roc_auc", "log_loss", "pr_auc", "coverage_at_precision(precision=0.8)"])
def test_a_sample_of_many_rows_gives_the_width_of_all(name, monkeypatch):
    p = classified(3, 24_000, 2)
    rare = np.flatnonzero((p.y_true == 0) | (np.arange(24_000) % 40 == 0))  # few positives, which all are kept
    for rows in (p, p.take(rare)) if "coverage" not in name else (p,):
        full = Metric(name).interval(rows, resamples=400)
        with monkeypatch.context() as patch:
            patch.setattr(bootstrap, "_VISITS", 400 * 5_000)
            thinned = Metric(name).interval(rows, resamples=400)
        assert thinned != full
        assert width(thinned) == pytest.approx(width(full), rel=0.35)
        assert np.mean(thinned) == pytest.approx(np.mean(full), abs=0.3 * width(full))


@pytest.mark.parametrize("name", ["log_loss", "roc_auc"])
def test_the_interval_of_a_sample_is_moved_to_the_score_of_all(name, monkeypatch):
    p = classified(3, 24_000, 2)
    monkeypatch.setattr(bootstrap, "_VISITS", 400 * 5_000)
    for seed in range(5):
        found = Metric(name).interval(p, resamples=400, seed=seed)
        assert np.mean(found) == pytest.approx(Metric(name).score(p), abs=0.2 * width(found))


@pytest.mark.parametrize("name", ["roc_auc", "pr_auc", "median_absolute_error", "precision_at_coverage(coverage=0.5)"])
def test_weights_stay_with_their_rows(name):
    p = valued(4, 400) if name.startswith("median") else classified(4, 400, 2)
    good = np.abs(p.y_true - p.y_pred) < 0.5
    p = dataclasses.replace(p, sample_weight=np.where(good, 5.0, 1.0))
    low, high = by_hand(p, Metric(name).score)
    assert Metric(name).interval(p) == pytest.approx((low, high), abs=0.3 * (high - low))


def test_thinning_keeps_rare_classes_and_counts_all_rows():
    codes = np.repeat([0, 1, 2], [60_000, 2_000, 30])
    p = Predictions("multiclass", codes, np.eye(3)[codes], codes, NAMES[:3])
    kept, stands_for = bootstrap._thin(p, 10_000, np.random.default_rng(0))
    assert len(kept) < 13_000
    assert (codes[kept] == 2).sum() == 30
    for code, rows in enumerate((60_000, 2_000, 30)):
        assert stands_for[codes[kept] == code].sum() == pytest.approx(rows)


def test_many_rows_of_classes_need_no_rows_at_all():
    p = classified(0, 300_000, 2)
    low, high = Metric("accuracy").interval(p)
    assert low < Metric("accuracy").score(p) < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 300_000), rel=0.4)


def test_more_rows_and_lower_levels_are_narrower():
    small, large = classified(0, 200, 2), classified(0, 5_000, 2)
    for name in ("roc_auc", "accuracy", "brier"):
        assert width(Metric(name).interval(large)) < width(Metric(name).interval(small))
        assert width(Metric(name).interval(small, level=0.5)) < width(Metric(name).interval(small, level=0.95))


def test_a_seed_fixes_the_interval():
    p = classified(0, 300, 2)
    for name in ("roc_auc", "accuracy"):
        assert Metric(name).interval(p, seed=1) == Metric(name).interval(p, seed=1) != Metric(name).interval(p, seed=2)


def test_the_interval_holds_the_score_where_resampling_is_biased():
    p = classified(0, 150, 2)
    for name in ("expected_calibration_error(bins=100)", "coverage_at_precision(precision=0.95)"):
        low, high = Metric(name).interval(p)
        assert 0 <= low <= Metric(name).score(p) <= high <= 1


def test_a_rare_class_that_some_resamples_miss():
    codes = np.array([1] + [0] * 60)
    probability = np.append(0.6, np.linspace(0, 1, 60))
    p = Predictions(
        "binary", codes, np.c_[1 - probability, probability], (probability > 0.5).astype(int), ("no", "yes")
    )
    low, high = Metric("roc_auc").interval(p)
    assert 0 < low <= Metric("roc_auc").score(p) <= high < 1


def test_too_few_defined_resamples_for_an_interval_say_so():
    truth = np.array([1.0, 2.0])
    p = Predictions("regression", truth, truth + 1, truth + 1)
    with pytest.raises(MetricError, match=r"interval of r2 is undefined: on nearly all resamples of the 2 rows"):
        Metric("r2").interval(p, resamples=20)


def test_options_out_of_range():
    p = classified(0, 30, 2)
    for options in ({"level": 1.0}, {"level": 95}, {"resamples": 1}):
        with pytest.raises(ParameterError, match="level must be between 0 and 1 and resamples at least 2"):
            Metric("accuracy").interval(p, **options)


def test_a_users_function_is_called_on_drawn_rows_and_not_too_often():
    calls = []

    @metric(maximize=False)
    def mistakes(y_true, y_pred):
        calls.append(len(y_true))
        return (y_true != y_pred).mean()

    p = classified(0, 100, 3)
    low, high = mistakes.interval(p)
    accuracy = Metric("accuracy").interval(p)
    assert (1 - high, 1 - low) == pytest.approx(accuracy, abs=0.25 * width(accuracy))
    assert len(calls) == 201
    calls.clear()
    mistakes.interval(classified(0, 40_000, 3))
    assert calls == [40_000] * 26
