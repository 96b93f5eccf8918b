"""Small models as files, and endpoints that never outlive their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import own_code
import pytest

from litmus.endpoints import Endpoint, deploy, endpoints
from trained_models import people, train_model


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models by name: `old` and `new` answer, `failing` fails on some, `unready` fails where it is served, `slow` is slow."""
    folder = tmp_path_factory.mktemp("bundles")
    table = people(200)[["age", "city", "rich"]]
    cloudpickle.register_pickle_by_value(own_code)
    made = {}
    steps = {"failing": own_code.fail, "unready": own_code.refuse, "slow": own_code.sleep}
    for name in ("old", "new", *steps):
        before = [steps[name]] if name in steps else []
        model = train_model(table, target="rich", before=before).model
        model.name = name
        made[name] = model.save(folder / f"{name}.litmus")
    cloudpickle.unregister_pickle_by_value(own_code)
    return made


@pytest.fixture
def row() -> dict[str, Any]:
    return {"age": 61, "city": "Oslo"}


@pytest.fixture
def launch(bundles: dict[str, Path]) -> Iterator[Callable[..., Endpoint]]:
    """Deploy one of the models; everything that was deployed is deleted after the test."""

    def one(model: str = "old", name: str = "income", **options: Any) -> Endpoint:
        return deploy(bundles[model], name, **{"workers": 2, **options})

    yield one
    for each in endpoints():
        each.delete()
