"""A run keeps its model as it was trained; the first who serves it has it compiled."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pandas as pd
import pytest

import litmus
import litmus.runtime
from litmus.bundle_reader import read_manifest
from litmus.errors import BundleError
from litmus.store import Store


def _trained(**options: object) -> litmus.Run:
    rows = pd.DataFrame({"size": range(200), "price": [3.0 * size for size in range(200)]})
    return litmus.train(rows, target="price", k_fold=3, executor="in_process", callbacks=[], **options)


def test_the_model_of_a_run_is_compiled_when_it_is_first_served() -> None:
    run = _trained(algorithm="LinearModel")
    store, version = Store(), run.versions["data"]
    kept = store.path(version)
    assert read_manifest(kept)["runtime"] is None
    model = store.open_runtime(version)
    assert model.notes == ()
    assert read_manifest(kept)["runtime"]
    assert [child.name for child in kept.parent.iterdir() if child.name.startswith(".")] == []
    assert model.predict({"size": 50}) == pytest.approx(run.best.predict({"size": 50}))
    before = kept.read_bytes()
    assert store.path_to_serve(version) == kept
    assert kept.read_bytes() == before  # once is enough
    assert store.open_model(version).version == version


def test_compiling_in_the_store_loads_nothing_that_trains(tmp_path: Path) -> None:
    run = _trained(algorithm="LinearModel")
    program = (
        "import sys; from litmus.store import open_runtime; "
        f"model = open_runtime({run.versions['data']!r}); model.predict({{'size': 50}}); "
        "print(sorted({'sklearn', 'lightgbm', 'litmus.training', 'litmus.compiling'} & set(sys.modules)))"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_with_its_users_own_code_is_compiled_at_once() -> None:
    def doubled(df):
        return df.assign(size=df["size"] * 2)

    run = _trained(algorithm=litmus.Pipeline("LinearModel", before=[doubled]))
    kept = Store().path(run.versions["data"])
    assert read_manifest(kept)["needs_trust"]
    assert read_manifest(kept)["runtime"]


def test_a_file_given_by_its_path_is_left_as_it_is(tmp_path: Path) -> None:
    run = _trained(algorithm="LinearModel")
    copy = tmp_path / "model.litmus"
    copy.write_bytes(Store().path(run.versions["data"]).read_bytes())
    assert Store().path_to_serve(copy) == copy
    assert read_manifest(copy)["runtime"] is None


def test_a_damaged_version_is_one_sentence_and_stays_as_it_is() -> None:
    run = _trained(algorithm="LinearModel")
    kept = Store().path(run.versions["data"])
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) // 2])
    with pytest.raises(BundleError, match="model.litmus"):
        Store().open_runtime(run.versions["data"])
    assert kept.read_bytes() == content[: len(content) // 2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_store_that_cannot_be_written_serves_what_it_has() -> None:
    run = _trained(algorithm="LinearModel")
    kept = Store().path(run.versions["data"])
    kept.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert Store().open_runtime(run.versions["data"]).predict({"size": 50}) == pytest.approx(150, abs=5)
