"""Each class, or each label, on its own: how often it occurs, how often it is found, how often it is right."""

from __future__ import annotations

import numpy as np

from litmus.evaluate.number_text import count_text, number_text, percent_text
from litmus.metrics.predictions import Predictions
from litmus.report.blocks import Cell, Heading, Table
from litmus.report.confusion import Confusion, class_names, shares
from litmus.report.limits import MOST_CLASSES, left_out

__all__ = ["class_table", "label_table"]


def class_table(confusion: Confusion) -> Table:
    """Precision, recall and support of each class; of many classes, those found least often come first."""
    recall, precision = confusion.recall, confusion.precision
    order = np.arange(len(confusion.names))
    if len(order) > 2:
        order = np.argsort(np.where(np.isnan(recall), 2.0, recall), kind="stable")
    most_taken_for: dict[int, str] = {}
    for true, predicted, rows in confusion.mistakes():
        most_taken_for.setdefault(
            true, f"{confusion.names[predicted]} ({percent_text(rows / confusion.support[true])})"
        )
    lines = [
        (
            Cell(confusion.names[code]),
            _count_cell(int(confusion.support[code])),
            _share_cell(precision[code]),
            _share_cell(recall[code]),
            _f1_cell(precision[code], recall[code]),
            Cell(most_taken_for.get(code, "—")),
        )
        for code in order[:MOST_CLASSES].tolist()
    ]
    headings = (
        Heading("class"),
        Heading("rows", numeric=True, help="support: rows that truly have this class"),
        Heading("precision", numeric=True, help="of the rows predicted as this class, how many have it"),
        Heading("recall", numeric=True, help="of the rows of this class, how many were found"),
        Heading("F1", numeric=True, help="harmonic mean of precision and recall"),
        Heading("most often taken for"),
    )
    note = left_out(len(lines), len(order), "class", many="classes", by="those found least often")
    return Table(
        headings, tuple(lines), "Precision, recall and support of each class", note, sortable=True, titled=True
    )


def label_table(predictions: Predictions) -> Table:
    """Precision, recall and support of each label of a multi-label task, least often found first."""
    truth, chosen = np.asarray(predictions.y_true) == 1, np.asarray(predictions.y_pred) == 1
    names = class_names(predictions.classes)
    support, taken, hits = truth.sum(axis=0), chosen.sum(axis=0), (truth & chosen).sum(axis=0)
    precision, recall = shares(hits, taken), shares(hits, support)
    order = np.argsort(np.where(np.isnan(recall), 2.0, recall), kind="stable")
    lines = [
        (
            Cell(names[i]),
            _count_cell(int(support[i])),
            Cell(percent_text(support[i] / max(len(truth), 1))),
            _share_cell(precision[i]),
            _share_cell(recall[i]),
            _f1_cell(precision[i], recall[i]),
        )
        for i in order[:MOST_CLASSES].tolist()
    ]
    headings = (
        Heading("label"),
        Heading("rows", numeric=True, help="support: rows that truly have this label"),
        Heading("share", numeric=True, help="of all rows"),
        Heading("precision", numeric=True, help="of the rows given this label, how many have it"),
        Heading("recall", numeric=True, help="of the rows with this label, how many were found"),
        Heading("F1", numeric=True, help="harmonic mean of precision and recall"),
    )
    note = left_out(len(lines), len(names), "label", by="those found least often")
    return Table(
        headings, tuple(lines), "Precision, recall and support of each label", note, sortable=True, titled=True
    )


def _count_cell(count: int) -> Cell:
    return Cell(count_text(count), sort=count)


def _share_cell(share: float) -> Cell:
    if np.isnan(share):
        return Cell("—")
    return Cell(percent_text(float(share)), bar=float(share), sort=float(share))


def _f1_cell(precision: float, recall: float) -> Cell:
    if np.isnan(recall):
        return Cell("—")
    total = np.nan_to_num(precision) + recall
    f1 = float(2 * np.nan_to_num(precision) * recall / total) if total else 0.0
    return Cell(number_text(f1, 3), sort=f1)
