"""How much of the machine training and prediction may use."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from litmus.errors import ParameterError, ResourceError
from litmus.naming import nearest
from litmus.quantities import parse_bytes

__all__ = ["BIG_TABLE", "Resources", "available_cpus", "count_gpus", "parse_resources"]


BIG_TABLE = 32_000_000
"""Bytes of a training table in memory from which on memory is saved where that costs a little time."""


@dataclasses.dataclass(frozen=True)
class Resources:
    """What one phase may use.

    Attributes:
        cpus: processor cores; None means all that this process may use.
        gpus: accelerators; 0 means none.
        workers: processes; None means as many as there are cores and work for them, and two for a big table.
        memory: bytes, or text such as "8GiB", that all workers together should stay under: fewer fits then run at
            once (`at_most`), and one that takes more than its share is ended (`share`). None means what the machine has.
        address: the Ray cluster that trains: "ray://host:port", "host:port", "auto" (the one this machine belongs to) or
            "local" (one started here); cores, accelerators and memory are then those of the cluster. None: no cluster.
    """

    cpus: int | None = None
    gpus: int = 0
    workers: int | None = None
    memory: int | str | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        for name in ("cpus", "workers"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise ParameterError(f"resources: {name}={value!r} is not allowed; give a whole number of at least 1.")
        if isinstance(self.gpus, bool) or not isinstance(self.gpus, int) or self.gpus < 0:
            raise ParameterError(f"resources: gpus={self.gpus!r} is not allowed; give a whole number, 0 for none.")
        if self.address is not None and (not isinstance(self.address, str) or not self.address.strip()):
            raise ParameterError(
                f"resources: address={self.address!r} is not allowed; give that of a Ray cluster, 'ray://host:port', "
                "'host:port', 'auto' or 'local'."
            )
        if self.memory is not None:
            object.__setattr__(self, "memory", parse_bytes(self.memory, name="resources: memory"))

    @property
    def n_cpus(self) -> int:
        """Cores to use, never more than the machine lends this process, where they are this machine's."""
        if self.address is not None and self.cpus is not None:
            return self.cpus
        return min(self.cpus or available_cpus(), available_cpus())

    def at_most(self, table_bytes: int) -> int | None:
        """How many fits of a table of this size may run at once under `memory`; None when there is no limit.

        A fit is taken to need 300 MB for its libraries and three times the table: the rows, the features, and the
        library's own copy.
        """
        return None if self.memory is None else max(1, int(self.memory) // _needed(table_bytes))

    def share(self, at_once: int, table_bytes: int) -> int | None:
        """Bytes that one of `at_once` fits may take before it is ended, so that it does not take the others with it.

        Its part of `memory`, or of nine tenths of what the machine has free; never less than a fit is taken to need.
        None, no limit, on a cluster of which `memory` says nothing: this machine cannot know what that has free.
        """
        if self.memory is None and self.address is not None:
            return None
        import psutil

        total = int(self.memory) if self.memory is not None else int(0.9 * psutil.virtual_memory().available)
        return max(total // max(at_once, 1), _needed(table_bytes))

    def fits_at_once(self, table_bytes: int) -> int | None:
        """How many fits run at once where there are cores for more; None when cores alone decide.

        Two of a big table, unless `memory` or `workers` say otherwise: that keeps a run within four times the table, and
        each fit gets the cores of the others.
        """
        if self.memory is None and self.workers is None and self.address is None and table_bytes >= BIG_TABLE:
            return 2
        return self.at_most(table_bytes)


def _needed(table_bytes: int) -> int:
    """Bytes that a fit is taken to need: its libraries, the rows, the features, and the library's own copy."""
    return 300_000_000 + 3 * table_bytes


def available_cpus() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def count_gpus() -> int:
    """Accelerators this machine has, as `nvidia-smi` lists them; 0 when there is no such program."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    found = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    return sum(line.startswith("GPU ") for line in found.stdout.splitlines()) if found.returncode == 0 else 0


def parse_resources(resources: Mapping[str, Any] | None) -> dict[str, Resources]:
    """Read `{"train": {...}, "predict": {...}}`; a phase left out gets the defaults.

    Raises:
        ParameterError: for an unknown phase, option or value.
        ResourceError: when the machine lacks what is asked for, before any work is done.
    """
    if resources is not None and not isinstance(resources, Mapping):
        raise ParameterError(
            f"resources={resources!r} is not allowed; write {{'train': {{'cpus': 4}}, 'predict': {{'cpus': 2}}}}."
        )
    parsed = {"train": Resources(), "predict": Resources()}
    options = [field.name for field in dataclasses.fields(Resources)]
    for phase, wanted in (resources or {}).items():
        _known("phase", phase, list(parsed))
        if isinstance(wanted, Resources):
            parsed[phase] = wanted
            continue
        if not isinstance(wanted, Mapping):
            raise ParameterError(f"resources[{phase!r}]={wanted!r} is not allowed; write {{'cpus': 4}}.")
        for option in wanted:
            _known("option", option, options)
        parsed[phase] = Resources(**wanted)
    if parsed["predict"].address is not None:
        raise ParameterError(
            "resources['predict'] has an address, but a Ray cluster only trains; give it under 'train'."
        )
    _check_gpus(parsed)
    return parsed


def _known(kind: str, name: Any, allowed: list[str]) -> None:
    if name not in allowed:
        close = nearest(str(name), allowed)
        hint = f" Did you mean {close!r}?" if close else ""
        raise ParameterError(f"resources has no {kind} {name!r}.{hint} Known: {', '.join(allowed)}.")


def _check_gpus(parsed: Mapping[str, Resources]) -> None:
    wanted = {phase: asked.gpus for phase, asked in parsed.items() if asked.gpus and asked.address is None}
    if not wanted:
        return
    found = count_gpus()
    short = {phase: number for phase, number in wanted.items() if number > found}
    if short:
        asked = ", ".join(f"{number} for {phase}" for phase, number in short.items())
        cpus = available_cpus()
        raise ResourceError(
            f"resources ask for GPUs ({asked}) and this machine has {found or 'none'}. "
            f"Use cores instead, resources={{'train': {{'cpus': {cpus}}}, 'predict': {{'cpus': {cpus}}}}}, "
            "or run this on a machine that has them."
        )
