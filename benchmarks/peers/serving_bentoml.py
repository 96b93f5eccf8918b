"""The BentoML service, for `bentoml serve serving_bentoml:Adult`; the folder of the model is in SERVING_FOLDER."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bentoml
from serving_apps import ByHand


@bentoml.service(workers=1)
class Adult:
    def __init__(self) -> None:
        self.model = ByHand(Path(os.environ["SERVING_FOLDER"]))

    @bentoml.api
    def predict(self, row: dict[str, Any]) -> float:
        return self.model.row(row)
