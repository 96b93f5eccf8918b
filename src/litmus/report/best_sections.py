"""The best model of one data set: where it is right and wrong, how sure it is, what it looks at."""

from __future__ import annotations

import numpy as np

from litmus.evaluate.number_text import count_text, number_text, one_line, percent_text
from litmus.evaluate.trial import Trial
from litmus.metrics.predictions import Predictions
from litmus.report.blocks import Cell, Chart, Heading, Section, Table
from litmus.report.class_tables import class_table, label_table
from litmus.report.confidence import calibration_chart, coverage_chart
from litmus.report.confusion import Confusion, matrix, mistakes_table
from litmus.report.curves import precision_recall_chart, roc_chart, worst_curves
from litmus.report.importance import importance_chart
from litmus.report.limits import LONGEST_NAME
from litmus.report.residuals import actual_chart, largest_errors_table, residual_chart, residual_histogram

__all__ = ["best_sections", "judged_rows"]

_SHARES = ("coverage", "precision", "recall")


def judged_rows(best: Trial) -> tuple[Predictions, str] | None:
    """The predictions the page is drawn from, and what they are in words; out-of-fold ones where there are any."""
    if best.validation is not None and len(best.validation):
        return (
            best.validation,
            f"{count_text(len(best.validation))} training rows, each while it was held out of training",
        )
    if best.test is not None and len(best.test):
        return best.test, f"{count_text(len(best.test))} test rows"
    return None


def best_sections(best: Trial, target: str) -> list[Section]:
    """The sections on the best model, those for which there is something to show."""
    name = one_line(best.name, 60)
    sections = []
    judged = judged_rows(best)
    if judged is not None:
        predictions, rows = judged
        if predictions.task == "regression":
            held_out = best.validation_rows if predictions is best.validation else None
            sections.append(_residual_section(name, predictions, held_out, rows, target))
        else:
            sections.append(_mistake_section(name, predictions, rows))
            sections += _confidence_section(name, best, predictions, rows)
    chart = importance_chart(best.importance)
    if chart is not None:
        intro = f"How much of {name}'s decisions rests on each column, as the model itself reports it; the mean over the folds."
        sections.append(Section("importance", "What it looks at", intro, (chart,)))
    return sections


def _mistake_section(name: str, predictions: Predictions, rows: str) -> Section:
    intro = f"{name} on {rows}."
    if predictions.task == "multilabel":
        exact = float((np.asarray(predictions.y_true) == np.asarray(predictions.y_pred)).all(axis=1).mean())
        intro += f" Every label is right for {percent_text(exact)} of the rows."
        return Section("errors", "Where it is right and wrong", intro, (label_table(predictions),))
    confusion = Confusion.of(predictions)
    parts: list[Chart | Table] = [matrix(confusion), class_table(confusion)]
    if len(confusion.names) > 2:
        parts.append(mistakes_table(confusion))
    if isinstance(parts[0], Table):
        intro += " True classes down, predicted classes across; percentages are shares of the true class."
    return Section("errors", "Where it is right and wrong", intro, tuple(parts))


def _confidence_section(name: str, best: Trial, predictions: Predictions, rows: str) -> list[Section]:
    """Curves need probabilities; a model that gives none has no such section."""
    if not np.isfinite(predictions.scores).all():
        return []
    splits = {"held-out training rows" if predictions is best.validation else "test rows": predictions}
    if best.test is not None and len(best.test) and predictions is not best.test:
        splits["test rows"] = best.test
    curves, kind, note = worst_curves(splits)
    parts: list[Chart | Table] = []
    if curves:
        parts += [roc_chart(curves, kind, note), precision_recall_chart(curves, kind, note)]
    parts.append(calibration_chart(predictions))
    if predictions.task != "multilabel":
        parts.append(coverage_chart(predictions))
    chosen = _thresholds_table(best)
    parts += [chosen] if chosen is not None else []
    return [Section("confidence", "How sure it is", f"{name}'s probabilities on {rows}.", tuple(parts))]


def _thresholds_table(best: Trial) -> Table | None:
    """What metrics tell beside their value, such as the threshold that `coverage_at_precision` chose."""
    told = [
        (metric, split, score.details)
        for split, scores in best.scores.items()
        for metric, score in scores.items()
        if score.details
    ]
    if not told:
        return None
    names = list(dict.fromkeys(name for _, _, details in told for name in details))
    headings = (Heading("metric"), Heading("rows"), *(Heading(name.replace("_", " "), numeric=True) for name in names))
    lines = tuple(
        (Cell(one_line(metric, LONGEST_NAME)), Cell(split), *(_detail_cell(name, details.get(name)) for name in names))
        for metric, split, details in told
    )
    note = "Thresholds are chosen on held-out training rows; test rows are scored at the same threshold."
    return Table(headings, lines, "Thresholds", note, titled=True)


def _detail_cell(name: str, value: float | None) -> Cell:
    if value is None:
        return Cell("—")
    if isinstance(value, int):
        return Cell(count_text(value), sort=value)
    return Cell(percent_text(value) if name in _SHARES else number_text(value), sort=value)


def _residual_section(
    name: str, predictions: Predictions, held_out: np.ndarray | None, rows: str, target: str
) -> Section:
    parts = (
        actual_chart(predictions, target),
        residual_chart(predictions, target),
        residual_histogram(predictions),
        largest_errors_table(predictions, held_out),
    )
    return Section("errors", "Where it is right and wrong", f"{name} on {rows}.", parts)
