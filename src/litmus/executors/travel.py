"""Sending a fit to another machine: its folders exchanged for those of that machine, and its code with it."""

from __future__ import annotations

import dataclasses
import os
import pickle
import sys
import sysconfig
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from litmus.evaluate.fit_fold import FitWork, FoldResult
from litmus.executors.base import Job
from litmus.executors.parcel import Parcel, seconds_between_clocks

__all__ = ["data_of", "output_of", "pack", "run_moved", "threads_of", "travels"]


def travels(job: Job) -> bool:
    """Whether a job may run on another machine: a fit always does."""
    return job.travels or bool(_works(job))


def data_of(job: Job) -> list[str]:
    """The folders of the data sets that a job reads."""
    return list(dict.fromkeys(work.dataset.path for work in _works(job)))


def output_of(job: Job) -> str | None:
    """The folder that a job makes."""
    return next((work.output for work in _works(job)), None)


def threads_of(job: Job) -> int | None:
    """The threads that a job uses, where it says so."""
    return job.threads or max((work.threads for work in _works(job)), default=None)


def pack(job: Job, data: Mapping[str, str], *, threads: int, modules: tuple[str, ...]) -> Parcel:
    """The parcel of a job whose data sets have the names `data`.

    Raises:
        Exception: whatever the objects in it raise when they cannot be pickled.
    """
    return Parcel(
        work=_dumps_with_code((job.function, job.arguments)),
        data=data,
        output=output_of(job),
        deadline=job.deadline,
        clock=seconds_between_clocks(),
        memory=job.memory,
        threads=threads,
        modules=modules,
    )


def run_moved(work: bytes, places: Mapping[str, str], clock_shift: float) -> bytes:
    """Run what `pack` pickled, with folders exchanged for those in `places`; returns the pickled value."""
    import cloudpickle

    function, arguments = pickle.loads(work)
    value = function(*(_moved(argument, places, clock_shift) for argument in arguments))
    back = {there: here for here, there in places.items()}
    return cloudpickle.dumps(_moved(value, back, 0.0))


def _moved(value: Any, places: Mapping[str, str], clock_shift: float) -> Any:
    """A fit, or what it gave, with the folders and the clock of another machine."""
    if isinstance(value, FitWork):
        dataset = dataclasses.replace(value.dataset, path=places.get(value.dataset.path, value.dataset.path))
        deadline = None if value.deadline is None else value.deadline + clock_shift
        output = places.get(value.output, value.output)
        return dataclasses.replace(value, dataset=dataset, output=output, deadline=deadline)
    if isinstance(value, FoldResult):
        return dataclasses.replace(value, output=places.get(value.output, value.output))
    return value


def _dumps_with_code(value: Any) -> bytes:
    """The value as bytes, with the user's own modules in it, which other machines do not have."""
    import cloudpickle

    own = _own_modules()
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(value)
    except Exception:
        if not own:
            raise
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)
    return cloudpickle.dumps(value)  # something in a module must stay where it is: perhaps the machines have the module


def _own_modules() -> list[ModuleType]:
    """Modules that are neither installed nor ours: the user's files."""
    import cloudpickle

    installed = tuple({*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix})
    known = cloudpickle.list_registry_pickle_by_value()
    return [
        module
        for name, module in list(sys.modules.items())
        if isinstance(module, ModuleType)
        and name.partition(".")[0] not in ("litmus", "litsdf", "__main__")
        and name not in known
        and (file := getattr(module, "__file__", None)) is not None
        and not os.path.realpath(file).startswith(installed)
        and not file.startswith(installed)
    ]


def _works(job: Job) -> list[FitWork]:
    return [argument for argument in job.arguments if isinstance(argument, FitWork)]
