"""`recommend`: how a model is served best."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.bundle_reader import read_manifest
from litmus.deployment import Deployment, parse_deployment
from litmus.errors import BundleError, ParameterError, ResourceError
from litmus.quantities import parse_seconds
from litmus.recommendation.precisions import PRECISIONS, in_precisions
from litmus.recommendation.prices import PriceTable, read_prices
from litmus.recommendation.result import Option, Recommendation, ranked
from litmus.recommendation.sweep import FORMS, Measured, layouts_for, measure
from litmus.recommendation.weights import read_weights
from litmus.resources import available_cpus

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = ["recommend"]

_BATCHES = (1, 16, 256)
_LARGEST_BATCH = 1_000


def recommend(
    model: Model | str | Path,
    *,
    rows: Any = None,
    weights: Any = None,
    prices: Any = None,
    deployment: Any = None,
    batches: Sequence[int] = _BATCHES,
    forms: Sequence[str] = tuple(FORMS),
    precisions: Sequence[str] = PRECISIONS,
    duration: float | str = "1s",
    trust: bool = False,
    told: Callable[[str], None] = lambda _: None,
) -> Recommendation:
    """Serve a model in several ways on this machine, and rank them under weights for cost, latency and throughput.

    For each number of cores that a machine of the price table has, the real server runs as one process, as one a core, and as
    what lies between, and is sent batches of several sizes. What a request costs is the price of an hour over the
    requests that are answered in one; a machine with more cores than this one is left out.

    Args:
        model: a model, or the path of a bundle.
        rows: rows to send, in any form that `Model.predict` takes; None sends those that the bundle carries.
        weights: such as {"cost": 2, "latency": 1}; None weighs cost, latency and throughput alike.
        prices: a table of prices (see `read_prices`), or None for the one that Litmus has.
        deployment: limits: what misses its `latency_p99` or `memory` is ranked last; None for none.
        batches: rows in a request, each from 1 to 1,000.
        forms: how rows of requests with several are laid out: "json", an object for each, and "csv", columns named once.
        precisions: of the weights of networks: "float32", "float16", "int8"; models without networks have one. How far answers
            differ is noted; whether a score bears it, `Model.optimize` tells.
        duration: seconds, or text, that each way is measured for.
        trust: allow a bundle to run code of its maker's own; a model in memory is trusted.
        told: called with a sentence before each measurement.

    Raises:
        ParameterError: when an argument is not allowed.
        ResourceError: when the servers do not start, or no machine of the table is as small as this one.
        BundleError: when the bundle cannot be opened.
        PredictionError: when the rows do not fit the model.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> print(litmus.recommend(run.best, weights={"cost": 1}))    # doctest: +SKIP
    """
    shares, table = read_weights(weights), read_prices(prices)
    limits = None if deployment is None else parse_deployment(deployment)
    seconds = parse_seconds(duration, name="duration", examples="'1s' or '500ms'")
    sizes = _checked_batches(batches)
    layouts = _checked(forms, tuple(FORMS), "forms")
    bits = _checked(precisions, PRECISIONS, "precisions")
    cores = sorted({machine.cpus for machine in table.machines if machine.cpus <= available_cpus()})
    if not cores:
        fewest = min(machine.cpus for machine in table.machines)
        raise ResourceError(
            f"Every machine of the price table has {fewest} cores or more, and this one lends {available_cpus()}; name a "
            "smaller one, or measure on a larger one."
        )
    asked = _Asked(cores, sizes, layouts, bits, seconds, trust, told)
    name, found, notes = _measured_ways(model, rows, asked)
    options = [
        Option(machine, one, misses=_misses(one, machine.memory, limits))
        for machine in table.machines
        for one in found
        if one.layout.cpus == machine.cpus
    ]
    if not options:
        raise ResourceError("No request was answered; see whether the rows fit the model: litmus simulate MODEL.")
    return Recommendation(name, ranked(options, shares), shares, table, _processor(), (*_notes(table, cores), *notes))


@dataclasses.dataclass(frozen=True)
class _Asked:
    """The ways to measure."""

    cores: Sequence[int]
    batches: Sequence[int]
    forms: Sequence[str]
    precisions: Sequence[str]
    seconds: float
    trust: bool
    told: Callable[[str], None]


def _measured_ways(model: Model | str | Path, rows: Any, asked: _Asked) -> tuple[str, list[Measured], list[str]]:
    """The model's name, what was measured of every way to serve it, and what to know about precisions."""
    from litmus.simulate.clean_environment import closure_of, install
    from litmus.simulate.keeper import Keeper
    from litmus.simulate.request_bodies import request_bodies
    from litmus.simulate.requirements import requirements_of

    found: list[Measured] = []
    with Keeper() as keeper:
        trust = asked.trust or hasattr(model, "save")
        bundle = _bundle(model, keeper.folder)
        manifest = read_manifest(bundle)
        bodies = request_bodies(rows, manifest, seed=0)
        packages = keeper.folder / "packages"
        packages.mkdir()
        install(closure_of(requirements_of(manifest)), packages)
        bundles, refused = in_precisions(
            model, bundle, precisions=asked.precisions, rows=bodies, trust=trust, folder=keeper.folder
        )
        for each, cpus in itertools.product(bundles, asked.cores):
            for layout in layouts_for(cpus):
                ways = measure(
                    layout,
                    asked.batches,
                    bundle=each.bundle,
                    packages=packages,
                    rows=bodies,
                    seconds=asked.seconds,
                    trust=trust,
                    forms=asked.forms,
                    told=asked.told,
                )
                found += [dataclasses.replace(way, precision=each.precision) for way in ways]
    notes = [
        f"With its networks in {each.precision}, answers differ by up to {each.difference:.2g}."
        for each in bundles
        if each.precision != "float32"
    ]
    return str(manifest.get("version") or manifest["name"]), found, [*notes, *filter(None, [refused])]


def _bundle(model: Any, folder: Path) -> Path:
    if hasattr(model, "save"):
        return Path(model.save(folder / "model.litmus"))
    if not isinstance(model, str | Path):
        raise BundleError(f"A {type(model).__name__} is no model; give a model, or the path of one that save() wrote.")
    return Path(model).expanduser().absolute()


def _checked_batches(batches: Any) -> list[int]:
    given = [batches] if isinstance(batches, Integral) else batches
    if not isinstance(given, list | tuple) or not given:
        raise ParameterError(f"batches={batches!r} is not allowed; give numbers of rows, such as [1, 16, 256].")
    for size in given:
        if isinstance(size, bool) or not isinstance(size, Integral) or not 1 <= int(size) <= _LARGEST_BATCH:
            raise ParameterError(f"batches has {size!r}; give whole numbers of rows from 1 to {_LARGEST_BATCH:,}.")
    return sorted({int(size) for size in given})


def _checked(names: Any, allowed: Sequence[str], option: str) -> tuple[str, ...]:
    given = (names,) if isinstance(names, str) else tuple(names)
    wrong = [name for name in given if name not in allowed]
    if wrong or not given:
        named = repr(wrong[0]) if wrong else "none"
        raise ParameterError(f"{option} has {named}; give some of {', '.join(map(repr, allowed))}.")
    return tuple(dict.fromkeys(given))


def _misses(found: Measured, memory: int, limits: Deployment | None) -> str:
    """Why a way to serve a model is not allowed."""
    room = Deployment(latency_p99=None, memory=memory).violations({"memory": found.memory})
    if limits is None:
        return "; ".join(one.sentence for one in room)
    own = limits.violations({"latency_p99": found.latency_p99, "memory": found.memory})
    return "; ".join(dict.fromkeys(one.sentence for one in (*room, *own)))


def _processor() -> str:
    from litmus.simulate.machine import Machine

    return str(Machine.here())


def _notes(table: PriceTable, cores: Sequence[int]) -> tuple[str, ...]:
    notes = ["Cores of other machines are faster or slower than these: measure there what you decide by."]
    larger = [machine.name for machine in table.machines if machine.cpus > max(cores)]
    if larger:
        verb = "has" if len(larger) == 1 else "have"
        notes.append(f"{', '.join(larger)} {verb} more cores than this machine, so they were left out.")
    if max(cores) >= available_cpus():
        notes.append("The largest machines share their cores with what measures them here, and do better than shown.")
    return tuple(notes)
