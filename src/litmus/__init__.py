"""Litmus: AutoML that can be opened, with models chosen as they will be served.

Names are imported when they are first used, so that `import litmus` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "train": "litmus.training",
    "load": "litmus.bundle",
    "deploy": "litmus.endpoints.deploying",
    "endpoint": "litmus.endpoints.deployed",
    "Run": "litmus.run",
    "Model": "litmus.model",
    "Pipeline": "litmus.pipeline",
    "TaskData": "litmus.data",
    "Schema": "litmus.data",
    "Column": "litmus.data",
    "KFoldCV": "litmus.data",
    "RandomSplit": "litmus.data",
    "StratifiedSplit": "litmus.data",
    "NoSplit": "litmus.data",
    "OrderedSplit": "litmus.data",
    "GroupedSplit": "litmus.data",
    "PredefinedSplit": "litmus.data",
    "Metric": "litmus.metrics",
    "metric": "litmus.metrics",
    "Classifier": "litmus.algorithms",
    "Regressor": "litmus.algorithms",
    "FitContext": "litmus.algorithms",
    "Step": "litmus.steps",
    "Encoder": "litmus.steps",
    "Resampler": "litmus.steps",
    "Block": "litmus.steps",
    "Postprocessor": "litmus.postprocessing",
    "param": "litmus.component",
    "Int": "litmus.component",
    "Float": "litmus.component",
    "Choice": "litmus.component",
    "When": "litmus.component",
    "SearchStrategy": "litmus.search",
    "RandomSearch": "litmus.search",
    "Ensemble": "litmus.evaluate.ensemble_options",
    "GridSearch": "litmus.search",
    "TPESearch": "litmus.search",
    "GaussianProcessSearch": "litmus.search",
    "EvolutionarySearch": "litmus.search",
    "ASHA": "litmus.search",
    "Hyperband": "litmus.search",
    "BOHB": "litmus.search",
    "Resources": "litmus.resources",
    "Deployment": "litmus.deployment",
    "recommend": "litmus.recommendation",
    "Client": "litmus.client",
    "AsyncClient": "litmus.client",
    "LitmusError": "litmus.errors",
    "XGBoost": "litmus.algorithms",
    "LightGBM": "litmus.algorithms",
    "CatBoost": "litmus.algorithms",
    "RandomForest": "litmus.algorithms",
    "ExtraTrees": "litmus.algorithms",
    "DecisionTree": "litmus.algorithms",
    "LinearModel": "litmus.algorithms",
    "LinearSVM": "litmus.algorithms",
    "NearestNeighbours": "litmus.algorithms",
    "NaiveBayes": "litmus.algorithms",
    "MLP": "litmus.algorithms",
    "Baseline": "litmus.algorithms",
}
"""Public name → the module that defines it."""

__all__ = [
    "ASHA",
    "BOHB",
    "MLP",
    "AsyncClient",
    "Baseline",
    "Block",
    "CatBoost",
    "Choice",
    "Classifier",
    "Client",
    "Column",
    "DecisionTree",
    "Deployment",
    "Encoder",
    "Ensemble",
    "EvolutionarySearch",
    "ExtraTrees",
    "FitContext",
    "Float",
    "GaussianProcessSearch",
    "GridSearch",
    "GroupedSplit",
    "Hyperband",
    "Int",
    "KFoldCV",
    "LightGBM",
    "LinearModel",
    "LinearSVM",
    "LitmusError",
    "Metric",
    "Model",
    "NaiveBayes",
    "NearestNeighbours",
    "NoSplit",
    "OrderedSplit",
    "Pipeline",
    "Postprocessor",
    "PredefinedSplit",
    "RandomForest",
    "RandomSearch",
    "RandomSplit",
    "Regressor",
    "Resampler",
    "Resources",
    "Run",
    "Schema",
    "SearchStrategy",
    "Step",
    "StratifiedSplit",
    "TPESearch",
    "TaskData",
    "When",
    "XGBoost",
    "__version__",
    "deploy",
    "endpoint",
    "load",
    "metric",
    "param",
    "recommend",
    "train",
]

if TYPE_CHECKING:  # for editors and type checkers; at run time `__getattr__` finds the same names
    from litmus.algorithms import (
        MLP,
        Baseline,
        CatBoost,
        Classifier,
        DecisionTree,
        ExtraTrees,
        FitContext,
        LightGBM,
        LinearModel,
        LinearSVM,
        NaiveBayes,
        NearestNeighbours,
        RandomForest,
        Regressor,
        XGBoost,
    )
    from litmus.bundle import load
    from litmus.client import AsyncClient, Client
    from litmus.component import Choice, Float, Int, When, param
    from litmus.data import (
        Column,
        GroupedSplit,
        KFoldCV,
        NoSplit,
        OrderedSplit,
        PredefinedSplit,
        RandomSplit,
        Schema,
        StratifiedSplit,
        TaskData,
    )
    from litmus.deployment import Deployment
    from litmus.endpoints import deploy, endpoint
    from litmus.errors import LitmusError
    from litmus.evaluate.ensemble_options import Ensemble
    from litmus.metrics import Metric, metric
    from litmus.model import Model
    from litmus.pipeline import Pipeline
    from litmus.postprocessing import Postprocessor
    from litmus.recommendation import recommend
    from litmus.resources import Resources
    from litmus.run import Run
    from litmus.search import (
        ASHA,
        BOHB,
        EvolutionarySearch,
        GaussianProcessSearch,
        GridSearch,
        Hyperband,
        RandomSearch,
        SearchStrategy,
        TPESearch,
    )
    from litmus.steps import Block, Encoder, Resampler, Step
    from litmus.training import train


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'litmus' has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
