"""Any number of bundles behind one address: loaded when they are asked for, and let go of when others need their memory."""

from __future__ import annotations

import collections
import concurrent.futures
import re
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from litmus.errors import LitmusError, ParameterError
from litmus.freed import give_back_memory
from litmus.naming import nearest
from litmus.quantities import bytes_text
from litmus.serve.memory_of import memory_of
from litmus.serve.refusal import Refusal
from litmus.serve.service import Variant

__all__ = ["ManyModels"]

_ENDING = ".litmus"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_LOOK_SECONDS = 1.0
"""How often a model that is asked for is looked at on disk."""


class _Held:
    """A loaded model."""

    def __init__(self, variant: Variant, size: int, mark: tuple[int, int]) -> None:
        self.variant = variant
        self.size = size
        self.mark = mark
        self.looked = time.monotonic()


class ManyModels:
    """The bundles `NAME.litmus` of a folder; a `Chooser` of `litmus.serve.hooks`.

    A model is loaded by the first request that names it, while others for it wait; files that come, change or go are seen
    within a second. The models that were not asked for longest are let go of when all together take more than the budget.

    Args:
        folder: where the bundles are.
        memory: bytes that loaded models may take together, each as it was measured when it was loaded.
        trust: whether bundles may run their makers' own code.

    Attributes:
        used: bytes that the loaded models take.

    Raises:
        ParameterError: when there is no such folder, or no budget.

    Example:
        >>> models = ManyModels(Path("models"), memory=2**30)    # doctest: +SKIP
        >>> models.load("income").model.predict(row)             # doctest: +SKIP
    """

    def __init__(self, folder: Path, *, memory: int, trust: bool = False) -> None:
        if not folder.is_dir():
            raise ParameterError(f"There is no folder {folder}; make it, and put bundles NAME{_ENDING} there.")
        if memory < 1:
            raise ParameterError(f"memory={memory!r} is not allowed; give bytes above 0.")
        self._folder = folder
        self._memory = memory
        self._trust = trust
        self._held: collections.OrderedDict[str, _Held] = collections.OrderedDict()
        self._loading: dict[str, concurrent.futures.Future[Variant]] = {}
        self._lock = threading.Lock()
        self.used = 0

    @property
    def loaded(self) -> list[str]:
        """The models in memory, the one that was asked for last at the end."""
        return list(self._held)

    def targets(self) -> Sequence[str]:
        """The names that requests may give."""
        names = (path.name.removesuffix(_ENDING) for path in self._folder.glob(f"*{_ENDING}"))
        return sorted(name for name in names if _NAME.fullmatch(name))

    def choose(self, target: str | None) -> Variant | None:
        """The model when it is loaded; None when it has to be, or its file may have changed."""
        held = self._held.get(_name(target))
        if held is None:
            return None
        now = time.monotonic()
        if now - held.looked > _LOOK_SECONDS:
            if self._mark(held.variant.name) != held.mark:
                return None
            held.looked = now
        try:
            self._held.move_to_end(held.variant.name)
        except KeyError:
            return None  # let go of just now
        return held.variant

    def load(self, target: str | None) -> Variant:
        """Load a model, or wait for another thread that does.

        Raises:
            Refusal: 404 when there is none of that name, with the nearest one; 503 when it cannot be loaded, 507 when it is
                larger than the budget.
        """
        name = _name(target)
        with self._lock:
            future = self._loading.get(name)
            mine = future is None
            if future is None:
                future = self._loading[name] = concurrent.futures.Future()
        if not mine:
            return future.result()
        try:
            variant = self._load(name)
        except BaseException as error:
            future.set_exception(error)
            raise
        else:
            future.set_result(variant)
            return variant
        finally:
            with self._lock:
                del self._loading[name]

    def _load(self, name: str) -> Variant:
        mark = self._mark(name)
        if mark is None:
            self._let_go(name)
            close = nearest(name, self.targets())
            hint = f" Did you mean {close!r}?" if close else ""
            raise Refusal(404, f"There is no model {name!r} here.{hint}")
        held = self._held.get(name)
        if held is not None and held.mark == mark:  # another request has loaded it meanwhile
            return held.variant
        variant, size = self._opened(name)
        if size > self._memory:
            raise Refusal(
                507,
                f"The model {name!r} takes {bytes_text(size)}, more than the {bytes_text(self._memory)} for all models.",
            )
        with self._lock:
            before = self._held.pop(name, None)
            self._held[name] = _Held(variant, size, mark)
            self.used += size - (before.size if before is not None else 0)
            freed = 0
            while self.used > self._memory:
                oldest = next(iter(self._held))
                freed += self._held.pop(oldest).size
                self.used = sum(each.size for each in self._held.values())
        give_back_memory(freed)
        return variant

    def _opened(self, name: str) -> tuple[Variant, int]:
        """A model that has answered its sample row, and the bytes that it takes."""
        from litmus.runtime import load

        path = self._folder / f"{name}{_ENDING}"
        try:
            model = load(path, trust=self._trust)
            variant = Variant(name, model.version or model.name, model)
            variant.check_ready()
        except LitmusError as error:
            raise Refusal(
                503, f"The model {name!r} cannot be loaded; the server's owner must replace its file."
            ) from error
        return variant, memory_of(model, path)

    def _let_go(self, name: str) -> None:
        """Forget a model whose file is gone."""
        with self._lock:
            held = self._held.pop(name, None)
            if held is not None:
                self.used -= held.size

    def _mark(self, name: str) -> tuple[int, int] | None:
        """What changes when a file does; None when it is gone."""
        try:
            facts = (self._folder / f"{name}{_ENDING}").stat()
        except OSError:
            return None
        return (facts.st_mtime_ns, facts.st_ino)


def _name(target: str | None) -> str:
    """The name of a model that a request gives; it leads nowhere but into the folder."""
    if not target:
        raise Refusal(400, "The request names no model; send the header X-Litmus-Target, or ask /models/NAME/predict.")
    name = target.removesuffix(_ENDING)
    if not _NAME.fullmatch(name):
        raise Refusal(404, "There is no model of that name here; names have letters, digits, '.', '_' and '-' only.")
    return name
