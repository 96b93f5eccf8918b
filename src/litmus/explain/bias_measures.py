"""Measures of bias, as formulas on counts.

Names and formulas are those of Amazon SageMaker Clarify's documentation ("Pre-training Bias Metrics",
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html, and "Post-training Data and Model Bias
Metrics", https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html): `d` are the rows in
question, `a` those they are compared with; `n` counts rows, `n(1)` those with a positive label, `n'(1)` those predicted
positive. Every measure is 0 where both are treated alike, but the disparate impact, which is 1.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

__all__ = ["MEASURES", "Counts", "Measure", "Stage"]

Stage = Literal["before", "after"]
_D, _A = 0, 1


class Outcomes(NamedTuple):
    """Rows with a label and a prediction: true positives, false negatives, false positives, true negatives (draws,)."""

    tp: np.ndarray
    fn: np.ndarray
    fp: np.ndarray
    tn: np.ndarray


@dataclasses.dataclass(frozen=True)
class Counts:
    """How many rows there are of each kind; the first axis is of draws, of which there is at least one.

    Attributes:
        cells: (draws, groups, 2, labels + 1, labels + 1): by group, by `d` and `a`, by label and by prediction; the last
            label and prediction mean that there is none.
        positive: which labels are positive (labels,).
    """

    cells: np.ndarray
    positive: np.ndarray

    def rows(self, facet: int) -> np.ndarray:
        """All rows of `d` or `a`."""
        return self.cells[:, :, facet].sum(axis=(1, 2, 3))

    def by_label(self, *, predicted: bool) -> np.ndarray:
        """Rows by group, facet and label, or prediction (draws, groups, 2, labels)."""
        return self.cells.sum(axis=3 if predicted else 4)[..., :-1]

    def positives(self, facet: int, *, predicted: bool) -> tuple[np.ndarray, np.ndarray]:
        """Rows with a positive label or prediction, and all that have one."""
        by_label = self.by_label(predicted=predicted)[:, :, facet].sum(axis=1)
        return by_label[:, self.positive].sum(axis=1), by_label.sum(axis=1)

    def outcomes(self, facet: int) -> Outcomes:
        """How labels and predictions of `d` or `a` agree."""
        both = self.cells[:, :, facet, :-1, :-1].sum(axis=1)
        yes, no = self.positive, ~self.positive
        return Outcomes(
            both[:, yes][:, :, yes].sum(axis=(1, 2)),
            both[:, yes][:, :, no].sum(axis=(1, 2)),
            both[:, no][:, :, yes].sum(axis=(1, 2)),
            both[:, no][:, :, no].sum(axis=(1, 2)),
        )


@dataclasses.dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        key: as results name it.
        title: in words.
        stage: "before" training, of labels, or "after" it, of predictions.
        formula: what is computed.
        fair: its value where both are treated alike.
        compute: draws → values; NaN where it is not defined.
        needs: counts that must be large enough for it, with what they count.
        grouped: whether it takes groups.
    """

    key: str
    title: str
    stage: Stage
    formula: str
    compute: Callable[[Counts], np.ndarray]
    needs: tuple[tuple[str, Callable[[Counts, int], np.ndarray]], ...]
    fair: float = 0.0
    grouped: bool = False

    @property
    def takes_labels(self) -> bool:
        """Whether it cannot be told without what is true."""
        return any(count not in (_predicted,) for _, count in self.needs)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)


def _class_imbalance(counts: Counts) -> np.ndarray:
    a, d = counts.rows(_A), counts.rows(_D)
    return _ratio(a - d, a + d)


def _share(counts: Counts, facet: int, *, predicted: bool) -> np.ndarray:
    return _ratio(*counts.positives(facet, predicted=predicted))


def _difference_of_shares(*, predicted: bool) -> Callable[[Counts], np.ndarray]:
    def compute(counts: Counts) -> np.ndarray:
        return _share(counts, _A, predicted=predicted) - _share(counts, _D, predicted=predicted)

    return compute


def _distributions(counts: Counts, *, smoothed: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The shares of labels in `a` and `d` (draws, labels)."""
    by_label = counts.by_label(predicted=False).sum(axis=1) + (0.5 if smoothed else 0.0)
    totals = by_label.sum(axis=2, keepdims=True)
    shares = _ratio(by_label, totals)
    return shares[:, _A], shares[:, _D]


def _divergence(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        terms = np.where(first > 0, first * np.log(first / second), 0.0)
    return np.asarray(terms.sum(axis=1))


def _kullback_leibler(counts: Counts) -> np.ndarray:
    a, d = _distributions(counts)
    if (d[0][a[0] > 0] == 0).any():  # infinite: half a row is added to every label of both, and the result says so
        a, d = _distributions(counts, smoothed=True)
    found = _divergence(a, d)
    return np.where(np.isfinite(found), found, np.nan)


def _jensen_shannon(counts: Counts) -> np.ndarray:
    a, d = _distributions(counts)
    mean = (a + d) / 2
    return (_divergence(a, mean) + _divergence(d, mean)) / 2


def _norm(counts: Counts) -> np.ndarray:
    a, d = _distributions(counts)
    return np.asarray(np.sqrt(((a - d) ** 2).sum(axis=1)))


def _variation(counts: Counts) -> np.ndarray:
    a, d = _distributions(counts)
    return np.asarray(np.abs(a - d).sum(axis=1) / 2)


def _largest(counts: Counts) -> np.ndarray:
    a, d = _distributions(counts)
    return np.asarray(np.abs(a - d).max(axis=1))


def _conditional(*, predicted: bool) -> Callable[[Counts], np.ndarray]:
    def compute(counts: Counts) -> np.ndarray:
        by_label = counts.by_label(predicted=predicted)
        accepted = by_label[..., counts.positive].sum(axis=3)
        rejected = by_label[..., ~counts.positive].sum(axis=3)
        sizes = (accepted + rejected).sum(axis=2)
        # in a group without rejected (accepted) rows no share of them is d's
        share_rejected = np.nan_to_num(_ratio(rejected[:, :, _D], rejected.sum(axis=2)))
        share_accepted = np.nan_to_num(_ratio(accepted[:, :, _D], accepted.sum(axis=2)))
        return _ratio((sizes * (share_rejected - share_accepted)).sum(axis=1), sizes.sum(axis=1))

    return compute


def _disparate_impact(counts: Counts) -> np.ndarray:
    return _ratio(_share(counts, _D, predicted=True), _share(counts, _A, predicted=True))


def _between(of: Callable[[Outcomes], np.ndarray]) -> Callable[[Counts], np.ndarray]:
    """`a`'s value less `d`'s."""

    def compute(counts: Counts) -> np.ndarray:
        return of(counts.outcomes(_A)) - of(counts.outcomes(_D))

    return compute


def _treatment(counts: Counts) -> np.ndarray:
    def odds(of: Outcomes) -> np.ndarray:
        return _ratio(of.fn, of.fp)

    return odds(counts.outcomes(_D)) - odds(counts.outcomes(_A))


def _labelled(counts: Counts, facet: int) -> np.ndarray:
    return counts.positives(facet, predicted=False)[1]


def _predicted(counts: Counts, facet: int) -> np.ndarray:
    return counts.positives(facet, predicted=True)[1]


def _true(counts: Counts, facet: int) -> np.ndarray:
    outcomes = counts.outcomes(facet)
    return outcomes.tp + outcomes.fn


def _untrue(counts: Counts, facet: int) -> np.ndarray:
    outcomes = counts.outcomes(facet)
    return outcomes.fp + outcomes.tn


def _accepted(counts: Counts, facet: int) -> np.ndarray:
    outcomes = counts.outcomes(facet)
    return outcomes.tp + outcomes.fp


def _wrong(counts: Counts, facet: int) -> np.ndarray:
    outcomes = counts.outcomes(facet)
    return outcomes.fn + outcomes.fp


def _compared(counts: Counts, facet: int) -> np.ndarray:
    return np.asarray(sum(counts.outcomes(facet)))


_LABELS = (("with a label", _labelled),)
_PREDICTIONS = (("with a prediction", _predicted),)

MEASURES: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        Measure("class_imbalance", "class imbalance (CI)", "before", "(n_a - n_d) / (n_a + n_d)", _class_imbalance, ()),
        Measure(
            "difference_in_proportions_of_labels",
            "difference in proportions of labels (DPL)",
            "before",
            "n_a(1) / n_a - n_d(1) / n_d",
            _difference_of_shares(predicted=False),
            _LABELS,
        ),
        Measure(
            "kullback_leibler_divergence",
            "Kullback-Leibler divergence of labels (KL)",
            "before",
            "sum over labels of P_a log(P_a / P_d)",
            _kullback_leibler,
            _LABELS,
        ),
        Measure(
            "jensen_shannon_divergence",
            "Jensen-Shannon divergence of labels (JS)",
            "before",
            "(KL(P_a, P) + KL(P_d, P)) / 2 with P = (P_a + P_d) / 2",
            _jensen_shannon,
            _LABELS,
        ),
        Measure("label_norm", "L2 norm between labels (LP)", "before", "sqrt(sum of (P_a - P_d)^2)", _norm, _LABELS),
        Measure(
            "total_variation_distance",
            "total variation distance of labels (TVD)",
            "before",
            "sum of |P_a - P_d| / 2",
            _variation,
            _LABELS,
        ),
        Measure(
            "largest_label_difference",
            "Kolmogorov-Smirnov distance of labels (KS)",
            "before",
            "max over labels of |P_a - P_d|",
            _largest,
            _LABELS,
        ),
        Measure(
            "conditional_demographic_disparity",
            "conditional demographic disparity in labels (CDDL)",
            "before",
            "sum over groups of n_i (n_id(0) / n_i(0) - n_id(1) / n_i(1)) / n",
            _conditional(predicted=False),
            _LABELS,
            grouped=True,
        ),
        Measure(
            "difference_in_positive_proportions",
            "difference in positive proportions in predicted labels (DPPL)",
            "after",
            "n'_a(1) / n_a - n'_d(1) / n_d",
            _difference_of_shares(predicted=True),
            _PREDICTIONS,
        ),
        Measure(
            "disparate_impact",
            "disparate impact (DI)",
            "after",
            "(n'_d(1) / n_d) / (n'_a(1) / n_a)",
            _disparate_impact,
            _PREDICTIONS,
            fair=1.0,
        ),
        Measure(
            "equal_opportunity",
            "equal opportunity: recall difference (RD)",
            "after",
            "TP_a / (TP_a + FN_a) - TP_d / (TP_d + FN_d)",
            _between(lambda of: _ratio(of.tp, of.tp + of.fn)),
            (("whose label is positive", _true),),
        ),
        Measure(
            "specificity_difference",
            "specificity difference (SD)",
            "after",
            "TN_d / (TN_d + FP_d) - TN_a / (TN_a + FP_a)",
            _between(lambda of: -_ratio(of.tn, of.tn + of.fp)),
            (("whose label is not positive", _untrue),),
        ),
        Measure(
            "difference_in_acceptance_rates",
            "difference in acceptance rates: precision (DAR)",
            "after",
            "TP_a / (TP_a + FP_a) - TP_d / (TP_d + FP_d)",
            _between(lambda of: _ratio(of.tp, of.tp + of.fp)),
            (("predicted positive", _accepted),),
        ),
        Measure(
            "accuracy_difference",
            "accuracy difference (AD)",
            "after",
            "(TP_a + TN_a) / n_a - (TP_d + TN_d) / n_d",
            _between(lambda of: _ratio(of.tp + of.tn, of.tp + of.fn + of.fp + of.tn)),
            (("with a label and a prediction", _compared),),
        ),
        Measure(
            "treatment_equality",
            "treatment equality (TE)",
            "after",
            "FN_d / FP_d - FN_a / FP_a",
            _treatment,
            (("predicted wrongly", _wrong),),
        ),
        Measure(
            "conditional_demographic_disparity_predicted",
            "conditional demographic disparity in predicted labels (CDDPL)",
            "after",
            "sum over groups of n_i (n'_id(0) / n'_i(0) - n'_id(1) / n'_i(1)) / n",
            _conditional(predicted=True),
            _PREDICTIONS,
            grouped=True,
        ),
    )
}
"""Key → measure."""
