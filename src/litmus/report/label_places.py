"""Where the names of points go so that they do not cover each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

__all__ = ["Place", "label_places"]

Place = Literal["right", "left", "above", "below", ""]

_CHARACTER, _LINE, _POINT = 0.018, 0.075, 0.03
"""Width of a character, height of a line and size of a point, as shares of a chart on a narrow page."""

_Box = tuple[float, float, float, float]


def label_places(across: Sequence[float], up: Sequence[float], names: Sequence[str]) -> list[Place]:
    """The side of each point where its name is free of points and earlier names, or "" where no side is.

    Args:
        across, up: places of the points, from 0 to 1.
        names: their names; earlier ones are placed first.

    Example:
        >>> label_places([0.1, 0.12, 0.9], [0.5, 0.5, 0.5], ["first", "second", "third"])
        ['above', 'right', 'right']
    """
    taken: list[_Box] = [_around(x, y) for x, y in zip(across, up, strict=True)]
    places: list[Place] = []
    for i, (x, y, name) in enumerate(zip(across, up, names, strict=True)):
        others = taken[:i] + taken[i + 1 :]
        free = (
            (place, box)
            for place, box in _candidates(x, y, len(name) * _CHARACTER)
            if _inside(box) and not any(_touch(box, other) for other in others)
        )
        place, found = next(free, ("", None))
        places.append(place)  # type: ignore[arg-type]
        if found is not None:
            taken.append(found)
    return places


def _around(x: float, y: float) -> _Box:
    return (x - _POINT / 2, y - _POINT, x + _POINT / 2, y + _POINT)


def _candidates(x: float, y: float, width: float) -> list[tuple[Place, _Box]]:
    half = _LINE / 2
    return [
        ("right", (x + _POINT, y - half, x + _POINT + width, y + half)),
        ("left", (x - _POINT - width, y - half, x - _POINT, y + half)),
        ("above", (x - width / 2, y + _POINT, x + width / 2, y + _POINT + _LINE)),
        ("below", (x - width / 2, y - _POINT - _LINE, x + width / 2, y - _POINT)),
    ]


def _inside(box: _Box) -> bool:
    return box[0] >= 0 and box[1] >= -0.05 and box[2] <= 1.03 and box[3] <= 1.05


def _touch(a: _Box, b: _Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
