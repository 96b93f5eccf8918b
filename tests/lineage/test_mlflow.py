"""Exports are opened by the real MLflow, in this environment or in the one that scripts/mlflow_environment makes."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lineage_tables import people

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "benchmarks" / ".envs" / "mlflow" / "bin" / "python"

PROGRAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
import litmus, litmus.lineage, mlflow, pandas as pd
from mlflow.tracking import MlflowClient

table, folder, uri = sys.argv[1:]
run = litmus.train(table, target="bought", algorithm="LinearModel", k_fold=2, callbacks=[], executor="in_process")
rows = pd.read_csv(table).drop(columns="bought").head(20)
expected = run.best.predict(rows)
path = litmus.lineage.to_mlflow_model(run.versions["people"], folder)
opened = mlflow.pyfunc.load_model(str(path))
alone = opened.predict(rows)
shares = opened.get_raw_model().predict_proba(rows)
number = litmus.lineage.to_mlflow(run.versions["people"], tracking_uri=uri, registered_name="people")
client = MlflowClient(tracking_uri=uri)
logged = client.get_run(number)
mlflow.set_tracking_uri(uri)
again = mlflow.pyfunc.load_model("models:/people/1").predict(rows)
print(json.dumps({
    "alone": list(alone) == list(expected), "index": list(alone.index) == list(rows.index), "again": list(again) == list(expected),
    "shares": bool(abs(shares.sum(axis=1) - 1).max() < 1e-6),
    "params": logged.data.params, "metrics": logged.data.metrics, "tags": logged.data.tags, "status": logged.info.status,
    "files": [one.path for one in client.list_artifacts(number)],
    "roc_auc": run.best.metrics["validation"]["roc_auc"], "version": run.versions["people"], "run": run.id,
}))
"""


def python_with_mlflow():
    if importlib.util.find_spec("mlflow") is not None:
        return Path(sys.executable)
    if OWN.exists():
        return OWN
    pytest.skip("mlflow is not installed; scripts/mlflow_environment makes an environment that has it")


def test_mlflow_opens_the_model_and_shows_the_run(tmp_path):
    table = tmp_path / "people.csv"
    people().to_csv(table, index=False)
    program = tmp_path / "export.py"
    program.write_text(PROGRAM)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }
    words = [
        str(python_with_mlflow()),
        str(program),
        str(table),
        str(tmp_path / "exported"),
        f"sqlite:///{tmp_path / 'mlflow.db'}",
    ]
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert all(found[name] for name in ("alone", "index", "again", "shares"))
    assert found["params"]["algorithm"] == "LinearModel"
    assert "strength" in found["params"]
    assert found["metrics"]["validation/roc_auc"] == pytest.approx(found["roc_auc"])
    assert found["tags"]["litmus.version"] == found["version"]
    assert found["tags"]["litmus.run"] == found["run"]
    assert found["status"] == "FINISHED"
    assert "lineage.json" in found["files"]
    kept = next((tmp_path / "exported").rglob("lineage.json"))
    assert json.loads(kept.read_text())["run"] == found["run"]


def test_without_mlflow_the_error_says_what_to_install(monkeypatch):
    from litmus import lineage
    from litmus.errors import LitmusError

    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(LitmusError, match=r"pip install 'litmus\[mlflow\]'"):
        lineage.to_mlflow_model("people-1", "somewhere")
