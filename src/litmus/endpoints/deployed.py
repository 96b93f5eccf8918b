"""A deployed model: asked, watched, updated, stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from litmus.endpoints.alarms import Alarm, Judge, as_alarms
from litmus.endpoints.curl import curl_line
from litmus.endpoints.description import Description
from litmus.endpoints.engine import Engine, engine_named
from litmus.endpoints.journal import read_events
from litmus.endpoints.judge_process import write_judges
from litmus.endpoints.keys import check_key, new_key, rotate_keys
from litmus.endpoints.log import tail
from litmus.endpoints.models import Source, bring_model, sample_of_chain, sample_row, variant_of, variants_of
from litmus.endpoints.orders import Order, give_order, new_id
from litmus.endpoints.places import existing, names, remove
from litmus.endpoints.rollout import Rollout
from litmus.endpoints.rollouts import AllAtOnce, Strategy
from litmus.endpoints.scaling import Scaling
from litmus.endpoints.settings import read_settings, write_settings
from litmus.endpoints.state import RolloutState, State, read_state, write_state
from litmus.errors import ParameterError, ResourceError
from litmus.serve.config import ServiceConfig, VariantConfig, load_config

__all__ = ["Endpoint", "endpoint", "endpoints"]


class Endpoint:
    """An endpoint that was deployed, by this program or another.

    Args:
        name: of the endpoint.
        key: what callers must send; without, `LITMUS_KEY`, as only its hash is kept.

    Attributes:
        name: of the endpoint.
        folder: what it has on disk.
        key: the key, when it is known here.

    Raises:
        UnknownNameError: when there is no such endpoint.
    """

    def __init__(self, name: str, *, key: str | None = None) -> None:
        self.folder = existing(name)
        self.name = self.folder.name
        self.key = key or os.environ.get("LITMUS_KEY") or None

    @property
    def state(self) -> State:
        """What it is doing now."""
        return self._engine.describe(self.folder)

    @property
    def status(self) -> str:
        """In a word: "starting", "running", "updating", "failed" or "stopped"."""
        return self.state.status

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.state.url

    @property
    def curl(self) -> str:
        """A line for the terminal that asks it something."""
        config = load_config(self.folder)
        row, url = {}, self.url
        if config.many_models is not None:
            first = min(Path(config.many_models.folder).glob("*.litmus"), default=None)
            if first is not None:
                row, url = sample_row(first), self._url_of(first.stem)
        elif config.chain:
            row = sample_of_chain(self.folder, config)
        else:
            row = sample_row(self.folder / _answering(config)[0].path)
        return curl_line(url, self.key, row, certificate=config.tls.certificate if config.tls else None)

    def predict(self, rows: Any, *, model: str | None = None) -> Any:
        """Ask it, over HTTP; `litmus.Client(endpoint.url, endpoint.key)` keeps its connections for many requests.

        Args:
            rows: a dict (one row), a list of dicts, or a frame, as `litmus.Client.predict` takes them.
            model: which one, of an endpoint of many models.

        Returns:
            A label or value for a dict, a list of them for a list, else a pandas Series.

        Raises:
            PredictionError: when the rows do not fit the model.
            ResourceError: when the key is not known here.
            EndpointError: when there is no prediction for another reason.
        """
        if self.key is None:
            raise ResourceError(
                f"The key of {self.name} is not known here: only its hash is kept. Give it: litmus.endpoint({self.name!r}, key=…), set "
                "LITMUS_KEY, or make another with rotate_key()."
            )
        from litmus.client import Client

        tls = load_config(self.folder).tls
        url = self.url if model is None else self._url_of(model)
        with Client(url, self.key, certificate=tls.certificate if tls else None) as client:
            return client.predict(rows)

    def _url_of(self, model: str) -> str:
        """Where one of many models answers."""
        return f"{self.url}/models/{quote(model, safe='')}"

    def describe(self) -> Description:
        """All that is known of it; prints as text, and `to_json()` is for programs."""
        return Description.of(self.folder, self.state)

    def update(
        self,
        model: Source,
        *,
        rollout: Strategy | None = None,
        alarms: Alarm | Judge | Sequence[Alarm | Judge] | None = None,
        trust: bool = False,
        wait: bool = False,
    ) -> Rollout:
        """Put another model behind the same address; no request is lost, and an alarm takes the update back whole.

        Args:
            model: as in `deploy`. It takes the place of all variants.
            rollout: `AllAtOnce()`, `Canary(10, bake="10m")` or `Linear(20, every="5m")`.
            alarms: what takes it back: `Alarm(error_rate=0.01)`, `Alarm(p99="20ms")`, `Alarm(score="accuracy >= 0.85")`, or
                your own function of a dict of facts.
            trust: whether a bundle may run code of its maker's own.
            wait: whether to return only when it is over.

        Returns:
            The update, which goes on by itself: `.wait()`, `.status`, `.cancel()`.

        Raises:
            LitmusError: when it cannot begin; then nothing was changed.
        """
        config = load_config(self.folder)
        _check_steps(config, rollout)
        brought = bring_model(model, self.folder, trust=trust)
        variant = variant_of(brought, taken=config.variants)
        changed = _with(config, [variant], needs_trust=brought.needs_trust)
        return self._change(changed, config, rollout or AllAtOnce(), as_alarms(alarms), wait=wait)

    def cancel_update(self) -> None:
        """Take the update that is under way back; returns when that is done.

        Raises:
            ResourceError: when there is none.
        """
        rollout = self.state.rollout
        if rollout is None or rollout.status in ("finished", "rolled back"):
            raise ResourceError(f"No update of {self.name} is under way, so there is none to cancel.")
        engine = self._engine
        Rollout(self.name, rollout.id, lambda: engine.describe(self.folder)).cancel()

    def variants(self, models: Mapping[str, tuple[Source, float]], *, trust: bool = False) -> Rollout:
        """Share the requests between models.

        Args:
            models: name → (model, weight): `{"a": ("income-3", 0.9), "b": ("income-4", 0.1)}`. Answers name theirs in the
                header X-Litmus-Variant.
            trust: whether bundles may run code of their makers' own.
        """
        config = load_config(self.folder)
        variants, needs_trust = variants_of(models, self.folder, trust=trust)
        shadows = [each for each in config.variants if each.shadow]
        changed = _with(config, [*variants, *shadows], needs_trust=needs_trust)
        return self._change(changed, config, AllAtOnce(), wait=True)

    def shadow(self, model: Source, *, name: str = "shadow", trust: bool = False) -> Rollout:
        """Send copies of the requests to a model whose answers go nowhere; `describe` counts where they differ."""
        config = load_config(self.folder)
        brought = bring_model(model, self.folder, trust=trust)
        variant = VariantConfig(name, brought.path, brought.version, shadow=True)
        changed = _with(config, [*_answering(config), variant], needs_trust=brought.needs_trust)
        return self._change(changed, config, AllAtOnce(), wait=True)

    def unshadow(self) -> Rollout:
        """Send no more copies."""
        config = load_config(self.folder)
        return self._change(
            msgspec.structs.replace(config, variants=_answering(config)), config, AllAtOnce(), wait=True
        )

    def scale(self, workers: int | tuple[int, int] | Scaling) -> None:
        """Change how many workers there are: a number, (minimum, maximum), or a `Scaling`."""
        from litmus.endpoints.deploying import scaling_of

        scaling = scaling_of(workers)
        if not self._engine.steps:
            write_settings(self.folder, msgspec.structs.replace(read_settings(self.folder), scaling=scaling))
            if self.status == "running":
                self._engine.apply(self.folder, load_config(self.folder))
        elif self.state.is_looked_after:
            give_order(self.folder, Order(new_id(), "scale", scaling=scaling))
        else:
            write_settings(self.folder, msgspec.structs.replace(read_settings(self.folder), scaling=scaling))

    def rotate_key(self, *, key: str | None = None, keep_old: float | str | None = None) -> str:
        """Make another key, without a restart; the old ones end within a second.

        Args:
            key: the new one; made when left out.
            keep_old: how long the old ones still let their callers in, such as "1h"; None is not at all.

        Returns:
            The new key; only its hash is kept.
        """
        used = new_key() if key is None else check_key(key)
        rotate_keys(self.folder, used, keep_old=keep_old)
        self.key = used
        return used

    def logs(self, lines: int = 100) -> list[str]:
        """The last lines of its log."""
        return tail(self.folder, lines)

    def events(self, last: int | None = None) -> list[dict[str, Any]]:
        """What happened to it, oldest first."""
        return read_events(self.folder, last)

    def stop(self) -> None:
        """End its processes when the requests under way are answered; `start` brings it back at the same address."""
        self._engine.stop(self.folder)

    def start(self, *, wait: bool = True) -> None:
        """Start it again.

        Raises:
            ResourceError: when it runs already, its port is taken, or it does not come up.
        """
        self._engine.start(self.folder, wait=wait)

    def delete(self) -> None:
        """Stop it and remove its folder, with its captured requests and its events."""
        self._engine.stop(self.folder)
        remove(self.folder)

    @property
    def _engine(self) -> Engine:
        if not self.folder.is_dir():
            raise ResourceError(f"The endpoint {self.name} was deleted.")
        return engine_named(read_settings(self.folder).engine)

    def _change(
        self,
        changed: ServiceConfig,
        config: ServiceConfig,
        rollout: Strategy,
        alarms: tuple[Alarm, ...] = (),
        *,
        wait: bool,
    ) -> Rollout:
        if alarms and not rollout.seconds:
            raise ParameterError("Alarms need time to be watched in: give AllAtOnce(bake='10m'), Canary or Linear.")
        _check_scores([alarm.score for alarm in alarms if alarm.score], config)
        engine, update = self._engine, new_id()
        if not engine.steps:
            if rollout.shares != (1.0,) or alarms:
                raise ParameterError("This endpoint's engine updates all at once; leave rollout and alarms out.")
            engine.apply(self.folder, changed)
            done = RolloutState(
                update, "finished", 1, 1, 100.0, [each.version for each in changed.variants], "It is served."
            )
            write_state(self.folder, msgspec.structs.replace(read_state(self.folder), rollout=done))
            return Rollout(self.name, update, lambda: engine.describe(self.folder))
        judges = self._keep_judges(alarms, update)
        order = Order(
            update,
            "update",
            changed,
            config.generation,
            rollout.shares,
            rollout.seconds,
            [alarm.to_json() for alarm in alarms if alarm.custom is None],
            judges,
            str(rollout),
        )
        try:
            give_order(self.folder, order)
        except BaseException:
            if judges:
                (self.folder / judges).unlink(missing_ok=True)
            raise
        under_way = Rollout(self.name, update, lambda: engine.describe(self.folder))
        if wait and under_way.wait() == "rolled back":
            raise ResourceError(f"The change of {self.name} was taken back. {under_way.state.message}")
        return under_way

    def _keep_judges(self, alarms: Sequence[Alarm], update: str) -> str:
        own = [alarm.custom for alarm in alarms if alarm.custom is not None]
        if not own:
            return ""
        write_judges(self.folder / f"judges-{update}", own)
        return f"judges-{update}"

    def __repr__(self) -> str:
        state = self.state
        return f"Endpoint {self.name!r}: {state.status} at {state.url}, {state.message}"


def endpoint(name: str, *, key: str | None = None) -> Endpoint:
    """An endpoint that was deployed.

    Args:
        name: of the endpoint.
        key: what callers must send, for `predict`; by default `LITMUS_KEY`.

    Raises:
        UnknownNameError: when there is none of that name; the message suggests the nearest.
    """
    return Endpoint(name, key=key)


def endpoints() -> list[Endpoint]:
    """All endpoints, by name."""
    return [Endpoint(name) for name in names()]


def _answering(config: ServiceConfig) -> list[VariantConfig]:
    return [each for each in config.variants if not each.shadow]


def _check_steps(config: ServiceConfig, rollout: Strategy | None) -> None:
    """Refuse to share requests between a model and what has no share of them."""
    if rollout is None or rollout.shares == (1.0,) or config.variants:
        return
    serves = "a chain of models" if config.chain else "a folder of models"
    raise ParameterError(
        f"The endpoint serves {serves}, which is replaced all at once and not by {rollout}; leave rollout out, or have the "
        "new model watched and taken back by alarms: AllAtOnce(bake='10m')."
    )


def _check_scores(scores: Sequence[str], config: ServiceConfig) -> None:
    """Refuse scores that cannot be read, or for which nothing is kept, before anything is changed."""
    if not scores:
        return
    from litmus.evaluate.bar import read_bars

    if config.capture is None:
        raise ParameterError("A score needs requests that are captured; deploy with capture=1.0 to keep them.")
    for bar in read_bars(scores):
        if bar.metric is None:
            raise ParameterError(f"{bar} is measured in training; an alarm takes a metric: 'accuracy >= 0.85'.")


def _with(config: ServiceConfig, variants: Sequence[VariantConfig], *, needs_trust: bool) -> ServiceConfig:
    """The configuration with other variants, and nothing else in their place."""
    return msgspec.structs.replace(
        config, variants=list(variants), many_models=None, chain=None, trust=config.trust or needs_trust
    )
