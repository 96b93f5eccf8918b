"""All that is known of an endpoint, for people to read and programs too."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import msgspec

from litmus.bundle_reader import read_manifest
from litmus.endpoints.journal import read_events
from litmus.endpoints.settings import Settings, read_settings
from litmus.endpoints.state import State
from litmus.quantities import duration_text
from litmus.serve.config import ServiceConfig, load_config
from litmus.serve.counters import read_counters
from litmus.serve.totals import Totals, VariantTotals

__all__ = ["Description"]

_EVENTS = 5


@dataclasses.dataclass(frozen=True)
class Description:
    """What an endpoint is, what it does, and what happened to it lately.

    Attributes:
        folder: what it has on disk.
        state: what it is doing.
        config: what it serves.
        settings: how it is run.
        totals: what it did since it was deployed.
        events: the last ones.
    """

    folder: Path
    state: State
    config: ServiceConfig
    settings: Settings
    totals: Totals
    events: list[dict[str, Any]]

    @classmethod
    def of(cls, folder: Path, state: State) -> Description:
        """Read it from the endpoint's folder."""
        return cls(
            folder,
            state,
            load_config(folder),
            read_settings(folder),
            read_counters(folder),
            read_events(folder, _EVENTS),
        )

    @property
    def models(self) -> list[str]:
        """What it serves, in writing: versions, or how many models of which folder."""
        config = self.config
        if config.many_models is not None:
            many = Path(config.many_models.folder)
            return [f"{len(list(many.glob('*.litmus'))):,} models of {many}"]
        if config.chain:
            manifests = [read_manifest(self.folder / path) for path in config.chain]
            return [" → ".join(str(each.get("version") or each["name"]) for each in manifests)]
        return [each.version for each in config.variants]

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON values; times in seconds."""
        state: dict[str, Any] = msgspec.to_builtins(self.state)
        none = VariantTotals()
        variants = [
            {**msgspec.to_builtins(each), **_figures(self.totals.variants.get(each.name, none))}
            for each in self.config.variants
        ]
        return {
            "name": self.folder.name,
            **{name: state[name] for name in ("status", "message", "url", "port", "since", "generation")},
            "pid": state["pid"] or None,
            "workers": state["workers"],
            "rollout": state["rollout"],
            "models": self.models,
            "variants": variants,
            "in_flight": self.totals.in_flight if self.state.workers else 0,
            "scaling": msgspec.to_builtins(self.settings.scaling),
            "engine": self.settings.engine,
            "created": self.settings.created,
            "folder": str(self.folder),
            "events": self.events,
        }

    def __str__(self) -> str:
        state = self.state
        lines = [f"{self.folder.name}: {state.status} at {state.url}", f"  {state.message}"]
        lines += ["", "Models"]
        lines += [f"  {line}" for line in self._variant_lines()]
        if state.workers:
            lines += ["", f"Workers ({self.settings.scaling})"]
            lines += [f"  {line}" for line in self._worker_lines()]
        if state.rollout is not None:
            rollout = state.rollout
            lines += ["", f"Last update: {rollout.status}", f"  {rollout.message}"]
        if self.events:
            lines += ["", "Events"]
            lines += [
                f"  {str(each['time'])[:19].replace('T', ' ')}  {each.get('message') or each['event']}"
                for each in self.events
            ]
        return "\n".join([*lines, "", f"Files: {self.folder}"])

    def _variant_lines(self) -> list[str]:
        answering = sum(each.weight for each in self.config.variants if not each.shadow)
        if not self.config.variants:
            done = self.totals.all
            return [f"{model}; {_figures_text(done, shadow=False)}" for model in self.models]
        lines = []
        for each in self.config.variants:
            share = "copies only" if each.shadow else f"{100 * each.weight / answering:.4g} % of the requests"
            done = self.totals.variants.get(each.name, VariantTotals())
            label = each.version if each.name == each.version else f"{each.name} ({each.version})"
            lines.append(f"{label}: {share}; {_figures_text(done, shadow=each.shadow)}")
        return lines

    def _worker_lines(self) -> list[str]:
        lines = []
        for each in self.state.workers:
            how = "ready" if each.ready else "starting or ending"
            again = f", started again {each.restarts} times" if each.restarts else ""
            kind = "" if each.kind == "http" else f" ({each.kind})"
            lines.append(f"{each.slot}{kind}: process {each.pid}, {how}, configuration {each.generation}{again}")
        return lines


def _figures(done: VariantTotals) -> dict[str, Any]:
    p50, p99 = done.quantile(0.5), done.quantile(0.99)
    return {
        "requests": done.requests,
        "client_errors": done.client_errors,
        "server_errors": done.server_errors,
        "rejected": done.rejected,
        "p50": p50 if math.isfinite(p50) else None,
        "p99": p99 if math.isfinite(p99) else None,
        "compared": done.compared,
        "different": done.different,
    }


def _figures_text(done: VariantTotals, *, shadow: bool) -> str:
    if shadow:
        return f"{done.different:,} of {done.compared:,} answers differ"
    if not done.requests:
        return "not asked yet"
    errors = f", {done.server_errors:,} failed" if done.server_errors else ""
    return (
        f"{done.requests:,} requests{errors}, p50 {duration_text(done.quantile(0.5))}, "
        f"p99 {duration_text(done.quantile(0.99))}"
    )
