"""A small model, a folder that stands for the package index, and images built from packages of the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dockerfile_steps import Built, build
from local_index import write_index

import litmus.package
from trained_models import Trained, people, train_model


@pytest.fixture(scope="session")
def trained() -> Trained:
    return train_model(people(200), target="rich")


@pytest.fixture(scope="session")
def bundle(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained.model.save(tmp_path_factory.mktemp("bundle") / "small.litmus")


@pytest.fixture(scope="session")
def image(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Built]:
    """The image of the model for a target, built once."""
    places = tmp_path_factory.mktemp("images")
    index, venvs = places / "index", places / "venvs"
    index.mkdir()
    made: dict[str, Built] = {}

    def one(target: str) -> Built:
        if target not in made:
            package = litmus.package.write(bundle, places / target, target=target)
            if not any(index.iterdir()):
                write_index([line.partition("==")[0] for line in package.requirements], index)
            root = places / f"{target}-root"
            root.mkdir()
            made[target] = build(package.folder, root, index, venvs)
        return made[target]

    return one
