"""Handing models and their runs to MLflow: a pyfunc model, and a run with parameters, metrics, tags and files."""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from litmus.errors import LitmusError, ParameterError
from litmus.lineage.facts import of
from litmus.mlflow_model import MODEL_FILE
from litmus.model import Model
from litmus.model_lineage import ModelLineage
from litmus.store import Store

__all__ = ["to_mlflow", "to_mlflow_model"]

_LOADER = "litmus.mlflow_model"
_LONGEST_PARAMETER = 500
_LONGEST_TAG = 4000
_NAME = re.compile(r"[^\w./: -]+")


def to_mlflow_model(reference: str | Path | Model, path: str | Path, *, store: Store | None = None) -> Path:
    """Write a model as a folder that MLflow opens: `mlflow.pyfunc.load_model(path).predict(frame)`.

    Args:
        reference: a version, a name, "adult@champion", a model, or the path of its file.
        path: the folder to make; it must not be there.
        store: where versions are looked up; the default store if left out.

    Returns:
        The folder. With the model it holds its lineage as JSON.

    Raises:
        LitmusError: when MLflow is not installed, or there is no such model.
        ParameterError: when the folder is there already.
    """
    mlflow = _mlflow()
    target = Path(path).expanduser()
    if target.exists():
        raise ParameterError(f"{target} is there already; name a folder that is not.")
    with tempfile.TemporaryDirectory(prefix="litmus-mlflow-") as scratch:
        facts, parts = _staged(reference, Path(scratch), store)
        mlflow.pyfunc.save_model(path=str(target), **parts, metadata=_metadata(facts))
    return target


def to_mlflow(
    reference: str | Path | Model,
    *,
    tracking_uri: str | None = None,
    experiment: str | None = None,
    registered_name: str | None = None,
    store: Store | None = None,
) -> str:
    """Log a model with the run that made it to an MLflow tracking server, folder or database.

    The run gets the parameters of what won, its metrics by split, tags (versions, commit, hash of the rows), the lineage
    and, if there is one, the report as files, and the model as a pyfunc model.

    Args:
        reference: a version, a name, "adult@champion", a model, or the path of its file.
        tracking_uri: such as "sqlite:///mlflow.db" or "http://127.0.0.1:5000"; by default what MLflow is set to.
        experiment: the experiment's name; by default the model's.
        registered_name: a name to register the model under, or None.
        store: where versions are looked up; the default store if left out.

    Returns:
        The id of the MLflow run.

    Raises:
        LitmusError: when MLflow is not installed, there is no such model, or the server refuses.
    """
    mlflow = _mlflow()
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=tracking_uri)
    with tempfile.TemporaryDirectory(prefix="litmus-mlflow-") as scratch:
        facts, parts = _staged(reference, Path(scratch), store)
        name = experiment or str(facts.get("name") or "litmus")
        try:
            found = client.get_experiment_by_name(name)
            number = client.create_experiment(name) if found is None else found.experiment_id
            title = str(facts.get("version") or facts.get("name"))
            run = client.create_run(number, run_name=title, tags=dict(_tags(facts)))
            run_id = str(run.info.run_id)
            for key, value in _parameters(facts):
                client.log_param(run_id, key, value)
            for key, score in _metrics(facts):
                client.log_metric(run_id, key, score)
            client.log_text(run_id, json.dumps(facts, indent=1, default=str), "lineage.json")
            report = _report(facts, store)
            if report is not None:
                client.log_artifact(run_id, str(report))
            _log_model(
                mlflow,
                run_id,
                parts,
                metadata=_metadata(facts),
                tracking_uri=tracking_uri,
                registered_name=registered_name,
            )
            client.set_terminated(run_id)
        except mlflow.exceptions.MlflowException as error:
            raise LitmusError(f"MLflow refused {facts.get('version') or facts.get('name')}: {error}") from error
    return run_id


def _log_model(
    mlflow: Any,
    run_id: str,
    parts: Mapping[str, Any],
    *,
    metadata: Mapping[str, Any],
    tracking_uri: str | None,
    registered_name: str | None,
) -> None:
    """Log the model to a run; MLflow keeps the server it talks to in the process, which is put back."""
    before = mlflow.get_tracking_uri()
    try:
        if tracking_uri is not None:
            mlflow.set_tracking_uri(tracking_uri)
        with mlflow.start_run(run_id=run_id):
            mlflow.pyfunc.log_model(name="model", registered_model_name=registered_name, metadata=metadata, **parts)
    finally:
        mlflow.set_tracking_uri(before)


def _mlflow() -> Any:
    try:
        import mlflow
        import mlflow.pyfunc
    except ImportError as error:
        raise LitmusError("Exporting to MLflow needs MLflow; run: pip install 'litmus[mlflow]'") from error
    return mlflow


def _staged(reference: Any, scratch: Path, store: Store | None) -> tuple[ModelLineage, dict[str, Any]]:
    """The lineage of a model, and what MLflow is told of it; its file is put into a folder of its own."""
    store = Store() if store is None else store
    facts = of(reference, store=store)
    data = scratch / "litmus"
    data.mkdir()
    if isinstance(reference, Model):
        reference.save(data / MODEL_FILE)
    else:
        shutil.copyfile(store.path_to_serve(reference), data / MODEL_FILE)
    (data / "lineage.json").write_text(json.dumps(facts, indent=1, default=str), encoding="utf-8")
    return facts, {
        "loader_module": _LOADER,
        "data_path": str(data),
        "pip_requirements": _requirements(data / MODEL_FILE),
    }


def _requirements(file: Path) -> list[str]:
    """What opening the model takes."""
    from litmus.bundle_reader import read_manifest

    manifest = read_manifest(file)
    needed = manifest.get("requirements") or [
        f"{name}=={version}" for name, version in manifest["packages"].items() if name != "python"
    ]
    return [*needed] if any(one.startswith("pandas") for one in needed) else [*needed, "pandas"]


def _metadata(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"litmus_version": str(facts.get("version")), "litmus_run": str(facts.get("run"))}


def _tags(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    code = facts.get("code") or {}
    repository = code.get("repository") or {}
    tags = {
        "litmus.version": facts.get("version"),
        "litmus.run": facts.get("run"),
        "litmus.rows": (facts.get("data") or {}).get("fingerprint"),
        "litmus.parent": facts.get("parent"),
        "litmus.lineage": repr(facts),
        "mlflow.source.name": code.get("program"),
        "mlflow.source.git.commit": repository.get("commit"),
        "mlflow.source.git.branch": repository.get("branch"),
        "mlflow.source.git.repoURL": repository.get("remote"),
    }
    yield from ((name, str(value)[:_LONGEST_TAG]) for name, value in tags.items() if value is not None)


def _parameters(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What won, in full; of an ensemble the parameters of each member under its name."""
    told = {name: facts.get(name) for name in ("algorithm", "trial", "seed", "folds", "final")}
    made_of = [one for one in facts.get("configurations") or () if one["weight"] > 0]
    for one in made_of:
        prefix = "" if len(made_of) == 1 else f"{one['name']}/"
        told |= {f"{prefix}{name}": value for name, value in one["parameters"].items()}
        told |= {} if len(made_of) == 1 else {f"{prefix}weight": one["weight"]}
    for name, value in told.items():
        if value is not None:
            yield _NAME.sub("_", name), str(value)[:_LONGEST_PARAMETER]


def _metrics(facts: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for split, scores in (facts.get("scores") or {}).items():
        for name, value in (scores or {}).items():
            if isinstance(value, int | float) and math.isfinite(value):
                yield _NAME.sub("_", f"{split}/{name}"), float(value)


def _report(facts: Mapping[str, Any], store: Store | None) -> Path | None:
    """The report of the run, where the store has it."""
    home = (Store() if store is None else store).home
    path = home / "runs" / str(facts.get("run")) / "report.html"
    return path if path.is_file() else None
