"""A small model, saved once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from trained_models import Trained, people, train_model


@pytest.fixture(scope="session")
def trained() -> Trained:
    return train_model(people(200), target="rich")


@pytest.fixture(scope="session")
def bundle(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained.model.save(tmp_path_factory.mktemp("bundle") / "small.litmus")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder
