"""Watching an algorithm that learns in rounds: when to stop, which round was best, and what to report."""

from __future__ import annotations

import math

from litmus.algorithms.context import FitContext, Validation

__all__ = ["RoundMonitor", "rows_to_watch"]

_REPORT_EVERY = 10


def rows_to_watch(context: FitContext, patience: int) -> Validation | None:
    """The validation fold when somebody looks at its loss, else None: predicting it after each round would be for nothing."""
    return context.validation if patience or context.report is not None else None


class RoundMonitor:
    """Decides after each round whether another is worth while.

    Learning stops when the validation loss has not improved for `patience` rounds, or when the context's deadline has
    passed. Without a validation fold only the deadline counts.

    Attributes:
        best_round: number of rounds with the lowest validation loss, or the number done when there is no loss.
        best_loss: that loss.
    """

    def __init__(self, context: FitContext, *, patience: int, report_every: int = _REPORT_EVERY) -> None:
        self.best_round = 0
        self.best_loss = math.inf
        self._context = context
        self._patience = patience
        self._report_every = report_every

    def be_patient(self, rounds: int) -> None:
        """From now on wait for an improvement for so many rounds."""
        self._patience = rounds

    def stop_after(self, rounds: int, loss: float | None) -> bool:
        """Whether to stop now that `rounds` rounds are done, the validation loss being `loss` (smaller is better)."""
        if loss is None or math.isnan(loss):
            self.best_round = rounds
        elif loss < self.best_loss or self.best_round == 0 or self._patience == 0:
            self.best_loss = min(loss, self.best_loss)
            self.best_round = rounds
        if loss is not None and rounds % self._report_every == 0 and self._context.report is not None:
            self._context.report(-loss)
        tired = 0 < self._patience <= rounds - self.best_round
        return tired or self._context.seconds_left() <= 0
