"""A multilayer perceptron: layers of neurons trained by Adam, an epoch at a time."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext, Validation
from litmus.algorithms.family import Family
from litmus.algorithms.fitted_files import read_arrays, write_arrays
from litmus.algorithms.linear_scores import sigmoid, softmax
from litmus.algorithms.rounds import RoundMonitor
from litmus.component import Float, Int, param
from litmus.predictors.form import Form
from litmus.predictors.network import Network

__all__ = ["MLP", "MLPClassifier", "MLPRegressor"]


@dataclasses.dataclass
class MLPParameters(BuiltIn):
    """The parameters of the perceptron, and epochs of scikit-learn's.

    Ranges lean on Gorishniy et al. (2021), with fewer and smaller layers, which is what a CPU trains in seconds; epochs are
    left to early stopping.

    Attributes set by `fit`:
        rounds_: the epoch with the lowest loss on the validation fold, or the number trained without one.
    """

    wants_scaled = True
    categories: ClassVar[CategoryEncoding] = "onehot"
    rounds_parameter = "max_epochs"

    hidden_units: int = param(128, Int(16, 512, log=True), minimum=1, help="neurons of each hidden layer")
    hidden_layers: int = param(2, Int(1, 4), minimum=1, help="number of hidden layers")
    learning_rate: float = param(1e-3, Float(1e-4, 1e-2, log=True), minimum=1e-7, help="step size of Adam")
    alpha: float = param(1e-3, Float(1e-6, 1.0, log=True), minimum=0.0, help="L2 penalty on weights")
    batch_size: int = param(128, Int(32, 1024, log=True), minimum=1, share_of_rows=0.1, help="rows of a step")
    max_epochs: int = param(60, minimum=1, help="most passes over the rows")
    early_stopping_rounds: int = param(8, minimum=0, help="epochs without improvement before stopping; 0 for never")

    @abstractmethod
    def _perceptron(self, settings: dict[str, Any]) -> Any:
        """The unfitted scikit-learn perceptron."""

    @abstractmethod
    def _loss(self, validation: Validation, layers: list[np.ndarray]) -> float:
        """The loss on held-out rows of a network with these layers."""

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        perceptron = self._perceptron(
            {
                "hidden_layer_sizes": (self.hidden_units,) * self.hidden_layers,
                "learning_rate_init": self.learning_rate,
                "alpha": self.alpha,
                "batch_size": min(self.batch_size, X.shape[0]),
                "random_state": context.seed % 2**32,
            }
        )
        X = X.astype(np.float32)  # half the bytes, and about half the time
        classes = {"classes": np.arange(context.n_classes)} if context.n_classes else {}
        monitor = RoundMonitor(context, patience=self.early_stopping_rounds, report_every=1)
        for epoch in range(1, self.max_epochs + 1):
            perceptron.partial_fit(X, y, sample_weight=context.sample_weight, **(classes if epoch == 1 else {}))
            layers = [array for pair in zip(perceptron.coefs_, perceptron.intercepts_, strict=True) for array in pair]
            loss = None if context.validation is None else self._loss(context.validation, layers)
            stop = monitor.stop_after(epoch, loss)
            if monitor.best_round == epoch:
                self.layers_ = [array.astype(np.float32) for array in layers]  # copies: the next epoch changes them
            if stop:
                break
        self.rounds_ = monitor.best_round

    def _respond(self, X: Any) -> np.ndarray:
        return self._output(X, self.layers_)

    def _output(self, X: Any, layers: list[np.ndarray]) -> np.ndarray:
        """The last layer before its activation (rows,), or (rows, outputs) when there is more than one."""
        values = X
        for position in range(0, len(layers), 2):
            values = np.asarray(values @ layers[position]) + layers[position + 1]
            if position < len(layers) - 2:
                np.maximum(values, 0, out=values)
        output: np.ndarray = values[:, 0] if values.shape[1] == 1 else values
        return output.astype(np.float64)

    def _lower(self) -> Form:
        weights, offsets = self.layers_[::2], self.layers_[1::2]
        return Network.of(weights, offsets, self._form_answer("sigmoid" if len(offsets[-1]) == 1 else "softmax"))

    def _write(self, folder: Path) -> dict[str, Any]:
        write_arrays(folder / "layers.npz", {f"layer{i:02d}": array for i, array in enumerate(self.layers_)})
        return {"rounds": self.rounds_}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        arrays = read_arrays(folder / "layers.npz")
        layers = [arrays[name] for name in sorted(arrays)]
        width = self.n_features_
        for weights, offsets in zip(layers[::2], layers[1::2], strict=True):
            if weights.ndim != 2 or weights.shape[0] != width or offsets.shape != weights.shape[1:]:
                raise ValueError("layers.npz holds layers that do not fit each other")
            width = weights.shape[1]
        self.layers_, self.rounds_ = layers, int(values["rounds"])

    def refit_settings(self) -> dict[str, Any]:
        """The best number of epochs, to be trained in full."""
        return {"max_epochs": self.rounds_, "early_stopping_rounds": 0} if self.trained_ else {}


@dataclasses.dataclass
class MLPClassifier(MLPParameters, BuiltInClassifier):
    """Classes by a multilayer perceptron."""

    def _perceptron(self, settings: dict[str, Any]) -> Any:
        from sklearn import neural_network

        return neural_network.MLPClassifier(**settings)

    def _output(self, X: Any, layers: list[np.ndarray]) -> np.ndarray:
        values = super()._output(X, layers)
        return sigmoid(values) if values.ndim == 1 else softmax(values)

    def _loss(self, validation: Validation, layers: list[np.ndarray]) -> float:
        chances = self._output(validation.X, layers)
        if chances.ndim == 1:
            chances = np.where(validation.y == 1, chances, 1 - chances)
        else:
            chances = chances[np.arange(len(chances)), validation.y]
        return float(np.average(-np.log(np.maximum(chances, 1e-15)), weights=validation.sample_weight))


@dataclasses.dataclass
class MLPRegressor(MLPParameters, BuiltInRegressor):
    """Numbers by a multilayer perceptron."""

    def _perceptron(self, settings: dict[str, Any]) -> Any:
        from sklearn import neural_network

        return neural_network.MLPRegressor(**settings)

    def _loss(self, validation: Validation, layers: list[np.ndarray]) -> float:
        errors = self._output(validation.X, layers) - validation.y
        return float(np.average(errors**2, weights=validation.sample_weight))


class MLP(Family):
    """A multilayer perceptron.

    Example:
        >>> MLP().hyperparams(hidden_layers=3)
        MLP(hidden_layers=3)
    """

    classifier = MLPClassifier
    regressor = MLPRegressor
