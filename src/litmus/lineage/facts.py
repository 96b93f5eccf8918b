"""Everything that is known of where a model or a run comes from, from its file and from the store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.bundle_reader import read_manifest
from litmus.errors import BundleError, LitmusError, UnknownNameError
from litmus.model import Model
from litmus.model_lineage import ModelLineage
from litmus.run import Run
from litmus.store import Store

if TYPE_CHECKING:
    from litmus.store import RunRecord

__all__ = ["inputs_of", "kept_file", "of", "run_of"]

Reference = str | Path | Model | Run


def of(reference: Reference, *, store: Store | None = None) -> ModelLineage:
    """Where a model comes from: rows, schema, code, packages, machine, parameters, parent run, approval, endpoints.

    Args:
        reference: a version ("adult-3"), a name, "adult@champion", a model, the path of its file, or a run or its id.
        store: where versions are looked up; the default store if left out.

    Returns:
        The facts, which are plain JSON values and print themselves for people.

    Raises:
        UnknownNameError: when there is no such model or run.
        BundleError: when the model's file is damaged.

    Example:
        >>> import litmus, litmus.lineage
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> facts = litmus.lineage.of(run.best)
        >>> facts["data"]["rows"], facts["algorithm"], facts["approval"]
        (160, 'LinearModel', 'none')
    """
    store = Store() if store is None else store
    if isinstance(reference, Run):
        reference = reference.id
    if isinstance(reference, Model):
        facts: dict[str, Any] = {**reference.lineage, "version": reference.version, "name": reference.name}
        facts["scores"] = dict(reference.metrics)
        return ModelLineage(_with_decisions(facts, reference.version, store))
    text = str(reference)
    record = None if isinstance(reference, Path) else run_of(text, store)
    if record is not None:
        return _of_run(record)
    path = store.path(reference)
    manifest = read_manifest(path)
    version = manifest["version"] if path.parent.name == manifest["version"] else None
    facts = {**manifest["lineage"], "version": version, "name": manifest["name"], "scores": manifest["metrics"]}
    return ModelLineage(_with_decisions(facts, version, store))


def run_of(run_id: Any, store: Store) -> RunRecord | None:
    """The record of a run; None when the store has none of this id."""
    if not isinstance(run_id, str):
        return None
    try:
        return store.run(run_id)
    except UnknownNameError:
        return None


def kept_file(facts: Mapping[str, Any], role: str, store: Store) -> bytes | None:
    """A file that was kept with a version, which it goes to other stores with, or with its run; None when there is none."""
    for subject in (facts.get("version"), facts.get("run")):
        found = store.attached(subject, role) if isinstance(subject, str) else None
        if found is not None:
            return found.read_bytes()
    return None


def _with_decisions(facts: dict[str, Any], version: str | None, store: Store) -> dict[str, Any]:
    """The facts with what the store knows: approval, aliases, decisions, endpoints, how the run ended."""
    record = run_of(facts.get("run"), store)
    if record is not None:
        facts |= {
            "run_status": record.status,
            "seconds": record.seconds,
            "parent": facts.get("parent") or record.parent,
        }
    if version is None:
        return facts
    try:
        known = store.facts_of(version)
    except (UnknownNameError, BundleError):
        return facts
    decisions = [decision.to_json() for decision in store.decisions() if _about(decision.to_json(), version)]
    return {
        **facts,
        "approval": known.approval,
        "aliases": list(known.aliases),
        "endpoints": store.endpoints_serving(version),
        "decisions": decisions,
    }


def _about(decision: Mapping[str, Any], version: str) -> bool:
    """Whether a decision is about a version, or made or unmade it an alias."""
    if decision["subject"] == version:
        return True
    return decision["subject"].startswith(f"{version.rpartition('-')[0]}@") and version in (
        decision["before"],
        decision["after"],
    )


def _of_run(record: RunRecord) -> ModelLineage:
    """What is known of a run by itself: the data set is named where it has one."""
    loaded = record.summary.get("data") or {}
    best = record.summary.get("winners") or {}
    only = next(iter(loaded), None) if len(loaded) == 1 else None
    facts: dict[str, Any] = {
        "run": record.id,
        "created": record.created,
        "name": record.name,
        "run_status": record.status,
        "seconds": record.seconds,
        "parent": record.parent,
        "inputs": record.inputs,
        "seed": record.inputs.get("seed"),
        "final": record.inputs.get("final"),
        "code": record.code,
        "environment": {name: value for name, value in record.environment.items() if isinstance(value, str)},
        "machine": record.environment.get("machine") or {},
        "packages": record.environment.get("packages") or {},
        "versions": record.summary.get("versions") or {},
        "error": record.summary.get("error"),
        "data_sets": loaded,
        "best": best,
    }
    if only is not None:
        facts |= {"data": loaded[only], "sources": loaded[only]["sources"], "folds": loaded[only]["fold_plan"]}
        facts |= {"trial": best[only]["trial"], "algorithm": best[only]["algorithm"]} if only in best else {}
        facts |= {"scores": best[only]["scores"]} if only in best else {}
    return ModelLineage(facts)


def inputs_of(facts: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """What the run of a model was asked to do, with the full paths where this store has them.

    Raises:
        LitmusError: when it was not recorded, as by earlier versions of Litmus.
    """
    record = run_of(facts.get("run"), store)
    inputs = (record.inputs if record is not None and record.inputs else None) or facts.get("inputs")
    if not inputs:
        raise LitmusError(
            f"What {facts.get('version') or facts.get('run') or 'the model'} was trained with was not recorded, because an "
            "earlier version of Litmus made it; train it anew to have that."
        )
    return dict(inputs)
