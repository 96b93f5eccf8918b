"""The compiled copy of a model, and what is to be said about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litmus.predictors import Predictor
from litmus.runtime.model import RuntimeModel
from litmus.runtime.native import NativePart
from litmus.runtime.scoring import CompiledStacker, Scoring
from litmus.runtime.stored import FOLDER, write_description

__all__ = ["Compiled"]


@dataclasses.dataclass(frozen=True)
class Compiled:
    """A model compiled for inference.

    Attributes:
        model: the copy, ready to answer.
        native: of each member, the numbers of its pipelines that run natively.
        native_components: the fitted components behind the parts that run natively.
        notes: what runs natively and why, a sentence each.
        parity: how the copy was compared: "rows", "made_up_rows", "largest_difference".
        seconds: the time that compiling and comparing took.
        parts: what answers for the compiled pipelines, in words.
    """

    model: RuntimeModel
    native: tuple[tuple[int, ...], ...]
    native_components: tuple[Any, ...]
    notes: tuple[str, ...]
    parity: Mapping[str, Any]
    seconds: float
    parts: tuple[str, ...]

    @property
    def scoring(self) -> Scoring:
        """What turns parsed rows into scores."""
        return self.model.scoring

    @property
    def uses_onnx(self) -> bool:
        """Whether a predictor runs in ONNX Runtime."""
        return any("ONNX" in part for part in self.parts)

    def facts(self) -> dict[str, Any]:
        """What a manifest says about it."""
        return {"notes": list(self.notes), "parts": list(self.parts), "parity": dict(self.parity)}

    def save(self, folder: Path) -> None:
        """Write the compiled parts into the folder `runtime` of an unpacked bundle."""
        inner = folder / FOLDER
        inner.mkdir()
        scoring = self.scoring
        if scoring.program is not None:
            scoring.program.save(inner / "program")
        write_description(
            folder,
            {
                "program": scoring.program is not None,
                "voices": [
                    {
                        "weight": voice.weight,
                        "predictor": _saved(voice.predictor, inner, f"predictor-{place:02d}"),
                        "native": [[number, weight] for number, (_, weight) in zip(numbers, voice.native, strict=True)],
                        "adjusting": [
                            _part(part, f"member-{place:02d}-postprocessing-{number:02d}")
                            for number, part in enumerate(voice.adjusting)
                        ],
                    }
                    for place, (voice, numbers) in enumerate(zip(scoring.voices, self.native, strict=True))
                ],
                "stacker": self._stacker(inner),
                "postprocessing": [
                    _part(part, f"postprocessing-{number:02d}") for number, part in enumerate(scoring.postprocessing)
                ],
            },
        )

    def _stacker(self, inner: Path) -> dict[str, Any] | None:
        stacker = self.scoring.stacker
        if stacker is None:
            return None
        if not isinstance(stacker, CompiledStacker):
            return {"kind": "native", "folder": "stacker"}
        predictor = _saved(stacker.predictor, inner, "stacker")
        return {
            "kind": "compiled",
            "task": stacker.task,
            "center": stacker.center.tolist(),
            "scale": stacker.scale.tolist(),
            "predictor": predictor,
        }


def _saved(predictor: Predictor | None, inner: Path, name: str) -> str | None:
    if predictor is None:
        return None
    (inner / name).mkdir()
    predictor.save(inner / name)
    return name


def _part(part: Any, folder: str) -> dict[str, Any]:
    return {"kind": "native", "folder": folder} if isinstance(part, NativePart) else dict(part.to_json())
