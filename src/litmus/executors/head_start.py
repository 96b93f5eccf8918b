"""A head start for workers: the process they are forked from begins to import libraries before anything else is done."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from litmus.executors.forker import shared_forker

__all__ = ["FITTING", "HeadStart", "begin_imports"]

FITTING = ("litmus.evaluate.fit_fold", "litmus.evaluate.assess", "litmus.steps.defaults", "litsdf.interchange")
"""What every fit imports; named here, not imported, because an executor runs jobs of any kind."""


def begin_imports(executor: Any, resources: Any) -> None:
    """Start the process that workers are forked from, where a run with these arguments will ask for it.

    Importing the libraries takes seconds, there as here, and so both are done at the same time. Nothing is checked: wrong
    arguments are told of by those who read them, and a forker that cannot start by whoever asks it for a worker.
    """
    allowed = resources.get("train") if isinstance(resources, Mapping) else None
    address = allowed.get("address") if isinstance(allowed, Mapping) else getattr(allowed, "address", None)
    if sys.platform == "linux" and executor in (None, "local") and address is None:
        with contextlib.suppress(OSError):
            shared_forker(modules=FITTING)


class HeadStart:
    """Imports modules in a thread, while this process has nothing to do but wait for its workers.

    Args:
        modules: what will be needed; a missing library is reported by whoever needs it.

    Example:
        >>> head_start = HeadStart(["json"])
        >>> head_start.wait()
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = [name for name in modules if name not in sys.modules]
        self._thread = threading.Thread(target=self._run, daemon=True, name="litmus-imports")
        self._thread.start()

    def wait(self) -> None:
        """Return when all is imported."""
        self._thread.join()

    def _run(self) -> None:
        for name in self._modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
