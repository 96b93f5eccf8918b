"""The precisions of a network's weights that a model can be served in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import LitmusError

__all__ = ["PRECISIONS", "InPrecision", "in_precisions"]

PRECISIONS = ("float32", "float16", "int8")
"""As trained, half of the bits, and a fourth of them with a scale for each neuron."""


@dataclasses.dataclass(frozen=True)
class InPrecision:
    """A bundle of the model with the weights of its networks in some precision.

    Attributes:
        precision: one of `PRECISIONS`.
        bundle: the file.
        difference: by how much a probability or value differs from the model's at most, on the rows that are sent.
    """

    precision: str
    bundle: Path
    difference: float = 0.0


def in_precisions(
    model: Any, bundle: Path, *, precisions: Sequence[str], rows: Sequence[Mapping[str, Any]], trust: bool, folder: Path
) -> tuple[list[InPrecision], str]:
    """The bundles to serve, and why some precisions could not be made, a sentence or "".

    A model without networks has one bundle, whatever is asked for.

    Args:
        model: a `litmus.Model`, or a path.
        bundle: its bundle.
        precisions: some of `PRECISIONS`.
        rows: that answers are compared on.
        trust: whether code in the bundle may run.
        folder: for the bundles.
    """
    from litmus.optimising.variants import in_fewer_bits
    from litmus.runtime import load

    given = [InPrecision("float32", bundle)]
    lower = [name for name in precisions if name != "float32"]
    if not lower:
        return given, ""
    try:
        if not hasattr(model, "save"):
            from litmus.bundle import load as load_bundle

            model = load_bundle(bundle, trust=trust)
        variants = {variant.name.rpartition(" ")[2]: variant.model for variant in in_fewer_bits(model)}
        found = []
        expected = np.asarray(load(bundle, trust=trust).scores(list(rows))) if variants else np.empty(0)
        for precision in (name for name in lower if name in variants):
            path = Path(variants[precision].save(folder / f"{precision}.litmus"))
            scores = np.asarray(load(path, trust=True).scores(list(rows)))
            found.append(InPrecision(precision, path, float(np.abs(scores - expected).max(initial=0.0))))
    except (LitmusError, ImportError) as error:
        return given, f"Other precisions were not tried: {error}"
    if not found:
        return given, ""
    return [*given, *found] if "float32" in precisions else found, ""
