"""What a run that is trained again takes over from the first one, where timing or choices decided it then."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.evaluate.ensemble_again import ChosenEnsemble
    from litmus.training.judged_rows import JudgedShares

__all__ = ["Replay"]


@dataclasses.dataclass(frozen=True)
class Replay:
    """How a run is held to what an earlier one did.

    Attributes:
        folds: data set → how many folds it had.
        judged: data set → the shares of held-out and test rows that trials were judged on.
        shares: trial → the share of each fold's rows that it learned from; all of them where it is not named.
        ensembles: data set → the members and weights that were chosen.
        lines: the journal's lines of the trials that were opened, and of those that must not be tried again; with any, no
            other trial is opened.
    """

    folds: Mapping[str, int] = dataclasses.field(default_factory=dict)
    judged: Mapping[str, JudgedShares] = dataclasses.field(default_factory=dict)
    shares: Mapping[str, float] = dataclasses.field(default_factory=dict)
    ensembles: Mapping[str, ChosenEnsemble] = dataclasses.field(default_factory=dict)
    lines: Sequence[Mapping[str, Any]] = ()
