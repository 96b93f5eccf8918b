"""What a run is asked to do, as JSON that is kept with it and that it can be trained from again."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litmus.data import LoadedData, TaskData
from litmus.data.locations import is_url, public_place
from litmus.data.markers import Markers
from litmus.errors import BundleError, DataError
from litmus.recording import Reader, Writer, without_secrets
from litmus.resources import Resources
from litmus.training.budget import Budget
from litmus.training.request import Request

__all__ = ["data_facts", "public_inputs", "read_inputs", "read_resources", "write_inputs"]

FORMAT = 1
_PLAIN = ("final", "seed", "stop_folds_early", "finalists", "remembered")
_ENCODED = ("algorithms", "metrics", "objective", "steps", "search", "ensemble", "bars", "deployment")
_DESCRIBED = ("task", "target", "given", "k_fold", "split", "group", "weight", "markers")


def write_inputs(
    request: Request, resources: Mapping[str, Resources], writer: Writer, *, workers: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A run's arguments as JSON.

    Args:
        request: the checked arguments.
        resources: what training and prediction may use.
        writer: takes what only code can say.
        workers: how the work was shared: "executor", "workers", "threads".
    """
    inputs: dict[str, Any] = {"format": FORMAT}
    inputs["data"] = [_write_data(data, writer) for data in request.data]
    inputs |= {name: writer.encode(getattr(request, name)) for name in (*_PLAIN, *_ENCODED)}
    inputs["budget"] = dataclasses.asdict(request.budget)
    inputs["warm_start"] = list(request.warm_started)
    inputs["resources"] = {phase: _plain_resources(asked) for phase, asked in resources.items()}
    inputs["executor"] = dict(workers or {})
    return without_secrets(inputs)


def read_inputs(inputs: Mapping[str, Any], reader: Reader, *, data: Any = None, check_places: bool = True) -> Request:
    """The arguments that `write_inputs` wrote.

    Args:
        inputs: the JSON.
        reader: opens what only code can say.
        data: where the training rows are now, or a dict of parts; None takes the places of then.
        check_places: whether files that are gone are an error; else places are taken as they were written.

    Raises:
        BundleError: when they were written by a newer version, or hold code that may not be opened.
        DataError: when the rows are gone, or were in memory and none are given.
    """
    if inputs.get("format") != FORMAT:
        raise BundleError(
            f"The inputs of the run are in format {inputs.get('format')!r}; this version of Litmus reads format {FORMAT}."
        )
    described = inputs["data"]
    if data is not None and len(described) > 1:
        names = ", ".join(repr(one["name"]) for one in described)
        if not (isinstance(data, Mapping) and set(data) <= {one["name"] for one in described}):
            raise DataError(f"The run had several data sets; give a dict with the rows of each: {names}.")
    parts = {name: reader.decode(inputs[name]) for name in (*_PLAIN, *_ENCODED)}
    return Request(
        data=tuple(
            _read_data(one, reader, data if len(described) == 1 else (data or {}).get(one["name"]), check=check_places)
            for one in described
        ),
        budget=Budget(**inputs["budget"]),
        warm_started=tuple(inputs["warm_start"]),
        **parts,
    )


def read_resources(inputs: Mapping[str, Any]) -> dict[str, Resources]:
    """What training and prediction were allowed to use; the address of a cluster is left out."""
    return {phase: Resources(**{**asked, "address": None}) for phase, asked in inputs["resources"].items()}


def public_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs for a file that goes to other people: without the full paths of this machine."""
    data = [
        {
            **one,
            "sources": {
                part: {name: value for name, value in source.items() if name != "full"}
                for part, source in one["sources"].items()
            },
        }
        for one in inputs["data"]
    ]
    return {**inputs, "data": data}


def data_facts(data: LoadedData, *, judged: Any = (1.0, 1.0)) -> dict[str, Any]:
    """What was loaded, as plain values: by it one can tell whether other rows are the same, and what changed.

    Args:
        data: the data set.
        judged: the shares of held-out and test rows that trials are judged on.
    """
    return {
        "name": data.name,
        "task": data.task,
        "sources": dict(data.sources),
        "fingerprint": data.fingerprint,
        "rows": len(data.train),
        "test_rows": 0 if data.test is None else len(data.test),
        "target": list(data.target.names),
        "classes": [without_secrets(str(one)) for one in data.target.classes][:1000],
        "columns": {column.name: [column.kind, column.dtype] for column in data.schema.values()},
        "column_hashes": dict(data.column_hashes),
        "folds": len(data.folds),
        "fold_plan": data.fold_plan,
        "judged": list(judged),
    }


def _plain_resources(asked: Resources) -> dict[str, Any]:
    facts = dataclasses.asdict(asked)
    address = facts["address"]
    return {**facts, "address": None if address is None else public_place(address)}


def _write_data(data: TaskData, writer: Writer) -> dict[str, Any]:
    return {
        "name": data.name,
        "sources": {part: _write_source(source) for part, source in data.sources.items()},
        **{name: writer.encode(_mapped(getattr(data, name))) for name in _DESCRIBED if name != "markers"},
        "markers": None if data.markers == Markers() else writer.encode(data.markers),
    }


def _mapped(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _write_source(source: Any) -> dict[str, Any]:
    """Where rows came from; of a place without what is secret in it, and then it says so."""
    if not isinstance(source, str | os.PathLike):
        what = "a list of rows" if isinstance(source, list | tuple) else f"a {type(source).__name__}"
        return {"memory": what}
    place = os.fspath(source)
    shown = public_place(place)
    if is_url(place):
        return {"place": shown, "complete": without_secrets(shown) == place}
    full = str(Path(place).expanduser().absolute())
    return {"place": place, "complete": without_secrets(full) == full, "full": full}


def _read_data(described: Mapping[str, Any], reader: Reader, data: Any, *, check: bool) -> TaskData:
    fields = {name: reader.decode(described[name]) for name in _DESCRIBED}
    fields["markers"] = fields["markers"] or Markers()
    name = described["name"]
    given = {} if data is None else _parts(data, described["sources"])
    sources = {
        part: given[part] if part in given else _place(source, part, name, check=check)
        for part, source in described["sources"].items()
    }
    unknown = next((part for part in given if part not in sources), None)
    if unknown is not None:
        raise DataError(
            f"data= has {unknown!r}, and {name!r} was trained with {', '.join(sources)} only; leave it out."
        )
    return TaskData(name=name, sources=sources, **fields)


def _parts(data: Any, sources: Mapping[str, Any]) -> dict[str, Any]:
    """The rows that are given, by part."""
    parts = ("train", "validation", "test")
    if (
        isinstance(data, Mapping)
        and data
        and set(data) <= set(parts)
        and (set(data) <= set(sources) or "train" in data)
    ):
        return dict(data)
    return {"train": data}


def _place(source: Mapping[str, Any], part: str, name: str, *, check: bool) -> Any:
    """Where rows are now."""
    again = "say where they are now: --data PATH, or data=…"
    if "memory" in source:
        raise DataError(
            f"The {part} rows of {name!r} were {source['memory']} in the program's memory, which nobody kept; {again}."
        )
    place = source["place"]
    if not source.get("complete", True):
        raise DataError(
            f"The {part} rows of {name!r} were at {place}, an address with a secret that was not kept; {again}."
        )
    if is_url(place) or not check:
        return place
    wanted = [Path(path).expanduser() for path in (source.get("full"), place) if path]
    found = next((path for path in wanted if path.exists() or any(sign in str(path) for sign in "*?[")), None)
    if found is None:
        raise DataError(
            f"The {part} rows of {name!r} are gone: there is no {' and no '.join(map(str, dict.fromkeys(wanted)))}; {again}."
        )
    return str(found)
