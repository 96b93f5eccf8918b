"""What a worker has beside its models, by its endpoint's configuration: a gate, a recorder, routes of other packages."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import Route

from litmus.errors import ParameterError
from litmus.serve.config import ServiceConfig
from litmus.serve.counters import Counters
from litmus.serve.hooks import Extension, Gate, Recorder
from litmus.serve.security import KeyGate, ProbingWatch, WatchingRecorder
from litmus.serve.service import Service

if TYPE_CHECKING:
    from litmus.serve.capturing import Capturing

__all__ = ["Attached"]


class Attached:
    """The gate, recorder, extensions and TLS of a worker.

    Args:
        folder: the endpoint's folder.
        service: what it serves.
        counters: of the worker.

    Attributes:
        gate: who may ask; None lets everyone in.
        recorder: gets requests and answers, or None.
        extensions: what runs beside the answers.
        tls: makes connections secret, or None.

    Raises:
        ParameterError: when keys or certificates cannot be used.
    """

    def __init__(self, folder: Path, service: Service, counters: Counters) -> None:
        self._folder = folder
        self._keys = KeyGate(folder, service.config.limits) if service.config.require_key else None
        self._watching: WatchingRecorder | None = None
        self.gate: Gate | None = self._keys
        self.recorder: Recorder | None = None
        self.extensions: list[Extension] = []
        self._capturing: Capturing | None = None
        if service.config.capture is not None:
            from litmus.serve.capturing import Capturing

            self._capturing = Capturing(folder, service.config.capture, service)
            self.recorder = self._capturing.recorder
            self.extensions.append(self._capturing)
        if self._keys is not None and service.main is not None:
            watch = ProbingWatch(service.main.model.schema.inputs)
            self.recorder = self._watching = WatchingRecorder(
                watch, folder=folder, inner=self.recorder, count=counters.probing
            )
        if service.config.asynchronous is not None:
            from litmus.serve.asynchronous_routes import AsynchronousRoutes

            self.extensions.append(AsynchronousRoutes(folder, service.config))
        self.tls = _tls(folder, service.config)

    def routes(self, service: Service) -> list[Route]:
        """What the extensions answer."""
        return [route for each in self.extensions for route in each.routes(service)]

    def start(self) -> None:
        """The worker begins to answer; called in its event loop."""
        if self._keys is not None:
            self._keys.start()
        if self._watching is not None:
            self._watching.start()
        for each in self.extensions:
            each.start()

    def stop(self) -> None:
        """It has drained."""
        if self._keys is not None:
            self._keys.stop()
        if self._watching is not None:
            self._watching.stop()
        for each in self.extensions:
            each.stop()

    def use(self, service: Service) -> None:
        """Take a new configuration: limits hold from now on, certificates for new connections."""
        config = service.config
        if self._capturing is not None:
            self._capturing.use(service)
        if config.tls is not None and self.tls is not None:
            _load_certificate(self.tls, self._folder, config)
        if self._keys is not None:
            self._keys.use(config.limits)


def _tls(folder: Path, config: ServiceConfig) -> ssl.SSLContext | None:
    if config.tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_certificate(context, folder, config)
    return context


def _load_certificate(context: ssl.SSLContext, folder: Path, config: ServiceConfig) -> None:
    if config.tls is None:
        return
    certificate, key = folder / config.tls.certificate, folder / config.tls.key
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ParameterError(
            f"The certificate {certificate} and key {key} cannot be used ({error}); give PEM files that belong together."
        ) from error
