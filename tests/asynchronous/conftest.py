"""One small model, and endpoints' folders that serve it asynchronously."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from litmus.serve.config import AsynchronousConfig, ServiceConfig, VariantConfig, save_config
from trained_models import train_model


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    age = np.random.default_rng(0).integers(18, 80, 400)
    frame = pd.DataFrame({"age": age, "bought": np.where(age > 50, "yes", "no")})
    return train_model(frame, target="bought").model.save(tmp_path_factory.mktemp("model") / "m.litmus")


@pytest.fixture
def endpoint(model_file: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes the configuration of an endpoint; gives its folder."""

    def write(generation: int = 1, **options: Any) -> Path:
        folder = tmp_path / "endpoint"
        folder.mkdir(exist_ok=True)
        settings = AsynchronousConfig(workers=1, **options)
        config = ServiceConfig(
            "people",
            generation,
            variants=[VariantConfig("main", str(model_file), "people-1")],
            asynchronous=settings,
            require_key=False,
        )
        save_config(config, folder)
        return folder

    return write
