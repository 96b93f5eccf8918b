"""Reading several fitted pipelines of which some have the same fitted steps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from litmus.pipeline.fitted import FittedPipeline
from litmus.steps.base import Step

__all__ = ["load_pipelines"]


def load_pipelines(folders: Iterable[str | Path], *, trust: bool = False) -> list[FittedPipeline]:
    """Read pipelines that `FittedPipeline.save` wrote; those with the same fitted steps hold one list of them.

    Different algorithms of a run are often fitted on the same features of the same rows. Whoever has both may then make
    the features once, and their vocabularies and tables are in memory once.

    Raises:
        BundleError: as `FittedPipeline.load`.
    """
    known: dict[str, list[Step]] = {}
    pipelines = []
    for folder in map(Path, folders):
        digest = _digest(folder)
        pipeline = FittedPipeline.load(folder, trust=trust, steps=known.get(digest))
        known.setdefault(digest, pipeline.steps)
        pipelines.append(pipeline)
    return pipelines


def _digest(folder: Path) -> str:
    """A hash of everything but the algorithm."""
    hashed = hashlib.sha256()
    files = [path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != "algorithm"]
    for path in sorted(files):
        content = path.read_bytes()
        hashed.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        hashed.update(content)
    return hashed.hexdigest()
