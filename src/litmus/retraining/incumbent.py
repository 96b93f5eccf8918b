"""The model that a challenger is to replace, and what was kept of how it was made."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.data.kept_rows import LearnedRows, TestRows
from litmus.errors import BundleError, LitmusError, ParameterError, UnknownNameError

if TYPE_CHECKING:
    from litmus.endpoints import Endpoint
    from litmus.model import Model
    from litmus.store import Store

__all__ = ["Incumbent", "find_incumbent"]


@dataclasses.dataclass(frozen=True)
class Incumbent:
    """The model that is to be replaced.

    Attributes:
        name: of the endpoint, or of the model where no endpoint is concerned: what decisions are about.
        version: of the model.
        model: the model.
        bundle: its file.
        endpoint: what serves it; None where no endpoint is concerned.
        trust: whether its maker's own code may run.
        past: rows that it was tested on, or None.
        learned: marks of the rows that it learned from, or None.
        notes: what is not known of it, a sentence each.
    """

    name: str
    version: str
    model: Model
    bundle: Path
    endpoint: Endpoint | None
    trust: bool
    past: TestRows | None = None
    learned: LearnedRows | None = None
    notes: tuple[str, ...] = ()


def find_incumbent(reference: str, store: Store, *, trust: bool = False) -> Incumbent:
    """The model that an endpoint serves, or a version in the store.

    Args:
        reference: the name of an endpoint; else a version, a name or an alias in the store.
        store: where models are.
        trust: whether a model may run code of its maker's own.

    Raises:
        UnknownNameError: when there is neither such an endpoint nor such a version.
        ParameterError: when the endpoint serves no single model.
        BundleError: when the model's file is damaged, or needs trust.
    """
    from litmus.bundle import load
    from litmus.endpoints import endpoint
    from litmus.endpoints.places import names

    if reference in names():
        found = endpoint(reference)
        version, bundle, trusted = _served(found)
        trusted = trusted or trust
        model = load(bundle, trust=trusted)
        return _with_rows(Incumbent(reference, version, model, bundle, found, trusted), store)
    try:
        record = store.find(reference)
    except UnknownNameError as error:
        known = ", ".join(names()) or "none"
        raise UnknownNameError(
            f"{str(error).rstrip('.')}. Nor is there an endpoint of that name; there are: {known}."
        ) from None
    model = load(record.path, trust=trust)
    return _with_rows(Incumbent(record.name, record.version, model, record.path, None, trust), store)


def _served(found: Endpoint) -> tuple[str, Path, bool]:
    """Version, file and trust of the variant that answers most requests."""
    from litmus.serve.config import load_config

    config = load_config(found.folder)
    answering = [each for each in config.variants if not each.shadow]
    if not answering:
        raise ParameterError(
            f"{found.name} serves {'a chain' if config.chain else 'a folder of models'}; retraining is for endpoints of one model. "
            "Name a version instead: litmus retrain NAME-1."
        )
    best = max(answering, key=lambda each: each.weight)
    return best.version, found.folder / best.path, config.trust


def _with_rows(found: Incumbent, store: Store) -> Incumbent:
    notes: list[str] = []
    past = _attached(store, found.version, "test_rows", TestRows.from_bytes, notes)
    learned = _attached(store, found.version, "learned_rows", LearnedRows.from_bytes, notes)
    if past is None:
        notes.append(f"The rows that {found.version} was tested on were not kept, so that only new rows can judge.")
    return dataclasses.replace(found, past=past, learned=learned, notes=tuple(notes))


def _attached(store: Store, version: str, role: str, read: Any, notes: list[str]) -> Any:
    try:
        path = store.attached(version, role)
        return None if path is None else read(path.read_bytes())
    except (LitmusError, OSError, BundleError) as error:
        notes.append(f"What was kept of {version} ({role}) cannot be used: {str(error).rstrip('.')}.")
        return None
