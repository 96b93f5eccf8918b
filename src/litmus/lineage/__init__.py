"""What models and runs were made from: asking, comparing, training again, and handing over to MLflow."""

from litmus.lineage.comparing import Comparison, Difference, compare
from litmus.lineage.facts import of

from litmus.lineage.reproducing import Reproduction, reproduce
from litmus.lineage.run_list import runs
from litmus.lineage.trained_again import train_again

__all__ = [
    "Comparison",
    "Difference",
    "Reproduction",
    "compare",
    "of",
    "reproduce",
    "runs",

    "train_again",
]
