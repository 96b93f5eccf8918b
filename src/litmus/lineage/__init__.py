"""What models and runs were made from: asking, comparing, training again, and handing over to MLflow."""

from litmus.lineage.comparing import Comparison, Difference, compare
from litmus.lineage.facts import of
from litmus.lineage.mlflow_export import to_mlflow, to_mlflow_model
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
    "to_mlflow",
    "to_mlflow_model",
    "train_again",
]
