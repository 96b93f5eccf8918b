"""The store: models, what they were made from, what was decided about them, and how they do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from litmus.store.alarms import Alarms
from litmus.store.exchange import Exchange
from litmus.store.happenings import Happenings
from litmus.store.pruning import Pruning
from litmus.store.repairing import Repairing
from litmus.store.reviews import Reviews
from litmus.store.run_files import RunFiles

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.runtime import RuntimeModel

__all__ = ["Store", "open_model", "open_runtime"]


class Store(Repairing, Pruning, Exchange, RunFiles, Alarms, Reviews, Happenings):
    """Keeps models, runs, decisions, alarms and reviews; any number of processes may use one store at the same time.

    Models are files in the store's folder, and stay readable without the database, which has the rest.

    Args:
        home: the store's folder; by default `$LITMUS_HOME`, else `~/.litmus`.
        url: the database; by default `$LITMUS_STORE_URL`, else the file `litmus.db` in the folder.
        artifacts: where files are kept, a folder or `s3://bucket/prefix`; by default `$LITMUS_ARTIFACTS`, else the folder
            `artifacts` in the store's.
        notice: called with a sentence for each damaged record that is passed over; by default they are logged.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> store = Store(tempfile.mkdtemp())
        >>> store.add_model(run.best)
        'data-1'
        >>> store.open_model("data").predict({"size": 50}) == run.best.predict({"size": 50})
        True
    """


def open_model(reference: str | Path, *, trust: bool = False) -> Model:
    """The model of a version, the newest of a name, or the one in a file, from the default store.

    Raises:
        UnknownNameError: when there is no such model.
        BundleError: when its file is damaged or needs trust.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> open_model(run.best.version).name
        'data'
    """
    return Store().open_model(reference, trust=trust)


def open_runtime(reference: str | Path, *, trust: bool = False, threads: int = 1) -> RuntimeModel:
    """The model of a version, a name or a file, compiled for inference, from the default store.

    Raises:
        UnknownNameError: when there is no such model.
        BundleError: when its file is damaged or needs trust.
    """
    return Store().open_runtime(reference, trust=trust, threads=threads)
