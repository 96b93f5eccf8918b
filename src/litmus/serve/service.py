"""What a worker serves at one time: its models, and which of them answers a request."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litmus.errors import LitmusError, ParameterError
from litmus.serve.config import ManyModelsConfig, ServiceConfig, VariantConfig, load_config
from litmus.serve.counters import Counters, VariantCounters
from litmus.serve.hooks import Chooser
from litmus.serve.refusal import Refusal
from litmus.serve.reply import HeaderLines
from litmus.serve.responses import label_text
from litmus.serve.served import Served

__all__ = ["Service", "Variant", "open_service", "service_of"]

_WORTH_SECONDS = 0.001
_LONG_SECONDS = 1.0
_TOGETHER = 8


@dataclasses.dataclass(eq=False)
class Variant:
    """A model that answers, under the name that its counters and answers carry.

    Attributes:
        name: of the variant.
        version: what answers name as the model that served them.
        model: the model.
        weight: its share of the requests.
        shadow: whether it gets copies only.
        keys: the model's classes as text, as answers name probabilities.
        headers: that name it in answers.
        row_seconds: the time that a call for one row takes, or for those that are predicted together, as it was lately.
        profits_from_batches: whether rows that are predicted together take much less time each; see `measure`.
    """

    name: str
    version: str
    model: Served
    weight: float = 1.0
    shadow: bool = False
    keys: list[str] = dataclasses.field(init=False)
    headers: dict[str, str] = dataclasses.field(init=False)
    row_seconds: float = dataclasses.field(default=0.0, init=False)
    profits_from_batches: bool = dataclasses.field(default=False, init=False)
    _counted: tuple[Counters, VariantCounters] | None = dataclasses.field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.keys = [label_text(label) for label in self.model.classes]
        self.headers = HeaderLines({"x-litmus-model": _header_value(self.version), "x-litmus-variant": self.name})

    def counters(self, counters: Counters) -> VariantCounters:
        """Its own among a worker's counters."""
        if self._counted is None or self._counted[0] is not counters:
            self._counted = (counters, counters.variant(self.name))
        return self._counted[1]

    def check_ready(self) -> None:
        """Predict the model's sample row.

        Raises:
            LitmusError, Exception: what the prediction raises.
        """
        self.model.answer(dict(self.model.sample))

    def measure(self) -> None:
        """See what one row takes, and where that is long, whether eight together take less than half of eight alone.

        A compiled model answers a row in far less than a millisecond, and waiting rows gain nothing by being put together;
        one whose parts run in their own libraries takes milliseconds, whatever the number of rows.
        """
        row = dict(self.model.sample)
        alone = min(_seconds_of(self.model, row) for _ in range(3))
        self.row_seconds = alone
        if _WORTH_SECONDS < alone < _LONG_SECONDS:
            together = min(_seconds_of(self.model, [row] * _TOGETHER) for _ in range(2))
            self.profits_from_batches = together < _TOGETHER * alone / 2


def _seconds_of(model: Served, rows: Any) -> float:
    started = time.perf_counter()
    model.answer(rows)
    return time.perf_counter() - started


class Service:
    """The models of one generation of a configuration; requests keep the one that they began with.

    Args:
        config: what is served.
        variants: the loaded models; empty when `chooser` finds them.
        chooser: finds models that requests name.
        seed: of the choice among weighted variants; None takes one from the system.

    Attributes:
        config: what is served.
        variants: those that answer.
        shadows: those that get copies.

    Example:
        >>> service = service_of(litmus.runtime.load("model.litmus"))    # doctest: +SKIP
        >>> service.choose(None).name                                    # doctest: +SKIP
        'main'
    """

    def __init__(
        self,
        config: ServiceConfig,
        variants: Sequence[Variant] = (),
        *,
        chooser: Chooser | None = None,
        seed: int | None = None,
    ) -> None:
        self.config = config
        self.variants = [each for each in variants if not each.shadow]
        self.shadows = [each for each in variants if each.shadow]
        self.chooser = chooser
        self._main = max(self.variants, key=lambda each: each.weight, default=None)
        self._names = {each.name: each for each in self.variants}
        self._sums = list(itertools.accumulate(each.weight for each in self.variants))
        self._random = random.Random(seed)  # noqa: S311 (a share of traffic is no secret)
        weighted = [each for each in self.variants if each.weight > 0]
        self._only = weighted[0] if len(weighted) == 1 and chooser is None else None

    @property
    def generation(self) -> int:
        """Of the configuration."""
        return self.config.generation

    @property
    def main(self) -> Variant | None:
        """The variant with the largest weight, which describes the service; None when requests name their model."""
        return self._main

    def choose(self, target: str | None = None) -> Variant | None:
        """The variant that answers a request; None when it has to be loaded first, with `load`, in a thread.

        Args:
            target: the variant or model that the request names, or None.

        Raises:
            Refusal: 404 when there is none of that name.
        """
        if target is None and self._only is not None:
            return self._only
        if self.chooser is not None:
            return self.chooser.choose(target)
        if target is None:
            return self.variants[bisect.bisect_right(self._sums, self._random.random() * self._sums[-1])]
        found = self._names.get(target)
        if found is None:
            raise Refusal(404, "There is no variant of that name here; leave the name out, or ask GET /v2/models.")
        return found

    def load(self, target: str | None) -> Variant:
        """Load the model that `choose` gave None for; takes as long as it takes.

        Raises:
            Refusal: when it cannot be loaded.
        """
        if self.chooser is None:
            raise Refusal(404, "There is no model of that name here.")
        return self.chooser.load(target)

    def loaded(self, wanted: VariantConfig, *, trust: bool) -> Served | None:
        """The model of a variant's bundle and version, when this service has loaded it; bundles are named by content."""
        if trust != self.config.trust:
            return None
        for known in self.config.variants:
            if (known.path, known.version) == (wanted.path, wanted.version):
                return next(each.model for each in [*self.variants, *self.shadows] if each.name == known.name)
        return None

    def targets(self) -> list[str]:
        """The names that requests may give."""
        return list(self._names) if self.chooser is None else list(self.chooser.targets())

    def check_ready(self) -> None:
        """Predict a real row with each variant.

        Raises:
            ParameterError: when one does not answer; the message says which, and why.
        """
        for each in [*self.variants, *self.shadows]:
            try:
                each.check_ready()
            except Exception as error:
                raise ParameterError(
                    f"Variant {each.name!r} ({each.version}) does not answer its own sample row "
                    f"({type(error).__name__}: {error}); load it with litmus.runtime.load and predict its sample."
                ) from error


def _header_value(text: str) -> str:
    """Text that may stand in a header: other signs than printable ASCII become question marks."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text)


def service_of(model: Served, **config: Any) -> Service:
    """The service of one model in memory.

    Args:
        model: the model.
        config: fields of `ServiceConfig`, such as `limits`.
    """
    version = model.version or model.name
    settings = ServiceConfig(name="model", generation=1, variants=[VariantConfig("main", "", version)], **config)
    return Service(settings, [Variant("main", version, model)])


def open_service(folder: str | Path, config: ServiceConfig | None = None, *, kept: Service | None = None) -> Service:
    """Load what an endpoint's configuration names, and see that it answers.

    Args:
        folder: the endpoint's folder.
        config: what to load; by default its `config.json`.
        kept: a service before this one: bundles that it has loaded are not loaded again.

    Raises:
        ParameterError: when the configuration is not usable, or a model does not answer.
        BundleError: when a bundle cannot be loaded.
    """
    home = Path(folder)
    config = config or load_config(home)
    if config.many_models is not None:
        return _open_many(home, config, config.many_models, kept)
    if config.chain:
        service = Service(config, [_load_chain(home, config, config.chain)])
    else:
        service = Service(config, [_load_variant(home, config, each, kept) for each in config.variants])
    service.check_ready()
    for each in service.variants:
        if each.row_seconds == 0.0:
            each.measure()
    return service


def _load_variant(home: Path, config: ServiceConfig, wanted: VariantConfig, kept: Service | None) -> Variant:
    model = None if kept is None else kept.loaded(wanted, trust=config.trust)
    if model is not None:
        return Variant(wanted.name, wanted.version, model, wanted.weight, wanted.shadow)
    from litmus.runtime import load

    try:
        model = load(home / wanted.path, trust=config.trust)
    except LitmusError as error:
        raise type(error)(f"Variant {wanted.name!r} cannot be loaded: {error}") from error
    return Variant(wanted.name, wanted.version, model, wanted.weight, wanted.shadow)


def _open_many(home: Path, config: ServiceConfig, wanted: ManyModelsConfig, kept: Service | None) -> Service:
    from litmus.serve.many_models import ManyModels

    same = kept is not None and (kept.config.many_models, kept.config.trust) == (wanted, config.trust)
    if kept is not None and same:
        return Service(config, chooser=kept.chooser)
    return Service(config, chooser=ManyModels(home / wanted.folder, memory=wanted.memory, trust=config.trust))


def _load_chain(home: Path, config: ServiceConfig, paths: Sequence[str]) -> Variant:
    from litmus.runtime import load
    from litmus.serve.chain import Chain

    models = []
    for number, path in enumerate(paths, start=1):
        try:
            models.append(load(home / path, trust=config.trust))
        except LitmusError as error:
            raise type(error)(f"Model {number} of the chain cannot be loaded: {error}") from error
    chain = Chain(models, mapping=config.chain_mapping)
    return Variant("chain", chain.version, chain)
