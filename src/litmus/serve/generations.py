"""Follows an endpoint's `config.json`: a new generation is loaded beside the one that answers, then takes its place."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
from pathlib import Path

from litmus.errors import LitmusError
from litmus.serve.answering import Answering
from litmus.serve.attached import Attached
from litmus.serve.config import CONFIG_FILE, load_config
from litmus.serve.service import Service, open_service

__all__ = ["Generations"]

_log = logging.getLogger("litmus.serve")
_LOOK_SECONDS = 0.1


class Generations:
    """Looks at the configuration ten times a second, which takes microseconds, and replaces the service when it changed.

    Args:
        folder: the endpoint's folder.
        answering: whose service is replaced.
        attached: what is told of a new configuration.
    """

    def __init__(self, folder: Path, answering: Answering, attached: Attached) -> None:
        self._folder = folder
        self._answering = answering
        self._attached = attached
        self._seen: tuple[int, int] | None = None
        self._loading = False
        self._next: asyncio.TimerHandle | None = None

    def follow(self) -> None:
        """Look now, and again and again."""
        self._loop = asyncio.get_running_loop()
        self._look()

    def stop(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _look(self) -> None:
        try:
            found = os.stat(self._folder / CONFIG_FILE)  # noqa: PTH116 (a tenth of the time)
            mark = (found.st_mtime_ns, found.st_ino)
        except OSError:  # the endpoint is being deleted
            mark = self._seen or (0, 0)
        if mark != self._seen and not self._loading:
            self._seen = mark
            self._loading = True
            threading.Thread(target=self._load, name="litmus-load", daemon=True).start()
        self._next = self._loop.call_later(_LOOK_SECONDS, self._look)

    def _load(self) -> None:
        """In a thread: load what the configuration names."""
        before = self._answering.service
        service: Service | None = None
        try:
            config = load_config(self._folder)
            if config != before.config:
                service = open_service(self._folder, config, kept=before)
                gc.collect()
            sentence = ""
        except LitmusError as error:
            sentence = " ".join(str(error).split())
        except Exception as error:
            _log.exception("The new configuration could not be loaded")
            sentence = f"The new configuration could not be loaded ({type(error).__name__}: {error})."
        try:
            self._loop.call_soon_threadsafe(self._take, service, sentence)
        except RuntimeError:  # the worker has ended meanwhile
            return

    def _take(self, service: Service | None, sentence: str) -> None:
        """In the loop: let it answer from now on."""
        self._loading = False
        counters = self._answering.counters
        counters.failed(sentence)
        if sentence:
            _log.error("Generation %d goes on: %s", self._answering.service.generation, sentence)
        if service is None:
            return
        try:
            self._attached.use(service)
        except LitmusError as error:  # the certificate; the models are taken
            counters.failed(str(error))
        self._answering.recorder = self._attached.recorder
        self._answering.use(service)
        counters.serving(service.generation, ready=True)
        gc.freeze()
