"""An update under way: `rollout.json` in the endpoint's folder, from which a supervisor that was killed goes on."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from litmus.endpoints.atomic import read_json, write_json
from litmus.serve.config import ServiceConfig, VariantConfig

__all__ = ["Plan", "drop_plan", "read_plan", "step_config", "write_plan"]

_FILE = "rollout.json"


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An update, and how far it is.

    Attributes:
        id: of the order.
        before, after: what was served, and what is to be served in the end.
        shares: of the requests that the new models get, a step each.
        seconds: to watch each step.
        alarms: `Alarm.to_json` of each.
        judges: the file with the alarms' own functions, or "".
        how: the rollout in words.
        step: where it is.
        back: why it is being taken back, or "".
    """

    id: str
    before: ServiceConfig
    after: ServiceConfig
    shares: tuple[float, ...]
    seconds: float
    alarms: list[dict[str, Any]]
    judges: str
    how: str
    step: int = 0
    back: str = ""

    @property
    def new(self) -> list[VariantConfig]:
        """The variants that answer after the update and did not before; all of them when only their weights change."""
        had = {(each.name, each.path) for each in self.before.variants if not each.shadow}
        answering = [each for each in self.after.variants if not each.shadow]
        return [each for each in answering if (each.name, each.path) not in had] or answering


def step_config(before: ServiceConfig, after: ServiceConfig, share: float, generation: int) -> ServiceConfig:
    """What is served while the new models get `share` of the requests, and the old ones the rest.

    Example:
        >>> from litmus.serve.config import VariantConfig
        >>> old = ServiceConfig("income", 1, variants=[VariantConfig("a", "a.litmus", "a-1")])
        >>> new = ServiceConfig("income", 1, variants=[VariantConfig("b", "b.litmus", "b-1")])
        >>> [(each.name, each.weight) for each in step_config(old, new, 0.1, 2).variants]
        [('a', 0.9), ('b', 0.1)]
    """
    if share >= 1 or not before.variants or not after.variants:
        return msgspec.structs.replace(after, generation=generation)
    weights: dict[str, float] = {}
    held: dict[str, VariantConfig] = {}
    for config, part in ((before, 1 - share), (after, share)):
        answering = [each for each in config.variants if not each.shadow]
        total = sum(each.weight for each in answering)
        for each in answering:
            held[each.name] = each
            weights[each.name] = weights.get(each.name, 0.0) + round(part * each.weight / total, 9)
    mixed = [msgspec.structs.replace(each, weight=weights[name]) for name, each in held.items()]
    shadows = [each for each in after.variants if each.shadow and each.name not in held]
    return msgspec.structs.replace(after, generation=generation, variants=[*mixed, *shadows])


def read_plan(folder: Path) -> Plan | None:
    """The update under way; None when there is none."""
    with contextlib.suppress(ValueError, OSError):
        plan: Plan | None = read_json(folder / _FILE, Plan)
        return plan
    return None


def write_plan(folder: Path, plan: Plan) -> None:
    """Replace `rollout.json`; it is on the disk when this returns."""
    write_json(folder / _FILE, plan, durable=True)


def drop_plan(folder: Path) -> None:
    """The update is over."""
    (folder / _FILE).unlink(missing_ok=True)
