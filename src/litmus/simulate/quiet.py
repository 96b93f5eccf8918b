"""The answers of a measurement that others hardly disturbed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litmus.simulate.disturbance import Mark, quiet_spans

__all__ = ["quiet_answers"]


def quiet_answers(marks: Sequence[Mark], count: int) -> np.ndarray:
    """Which of `count` answers were hardly disturbed; those after the last mark, such as ones that never came, always count.

    Example:
        >>> quiet_answers([(0.0, 0, 0.0), (0.2, 2, 0.0), (0.4, 3, 0.1)], 4).tolist()
        [True, True, False, True]
    """
    kept = np.zeros(count, dtype=bool)
    for first, last in quiet_spans(marks):
        kept[first:last] = True
    kept[marks[-1][1] if marks else 0 :] = True
    return kept
