"""What MLflow calls to open an exported model; it imports nothing that trains."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.runtime import load

if TYPE_CHECKING:
    import pandas as pd

    from litmus.runtime import RuntimeModel

__all__ = ["PyfuncModel"]

MODEL_FILE = "model.litmus"
TRUST = "LITMUS_TRUST"
"""The environment variable that allows models with their maker's own code to be opened by MLflow, when it is 1."""


class PyfuncModel:
    """A model of Litmus with the interface that MLflow's pyfunc wants.

    Args:
        model: the model, compiled for inference.
    """

    def __init__(self, model: RuntimeModel) -> None:
        self.model = model

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002 - part of the interface
        """Labels or values for a frame's rows, with its index.

        Args:
            model_input: the rows, a pandas frame or a list of dicts.
            params: not used; MLflow gives them to whoever names them.
        """
        return self.model.predict(model_input)

    def get_raw_model(self) -> RuntimeModel:
        """The model behind it, which has `predict_proba` too."""
        return self.model


def _load_pyfunc(data_path: str) -> PyfuncModel:
    """The model of an export; MLflow finds this function by its name."""
    place = Path(data_path)
    file = place / MODEL_FILE if place.is_dir() else place
    return PyfuncModel(load(file, trust=os.environ.get(TRUST) == "1"))
