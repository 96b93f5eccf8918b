"""Why a model answers as it does, whom it treats differently, and what it costs: for people who own it, and for monitors."""

from litmus.explain.attributing import attributions
from litmus.explain.contributing import contributions
from litmus.explain.dependence import Dependence, partial_dependence
from litmus.explain.fairness import Bias, BiasValue, bias, bias_of_each
from litmus.explain.importances import Importance, ImportanceValue, importance
from litmus.explain.model_card import ModelCard, card
from litmus.runtime.attributions import Attributions

__all__ = [
    "Attributions",
    "Bias",
    "BiasValue",
    "Dependence",
    "Importance",
    "ImportanceValue",
    "ModelCard",
    "attributions",
    "bias",
    "bias_of_each",
    "card",
    "contributions",
    "importance",
    "partial_dependence",
]
