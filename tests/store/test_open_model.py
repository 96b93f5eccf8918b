"""A trained model goes into the store and comes out of it the same."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from litmus.bundle import read_manifest
from litmus.errors import BundleError, UnknownNameError
from litmus.store import Store, open_model
from trained_models import Trained, people, train_model


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_model(people(), target="rich")


def test_a_model_is_opened_by_version_name_or_file(trained: Trained, tmp_path: Path) -> None:
    store = Store()  # the one of this test, in LITMUS_HOME
    version = store.add_model(trained.model)
    assert version == "small-1"
    file = trained.model.save(tmp_path / "copy.litmus")
    frame = people(10)
    for reference in (version, "small", file, str(file)):
        back = open_model(reference)
        pd.testing.assert_frame_equal(back.predict_proba(frame), trained.model.predict_proba(frame))
    assert open_model("small").version == "small-1"
    assert trained.model.version is None
    record = store.find("small")
    assert read_manifest(record.path)["version"] == "small-1"
    assert record.run == trained.model.lineage["run"]
    assert record.metrics["validation"]["accuracy"] == 0.875


def test_a_stored_model_with_the_users_code_needs_trust_too(tmp_path: Path) -> None:
    model = train_model(people(), target="rich", postprocessing=[lambda labels: labels]).model
    version = Store(tmp_path).add_model(model)
    with pytest.raises(BundleError, match="trust=True"):
        Store(tmp_path).open_model(version)
    assert (
        Store(tmp_path).open_model(version, trust=True).predict(people(2)).tolist() == model.predict(people(2)).tolist()
    )


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="There is no model 'small'"):
        open_model("small")
    with pytest.raises(BundleError, match="There is no file"):
        open_model(tmp_path / "none.litmus")
