"""The compiled parts of a model on disk: a description in JSON, and a folder for the program and each predictor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import BundleError
from litmus.predictors import Predictor
from litmus.program import Program
from litmus.runtime.adjusting import Adjusting, adjusting_from_json
from litmus.runtime.scoring import CompiledStacker, Scoring, StackerLike, Voice

__all__ = ["FOLDER", "description_of_native", "native_folders", "read_description", "read_scoring", "write_description"]

FOLDER = "runtime"
"""The folder of the compiled parts in a bundle."""
_DESCRIPTION = "runtime.json"
_FORMAT, _KNOWN = 2, (1, 2)


def read_description(folder: Path) -> dict[str, Any]:
    """What the compiled parts are and how they fit together.

    Raises:
        BundleError: when it is missing, damaged or of a newer version.
    """
    try:
        held = json.loads((folder / FOLDER / _DESCRIPTION).read_text(encoding="utf-8"))
        if held["format"] not in _KNOWN:
            raise BundleError(
                f"The compiled model has format {held['format']!r}, and this version of Litmus reads up to {_FORMAT}; update Litmus."
            )
        if not isinstance(held["voices"], list) or not held["voices"]:
            raise TypeError("no voices")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"The compiled model is missing or damaged ({error}); save the model again.") from error
    return dict(held)


def write_description(folder: Path, held: Mapping[str, Any]) -> None:
    """Write what `read_description` reads."""
    text = json.dumps({"format": _FORMAT, **held}, indent=1, allow_nan=False)
    (folder / FOLDER / _DESCRIPTION).write_text(text, encoding="utf-8")


def description_of_native(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a model of which nothing is compiled, such as one in a bundle of an older format."""
    members = manifest.get("model_members") or [
        {"weight": 1.0, "pipelines": list(range(int(manifest["pipelines"]))), "postprocessing": 0}
    ]
    return {
        "program": False,
        "voices": [
            {
                "weight": float(member["weight"]),
                "predictor": None,
                "native": [[number, 1 / len(member["pipelines"])] for number in member["pipelines"]],
                "adjusting": _native_parts(f"member-{place:02d}-postprocessing", member["postprocessing"]),
            }
            for place, member in enumerate(members)
        ],
        "stacker": {"kind": "native", "folder": "stacker"} if manifest.get("stacker") else None,
        "postprocessing": _native_parts("postprocessing", manifest["postprocessing"]),
    }


def _native_parts(name: str, count: Any) -> list[dict[str, Any]]:
    return [{"kind": "native", "folder": f"{name}-{number:02d}"} for number in range(int(count))]


def native_folders(held: Mapping[str, Any]) -> list[str]:
    """The folders of a bundle that a description needs beside its own, each once."""
    try:
        numbers = [number for voice in held["voices"] for number, _ in voice["native"]]
        parts = [*held["postprocessing"], *(part for voice in held["voices"] for part in voice["adjusting"])]
        parts += [held["stacker"]] if held.get("stacker") else []
        named = [str(part["folder"]) for part in parts if part["kind"] == "native"]
        return list(dict.fromkeys([*(f"pipeline-{int(number):02d}" for number in numbers), *named]))
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"The compiled model is damaged ({error}); save the model again.") from error


def read_scoring(held: Mapping[str, Any], folder: Path, *, trust: bool, threads: int) -> Scoring:
    """The parts of a compiled model.

    Args:
        held: its description.
        folder: the unpacked bundle.
        trust: whether pickles of native parts may be opened.
        threads: threads that predictors may use for one row.

    Raises:
        BundleError: when a part is missing or damaged, or needs trust that was not given.
    """
    compiled = folder / FOLDER
    try:
        pipelines = _pipelines(held, folder, trust=trust)
        program = Program.load(compiled / "program") if held["program"] else None
        voices = tuple(
            Voice(
                float(voice["weight"]),
                None
                if voice["predictor"] is None
                else Predictor.load(_inside(compiled, voice["predictor"]), threads=threads),
                tuple((pipelines[number], float(weight)) for number, weight in voice["native"]),
                tuple(_part(part, folder, trust=trust) for part in voice["adjusting"]),
            )
            for voice in held["voices"]
        )
        if any(voice.predictor is None and not voice.native for voice in voices):
            raise BundleError("The compiled model is damaged (a part of it answers nothing); save the model again.")
        stacker = held.get("stacker")
        return Scoring(
            program,
            voices,
            None if stacker is None else _stacker(stacker, folder, trust=trust, threads=threads),
            tuple(_part(part, folder, trust=trust) for part in held["postprocessing"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BundleError(f"The compiled model is damaged ({error}); save the model again.") from error


def _pipelines(held: Mapping[str, Any], folder: Path, *, trust: bool) -> dict[int, Any]:
    numbers = sorted({int(number) for voice in held["voices"] for number, _ in voice["native"]})
    if not numbers:
        return {}
    from litmus.runtime.native import native_pipelines

    loaded = native_pipelines([folder / f"pipeline-{number:02d}" for number in numbers], trust=trust)
    return dict(zip(numbers, loaded, strict=True))


def _part(held: Mapping[str, Any], folder: Path, *, trust: bool) -> Adjusting:
    if held["kind"] != "native":
        return adjusting_from_json(held)
    from litmus.runtime.native import NativePart

    return NativePart.load(_inside(folder, held["folder"]), trust=trust)


def _stacker(held: Mapping[str, Any], folder: Path, *, trust: bool, threads: int) -> StackerLike:
    if held["kind"] == "native":
        from litmus.runtime.native import native_stacker

        return native_stacker(_inside(folder, held["folder"]), trust=trust)
    center, scale = (np.array(held[name], dtype=np.float64) for name in ("center", "scale"))
    predictor = Predictor.load(_inside(folder / FOLDER, held["predictor"]), threads=threads)
    return CompiledStacker(str(held["task"]), center, scale, predictor)


def _inside(folder: Path, name: Any) -> Path:
    """A folder in `folder` by its name, which leads nowhere else."""
    if not isinstance(name, str) or not name or Path(name).name != name:
        raise BundleError(f"The compiled model names a part {name!r}, which is no part of it: the file was altered.")
    return folder / name
