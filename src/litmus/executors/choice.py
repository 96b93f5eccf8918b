"""Which executor a run gets, and how the cores are shared among its workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litmus.errors import ParameterError
from litmus.executors.base import Executor
from litmus.executors.head_start import FITTING
from litmus.executors.in_process import InProcess
from litmus.executors.local import LocalProcesses
from litmus.naming import find_name
from litmus.resources import Resources

if TYPE_CHECKING:
    from litmus.training.request import Request

__all__ = ["choose_executor", "modules_of"]

_LIBRARIES = {
    "XGBoost": ("xgboost",),
    "LightGBM": ("lightgbm",),
    "CatBoost": ("catboost",),
    "RandomForest": ("sklearn.ensemble",),
    "ExtraTrees": ("sklearn.ensemble",),
    "DecisionTree": ("sklearn.tree",),
    "LinearModel": ("sklearn.linear_model",),
    "LinearSVM": ("sklearn.svm",),
    "NearestNeighbours": ("sklearn.neighbors",),
    "NaiveBayes": ("sklearn.naive_bayes",),
    "MLP": ("sklearn.neural_network",),
}
"""Algorithm → the modules worth importing once, before workers are forked."""


def choose_executor(executor: Executor | str | None, request: Request, allowed: Resources) -> Executor:
    """The executor for a run: the one given, or workers here or on a cluster that together use the cores allowed.

    Raises:
        UnknownNameError: when a string names no executor.
    """
    if isinstance(executor, Executor):
        return executor
    if executor is not None and not isinstance(executor, str):
        raise ParameterError(
            f"executor={executor!r} is not allowed; use 'local', 'in_process', 'ray' or an Executor object."
        )
    usual = "local" if allowed.address is None else "ray"
    name = find_name("executor", executor or usual, ["local", "in_process", "ray"])
    if name == "ray":
        return _ray(request, allowed)
    if allowed.address is not None:
        raise ParameterError(
            f"executor={executor!r} runs on this machine, and resources['train'] has the address {allowed.address!r} of a Ray "
            "cluster; leave one of them out."
        )
    if name == "in_process":
        return InProcess(threads=allowed.n_cpus)
    workers = max(1, min(allowed.workers or allowed.n_cpus, request.guessed_jobs))
    return LocalProcesses(workers, threads=max(1, allowed.n_cpus // workers), modules=modules_of(request))


def _ray(request: Request, allowed: Resources) -> Executor:
    from litmus.executors.ray_cluster import RayCluster

    return RayCluster(
        allowed.address,
        cpus=allowed.cpus,
        gpus=allowed.gpus,
        workers=allowed.workers,
        memory=None if allowed.memory is None else int(allowed.memory),
        most_jobs=request.guessed_jobs,
        modules=modules_of(request),
    )


def modules_of(request: Request) -> list[str]:
    """The libraries that the request's algorithms use."""
    if request.algorithms is None:
        names = ["LightGBM", "XGBoost", "CatBoost", "RandomForest", "LinearModel"]
    else:
        names = [type(getattr(given, "algorithm", given)).__name__ for given in request.algorithms]
    used = (module for name in names for module in _LIBRARIES.get(name, ()))
    return list(dict.fromkeys((*FITTING, *_of_litmus(request), *used)))


def _of_litmus(request: Request) -> list[str]:
    """Our own modules that define the request's algorithms; a user's modules are imported by each worker anew."""
    given = [getattr(one, "algorithm", one) for one in request.algorithms or ()]
    names = [type(one).__module__ for one in given]
    return [name for name in names if name.startswith("litmus.")]
